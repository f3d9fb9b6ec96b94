"""Decide what an execution means for the stored notebook of its lesson.

A stored notebook is left alone if it agrees with the fresh run, if it differs, and if the run fails. It is written if it is
missing or is not that of its source, and where that is asked for.
"""

from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.book.lessons import claims, code_cells, name, problems, read_source, read_stored, tags
from tools.execute import cache, compare, seeds, soak
from tools.execute.arithmetic import exact
from tools.execute.kernel import Run
from tools.files import replace


@dataclass
class Verdict:
    """What a run meant.

    Attributes
    ----------
    remark : str
        The same in a word or two.
    failure : str
        What failed, and where; empty if nothing did.
    differences : dict
        From the number of a cell to where its outputs differ from the stored ones.
    """

    remark: str
    failure: str = ""
    differences: dict[int, list[str]] = field(default_factory=dict)


def settle(run: Run, *, rewrite: bool = False) -> Verdict:
    """Compare a finished run with the stored notebook, or write that, and remember the run unless it failed.

    Parameters
    ----------
    run : Run
        A finished execution.
    rewrite : bool
        Whether to write the notebook even if the stored one is sound.

    Returns
    -------
    Verdict
        What it meant.
    """
    if run.failures:
        return Verdict("failed", run.failure, {} if problems(run.md) else differences(run.md, run.nb))
    found = {}
    if rewrite or problems(run.md):
        _write(run.md, run.nb)
        if left := problems(run.md):
            return Verdict("failed", "\n".join(left))
        remark = "notebook written"
    else:
        found = differences(run.md, run.nb)
        remark = f"differs in {len(found)} cells" if found else "agrees"
    cache.store(run.md, run.seconds, run.cores, claims(run.nb), found)
    return Verdict(remark, differences=found)


def differences(md: Path, fresh: NotebookNode) -> dict[int, list[str]]:
    """Say, by the numbers of cells, where a fresh run differs from the stored notebook of the same cells.

    Parameters
    ----------
    md : Path
        The lesson's source.
    fresh : NotebookNode
        Its notebook with other outputs.

    Returns
    -------
    dict
        Only of cells that differ: a sentence for each difference.
    """
    stored, run = code_cells(read_stored(md)), code_cells(fresh)
    run = [cell for cell in run if cell.execution_count is not None]  # a lesson may have failed
    if not exact():
        return seeds.differences(stored, run, soak.kept(md).get("cells", {}))
    found = {}
    for number, (old, new) in enumerate(zip(stored, run, strict=False), 1):
        if said := compare.differences(old.outputs, new.outputs, timing="timing" in tags(new)):
            found[number] = said
    return found


def carry_prose(md: Path) -> bool:
    """Give a stored notebook the prose of its source, if all code is the same; return whether that made a change."""
    source, stored = read_source(md), read_stored(md)
    if stored is None:
        return False
    pairs = list(zip(code_cells(source), code_cells(stored), strict=False))
    if [(c.source, tags(c)) for c in code_cells(source)] != [(c.source, tags(c)) for c in code_cells(stored)]:
        return False
    for new, old in pairs:
        new.outputs, new.execution_count = old.outputs, old.execution_count
    if _text(source) == md.with_suffix(".ipynb").read_text(encoding="utf-8"):
        return False
    _write(md, source)
    return True


def cure(md: Path) -> str:
    """Say how to accept a change of outputs."""
    return f"If the fresh outputs are right: make lesson NAME={name(md)}"


def _write(md: Path, nb: NotebookNode) -> None:
    replace(md.with_suffix(".ipynb"), _text(nb))


def _text(nb: NotebookNode) -> str:
    return nbformat.writes(nb).rstrip("\n") + "\n"
