"""Show that other processors compute the same digits: ``make portable``.

The fingerprint of every kind of computation is taken here and in an emulated Intel and an emulated AMD processor, and compared
with the one that is kept; then whole lessons are executed in an emulated processor, and compared with their stored notebooks.
That takes hours. ``portable.json`` keeps the fingerprint, and which processors agreed with it, so that evidence grows.

    python -m tools.execute.portable                        everything
    python -m tools.execute.portable --here                 only the fingerprint, on this processor
    python -m tools.execute.portable --rewrite              the fingerprint of this processor is right: forget the evidence
    python -m tools.execute.portable --lessons models/cnn   other lessons
"""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

from tools.book.lessons import find, name
from tools.execute.arithmetic import exact, pinned, processor
from tools.execute.kernel import Run, run_all
from tools.execute.settle import differences
from tools.files import replace_json

KEPT = Path(__file__).with_suffix(".json")
EMULATOR = "qemu-x86_64"
OLDEST = 10  # version
EMULATED = {"Intel Haswell, emulated": "Haswell-noTSX", "AMD EPYC, emulated": "EPYC"}
LESSONS = ["models/cnn", "models/rnn", "models/transformer"]  # convolutions, recurrence, attention
# The emulator knows no environments.
SETTINGS = {"PYTHONPATH": os.pathsep.join([os.getcwd(), sysconfig.get_path("purelib")])}
SHOWN = 20  # kinds that differ


def main() -> int:
    """Run the command line; return 1 if a processor disagrees."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--here", action="store_true", help="only the fingerprint, on this processor")
    parser.add_argument("--rewrite", action="store_true", help="keep the fingerprint of this processor")
    parser.add_argument("--lessons", nargs="*", metavar="NAME", default=LESSONS, help="which to execute, emulated")
    args = parser.parse_args()
    if not exact():
        sys.exit(
            "This is not Linux on an x86-64 processor with AVX2, or FBM_SEED or FBM_DATA is set: digits differ here."
        )
    if not args.here and emulator_version() < OLDEST:
        sys.exit(
            f"{EMULATOR} {OLDEST} or newer is needed; older ones stop at instructions that torch uses. Debian: apt-get install"
            " qemu-user, in bookworm with -t bookworm-backports. Or call with --here."
        )
    here = fingerprint([sys.executable], {})
    if args.rewrite:
        replace_json(KEPT, {"versions": versions(), "fingerprint": here, "agreed": {}})
    wrong = judge(processor(), here)
    for told, model in {} if args.here else EMULATED.items():
        print(f"fingerprint in {told} ...", flush=True)
        wrong += judge(told, fingerprint(emulated(model), SETTINGS))
    if not args.here and args.lessons:
        told, model = next(iter(EMULATED.items()))
        print(f"{', '.join(args.lessons)} in {told} ...", flush=True)
        wrong += lessons(args.lessons, told, model)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return bool(wrong)


def emulator_version() -> int:
    """Return the version of the emulator; 0 without one."""
    if not shutil.which(EMULATOR):
        return 0
    told = subprocess.run([EMULATOR, "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"version (\d+)", told)[1])


def kept() -> dict:
    """Return the fingerprint that is kept, and which processors agreed with it."""
    return json.loads(KEPT.read_text("utf-8"))


def versions() -> dict[str, str]:
    """Return the versions that a fingerprint belongs to."""
    return {package: version(package) for package in ("torch", "numpy", "scikit-learn")}


def fingerprint(python: Sequence[str], settings: dict[str, str]) -> dict[str, str]:
    """Take a fingerprint with pinned arithmetic.

    Parameters
    ----------
    python : sequence of str
        How to start Python.
    settings : dict
        Variables to add to its environment.

    Returns
    -------
    dict
        From a kind of computation to its hash; a kind at which the process ended is not there.
    """
    command = [*python, "-W", "ignore", "-m", "tools.execute.fingerprint"]
    environment = pinned() | {"FBM_PROGRESS": "0"} | settings
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "TCG doesn't support" not in line]  # which is no matter
    if complaints:
        print("\n".join(complaints), file=sys.stderr)
    return dict(map(json.loads, done.stdout.splitlines()))


def judge(told: str, found: dict[str, str]) -> list[str]:
    """Compare a fingerprint with the one that is kept, and keep that they agree.

    Parameters
    ----------
    told : str
        The name of the processor.
    found : dict
        Its fingerprint.

    Returns
    -------
    list of str
        A sentence for each kind of computation that differs.
    """
    record = kept()
    if record["versions"] != versions():
        return [f"{KEPT.name} is of other versions, {record['versions']}: --rewrite makes it anew"]
    wanted = record["fingerprint"]
    differing = [kind for kind in wanted | found if wanted.get(kind) != found.get(kind)]
    print(
        f"{told}: {len(wanted | found) - len(differing)} of {len(wanted | found)} kinds of computation agree",
        flush=True,
    )
    if not differing:
        _keep(told, "fingerprint")
    wrong = [f"{told}: {kind}: kept {wanted.get(kind)}, came {found.get(kind)}" for kind in differing[:SHOWN]]
    return wrong + ([f"{told}: and {len(differing) - SHOWN} more"] if len(differing) > SHOWN else [])


def lessons(names: Sequence[str], told: str, model: str) -> list[str]:
    """Execute whole lessons in an emulated processor, and say where they differ from their stored notebooks."""
    wrong = []

    def finish(run: Run) -> str:
        found = differences(run.md, run.nb)
        wrong.extend([f"{told}: {run.failure}"] if run.failure else [])
        wrong.extend(f"{told}: {name(run.md)}, cell {number}: {said}" for number, (said, *_) in found.items())
        if not run.failure and not found:
            _keep(told, name(run.md))
        return run.failure or (f"differs in {len(found)} cells" if found else "agrees")

    with kernel(emulated(model)) as folder, patch.dict(os.environ, JUPYTER_PATH=folder):
        settings = SETTINGS | {"PYTHONPATH": os.pathsep.join([folder, SETTINGS["PYTHONPATH"]])}
        run_all([(md, settings) for md in find(names)], finish, kernel="emulated", timeout=None)
    return wrong


@contextmanager
def kernel(python: Sequence[str]) -> Iterator[str]:
    """Let Jupyter know a kernel that is started with ``python``, as "emulated"; give the folder in which it is described.

    That folder on its PYTHONPATH lets the kernel start its workers with ``python``, too.
    """
    with tempfile.TemporaryDirectory() as folder:
        starter = Path(folder, "python")
        starter.write_text(f'#!/bin/sh\nexec {shlex.join(python)} "$@"\n', "utf-8")
        starter.chmod(0o755)
        Path(folder, "sitecustomize.py").write_text(f"import sys\nsys.executable = {str(starter)!r}\n", "utf-8")
        argv = [*python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "Python, emulated", "language": "python"}
        replace_json(Path(folder, "kernels", "emulated", "kernel.json"), spec)
        yield folder


def emulated(model: str) -> list[str]:
    """Return how to start this Python in an emulated processor."""
    return [EMULATOR, "-cpu", model, os.path.realpath(sys.executable)]


def _keep(told: str, what: str) -> None:
    record = kept()
    record["agreed"].setdefault(told, {})[what] = date.today().isoformat()
    replace_json(KEPT, record)


if __name__ == "__main__":
    sys.exit(main())
