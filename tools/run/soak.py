"""Execute lessons under fresh seeds and tell, claim by claim, how often it held and by how much.

Under FBM_SOAK a failing claim is recorded and the lesson runs on. Stored notebooks stay as they are. What was found is kept
in ``book/soak.json``, which the status page shows: for each lesson, under every value of FBM_SEED, the smallest margin of
each claim. What was kept of a lesson whose code has changed since is dropped.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tools.book.lessons import claims, code_cells, find, name, read_source
from tools.files import replace_json
from tools.run.kernel import Run, run_all


def code(md: Path) -> str:
    """Return a hash of a lesson's code."""
    cells = [cell.source for cell in code_cells(read_source(md))]
    return hashlib.sha256("\0".join(cells).encode()).hexdigest()[:16]


def kept(root: Path) -> dict[str, dict]:
    """Return what earlier soaks found, by lesson.

    Parameters
    ----------
    root : Path
        The root of the repository.

    Returns
    -------
    dict
        For each lesson ``code``, a hash; ``until``, the last day of soaking; ``torch``, the version; and ``margins``,
        from the value of FBM_SEED, as text, to the smallest margin of each claim. One above zero means that it held.
    """
    path = root / "book" / "soak.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def keep(root: Path, run: Run) -> None:
    """Add a run to what is kept.

    Parameters
    ----------
    root : Path
        The root of the repository.
    run : Run
        A lesson's execution that came to its end.
    """
    from fbm_helpers.claims import margins  # here, for it imports torch: seconds that a mere reader need not spend

    lessons, lesson, now = kept(root), name(run.md), code(run.md)
    old = lessons.get(lesson, {})
    found = old.get("margins", {}) if old.get("code") == now else {}
    found[run.variables["FBM_SEED"]] = {
        record["id"].rpartition("/")[2]: float(f"{min(margins(record)):.3g}") for record in claims(run.nb)
    }
    found = dict(sorted(found.items(), key=lambda item: int(item[0])))
    lessons[lesson] = {"code": now, "until": date.today().isoformat(), "torch": version("torch"), "margins": found}
    replace_json(root / "book" / "soak.json", dict(sorted(lessons.items())))


def by_claim(lesson: Mapping) -> dict[str, list[float]]:
    """Return a lesson's margins, claim by claim."""
    runs = list(lesson["margins"].values())
    return {claim: [run[claim] for run in runs] for claim in runs[0]}


def summary(lessons: Mapping[str, Mapping], md: Path) -> dict | None:
    """Return what the status page tells of a lesson's soak, by what is `kept`; ``None`` if its code has changed since."""
    lesson = lessons.get(name(md), {})
    if lesson.get("code") != code(md):
        return None
    smallest = {claim: min(found) for claim, found in by_claim(lesson).items()}
    thinnest = min(smallest, key=smallest.get)
    return {
        "seeds": len(lesson["margins"]),
        "until": lesson["until"],
        "claims": len(smallest),
        "held": sum(margin > 0 for margin in smallest.values()),
        "thinnest": thinnest,
        "margin": smallest[thinnest],
    }


def main() -> int:
    """Run the command line; return 1 if a claim or a lesson failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", type=int, metavar="SEEDS", help="how many values of FBM_SEED")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as models/cnn; by default, all lessons")
    parser.add_argument("--start", type=int, default=1, metavar="K", help="the first of them (default 1)")
    args = parser.parse_intermixed_args()
    root, lessons, failures = Path.cwd(), find(args.names), []

    def finish(run: Run) -> str:
        told = f"FBM_SEED={run.variables['FBM_SEED']}"
        if run.failure:
            failures.append(f"{name(run.md)} under {told}: {run.failure}")
            return f"{told} failed"
        keep(root, run)
        return told

    seeds = range(args.start, args.start + args.seeds)
    run_all([(md, {"FBM_SEED": str(seed), "FBM_SOAK": "1"}) for seed in seeds for md in lessons], finish)
    lost, found = False, kept(root)
    print(f"\n{'claim':60} {'held':>7}  smallest margin")
    for lesson in sorted(set(map(name, lessons)) & set(found)):
        for claim, smallest in by_claim(found[lesson]).items():
            held = sum(margin > 0 for margin in smallest)
            lost |= held < len(smallest)
            print(f"{lesson + '/' + claim:60} {held:>3}/{len(smallest):<3}  {min(smallest):.3g}")
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    return bool(failures or lost)


if __name__ == "__main__":
    sys.exit(main())
