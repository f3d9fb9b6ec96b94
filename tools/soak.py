"""Execute lessons under fresh seeds and tell, claim by claim, how often it held and by how much.

Under FBM_SOAK a failing claim is recorded and the lesson runs on. Stored notebooks stay as they are.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from fbm_helpers.claims import margins
from tools.files import replace_json
from tools.kernel import Run, run_all
from tools.lessons import claims, find, name


def main() -> int:
    """Run the command line; return 1 if a claim or a lesson failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", type=int, metavar="SEEDS", help="how many values of FBM_SEED")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as models/cnn; by default, all lessons")
    parser.add_argument("--start", type=int, default=1, metavar="K", help="the first of them (default 1)")
    args = parser.parse_intermixed_args()
    records, failures = defaultdict(list), []

    def finish(run: Run) -> str:
        for record in claims(run.nb):
            records[record["id"]].append(record)
        told = f"FBM_SEED={run.variables['FBM_SEED']}"
        if run.failure:
            failures.append(f"{name(run.md)} under {told}: {run.failure}")
        return f"{told} {'failed' if run.failure else ''}"

    seeds = range(args.start, args.start + args.seeds)
    run_all([(md, {"FBM_SEED": str(seed), "FBM_SOAK": "1"}) for seed in seeds for md in find(args.names)], finish)
    rows = [
        {"claim": claim, "held": sum(r["holds"] for r in runs), "of": len(runs), "margins": [margins(r) for r in runs]}
        for claim, runs in sorted(records.items())
    ]
    replace_json(Path.cwd() / "_build" / "soak.json", {"seeds": list(seeds), "claims": rows, "failures": failures})
    print(f"\n{'claim':60} {'held':>7}  smallest margin")
    for row in rows:
        print(f"{row['claim']:60} {row['held']:>3}/{row['of']:<3}  {min(map(min, row['margins'])):.3g}")
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    return bool(failures or any(row["held"] < row["of"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
