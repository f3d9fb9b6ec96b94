"""The commands of the Makefile do their steps, and stop or go on as they should; the environment is stood in for by a script."""

import subprocess
import sys

import pytest

from tests.miniature import ROOT, environment

STAND_IN = """#!/bin/sh
echo "$0 $*" >> calls
case "$*" in
  -V) echo "Python 3.12.1" ;;
  "-m tools.execute"*) exit {status} ;;
esac
"""


@pytest.fixture
def make(tmp_path):
    """Make a function that calls make in a folder whose Python ends tools.execute with a status."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    for name in ("requirements.txt", "pyproject.toml"):
        (tmp_path / name).touch()
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)

    def call(*arguments, status=0):
        (folder / "python").write_text(STAND_IN.format(status=status))
        (folder / "python").chmod(0o755)
        (folder.parent / ".installed").touch()
        done = subprocess.run(
            ["make", *arguments], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
        )
        calls = tmp_path / "calls"
        return done, calls.read_text() if calls.exists() else ""

    call.folder = folder
    return call


def test_the_book_is_built(make):
    done, calls = make("book")
    assert done.returncode == 0, done.stderr
    assert calls.index("-m tools.execute") < calls.index("-m tools.site.build")


def test_where_outputs_differ_the_book_is_built_and_make_fails_with_a_status_of_its_own(make):
    done, calls = make("book", status=3)
    assert done.returncode != 0 and "Error 3" in done.stderr and "-m tools.site.build" in calls


def test_where_a_claim_fails_nothing_is_built(make):
    done, calls = make("book", status=1)
    assert done.returncode != 0 and "Error 1" in done.stderr and "tools.site.build" not in calls


def test_an_environment_whose_python_is_gone_is_named_with_the_cure(make):
    make("help")
    (make.folder / "python").unlink()
    (make.folder / "python").symlink_to("/nowhere/python3")
    done = subprocess.run(["make", "book"], cwd=make.folder.parents[1], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "rm -rf .venv" in done.stderr


def test_another_python_than_that_of_the_environment_is_not_ignored(make):
    done, calls = make("book", f"PYTHON={sys.executable}")
    assert done.returncode != 0 and ".venv is of Python 3.12.1" in done.stderr and "tools.execute" not in calls


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no repository")
def test_scripts_keep_their_line_ends_where_git_writes_others(tmp_path):
    clone = ["git", "clone", "-q", "-c", "core.autocrlf=true", str(ROOT), str(tmp_path / "book")]
    subprocess.run(clone, check=True)
    assert b"\r" not in (tmp_path / "book" / ".ci" / "run").read_bytes()
