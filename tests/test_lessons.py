"""Every lesson has what a lesson must have; its outputs are nbval's business."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from nbformat import NotebookNode

from tools.book.lessons import (
    claims,
    code_cells,
    find,
    is_lesson,
    name,
    place,
    problems,
    read_source,
    read_stored,
    tags,
)
from tools.book.structure import CHECKS
from tools.execute.compare import data, differences
from tools.execute.text import NUMBER

ROOT = Path(__file__).parents[1]
LESSONS = find()
DRAWN = re.compile(r"<svg\b.*?</svg>|base64,[A-Za-z0-9+/=]+", re.DOTALL)


def test_there_are_lessons():
    assert LESSONS


@pytest.mark.parametrize("md", LESSONS, ids=name)
def test_source_and_notebook_are_a_pair(md):
    assert problems(md) == []


@pytest.mark.parametrize("md", LESSONS, ids=name)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_lesson(md, check):
    assert check(md) == []


@pytest.mark.parametrize("md", LESSONS, ids=name)
def test_every_stored_number_that_changes_in_its_last_digit_is_noticed(md):
    tried = 0
    for cell in code_cells(read_stored(md)):
        for output in [] if "timing" in tags(cell) else cell.outputs:
            for changed in last_digits_changed(output):
                assert differences([output], [changed]), f"{place(md, cell.execution_count, cell)}: {changed}"
                tried += 1
    assert tried > 100


def last_digits_changed(output):
    """Yield copies of an output in each of which one number of its words, tables or records has another last digit."""
    for kind, value in data(output).items():
        text = value if isinstance(value, str) else json.dumps(value)
        for number in NUMBER.finditer(DRAWN.sub(lambda drawn: " " * len(drawn[0]), text)):
            digits = re.search(r"\d(?=\D*$)", number[0])
            if digits is None:  # nan, inf
                continue
            at = number.start() + digits.start()
            altered = f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"
            if not isinstance(value, str) and json.loads(altered) == value:  # beyond what a float can hold
                continue
            copy = NotebookNode(output)
            if "text" in output:
                copy.text = altered
            else:
                copy.data = NotebookNode(output.data) | {
                    kind: altered if isinstance(value, str) else json.loads(altered)
                }
            yield copy


def test_every_notebook_has_a_source():
    notebooks = filter(is_lesson, ROOT.glob("lessons/*/*.ipynb"))
    assert set(notebooks) == {md.with_suffix(".ipynb") for md in LESSONS}


def test_claim_ids_are_unique_in_the_book():
    ids = Counter(record["id"] for md in LESSONS for record in claims(read_stored(md) or read_source(md)))
    assert [which for which, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("command", ["check", "format --check"])
def test_ruff_finds_nothing_in(command):
    folders = ["fbm_helpers", "tools", "tests", "lessons"]
    ruff = [sys.executable, "-m", "ruff", *command.split(), *folders]
    done = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
