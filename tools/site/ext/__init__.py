"""The book's extensions of Sphinx: each module is one."""

from __future__ import annotations

import hashlib
import pkgutil
from pathlib import Path

from tools.book import contents, questions, terms


def version(app) -> str:
    """Return a hash of the extensions and of the book's own styles; where it changes, every page is built anew.

    Sphinx copies no style sheet when no page has changed.
    """
    extensions = [*Path(__file__).parent.glob("*.py"), *(Path(m.__file__) for m in (contents, questions, terms))]
    files = sorted([*extensions, *Path(app.srcdir, "book", "_static").iterdir()])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def setup(app):
    """Register all of them with Sphinx."""
    for module in pkgutil.iter_modules(__path__):
        app.setup_extension(f"{__name__}.{module.name}")
    return {"parallel_read_safe": True, "parallel_write_safe": False, "env_version": version(app)}
