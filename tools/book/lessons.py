"""Lessons as files: a Markdown source and the executed notebook beside it, which must agree.

A lesson's *name* is ``models/cnn``; its *cell numbers* are the ``[1]``, ``[2]`` that Jupyter shows: they count the code
cells that are not empty. The root of the book is the current folder.
"""

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from tools.book import contents

CLAIM = "application/vnd.fbm.claim+json"
GLUED = "application/papermill.record/text/plain"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# How Colab and JupyterLab fold what the site folds by a tag: the code of a solution, and what was to be predicted.
FOLDED = {
    "hide-cell": {"cellView": "form", "jupyter": {"source_hidden": True}},
    "hide-output": {"jupyter": {"outputs_hidden": True}},
}
NAME = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")
TAG = re.compile(r"(hide|remove)-(input|output|cell)|timing")


def find(names: Iterable[str] = ()) -> list[Path]:
    """Return the sources of the named lessons, or of all, in the order of the book.

    Parameters
    ----------
    names : iterable of str
        Names such as ``"models/cnn"``.

    Returns
    -------
    list of Path
        Absolute paths of Markdown files.

    Raises
    ------
    SystemExit
        If there is no lesson of a name.
    """
    named = contents.read(Path.cwd()).lessons if Path("_toc.yml").exists() else []
    order = {page: place for place, page in enumerate(named)}
    sources = sorted(filter(is_lesson, Path.cwd().glob("lessons/*/*.md")))
    sources.sort(key=lambda md: order.get(f"lessons/{name(md)}", len(order)))  # behind all, what is not named
    lessons = {name(md): md for md in sources}
    for wanted in names:
        if wanted not in lessons:
            raise SystemExit(f"no lesson {wanted!r} in {Path.cwd()}; there are: {', '.join(lessons) or 'none'}")
    return [lessons[wanted] for wanted in names or lessons]


def is_lesson(path: Path) -> bool:
    """Return whether a file in ``lessons`` is one of a lesson: not a checkpoint or a copy that Jupyter left there."""
    return bool(NAME.fullmatch(f"{path.parent.name}/{path.stem}"))


def name(md: Path) -> str:
    """Return a lesson's name, ``part/topic``."""
    return f"{md.parent.name}/{md.stem}"


def read_source(md: Path) -> NotebookNode:
    """Read a lesson's source as a notebook without outputs.

    Everything in it depends on the source alone, so that an unchanged lesson makes no change for git to see: cell ids
    are hashes of the cells, and the metadata are one fixed kernel and the lesson's own front matter.

    Parameters
    ----------
    md : Path
        The lesson's source.

    Returns
    -------
    NotebookNode
        The notebook; it is the caller's to change.
    """
    return nbformat.from_dict(_source(md.read_text("utf-8")))


def read_stored(md: Path) -> NotebookNode | None:
    """Read the notebook beside a source, the caller's to change; ``None`` if there is none that can be read."""
    try:
        return nbformat.from_dict(_stored(md.with_suffix(".ipynb").read_text("utf-8")))
    except (OSError, ValueError, nbformat.reader.NotJSONError):
        return None


# A text is parsed once a run, however often it is asked for. What is kept is the text's, so that no change of a file is missed,
# and callers get copies.
@lru_cache
def _source(text: str) -> NotebookNode:
    nb = jupytext.reads(text, fmt="md:myst")
    nb.metadata = nbformat.from_dict({"kernelspec": KERNEL, "fbm": nb.metadata.get("fbm", {})})
    seen = set()
    for cell in nb.cells:
        salt = 0
        while (key := hashlib.sha256(f"{salt}{cell.cell_type}{cell.source}".encode()).hexdigest()[:8]) in seen:
            salt += 1
        seen.add(key)
        cell.id = key
        for tag in FOLDED.keys() & set(tags(cell)):
            cell.metadata.update(nbformat.from_dict(FOLDED[tag]))
    return nb


@lru_cache
def _stored(text: str) -> NotebookNode:
    return nbformat.reads(text, as_version=4)


