"""Find the system's Chromium."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu"]  # containers have neither the sandbox nor a GPU
MISSING = "no Chromium here: install it, or set FBM_CHROMIUM to one"


def executable() -> str | None:
    """Return the system's Chromium, or the one that ``FBM_CHROMIUM`` names; ``None`` if there is none."""
    return os.environ.get("FBM_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
