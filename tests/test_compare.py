"""Outputs agree if they are the same to the last digit, and pictures if their pixels are."""

import base64
import io

import pytest
from nbformat.v4 import new_output
from PIL import Image

from tools.book.lessons import CLAIM
from tools.execute.compare import differences


def printed(text):
    return [new_output("stream", name="stdout", text=text)]


def shown(value, kind="text/html"):
    return [new_output("display_data", {kind: value})]


def picture(level, size=(8, 8), **options):
    buffer = io.BytesIO()
    Image.new("L", size, level).save(buffer, "png", **options)
    return base64.b64encode(buffer.getvalue()).decode()


DRAWING = (
    '<svg viewBox="0 0 400 300" role="img" aria-label="up to {word}"><path d="M10 20L{x} 40"/><text>{tick}</text></svg>'
)


@pytest.mark.parametrize(
    "text", ["loss 0.5 after 3", "largest 3.1e-15", "nan inf -inf", "\u22120.500", DRAWING.format(word=1, x=2, tick=3)]
)
def test_the_same_agrees(text):
    assert differences(printed(text), printed(text)) == []
    assert differences(shown(text), shown(text)) == []


@pytest.mark.parametrize(
    ("stored", "fresh"),
    [
        ("loss 0.8712", "loss 0.8713"),
        ("loss 0.5", "loss 0.50"),
        ("loss 0.5", "loss -0.5"),
        ("100 steps", "101 steps"),
        ("3.1e-15", "3.1e-14"),
        ("0.5", "nan"),
        ("0.5 0.6", "0.5"),
        ("0.5", "0.5 0.6"),
        ("conv1 is fast", "conv2 is fast"),
        ("color #1e5", "color #2e5"),
        ("torch 2.15.0", "torch 2.15.1"),
        ("holds", "fails"),
        ("12", "1 2"),
        ("[ 0.1  0.25]", "[0.1 0.25]"),
        (DRAWING.format(word="0.9", x=100, tick="0.80"), DRAWING.format(word="0.9", x=100.01, tick="0.80")),
        (DRAWING.format(word="0.9", x=100, tick="0.80"), DRAWING.format(word="0.8", x=100, tick="0.80")),
        (DRAWING.format(word="0.9", x=100, tick="0.80"), DRAWING.format(word="0.9", x=100, tick="0.81")),
    ],
)
def test_anything_else_differs_and_it_is_said_what(stored, fresh):
    (said,) = differences(printed(stored), printed(fresh))
    assert "stored" in said and "came" in said or "white space" in said
    assert differences(shown(stored), shown(fresh))


def test_a_difference_says_what_was_stored_what_came_and_where():
    (said,) = differences(printed("accuracy 0.87 on test"), printed("accuracy 0.95 on test"))
    assert said == "output 1 (stdout): stored 0.87, came 0.95, in 'accuracy 0.87 on test'"


def test_long_lists_of_differences_are_cut():
    said = differences(printed("0.1 " * 50), printed("0.2 " * 50))
    assert len(said) == 6 and said[-1].endswith("and 45 more differences")


def test_prints_are_joined_however_they_were_cut():
    assert differences(printed("one\ntwo\n"), printed("one\n") + printed("two\n")) == []


@pytest.mark.parametrize(
    ("stored", "fresh"),
    [
        (printed("a"), []),
        ([], printed("a")),
        (printed("a"), printed("a") + shown("b")),
        (shown("a") + printed("a"), printed("a") + shown("a")),
        (shown("a"), shown("a", "text/plain")),
        (shown("a"), [new_output("execute_result", {"text/html": "a"})]),
    ],
)
@pytest.mark.parametrize("timing", [False, True])
def test_number_and_kinds_of_outputs_are_compared_even_of_timings(stored, fresh, timing):
    assert differences(stored, fresh, timing=timing)


def test_stderr_that_comes_is_quoted():
    came = [new_output("stream", name="stderr", text="UserWarning: beware")]
    assert "UserWarning: beware" in " ".join(differences([], came))


def test_a_timing_may_be_any_number():
    assert differences(printed("3 s"), printed("4 s"), timing=True) == []


@pytest.mark.parametrize(
    "wrap", [lambda data: shown(data, "image/png"), lambda d: shown(f'<img src="data:image/png;base64,{d}">')]
)
def test_pictures_are_compared_by_their_pixels(wrap):
    stored = picture(100)
    packed = picture(100, compress_level=0)
    assert packed != stored and differences(wrap(stored), wrap(packed)) == []
    assert "differ by up to 1 of 255" in differences(wrap(stored), wrap(picture(101)))[0]
    assert "pixels" in differences(wrap(stored), wrap(picture(100, (8, 9))))[0]
    assert "cannot be read" in differences(wrap(stored[:60] + "A" * (len(stored) - 60)), wrap(stored))[0]


def test_a_picture_more_or_less_differs():
    one = f'<img src="data:image/png;base64,{picture(100)}">'
    assert differences(shown(one), shown(one + one)) and differences(shown(one + one), shown(one))


RECORD = {
    "id": "models/toy/better",
    "holds": True,
    "seeds": [0, 1, 2],
    "variants": {"a": [0.5, 0.6, 1.0]},
    "price": None,
}


@pytest.mark.parametrize(
    ("change", "agrees"),
    [
        ({}, True),
        ({"variants": {"a": [0.5000000000000001, 0.6, 1.0]}}, False),
        ({"variants": {"a": [0.5, 0.6, 1]}}, False),
        ({"variants": {"a": [0.5, 0.6]}}, False),
        ({"variants": {"b": [0.5, 0.6, 1.0]}}, False),
        ({"holds": False}, False),
        ({"holds": 1}, False),
        ({"seeds": [0, 1, 3]}, False),
        ({"price": {}}, False),
        ({"more": 1}, False),
    ],
)
def test_records_are_compared_entry_by_entry(change, agrees):
    assert (differences(shown(RECORD, CLAIM), shown(RECORD | change, CLAIM)) == []) is agrees


def test_a_difference_in_a_record_says_at_which_entry():
    (said,) = differences(shown(RECORD, CLAIM), shown(RECORD | {"variants": {"a": [0.5, 0.7, 1.0]}}, CLAIM))
    assert said.endswith("at variants.a[1]: stored 0.6, came 0.7")
