"""Remember what a lesson's last good execution was, so that an unchanged lesson is not executed again."""

import hashlib
import json
import os
import platform
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tools.book.lessons import code_cells, name, read_source, read_stored, tags
from tools.files import replace_json


def key(md: Path) -> str:
    """Return a hash of all that a lesson's outputs depend on, and of the outputs that are stored.

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
    root, stored = md.parents[2], read_stored(md)
    parts = [[cell.source, tags(cell)] for cell in code_cells(read_source(md))]
    parts += [code_cells(stored) if stored else None]
    parts += [platform.python_version_tuple()[:2], os.environ.get("FBM_SEED"), os.environ.get("FBM_DATA")]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    for file in sorted([root / "requirements.txt", *root.glob("fbm_helpers/**/*")]):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(f"\0{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def store(md: Path, seconds: float, claims: Sequence[dict]) -> None:
    """Remember an execution whose outputs agree with the stored notebook.

    Parameters
    ----------
    md : Path
        The lesson's source.
    seconds : float
        How long it took.
    claims : sequence of dict
        The records of its claims.
    """
    versions = {"python": platform.python_version()}
    versions |= {package: version(package) for package in ("torch", "torchvision", "numpy")}
    record = {"key": key(md), "seconds": round(seconds, 1), "executed": date.today().isoformat(), "versions": versions}
    replace_json(_file(md), {**record, "claims": list(claims)})


def last(md: Path) -> dict | None:
    """Return the record of the last good execution, whatever changed since; ``None`` if there is none."""
    try:
        return json.loads(_file(md).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a damaged record is as good as none
        return None


def load(md: Path) -> dict | None:
    """Return the record of the last good execution if nothing changed since, else ``None``."""
    record = last(md)
    return record if record and record.get("key") == key(md) else None


def _file(md: Path) -> Path:
    return md.parents[2] / "_build" / "cache" / f"{name(md)}.json"
