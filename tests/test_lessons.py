"""Every lesson has what a lesson must have; its outputs are nbval's business."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.structure import CHECKS
from tools.book.lessons import claims, name, problems, read_source, read_stored

ROOT = Path(__file__).parents[1]
LESSONS = sorted(ROOT.glob("lessons/*/*.md"))


def test_there_are_lessons():
    assert LESSONS


@pytest.mark.parametrize("md", LESSONS, ids=name)
def test_source_and_notebook_are_a_pair(md):
    assert problems(md) == []


@pytest.mark.parametrize("md", LESSONS, ids=name)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_lesson(md, check):
    assert check(md) == []


def test_every_notebook_has_a_source():
    assert sorted(ROOT.glob("lessons/**/*.ipynb")) == [md.with_suffix(".ipynb") for md in LESSONS]


def test_claim_ids_are_unique_in_the_book():
    ids = Counter(record["id"] for md in LESSONS for record in claims(read_stored(md) or read_source(md)))
    assert [which for which, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("command", ["check", "format --check"])
def test_ruff_finds_nothing_in(command):
    folders = ["fbm_helpers", "tools", "tests", "lessons"]
    ruff = [sys.executable, "-m", "ruff", *command.split(), *folders]
    done = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
