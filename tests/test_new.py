"""The template makes a lesson that runs."""

import shutil

import pytest

from tests.miniature import ROOT, run
from tools.book.new import with_lesson

TOC = """# The order.
format: jb-book
root: index
parts:
  - caption: One
    chapters:
      - file: lessons/models/cnn # the first
      - file: lessons/models/rnn
  - caption: Two
    chapters:
      - file: lessons/training/norm
      - file: book/more
"""
# What only its author can give a lesson.
WANTED = {"exercises_have_solutions", "front_matter_is_complete"}


@pytest.fixture
def book(tmp_path):
    """A book with a table of contents, a language, and the settings of ruff, which knows the helpers by their folder."""
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "lessons").mkdir()
    (tmp_path / "fbm_helpers").mkdir()
    for settings in ("pyproject.toml", "lessons/ruff.toml", "_config.yml"):
        shutil.copy(ROOT / settings, tmp_path / settings)
    return tmp_path


def test_a_new_lesson_runs_as_it_is(book):
    tmp_path = book
    done = run(tmp_path, "tools.book.new", "models/toy")
    assert done.returncode == 0 and "_toc.yml" in done.stdout, done.stderr
    done = run(tmp_path, "tools.execute")
    assert done.returncode == 0, done.stderr
    assert "models/toy/improved-is-higher" in (tmp_path / "_build" / "claims.json").read_text()
    done = run(tmp_path, "tools.book.check", "models/toy")
    checks = {line.split(": ")[1] for line in done.stdout.splitlines() if line.startswith("models/toy: ")}
    assert checks <= WANTED and "ruff" not in done.stdout and "sentence" not in done.stdout, done.stdout


@pytest.mark.parametrize("name", ["", "toy", "models/Toy", "../toy", "models/toy/more", "models/to-y"])
def test_a_bad_name_is_refused(tmp_path, name):
    done = run(tmp_path, "tools.book.new", name)
    assert done.returncode == 1 and "models/cnn" in done.stderr and list(tmp_path.iterdir()) == []


def test_a_new_lesson_stands_behind_the_others_of_its_part():
    assert with_lesson(TOC, "models/toy").splitlines()[8] == "      - file: lessons/models/toy"
    assert with_lesson(TOC, "trust/toy").splitlines()[11] == "      - file: lessons/trust/toy"
    assert with_lesson(TOC, "models/toy").replace("      - file: lessons/models/toy\n", "") == TOC
    with pytest.raises(SystemExit, match="add `- file: lessons/models/toy`"):
        with_lesson("root: index\n", "models/toy")


def test_before_a_lesson_is_executed_nothing_but_the_lesson_is_checked(book):
    (book / "other.py").write_text("import os\n")
    run(book, "tools.book.new", "models/toy")
    done = run(book, "tools.book.check", "models/toy")
    assert "run `make lesson NAME=models/toy`" in done.stdout and "ruff" not in done.stdout


def test_a_lesson_is_not_overwritten(book):
    tmp_path = book
    run(tmp_path, "tools.book.new", "models/toy")
    md = tmp_path / "lessons" / "models" / "toy.md"
    md.write_text("mine")
    done = run(tmp_path, "tools.book.new", "models/toy")
    assert done.returncode == 1 and "exists" in done.stderr and md.read_text() == "mine"
