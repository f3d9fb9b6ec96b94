"""Execute the lessons that changed and compare their outputs with the stored notebooks.

A stored notebook is left alone if it agrees with the fresh run, and if the fresh run fails. It is written if it is
missing or is not that of its source, and, with --rewrite, for every lesson that is named.
"""

import argparse
import math
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.book.lessons import claims, code_cells, find, name, place, problems, read_source, read_stored, tags
from tools.files import replace, replace_json
from tools.run import cache, soak
from tools.run.compare import differences, tolerance
from tools.run.kernel import Run, run_all


def main() -> int:
    """Run the command line; return 1 if a lesson failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as models/cnn; by default, all lessons")
    parser.add_argument("--rewrite", action="store_true", help="execute in any case, and write the notebooks")
    args = parser.parse_args()
    stale, failures = [], []
    for md in find(args.names):
        if carry_prose(md):
            print(f"{name(md)}: prose updated")
        if args.rewrite or problems(md) or not cache.load(md):
            stale.append(md)
        else:
            print(f"{name(md)}: unchanged")

    def finish(run: Run) -> str:
        remark, failure = settle(run, args.rewrite)
        failures.extend(failure)
        return remark

    stale.sort(key=lambda md: -(cache.last(md) or {}).get("seconds", math.inf))  # the longest first
    try:
        run_all([(md, {}) for md in stale], finish)
    except KeyboardInterrupt:
        failures.append("stopped; the notebooks of lessons that had not finished are as they were")
    write_reports()
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    return bool(failures)


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


def settle(run: Run, rewrite: bool) -> tuple[str, list[str]]:
    """Decide what a run means for the stored notebook, and remember the run if it was good.

    Parameters
    ----------
    run : Run
        A finished execution.
    rewrite : bool
        Whether to write the notebook even if the stored one is sound.

    Returns
    -------
    (str, list of str)
        One word for the progress line; what failed.
    """
    if run.failure:
        return "failed", [run.failure]
    if rewrite or problems(run.md):
        _write(run.md, run.nb)
        if left := problems(run.md):
            return "failed", left
        remark = "notebook written"
    elif found := compare(run.md, run.nb):
        cure = f"If the fresh outputs are right: make lesson NAME={name(run.md)}"
        return "differs", ["\n".join([*found, cure])]
    else:
        remark = "agrees"
    cache.store(run.md, run.seconds, claims(run.nb))
    return remark, []


def compare(md: Path, fresh: NotebookNode) -> list[str]:
    """Say where a fresh run differs from the stored notebook of the same cells."""
    found = []
    for number, (old, new) in enumerate(zip(code_cells(read_stored(md)), code_cells(fresh), strict=True), 1):
        if said := differences(old.outputs, new.outputs, tolerance(new)):
            found += [place(md, number, new), *(f"  {sentence}" for sentence in said)]
    return found


def write_reports() -> None:
    """Write what the site tells of all lessons: the claims' records; seconds, versions and soaks of the executions."""
    lessons, kept = find(), soak.kept(Path.cwd())
    records = {name(md): record for md in lessons if (record := cache.last(md))}
    soaked = {name(md): soak.summary(kept, md) for md in lessons}
    told = [{"lesson": lesson, **claim} for lesson, record in records.items() for claim in record["claims"]]
    status = {
        lesson: {
            "seconds": r["seconds"],
            "executed": r["executed"],
            **r["versions"],
            "claims": len(r["claims"]),
            "soak": soaked[lesson],
        }
        for lesson, r in records.items()
    }
    replace_json(Path.cwd() / "_build" / "claims.json", told)
    replace_json(Path.cwd() / "_build" / "status.json", status)


def _write(md: Path, nb: NotebookNode) -> None:
    replace(md.with_suffix(".ipynb"), _text(nb))


def _text(nb: NotebookNode) -> str:
    return nbformat.writes(nb).rstrip("\n") + "\n"


if __name__ == "__main__":
    sys.exit(main())
