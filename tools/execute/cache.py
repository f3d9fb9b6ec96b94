"""Remember a lesson's last execution that did not fail, so that an unchanged lesson is not executed again."""

import hashlib
import json
import os
import platform
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tools.book.lessons import code_cells, name, read_source, read_stored, tags
from tools.execute.arithmetic import exact, processor
from tools.files import replace_json

HELPERS = ("*.py", "*.npz", "*.mplstyle")  # not what systems and editors leave in folders
ASIDE = ("FBM_PROGRESS", "FBM_JOBS", "FBM_CACHE", "FBM_CHROMIUM")  # variables that no output depends on

FIELDS = {"key", "seconds", "cores", "executed", "processor", "versions", "differs", "claims"}


def key(md: Path) -> str:
    """Return a hash of all that a lesson's outputs depend on, and of what they are compared with.

    The latter makes an execution known only for the outputs that it was compared with: a notebook whose outputs were
    altered is executed and compared again.

    Parameters
    ----------
    md : Path
        The lesson's source.

    Returns
    -------
    str
        Hexadecimal digits.
    """
    root, stored, soaked = md.parents[2], read_stored(md), md.with_suffix(".soak.json")
    switches = sorted((n, v) for n, v in os.environ.items() if n.startswith("FBM_") and n not in ASIDE)
    parts = [[cell.source, tags(cell)] for cell in code_cells(read_source(md))]
    parts += [code_cells(stored) if stored else None]
    parts += [platform.python_version_tuple()[:2], processor(), switches, list(_own_images(md))]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    helpers = [file for kind in HELPERS for file in root.glob(f"fbm_helpers/**/{kind}") if file.name[0] != "."]
    ranges = [] if exact() or not soaked.exists() else [soaked]
    for file in sorted([*root.glob("requirements.txt"), *helpers, *ranges]):
        digest.update(f"\0{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _own_images(md: Path) -> Iterable[tuple[str, int, int]]:
    """Yield name, size and time of change of every file in the folder that ``FBM_DATA`` names, if it names one.

    A relative one is looked for where the lesson does: in its own folder and in those above it.
    """
    place = os.environ.get("FBM_DATA")
    folders = [above / Path(place).expanduser() for above in md.parents] if place else []
    folder = next((folder for folder in folders if folder.is_dir()), None)
    for file in sorted(folder.rglob("*")) if folder else ():
        if file.is_file():
            yield str(file), file.stat().st_size, file.stat().st_mtime_ns


def store(md: Path, seconds: float, cores: int, claims: Iterable[dict], differs: Iterable[int]) -> None:
    """Remember an execution that did not fail.

    Parameters
    ----------
    md : Path
        The lesson's source.
    seconds : float
        How long it took.
    cores : int
        How many cores of the machine it had for itself.
    claims : iterable of dict
        The records of its claims.
    differs : iterable of int
        The numbers of cells whose outputs differ from the stored ones; none if it agrees.
    """
    versions = {"python": platform.python_version()}
    versions |= {package: version(package) for package in ("torch", "torchvision", "numpy")}
    record = {
        "key": key(md),
        "seconds": round(seconds, 1),
        "cores": cores,
        "executed": date.today().isoformat(),
        "processor": processor(),
        "versions": versions,
        "differs": list(differs),
        "claims": list(claims),
    }
    replace_json(_file(md), record)


def last(md: Path) -> dict | None:
    """Return the record of the last execution that did not fail, whatever changed since; ``None`` if there is none."""
    try:
        record = json.loads(_file(md).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a damaged record is as good as none
        return None
    return record if record.keys() == FIELDS else None  # and so is one that an older version wrote


def load(md: Path) -> dict | None:
    """Return the record of the last execution that did not fail if nothing changed since, else ``None``."""
    record = last(md)
    return record if record and record.get("key") == key(md) else None


def _file(md: Path) -> Path:
    return md.parents[2] / "_build" / "cache" / f"{name(md)}.json"