def counts(cell: NotebookNode) -> bool:
    """Return whether execution gives the cell a number."""
    return cell.cell_type == "code" and bool(cell.source.strip())


def code_cells(nb: NotebookNode) -> list[NotebookNode]:
    """Return the cells that execution numbers, in order."""
    return [cell for cell in nb.cells if counts(cell)]


def tags(cell: NotebookNode) -> list[str]:
    """Return a cell's tags."""
    return cell.metadata.get("tags", [])


def claims(nb: NotebookNode) -> list[dict]:
    """Return the records of the claims that a notebook's outputs hold."""
    outputs = [output for cell in code_cells(nb) for output in cell.outputs]
    return [output.data[CLAIM] for output in outputs if CLAIM in output.get("data", {})]


def glued(nb: NotebookNode) -> dict[str, str]:
    """Return the values that a notebook's outputs keep for prose, by name."""
    outputs = [output for cell in code_cells(nb) for output in cell.get("outputs", [])]
    return {o.metadata.scrapbook.name: o.data[GLUED] for o in outputs if GLUED in o.get("data", {})}


def glue_reference(text: str) -> tuple[str, str, str]:
    """Return the lesson, the name and the format in a reference such as ``/lessons/part/topic.ipynb::name:.2f``."""
    path, _, rest = text.partition("::")
    key, _, form = rest.partition(":")
    return path.removeprefix("/lessons/").removesuffix(".ipynb"), key, form


def place(md: Path, number: int, cell: NotebookNode) -> str:
    """Return words that lead to a cell: lesson, cell number, first line."""
    return f"{name(md)}, cell {number}: {_first_line(cell)}"


def problems(md: Path) -> list[str]:
    """Say what is wrong with a lesson's pair of files, before anything is executed.

    Parameters
    ----------
    md : Path
        The lesson's source.

    Returns
    -------
    list of str
        A sentence for each problem; empty for a sound pair.
    """
    cure = f"run `make lesson NAME={name(md)}`"
    source, stored = read_source(md), read_stored(md)
    unknown = [
        f"{place(md, number, cell)}: unknown tag {tag!r}"
        for number, cell in enumerate(code_cells(source), 1)
        for tag in tags(cell)
        if not TAG.fullmatch(tag)
    ]
    if stored is None:
        return [*unknown, f"{name(md)}: its notebook is missing or cannot be read; {cure}"]
    return [f"{problem}; {cure}" for problem in [*_pair(md, source, stored), *_outputs(md, stored)]] + unknown


def _pair(md: Path, source: NotebookNode, stored: NotebookNode) -> Iterable[str]:
    """Say where a stored notebook is not that of its source."""
    if source.metadata != stored.metadata:
        yield f"{name(md)}: the notebook's metadata differ from the front matter of the source"
    ours, theirs = ([(c.get("id"), c.cell_type, c.source, c.metadata) for c in nb.cells] for nb in (source, stored))
    for position, (our, their) in enumerate(zip(ours, theirs, strict=False)):
        if our != their:
            cell = source.cells[position]
            yield f"{name(md)}: the notebook differs from the source, first at the {cell.cell_type}: {_first_line(cell)}"
            return
    if len(ours) != len(theirs):
        yield f"{name(md)}: the source has {len(ours)} cells, its notebook {len(theirs)}"


def _outputs(md: Path, stored: NotebookNode) -> Iterable[str]:
    """Say which cells were not executed, not in order, or not without complaint."""
    for number, cell in enumerate(code_cells(stored), 1):
        if cell.execution_count is None:
            yield f"{place(md, number, cell)}: was not executed"
        elif cell.execution_count != number:
            yield f"{place(md, number, cell)}: was executed out of order, as number {cell.execution_count}"
        for output in cell.outputs:
            if output.get("name") == "stderr":
                yield f"{place(md, number, cell)}: stderr is stored: {output.text.strip()}"
            if output.output_type == "error":
                yield f"{place(md, number, cell)}: an error is stored: {output.ename}: {output.evalue}"


def _first_line(cell: NotebookNode) -> str:
    return cell.source.strip().partition("\n")[0]
