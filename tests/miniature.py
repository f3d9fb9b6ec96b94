"""Miniature books for tests of the machinery."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import nbformat

from tools.book.lessons import code_cells, read_source
from tools.execute.measure import code
from tools.files import replace_json

ROOT = Path(__file__).parents[1]
HEAD = """---
kernelspec: {display_name: Python 3, language: python, name: python3}
fbm: {aim: [training], budget: 45, summary: A toy.}
---

# A toy
"""


def write_measurement(root: Path, name: str, values: dict) -> Path:
    """Write a measurement's script and, beside it, the record of ``values``; return the script's path."""
    script = root / "book" / "measurements" / f"{name}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f"import json\n\nprint(json.dumps({{'seeds': [0, 1], 'values': {values!r}}}))\n", "utf-8")
    about = {"code": code(script), "date": "2026-01-05", "machine": {"processor": "A processor", "cores": 2}}
    replace_json(script.with_suffix(".json"), about | {"values": values})
    return script


def write_lesson(root: Path, name: str, cells: Iterable[tuple[str, str]], prose: str = "") -> Path:
    """Write a lesson's source from (tags, code) pairs, and name it in the table of contents; return its path."""
    md = root / "lessons" / f"{name}.md"
    md.parent.mkdir(parents=True, exist_ok=True)
    fences = "".join(f"\n```{{code-cell}}\n:tags: [{tags}]\n\n{code}\n```\n" for tags, code in cells)
    md.write_text(f"{HEAD}\n{prose}\n{fences}", encoding="utf-8")
    write_contents(root, sorted(f"{path.parent.name}/{path.stem}" for path in root.glob("lessons/*/*.md")))
    return md


def write_contents(root: Path, names: Iterable[str]) -> None:
    """Write the table of contents of a book of lessons, in this order."""
    toc = {"format": "jb-book", "root": "book/index", "chapters": [{"file": f"lessons/{name}"} for name in names]}
    (root / "_toc.yml").write_text(json.dumps(toc), encoding="utf-8")
    if not (root / "_config.yml").exists():
        (root / "_config.yml").write_text(json.dumps({"sphinx": {"config": {"language": "en"}}}), encoding="utf-8")


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a miniature book: this book's tools, none of this run's settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("FBM_", "PYTEST_"))}
    return {**kept, "PYTHONPATH": str(ROOT), **variables}


def run(root: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Run ``python -m`` in a miniature book."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=root, env=environment(**variables), capture_output=True, text=True, check=False)


def edit(md: Path, change) -> None:
    """Let ``change`` alter the stored notebook of a lesson."""
    ipynb = md.with_suffix(".ipynb")
    nb = nbformat.read(ipynb, as_version=4)
    change(nb)
    ipynb.write_text(nbformat.writes(nb) + "\n", encoding="utf-8")


def store(md: Path) -> None:
    """Store a sound notebook for a lesson whose cells show nothing, without executing it."""
    nb = read_source(md)
    for number, cell in enumerate(code_cells(nb), 1):
        cell.execution_count = number
    md.with_suffix(".ipynb").write_text(nbformat.writes(nb) + "\n", encoding="utf-8")
