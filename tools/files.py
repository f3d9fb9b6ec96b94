"""Write files so that nothing half-written stays on the disk."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` at once or not at all; the folder is made if need be.

    Parameters
    ----------
    path : Path
        The file. A file of that name is replaced.
    text : str
        Its whole content.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")  # in the same folder, for os.replace works on one disk only
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def replace_json(path: Path, value: object) -> None:
    """Write ``value`` to ``path`` as indented JSON, at once or not at all; a file that says it already stays untouched.

    Pages that depend on it are then not made anew.
    """
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        replace(path, text)


@contextmanager
def replaced_folder(path: Path) -> Iterator[Path]:
    """Give a place for a folder that, once it is complete, replaces ``path``; after an error the old one stays whole.

    What else is put beside that place goes away.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as temporary:  # on the same disk
        fresh = Path(temporary, path.name)
        yield fresh
        shutil.rmtree(path, ignore_errors=True)
        fresh.rename(path)
