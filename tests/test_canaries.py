"""For every way in which a lesson goes wrong, one that does, and proof that `make test` and `make book` notice it."""

import base64
import io
import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_output
from PIL import Image

from tests.miniature import edit, run, store, write_lesson
from tools.book.lessons import CLAIM, code_cells, problems

SHOW = "from IPython.display import display\ndisplay({%s}, raw=True)"
PAINT = "import base64, io; from PIL import Image; f = io.BytesIO(); Image.new('L', (8, 8), 100).save(f, 'png')\n"


def say(old, new):
    """Return a change of the first output: of what it prints, or of the first form in which it shows itself."""

    def change(outputs):
        holder, key = (outputs[0], "text") if "text" in outputs[0] else (outputs[0].data, next(iter(outputs[0].data)))
        assert old in holder[key]
        holder[key] = holder[key].replace(old, new)

    return change


def repaint(outputs):
    buffer = io.BytesIO()
    Image.new("L", (8, 8), 120).save(buffer, "png")
    outputs[0].data["image/png"] = base64.b64encode(buffer.getvalue()).decode()


def change_record(outputs):
    outputs[0].data[CLAIM]["variants"]["cnn"][1] = 0.71


# Cells of one lesson: tags, code, and how the stored output is altered.
ALTERED = {
    "a digit": ("", "print('error 0.8712')", say("0.8712", "0.8713")),
    "a whole number": ("", "print('3 epochs')", say("3", "4")),
    "a word": ("", "print('holds')", say("holds", "fails")),
    "a table": ("", SHOW % "'text/html': '<td>0.25</td>'", say("0.25", "0.26")),
    "a drawing": ("", SHOW % """'text/html': '<svg viewBox="0 0 9 9"><path d="M1 2"/></svg>'""", say("M1", "M1.001")),
    "a picture": ("", PAINT + SHOW % "'image/png': base64.b64encode(f.getvalue()).decode()", repaint),
    "a record": ("", SHOW % f"'{CLAIM}': {{'variants': {{'cnn': [0.8, 0.7]}}}}", change_record),
    "one output more": ("", "print('one')", lambda outputs: outputs.append(new_output("display_data"))),
    "one output less": ("", "print('one')", lambda outputs: outputs.clear()),
    "a timing without output": ("timing", "print('3 s')", lambda outputs: outputs.clear()),
    "a comment for nbval": ("", "# NBVAL_IGNORE_OUTPUT\nprint(0.5)", say("0.5", "0.6")),
}


def swap(nb):
    nb.cells[1], nb.cells[2] = nb.cells[2], nb.cells[1]


def complain(output_type, **content):
    return lambda nb: code_cells(nb)[1].outputs.append(new_output(output_type, **content))


# Lessons: how the stored notebook is altered, and what is said of it.
UNPAIRED = {
    "swapped": (swap, "differs from the source, first at the code: x = 1"),
    "prose": (lambda nb: nb.cells[0].update(source="# Another"), "differs from the source, first at the markdown"),
    "shorter": (lambda nb: nb.cells.pop(), "the source has 3 cells, its notebook 2"),
    "folded": (lambda nb: nb.cells[1].metadata.update(tags=["timing"]), "differs from the source"),
    "metadata": (lambda nb: nb.metadata.fbm.update(budget=99), "metadata differ"),
    "unexecuted": (
        lambda nb: code_cells(nb)[1].update(execution_count=None),
        "unexecuted, cell 2: y = 2: was not executed",
    ),
    "disorder": (lambda nb: code_cells(nb)[1].update(execution_count=1), "executed out of order, as number 1"),
    "noisy": (complain("stream", name="stderr", text="beware"), "stderr is stored: beware"),
    "broken": (complain("error", ename="KeyError", evalue="'x'", traceback=[]), "an error is stored: KeyError: 'x'"),
    "sleight": (lambda nb: None, "unknown tag 'nbval-skip'"),
}

