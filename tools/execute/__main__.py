"""Execute the lessons that changed and compare their outputs with the stored notebooks.

Ends with status 0 if all is as it is stored, 1 if a cell or a claim failed, 3 if all claims hold but outputs differ.
"""

import argparse
import math
import sys
from pathlib import Path

from tools.book.lessons import find, name, problems
from tools.execute import cache
from tools.execute.arithmetic import announcement, processor
from tools.execute.kernel import Run, run_all
from tools.execute.reports import write_reports
from tools.execute.settle import carry_prose, cure, settle

DIFFERS = 3  # the status of a run in which nothing failed and outputs differ
SHOWN = 3  # differences of a lesson that are spelled out


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as models/cnn; by default, all lessons")
    parser.add_argument("--rewrite", action="store_true", help="execute in any case, and write the notebooks")
    args = parser.parse_args()
    print(announcement(), flush=True)
    stale, failures, differing = [], [], []
    for md in find(args.names):
        if carry_prose(md):
            print(f"{name(md)}: prose updated")
        record = cache.load(md)
        if args.rewrite or problems(md) or not record:
            stale.append(md)
        elif record["differs"]:
            print(f"{name(md)}: differs in {len(record['differs'])} cells, as when it was executed; unchanged since")
            differing.append(md)
        else:
            print(f"{name(md)}: unchanged")

    def finish(run: Run) -> str:
        verdict = settle(run, rewrite=args.rewrite)
        if verdict.failure:
            failures.append(verdict.failure)
            return verdict.remark
        if verdict.differences:
            differing.append(run.md)
        return "\n".join([verdict.remark, *spelled_out(verdict.differences)])

    stale.sort(key=lambda md: -(cache.last(md) or {}).get("seconds", math.inf))  # the longest first
    try:
        run_all([(md, {}) for md in stale], finish)
    except KeyboardInterrupt:
        failures.append("stopped; the notebooks of lessons that had not finished are as they were")
    write_reports()
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    if differing:
        print(f"\n{_disagreement(differing)}", file=sys.stderr)
    if failures:
        return 1
    return DIFFERS if differing else 0


def spelled_out(differences: dict[int, list[str]]) -> list[str]:
    """Return the first differences of a lesson, a line each."""
    said = [f"    cell {number}: {sentence}" for number, found in differences.items() for sentence in found]
    return said[:SHOWN] + ([f"    and {len(said) - SHOWN} more"] if len(said) > SHOWN else [])


def _disagreement(differing: list[Path]) -> str:
    """Say in three lines which cells differ, what that means, and what to do."""
    cells = {name(md): ", ".join(map(str, cache.last(md)["differs"])) for md in differing}
    named = "; ".join(f"{lesson} in cell {numbers}" for lesson, numbers in cells.items())
    return "\n".join(
        [
            f"Outputs differ from the stored notebooks: {named}.",
            "No cell failed and every claim holds. The stored notebooks are as they were, and the site can be built from them.",
            f"{cure(differing[0])}. If nothing was changed, please report your processor: {processor()}.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
