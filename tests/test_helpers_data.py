"""Data: images by name, digits, and a message for every argument that cannot be."""

import ast
import re

import pytest
import torch

import fbm_helpers as fbm
from tests.miniature import ROOT, write_lesson
from tools.book.lessons import code_cells, find, name, read_source


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train": 0}, "train: expected a whole number from 1 up, got 0"),
        ({"test": -1}, "test: expected a whole number from 1 up, got -1"),
        ({"seed": -1}, "seed: expected a whole number from 0 to 2147483647, got -1"),
    ],
)
def test_a_bad_argument_of_images_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        fbm.images(**{"train": 12, "test": 6} | arguments)


def test_an_unknown_name_is_refused_with_the_known_ones_and_where_a_folder_was_looked_for(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FBM_DATA", "cifar")
    told = rf"FBM_DATA: expected glyphs, cifar10, fashion_mnist or an image folder, got 'cifar', and {tmp_path}/cifar is no"
    with pytest.raises(ValueError, match=told):
        fbm.images(1, 1)


def test_digits_are_split_at_random_into_all_of_the_1797():
    train, test = fbm.digits(seed=1)
    assert train.x.shape == (1300, 1, 8, 8) and len(test) == 497 and train.classes == tuple("0123456789")
    every, again = (torch.cat([a.x, b.x]).flatten(1) for a, b in ((train, test), fbm.digits(seed=2)))
    assert not torch.equal(every, again)
    assert torch.equal(every.unique(dim=0), again.unique(dim=0))
    assert torch.equal(fbm.digits(seed=1)[1].x, test.x)
    assert 0 == every.min() and every.max() == 1


# ---- which lessons read the reader's own images


def taken(md):
    """Return the most training and test images that a lesson takes; a name stands for the largest number of its cell."""
    counts = []
    for cell in code_cells(read_source(md)):
        nodes = list(ast.walk(ast.parse(cell.source)))
        largest = max(
            [node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) is int] or [0]
        )
        for node in nodes:
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "fbm.images":
                counts.append([arg.value if isinstance(arg, ast.Constant) else largest for arg in node.args])
    return tuple(max(column) for column in zip(*counts, strict=True))


def test_how_to_read_names_the_lessons_that_read_own_images_and_how_many_they_need():
    page = (ROOT / "book" / "how_to_read.md").read_text("utf-8")
    rows = re.findall(r"^\| \{doc\}`/lessons/(\S+)` \| ([\d,]+) \| ([\d,]+) \|$", page, re.MULTILINE)
    told = {lesson: tuple(int(count.replace(",", "")) for count in counts) for lesson, *counts in rows}
    assert told == {name(md): counts for md in find() if (counts := taken(md))}


def test_what_a_lesson_takes_is_seen(tmp_path):
    cells = [
        ("", "train, test = fbm.images(500, 1000)"),
        ("", "def f(count, seed):\n    return fbm.images(count, 200, seed=seed)\n\n\nf(3000, 1)"),
    ]
    assert taken(write_lesson(tmp_path, "models/own", cells)) == (3000, 1000)
    assert taken(write_lesson(tmp_path, "models/other", [("", "fbm.glyphs(500)")])) == ()