# Lessons of which the second cell fails, and what is said of it.
FAILING = {
    "raises": ("{}['key']", ["KeyError: 'key'"]),
    "warns": ("import warnings; warnings.warn('beware')", ["UserWarning: beware"]),
    "claims": (
        """import fbm_helpers as fbm
fbm.claim("models/claims/better", "A beats B.", {"a": [0.6, 0.51], "b": [0.5, 0.55]}, "a - b > 0", unit="accuracy")""",
        ["ClaimFailed", "models/claims/better", "a - b > 0", "0.51", "0.55"],
    ),
}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Make all lessons that go wrong, and two that do not; run the tests, then execute."""
    root = tmp_path_factory.mktemp("book")
    sound = write_lesson(root, "models/sound", [(tags, code) for tags, code, _ in ALTERED.values()])
    altered = write_lesson(root, "models/altered", [(tags, code) for tags, code, _ in ALTERED.values()])
    assert run(root, "tools.execute").returncode == 0

    def alter(nb):
        for cell, (_, _, change) in zip(code_cells(nb), ALTERED.values(), strict=True):
            change(cell.outputs)

    edit(altered, alter)
    for name, (change, _) in UNPAIRED.items():
        tags = "nbval-skip" if name == "sleight" else ""
        store(md := write_lesson(root, f"pairs/{name}", [("", "x = 1"), (tags, "y = 2")]))
        edit(md, change)
    for name, (code, _) in FAILING.items():
        store(write_lesson(root, f"models/{name}", [("", "x = 1"), ("", code)]))
    before = {md: md.read_bytes() for md in root.glob("lessons/models/*.ipynb")}
    tests = run(root, "pytest", "-p", "tests.nbval_plugin", "--nbval", "--junitxml=report.xml", "lessons")
    found = {}
    for case in ET.parse(root / "report.xml").iter("testcase"):
        lesson = case.get("classname").split(".")[2]
        found[lesson, case.get("name")] = "\n".join(part.text for part in case)
    names = ["models/sound", "models/altered", *(f"models/{name}" for name in FAILING)]
    executed = run(root, "tools.execute", *names)
    after = {md: md.read_bytes() for md in before}
    return SimpleNamespace(
        sound=sound,
        tests=tests,
        found=found,
        executed=executed,
        untouched=[md.stem for md in before if before[md] == after[md]],
    )


def test_sound_lessons_pass(book):
    passed = [case for case, said in book.found.items() if not said]
    assert {name for lesson, name in passed if lesson == "sound"} == {f"cell {n + 1}" for n in range(len(ALTERED))}
    assert "models/sound" not in book.executed.stderr
    assert problems(book.sound) == []


@pytest.mark.parametrize("what", ALTERED)
def test_both_commands_notice_when_a_stored_output_has(what, book):
    number = list(ALTERED).index(what) + 1
    said = book.found["altered", f"cell {number}"]
    assert f"models/altered, cell {number}: " in said
    assert ("stored" in said and "came" in said) or "differ by" in said
    (named,) = re.findall(r"models/altered in cell ([\d, ]+)", book.executed.stderr)
    assert str(number) in named.split(", ")


@pytest.mark.parametrize("name", UNPAIRED)
def test_the_tests_refuse_a_notebook_that_is(name, book):
    assert UNPAIRED[name][1] in book.found[name, "pair"]
    assert [case for case in book.found if case[0] == name] == [(name, "pair")]


@pytest.mark.parametrize("name", FAILING)
def test_both_commands_tell_where_and_why_a_lesson(name, book):
    for text in (book.found[name, "cell 2"], book.executed.stderr):
        for words in [f"models/{name}, cell 2: ", *FAILING[name][1]]:
            assert words in text


def test_failures_end_in_failure_and_leave_stored_notebooks_alone(book):
    assert book.tests.returncode == 1
    assert book.executed.returncode == 1
    assert sorted(book.untouched) == sorted(["sound", "altered", *FAILING])


def test_execution_tells_how_to_accept_a_change(book):
    assert "make lesson NAME=models/altered" in book.executed.stderr


def test_checkpoints_and_copies_disturb_nothing(tmp_path):
    md = write_lesson(tmp_path, "models/toy", [("", "print(1)")])
    assert run(tmp_path, "tools.execute").returncode == 0
    for stray in ("toy-Copy1.ipynb", "Untitled.ipynb", ".ipynb_checkpoints/toy-checkpoint.ipynb", "toy-Copy1.md"):
        path = md.parent / stray
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    done = run(tmp_path, "tools.execute")
    assert done.returncode == 0 and "toy: unchanged" in done.stdout and "opy" not in done.stdout
    done = run(tmp_path, "pytest", "-p", "tests.nbval_plugin", "--nbval", "lessons")
    assert done.returncode == 0 and "1 passed" in done.stdout


def test_a_missing_notebook_is_a_problem(tmp_path):
    assert "missing" in problems(write_lesson(tmp_path, "models/toy", [("", "1")]))[0]


def test_a_damaged_notebook_is_a_problem(tmp_path):
    md = write_lesson(tmp_path, "models/toy", [("", "1")])
    md.with_suffix(".ipynb").write_text('{"cells": [')
    assert "cannot be read" in problems(md)[0]
