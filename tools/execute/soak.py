"""Execute lessons under fresh seeds: how often each claim holds, by how much, and what the seeds do to every number.

Under FBM_SOAK a failing claim is recorded and the lesson runs on. Stored notebooks stay as they are. What was found is kept
beside each lesson, in ``<topic>.soak.json``, after every run: a soak that is stopped goes on where it was, for seeds that are
kept are not run again. When a lesson's code changes, what was kept of it is dropped. The status page shows the claims; a
machine with another arithmetic compares its numbers with what seeds do (`tools.execute.seeds`).
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tools.book.lessons import claims, code_cells, find, name, problems, read_source, read_stored
from tools.execute import seeds
from tools.execute.arithmetic import processor
from tools.execute.kernel import Run, run_all
from tools.files import replace, replace_json


def code(md: Path) -> str:
    """Return a hash of a lesson's code."""
    cells = [cell.source for cell in code_cells(read_source(md))]
    return hashlib.sha256("\0".join(cells).encode()).hexdigest()[:16]


def kept(md: Path) -> dict:
    """Return what earlier soaks found of a lesson as it is now.

    Parameters
    ----------
    md : Path
        The lesson's source.

    Returns
    -------
    dict
        ``code``, a hash; ``until``, the last day of soaking; ``torch``, the version; ``processor``; ``margins``, from the
        value of FBM_SEED, as text, to the smallest margin of each claim, above zero if it held; ``cells``, what
        `tools.execute.seeds.join` returns; ``alarms``, how many of how many sets of seeds would be taken for a fault.
        Empty if nothing was kept, or the code has changed since.
    """
    path = md.with_suffix(".soak.json")
    record = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return record if record.get("code") == code(md) else {}


def keep(run: Run) -> None:
    """Add a lesson's execution under fresh seeds, which came to its end, to what is kept."""
    from fbm_helpers.claims import margins  # here, for it imports torch: seconds that a mere reader need not spend

    old, stored = kept(run.md), [seeds.read(cell) for cell in code_cells(read_stored(run.md))]
    fresh = [seeds.read(cell) for cell in code_cells(run.nb)]
    seed, found = run.variables["FBM_SEED"], dict(old.get("margins", {}))
    found[seed] = {record["id"].rpartition("/")[2]: float(f"{min(margins(record)):.3g}") for record in claims(run.nb)}
    replace_json(_readings(run.md) / f"{seed}.json", fresh)
    record = {
        "code": code(run.md),
        "until": date.today().isoformat(),
        "torch": version("torch"),
        "processor": processor(),
        "alarms": old.get("alarms"),
        "margins": dict(sorted(found.items(), key=lambda item: int(item[0]))),
        "cells": dict(sorted(seeds.join(old.get("cells", {}), stored, fresh).items(), key=lambda item: int(item[0]))),
    }
    _write(run.md, record)


def count_alarms(md: Path) -> dict:
    """Count how many of the sets of seeds that were soaked on this machine would be taken for a fault; return what is kept."""
    record, files = kept(md), sorted(_readings(md).glob("*.json"))
    if record and len(files) >= len(record["margins"]):
        stored = [seeds.read(cell) for cell in code_cells(read_stored(md))]
        sets = [[seeds.Reading(*cell) for cell in json.loads(file.read_text("utf-8"))] for file in files]
        record["alarms"] = [seeds.alarms(stored, sets), len(sets)]
        _write(md, record)
    return record


def _readings(md: Path) -> Path:
    """Return the folder of what a lesson said under each set of seeds: too much to keep in the repository."""
    return md.parents[2] / "_build" / "soak" / name(md) / code(md)


def _write(md: Path, record: Mapping) -> None:
    """Write a record as JSON with a line for each set of seeds and for each cell."""
    lines = []
    for key, entry in record.items():
        told = json.dumps(entry)
        if key in ("margins", "cells"):
            told = "{\n  " + ",\n  ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in entry.items()) + "\n }"
        lines.append(f" {json.dumps(key)}: {told}")
    replace(md.with_suffix(".soak.json"), "{\n" + ",\n".join(lines) + "\n}\n")


def by_claim(record: Mapping) -> dict[str, list[float]]:
    """Return a lesson's margins, claim by claim."""
    runs = list(record["margins"].values())
    return {claim: [run[claim] for run in runs] for claim in runs[0]}


def summary(md: Path) -> dict | None:
    """Return what the status page tells of a lesson's soak; ``None`` if there was none of its code as it is."""
    record = kept(md)
    if not record:
        return None
    smallest = {claim: min(found) for claim, found in by_claim(record).items()}
    thinnest = min(smallest, key=smallest.get)
    return {
        "seeds": len(record["margins"]),
        "until": record["until"],
        "claims": len(smallest),
        "held": sum(margin > 0 for margin in smallest.values()),
        "thinnest": thinnest,
        "margin": smallest[thinnest],
        "alarms": record["alarms"],
    }


def main() -> int:
    """Run the command line; return 1 if a claim or a lesson failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", type=int, metavar="SEEDS", help="how many values of FBM_SEED")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as models/cnn; by default, all lessons")
    parser.add_argument("--start", type=int, default=1, metavar="K", help="the first of them (default 1)")
    args = parser.parse_intermixed_args()
    lessons, failures = find(args.names), []
    if unsound := [problem for md in lessons for problem in problems(md)]:
        sys.exit("\n".join(unsound))

    def finish(run: Run) -> str:
        told = f"FBM_SEED={run.variables['FBM_SEED']}"
        if run.failures:
            failures.append(f"{name(run.md)} under {told}: {run.failure}")
            return f"{told} failed"
        keep(run)
        return told

    done = {md: kept(md).get("margins", {}) for md in lessons}
    wanted = [(md, str(seed)) for seed in range(args.start, args.start + args.seeds) for md in lessons]
    tasks = [(md, {"FBM_SEED": seed, "FBM_SOAK": "1"}) for md, seed in wanted if seed not in done[md]]
    try:
        run_all(tasks, finish)
    except KeyboardInterrupt:
        failures.append("stopped; what was soaked is kept, and the same call goes on")
    lost = False
    print(f"\n{'claim':60} {'held':>7}  smallest margin")
    records = {md: count_alarms(md) for md in lessons}
    for md, record in records.items():
        for claim, smallest in by_claim(record).items() if record else ():
            held = sum(margin > 0 for margin in smallest)
            lost |= held < len(smallest)
            print(f"{name(md) + '/' + claim:60} {held:>3}/{len(smallest):<3}  {min(smallest):.3g}")
    print("\nlesson: sets of seeds that another machine would take for a fault")
    for md, record in records.items():
        raised, sets = record.get("alarms") or ("?", "?")
        print(f"{name(md):60} {raised:>3}/{sets}")
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    return bool(failures or lost)


if __name__ == "__main__":
    sys.exit(main())
