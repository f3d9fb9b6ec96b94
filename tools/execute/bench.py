"""Measure how long things take, and print the figures next to what is aimed at. Nothing is asserted."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import joblib
from torch import nn

import fbm_helpers as fbm
from tools.book.lessons import find, name
from tools.execute.kernel import Run, run_all
from tools.files import replace_json

IMPORT = "import time, torch; start = time.perf_counter(); import fbm_helpers; print(time.perf_counter() - start)"


def main() -> None:
    """Measure everything."""
    figures = {}

    def tell(what: str, value: float, aim: str) -> None:
        figures[what] = round(value, 3)
        print(f"{what:45} {value:8.2f}   {aim}", flush=True)

    tell("import of fbm_helpers after torch's, s", statistics.median(import_seconds() for _ in range(5)), "under 0.3")
    tell("7,000 glyphs, s", seconds(lambda: fbm.glyphs(7000)), "about 2")
    one, first, further = trial_seconds()
    tell("trials on one core, s", one, "")
    tell("gain of all cores, first call", one / first, f"{joblib.cpu_count()} cores")
    tell("gain of all cores, further calls", one / further, "at least 1.6 on two cores")
    lessons = {}

    def finish(run: Run) -> str:
        lessons[name(run.md)] = run
        return run.failure

    run_all([(md, {}) for md in find()], finish, width=1)
    for lesson, run in lessons.items():
        tell(f"{lesson} alone on all cores, s", run.seconds, f"under {run.nb.metadata.fbm['budget']}")
    subprocess.run(["make", "book"], check=True, stdout=subprocess.DEVNULL)
    again = seconds(lambda: subprocess.run(["make", "book"], check=True, stdout=subprocess.DEVNULL))
    tell("make book when nothing changed, s", again, "under 15")
    replace_json(Path.cwd() / "_build" / "bench.json", {"cores": joblib.cpu_count(), **figures})


def seconds(work) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def import_seconds() -> float:
    """Return how long a fresh interpreter that has torch takes to import the helpers."""
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    return float(done.stdout)


def train_small_cnn(channels: int, seed: int) -> float:
    """Run one trial as lessons have them; return its test accuracy."""
    train, test = fbm.glyphs(1000, seed=seed), fbm.glyphs(500, seed=seed + 10**6)
    model = nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64 * channels, 10)
    )
    fbm.fit(model, train.x, train.y, epochs=10, lr=3e-3)
    return fbm.evaluate(model, test.x, test.y)


def trial_seconds() -> tuple[float, float, float]:
    """Return how long eight trials take on one core, and on all: when processes must start, and when they are there.

    The first call of all only makes the data, which a process then remembers. Which process is given which seeds is chance:
    some meet new data in a further call, too. Hence the median of five.
    """
    os.environ["FBM_PROGRESS"] = "0"
    taken = []
    for jobs in ("1", "1", *["-1"] * 6):
        os.environ["FBM_JOBS"] = jobs
        taken.append(seconds(lambda: fbm.trials(train_small_cnn, {"narrow": 8, "wide": 16}, seeds=4)))
    _, one, first, *further = taken
    return one, first, statistics.median(further)


if __name__ == "__main__":
    main()
