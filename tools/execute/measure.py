"""Take measurements that are too long for a lesson: ``make measure NAME=batch_norm_adam``.

A measurement is a script, ``book/measurements/<name>.py``, that prints ``{"seeds": ..., "values": ...}`` as JSON, and nothing
else. It runs with pinned arithmetic, as lessons do. Its record, ``<name>.json`` beside it, is written when it has come to its
end. Pages show a value of the record by the role ``{measurement}`name/key/key:.3f```, see `tools.site.ext.measurement`.
"""

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tools.execute.arithmetic import exact, pinned, processor
from tools.files import replace_json

FOLDER = Path("book", "measurements")


class Unknown(KeyError):
    """A page asks for a value that no record has."""

    def __str__(self) -> str:
        """Return the message, without the quotes of a key."""
        return str(self.args[0])


def scripts(root: Path) -> list[Path]:
    """Return the scripts of all measurements of a book."""
    return sorted((root / FOLDER).glob("*.py"))


def code(script: Path) -> str:
    """Return a hash of a measurement's script."""
    return hashlib.sha256(script.read_bytes()).hexdigest()[:16]


def kept(script: Path) -> dict | None:
    """Return a measurement's record; ``None`` before it is taken."""
    record = script.with_suffix(".json")
    return json.loads(record.read_text("utf-8")) if record.exists() else None


def problems(root: Path) -> list[str]:
    """Say which measurements of a book have no record, or one of another script than they have now."""
    found = []
    for script in scripts(root):
        record, cure = kept(script), f"make measure NAME={script.stem}"
        if record is None:
            found.append(f"{script.stem} was not measured; {cure}")
        elif record["code"] != code(script):
            found.append(f"{script.stem} was measured before its script changed; {cure}")
    return found


def value(reference: str, root: Path) -> str:
    """Return a measured value as text.

    Parameters
    ----------
    reference : str
        The name of a measurement and the keys that lead to a value of it, and a format: ``name/key/key:.3f``.
    root : Path
        The book.

    Returns
    -------
    str
        The value.

    Raises
    ------
    Unknown
        If there is no such value; the message has the keys that there are.
    """
    path, _, form = reference.partition(":")
    name, *keys = path.split("/")
    record = kept(root / FOLDER / f"{name}.py")
    if record is None:
        known = ", ".join(script.stem for script in scripts(root) if kept(script)) or "none"
        raise Unknown(f"{reference}: no record of a measurement {name!r}; there are: {known}")
    found = record["values"]
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            there = ", ".join(found) if isinstance(found, dict) else f"the value {found!r:.80}"
            raise Unknown(f"{reference}: no {key!r}; there is: {there}")
        found = found[key]
    if isinstance(found, dict | list):
        raise Unknown(f"{reference}: no single value; there is: {', '.join(map(str, found))}")
    return format(found, form)


def take(script: Path) -> None:
    """Run a measurement and write its record; an error of the script leaves the record as it is.

    Parameters
    ----------
    script : Path
        The measurement.

    Raises
    ------
    subprocess.CalledProcessError
        If the script fails.
    """
    before = code(script)
    done = subprocess.run([sys.executable, script], env=pinned(), stdout=subprocess.PIPE, text=True, check=True)
    measured = json.loads(done.stdout)
    describe = ["git", "-C", script.parent, "describe", "--always", "--dirty", "--exclude=*"]
    record = {
        "command": f"make measure NAME={script.stem}",
        "code": before,
        "commit": subprocess.run(describe, capture_output=True, text=True, check=False).stdout.strip(),
        "date": date.today().isoformat(),
        "machine": {"processor": processor(), "cores": os.cpu_count()},
        "versions": {"python": platform.python_version(), "torch": version("torch"), "numpy": version("numpy")},
        "seeds": measured["seeds"],
        "values": measured["values"],
    }
    replace_json(script.with_suffix(".json"), record)


def main() -> int:
    """Run the command line; return 1 if the script fails."""
    known = {script.stem: script for script in scripts(Path.cwd())}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=known, metavar="NAME", help=f"one of: {', '.join(known)}")
    name = parser.parse_args().name
    if not exact():
        sys.exit("This is not Linux on an x86-64 processor with AVX2, or FBM_SEED or FBM_DATA is set: digits differ.")
    try:
        take(known[name])
    except subprocess.CalledProcessError as error:
        return error.returncode
    print(known[name].with_suffix(".json").relative_to(Path.cwd()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
