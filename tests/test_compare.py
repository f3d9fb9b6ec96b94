"""Outputs agree within a tolerance, number by number, and in all else exactly."""

import base64
import io

import pytest
from nbformat.v4 import new_code_cell, new_output
from PIL import Image

from tools.book.lessons import CLAIM
from tools.run.compare import differences, tolerance
from tools.run.text import TIGHT, Tolerance

TRAINED = Tolerance(rtol=0.02)


def printed(text):
    return [new_output("stream", name="stdout", text=text)]


def shown(value, kind="text/html"):
    return [new_output("display_data", {kind: value})]


def picture(level, size=(8, 8)):
    buffer = io.BytesIO()
    Image.new("L", size, level).save(buffer, "png")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.mark.parametrize(
    ("stored", "fresh", "within"),
    [
        ("loss 0.5 after 3", "loss 0.5 after 3", TIGHT),
        ("largest 3.1e-15", "largest 8.9e-16", TIGHT),
        ("a 0.0", "a -1e-17", TIGHT),
        ("[ 0.1  0.25]", "[0.1 0.25]", TIGHT),
        ("nan inf -inf", "nan inf -inf", TIGHT),
        ("[1. 2.]", "[0.99999999 2.]", TIGHT),
        ("1", "0.998", TRAINED),
        ("accuracy 91.2 %", "accuracy 92.3 %", TRAINED),
        ("\u22120.500", "-0.505", TRAINED),
        ("spread 0.004", "spread 0.006", Tolerance(atol=0.005)),
        ("took 31.2s", "took 31.4s", TRAINED),
    ],
)
def test_numbers_that_are_close_agree(stored, fresh, within):
    assert differences(printed(stored), printed(fresh), within) == []


@pytest.mark.parametrize(
    ("stored", "fresh", "within"),
    [
        ("loss 0.87", "loss 0.88", TIGHT),
        ("loss 0.50", "loss 0.52", TRAINED),
        ("loss 0.5", "loss -0.5", TRAINED),
        ("100 steps", "101 steps", TRAINED),
        ("after 100.", "after 101.", TRAINED),
        ("0.5", "nan", TRAINED),
        ("0.5", "inf", TRAINED),
        ("inf", "0.5", TRAINED),
        ("0.5 0.6", "0.5", TRAINED),
        ("0.5", "0.5 0.6", TRAINED),
        ("conv1 is fast", "conv2 is fast", TRAINED),
        ("id a1.5b", "id a1.51b", TRAINED),
        ("color #1e5", "color #2e5", TRAINED),
        ("2026-11-22", "2026-11-23", TRAINED),
        ("torch 2.15.0", "torch 2.15.1", TRAINED),
        ("holds", "fails", TRAINED),
        ("12", "1 2", TRAINED),
    ],
)
def test_other_texts_and_numbers_differ(stored, fresh, within):
    assert differences(printed(stored), printed(fresh), within)


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
@pytest.mark.parametrize("within", [TIGHT, None])
def test_number_and_kinds_of_outputs_are_compared_even_of_timings(stored, fresh, within):
    assert differences(stored, fresh, within)


def test_stderr_that_comes_is_quoted():
    came = [new_output("stream", name="stderr", text="UserWarning: beware")]
    assert "UserWarning: beware" in " ".join(differences([], came))


def test_a_timing_may_be_any_number():
    assert differences(printed("3 s"), printed("4 s"), None) == []


DRAWING = (
    '<svg viewBox="0 0 400 300" role="img" aria-label="up to {word}"><path d="M10 20L{x} 40"/><text>{tick}</text></svg>'
)


@pytest.mark.parametrize(
    ("word", "x", "tick", "agrees"),
    [("0.9", 100, "0.80", True), ("0.9", 107, "0.80", True), ("0.91", 100, "0.80", True)]
    + [("0.9", 109, "0.80", False), ("0.9", 100, "0.90", False), ("0.5", 100, "0.80", False)],
)
def test_positions_in_a_drawing_may_be_off_by_a_share_of_its_width_and_words_may_not(word, x, tick, agrees):
    stored = shown(DRAWING.format(word="0.9", x=100, tick="0.80"))
    assert (differences(stored, shown(DRAWING.format(word=word, x=x, tick=tick)), TRAINED) == []) is agrees


def test_names_of_glyphs_in_a_drawing_are_no_positions():
    stored, fresh = (f'<svg viewBox="0 0 400 300"><use href="#DejaVuSans-{n}"/></svg>' for n in (30, 31))
    assert differences(shown(stored), shown(fresh), TRAINED)


def test_positions_in_a_drawing_may_have_a_tolerance_of_their_own():
    stored, fresh = (shown(DRAWING.format(word="0.9", x=x, tick="0.80")) for x in (100, 130))
    assert differences(stored, fresh, Tolerance(rtol=0.02, drawn=0.1)) == []
    assert differences(stored, fresh, Tolerance(rtol=0.1, drawn=0.02))


def test_ids_that_matplotlib_makes_up_count_by_their_order():
    twice = '<svg><path id="m{0}"/><path id="m{1}"/><use href="#m{2}"/></svg>'
    stored = shown(twice.format("aee4ff39da", "3f859133b7", "aee4ff39da"))
    assert differences(stored, shown(twice.format("0123456789", "aee4ff39da", "0123456789"))) == []
    assert differences(stored, shown(twice.format("0123456789", "aee4ff39da", "aee4ff39da")))


def test_a_drawing_without_its_line_differs():
    drawing = DRAWING.format(word="0.9", x=100, tick="0.80")
    assert differences(shown(drawing), shown(drawing.replace('<path d="M10 20L100 40"/>', "")), TRAINED)
    assert differences(shown(drawing), shown("<p></p>"), TRAINED)


@pytest.mark.parametrize(
    "wrap", [lambda data: shown(data, "image/png"), lambda d: shown(f'<img src="data:image/png;base64,{d}">')]
)
def test_pictures_are_compared_by_their_pixels(wrap):
    stored = picture(100)
    assert differences(wrap(stored), wrap(picture(101)), TRAINED) == []
    assert differences(wrap(stored), wrap(picture(101)), TIGHT)
    assert "differ by" in differences(wrap(stored), wrap(picture(110)), TRAINED)[0]
    assert "pixels" in differences(wrap(stored), wrap(picture(100, (8, 9))), TRAINED)[0]
    assert "cannot be read" in differences(wrap(stored[:60] + "A" * (len(stored) - 60)), wrap(stored), TRAINED)[0]


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
        ({"variants": {"a": [0.505, 0.6, 1]}}, True),
        ({"variants": {"a": [0.55, 0.6, 1.0]}}, False),
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
    assert (differences(shown(RECORD, CLAIM), shown(RECORD | change, CLAIM), TRAINED) == []) is agrees


def test_a_difference_in_a_record_says_at_which_entry():
    (said,) = differences(shown(RECORD, CLAIM), shown(RECORD | {"variants": {"a": [0.5, 0.7, 1.0]}}, CLAIM))
    assert said.endswith("at variants.a[1]: stored 0.6, came 0.7")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], TIGHT),
        (["hide-input"], TIGHT),
        (["rtol-0.02"], Tolerance(rtol=0.02)),
        (["atol-0.005", "rtol-1e-3"], Tolerance(1e-3, 0.005)),
        (["drawn-0.1"], Tolerance(drawn=0.1)),
        (["timing"], None),
    ],
)
def test_tags_name_the_tolerance(tags, expected):
    assert tolerance(new_code_cell("1", metadata={"tags": tags})) == expected
