"""Claims: what holds is recorded, what does not stops the book, what cannot be read is refused."""

import json
import math
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
import torch

import fbm_helpers as fbm
from fbm_helpers import cards, chart, claims, conditions

VALUES = {"cnn": [0.9, 0.8, 0.85], "mlp": [0.5, 0.6, 0.55], "20 layers": [0.1, 0.1, 0.1]}


def record(condition, values=None):
    """Return a claim's record."""
    variants = values or VALUES
    known = {"id": "models/cnn/shared-weights", "statement": "Shared weights win.", "price": None, "source": None}
    holds = all(comparison.holds.all() for comparison in conditions.read(condition, variants))
    seeds = list(range(len(next(iter(variants.values())))))
    return known | {
        "condition": condition,
        "variants": variants,
        "unit": "test accuracy",
        "seeds": seeds,
        "holds": holds,
    }


def card(condition, values=None, **more):
    """Return a card, parsed: it has to be well-formed."""
    return ElementTree.fromstring(claims.card(record(condition, values) | more))


def summary(condition, values=None):
    """Return the words of a card's line."""
    return "".join(card(condition, values).find("summary").itertext())


def state(condition, values=None, **more):
    """State a claim about the values above."""
    fbm.claim("models/cnn/shared-weights", "Shared weights win.", values or VALUES, condition, **more)


@pytest.mark.parametrize(
    "condition",
    [
        "cnn > 0.7",
        "0.7 < cnn",
        "0.7 < cnn <= 0.9",
        "cnn - mlp > 0.15",
        "cnn > mlp + 0.15 and '20 layers' < 0.2",
        "mlp < (cnn + mlp) / 2 < cnn",
        "-cnn <= -0.8",
        "'20 layers' >= 0.1",
        "2 * '20 layers' < mlp",
    ],
)
def test_a_condition_that_every_seed_meets_holds(condition, capsys):
    state(condition)
    assert "Claim models/cnn/shared-weights holds" in capsys.readouterr().out


@pytest.mark.parametrize(
    "condition",
    [
        "cnn > 0.82",  # fails on one seed; the mean is 0.85
        "cnn - mlp > 0.25",  # fails on one seed; the mean is 0.3
        "0.7 < cnn < 0.9",
        "cnn > 0.7 and mlp > 0.7",
        "'20 layers' > 0.1",
        "mlp > cnn",
    ],
)
def test_a_condition_that_one_seed_misses_fails(condition):
    with pytest.raises(fbm.ClaimFailed):
        state(condition)


def test_a_failure_tells_what_a_card_tells_in_its_order(capsys):
    with pytest.raises(fbm.ClaimFailed) as raised:
        state("cnn - mlp > 0.25", unit="test accuracy", source="lecun1989", price={"parameters": {"cnn": 38282}})
    assert str(raised.value).splitlines() == [
        "Claim models/cnn/shared-weights FAILS on 1 of 3 seeds: Shared weights win.",
        "  cnn: 0.85, mlp: 0.55; smallest difference on 3 seeds 0.20, the book stops below 0.25",
        "  cnn: 0.85 ± 0.05 test accuracy [0.9, 0.8, 0.85]",
        "  mlp: 0.55 ± 0.05 test accuracy [0.5, 0.6, 0.55]",
        "  20 layers: 0.1 ± 0 test accuracy [0.1, 0.1, 0.1]",
        "  parameters: cnn 38,282",
        "  asked of every seed: cnn - mlp > 0.25",
        "  source: lecun1989",
    ]
    assert str(raised.value) in capsys.readouterr().out  # the card came first


def test_a_soak_records_a_failure_and_goes_on(monkeypatch, notebook):
    monkeypatch.setenv("FBM_SOAK", "1")
    answer = notebook('fbm.claim("a/b/c", "Never.", {"x": [1.0]}, "x > 2")')
    assert answer.error is None and answer.outputs[0][claims.MIME]["holds"] is False


def test_a_notebook_keeps_the_record_the_card_and_the_words(notebook):
    measured = fbm.Measured({"cnn": [0.9, 0.8], "<mlp>": [0.5, 0.6]}, seeds=[1000, 1001], name="accuracy")
    cell = (
        'fbm.claim("models/cnn/shared-weights", "Shared weights win.", measured, "cnn - \'<mlp>\' > 0.1",'
        ' unit="test accuracy", price={"parameters": {"cnn": 38282, "<mlp>": 42570}}, source="lecun1989")'
    )
    answer = notebook(cell, measured=measured)
    assert answer.error is None and len(answer.outputs) == 1
    shown = answer.outputs[0]
    assert set(shown) == {"text/html", "text/plain", "application/vnd.fbm.claim+json"}
    assert shown["application/vnd.fbm.claim+json"] == {
        "id": "models/cnn/shared-weights",
        "statement": "Shared weights win.",
        "condition": "cnn - '<mlp>' > 0.1",
        "holds": True,
        "seeds": [1000, 1001],
        "variants": {"cnn": [0.9, 0.8], "<mlp>": [0.5, 0.6]},
        "unit": "test accuracy",
        "price": {"parameters": {"cnn": 38282, "<mlp>": 42570}},
        "source": "lecun1989",
    }
    shown = ElementTree.fromstring(shown["text/html"])
    assert (shown.tag, shown.get("id"), shown.get("class"), shown.get("open")) == (
        "details",
        "claim-models-cnn-shared-weights",
        "fbm-claim holds",
        None,
    )
    assert "".join(shown.find("summary").itertext()) == (
        "✓ Holds. Shared weights win. cnn: 0.85, <mlp>: 0.55; smallest difference on 2 seeds 0.20, the book stops below 0.10."
    )
    cells = [[cell.text for cell in row] for row in shown.iter("tr")]
    assert cells == [
        ["variant", "test accuracy, mean ± sd", "seed nearest to failing", "parameters"],
        ["cnn", "0.85 ± 0.071", "0.8", "38,282"],
        ["<mlp>", "0.55 ± 0.071", "0.6", "42,570"],
    ]
    facts = "".join(shown.find("p").itertext())
    assert facts == "Asked of every seed: cnn - '<mlp>' > 0.1. Source: lecun1989."


def test_a_record_survives_in_a_notebook_file_whatever_the_numbers_came_as(notebook):
    values = {"a": np.float32([0.5, 0.75]), "b": torch.tensor([0.25, 0.5])}
    answer = notebook('fbm.claim("a/b/c", "It holds.", v, "a > b")', v=values)
    assert answer.error is None
    output = nbformat.v4.new_output("display_data", answer.outputs[0])
    cells = [nbformat.v4.new_code_cell(outputs=[output])]
    stored = nbformat.reads(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), as_version=4)
    found = stored.cells[0].outputs[0].data[claims.MIME]
    assert found["variants"] == {"a": [0.5, 0.75], "b": [0.25, 0.5]} and found["seeds"] == [0, 1]
    assert found["price"] is None and found["source"] is None and found["unit"] == ""


def test_a_failing_claim_in_a_notebook_shows_its_card_and_then_raises(notebook):
    answer = notebook('fbm.claim("a/b/c", "Never.", {"x": [1.0]}, "x > 2")')
    assert isinstance(answer.error, fbm.ClaimFailed)
    assert answer.outputs[0][claims.MIME]["holds"] is False
    shown = ElementTree.fromstring(answer.outputs[0]["text/html"])
    assert shown.get("class") == "fbm-claim fails" and shown.get("open") is not None
    assert "".join(shown.find("summary").itertext()).startswith(
        "✗ Fails on 1 of 1 seed. Never. x: lowest of 1 seed 1.0"
    )


def test_a_screen_reader_hears_the_word_and_not_the_mark():
    mark = card("cnn > 0.7").find("summary/strong/span")
    assert mark.text == "✓" and mark.get("aria-hidden") == "true" and mark.tail == " Holds."


MANY = {"a": [0.99, 0.91], "b": [12.3, 13.1], "c": [0.0004, 0.0003], "d": [1.0, 1.0]}


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("a > 0.8", "a: lowest of 2 seeds 0.91, the book stops below 0.80"),
        ("0.8 < a", "a: lowest of 2 seeds 0.91, the book stops below 0.80"),
        ("b < 20", "b: highest of 2 seeds 13, the book stops above 20"),
        ("d <= 1.05", "d: highest of 2 seeds 1.00, the book stops above 1.05"),
        (
            "a > 0.905",
            "a: lowest of 2 seeds 0.910, the book stops below 0.905",
        ),  # two decimals would tell no difference
        ("d >= 1", "d: lowest of 2 seeds 1.00, the book stops below 1.00"),
        ("d > 1", "d: lowest of 2 seeds 1.00, the book stops at 1.00"),
        ("c < 1e-3", "c: highest of 2 seeds 0.0004, the book stops above 0.0010"),
        ("c > 1e-12", "c: lowest of 2 seeds 0.0003, the book stops below 1e-12"),
        ("d > a", "d: 1.00, a: 0.95; smallest difference on 2 seeds 0.01, the book stops below 0"),
        ("a - d < 0.1", "a: 0.95, d: 1.00; largest difference on 2 seeds -0.01, the book stops above 0.10"),
        ("b / d > 2.9", "b: 13, d: 1.00; smallest ratio on 2 seeds 12.3, the book stops below 2.9"),
        ("2 * a > 1", "a: 0.95; smallest 2 * a on 2 seeds 1.8, the book stops below 1.0"),
        (
            "d - a > -1 and b < 20",
            "d - a: lowest of 2 seeds 0.01, the book stops below -1.00; b: highest 13, stops above 20",
        ),
        (
            "0.5 < a < d + 0.1",
            "a: lowest of 2 seeds 0.91, the book stops below 0.50; a - (d + 0.1): highest -0.11, stops above 0",
        ),
    ],
)
def test_the_line_and_the_text_say_size_bound_and_seeds(condition, said):
    assert summary(condition, MANY).endswith(f"Shared weights win. {said}.")
    told = record(condition, MANY)
    assert cards.in_text(told, conditions.read(condition, MANY)).splitlines()[1] == f"  {said}"


def test_a_condition_is_read_once_a_card(monkeypatch):
    read, conditions_read = conditions.read, []
    monkeypatch.setattr(claims, "read", lambda *given: conditions_read.append(given) or read(*given))
    state("cnn > 0.7")
    assert len(conditions_read) == 1
    claims.card(record("cnn > 0.7"))
    assert len(conditions_read) == 2


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("cnn > 0.82", [0.08, -0.02, 0.03]),
        ("mlp < 0.58", [0.08, -0.02, 0.03]),
        ("0.58 > mlp", [0.08, -0.02, 0.03]),
        ("cnn - mlp > 0.25", [0.15, -0.05, 0.05]),
        ("0.2 < cnn < 0.86", [-0.04, 0.06, 0.01]),
        ("cnn > 0.7 and mlp < 0.58", [0.08, -0.02, 0.03]),
    ],
)
def test_margins_are_the_smallest_distance_of_each_seed_and_negative_where_it_fails(condition, expected):
    assert claims.margins(record(condition)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("condition", "axes", "words"),
    [
        ("cnn > 0.7", {"test accuracy": ["cnn"]}, "cnn from 0.8 to 0.9, threshold 0.7"),
        ("0.7 < cnn", {"test accuracy": ["cnn"]}, "cnn from 0.8 to 0.9, threshold 0.7"),
        ("cnn > 2 * 0.35", {"test accuracy": ["cnn"]}, "cnn from 0.8 to 0.9, threshold 0.7"),
        ("cnn > mlp", {"difference in test accuracy": ["cnn - mlp"]}, "cnn - mlp from 0.2 to 0.4, threshold 0"),
        (
            "mlp > '20 layers'",  # a constant column
            {"difference in test accuracy": ["mlp - 20 layers"]},
            "mlp - 20 layers from 0.4 to 0.5, threshold 0",
        ),
        ("cnn > 0.7 and mlp < 0.7", {"test accuracy": ["cnn", "mlp"]}, "mlp from 0.5 to 0.6, threshold 0.7"),
        (
            "cnn - mlp > 0.1 and mlp < 0.7 and cnn / mlp > 1 and cnn - '20 layers' > 0",
            {
                "difference in test accuracy": ["cnn - mlp", "cnn - 20 layers"],
                "test accuracy": ["mlp"],
                "ratio": ["cnn / mlp"],
            },
            "mlp from 0.5 to 0.6, threshold 0.7",
        ),
        ("2 * cnn > 1 and -mlp < 0", {"2 * cnn": ["2 * cnn"], "-mlp": ["-mlp"]}, "-mlp from -0.6 to -0.5, threshold 0"),
    ],
)
def test_the_chart_has_an_axis_for_each_quantity_and_says_the_same_in_words(condition, axes, words):
    drawings, found = list(card(condition).iter("svg")), {}
    for drawing in drawings:
        texts = [text.text for text in drawing.iter("text")]
        labels = [text.text for text in drawing.iter("text") if text.get("x") == "0"]
        found[texts[-1]] = labels
        assert len(list(drawing.iter("circle"))) == 3 * len(labels) and len(list(drawing.iter("path"))) == len(labels)
        assert drawing.get("role") == "img" and drawing.get("aria-label").startswith("A dot for each of 3 seeds: ")
    assert found == axes
    assert any(words in drawing.get("aria-label") for drawing in drawings)


def test_without_a_unit_the_axis_of_a_difference_says_so():
    drawings = card("cnn - mlp > 0 and cnn > 0", unit="").iter("svg")
    assert [[text.text for text in drawing.iter("text")][-1] for drawing in drawings] == ["difference", None]


def test_the_chart_stays_valid_for_any_name_and_inside_its_frame():
    drawing = card("'a<b & \"c\"' > 1e-6", {'a<b & "c"': [1e-5, 1.0, 1e3]}).find(".//svg")
    width = float(drawing.get("viewBox").split()[2])
    assert all(0 <= float(dot.get("cx")) <= width for dot in drawing.iter("circle"))
    assert "(log scale)" in "".join(drawing.itertext())


def test_dots_that_coincide_are_spread_and_others_are_not():
    space = {"width": 5, "step": 5, "room": 20}
    assert not chart.beside([10, 40, 70], **space).any()
    heights = chart.beside([10, 10, 11, 10, 10, 60], **space)
    assert len(set(heights[:5])) == 5 and heights[5] == 0
    assert np.ptp(chart.beside([10] * 9, **space)) == 20
    dots = {(dot.get("cx"), dot.get("cy")) for dot in card("'20 layers' < 0.2").iter("circle")}
    assert len(dots) == 3


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"id": "cnn"}, "id: expected 'part/topic/name' in lower case, got 'cnn'"),
        ({"id": "Models/cnn/x"}, "id: expected 'part/topic/name' in lower case, got 'Models/cnn/x'"),
        ({"values": {}}, "values: expected one value a seed for each variant, got {} values"),
        ({"values": {"a": []}}, "values: expected one value a seed for each variant, got {'a': 0} values"),
        ({"values": {"a": [1], "b": [1, 2]}}, "values: expected one value a seed .* got {'a': 1, 'b': 2} values"),
        ({"values": {"a": [1, math.nan]}}, r"values: expected finite numbers, got \[1.0, nan\] for 'a'"),
        ({"values": {"a": [math.inf]}}, r"values: expected finite numbers, got \[inf\] for 'a'"),
        ({"values": {"a": 0.9}}, "values: expected a number a seed for each variant, got {'a': 0.9}"),
        ({"values": {"a": ["high"]}}, r"values: expected a number a seed for each variant, got {'a': \['high'\]}"),
        ({"values": [0.9]}, r"values: expected a number a seed for each variant, got \[0.9\]"),
        ({"condition": "b > 1"}, "condition: no variant 'b'; there are 'a'"),
        ({"condition": "'b c' > 1"}, "condition: no variant 'b c'; there are 'a'"),
        ({"condition": "a >"}, "condition: cannot read 'a >'"),
        ({"condition": ""}, "condition: cannot read ''"),
        ({"condition": "a"}, "condition: expected comparisons by < <= > >=, joined by 'and', got 'a'"),
        ({"condition": "a == 1"}, "condition: expected comparisons by .* got 'a == 1'"),
        ({"condition": "a > 0 or a < 0"}, "condition: expected comparisons by .* got 'a > 0 or a < 0'"),
        ({"condition": "not a > 0"}, "condition: expected comparisons by .* got 'not a > 0'"),
        ({"condition": "max(a) > 0"}, r"condition: cannot use 'max\(a\)'; variants, numbers and"),
        ({"condition": "a.mean > 0"}, "condition: cannot use 'a.mean'"),
        ({"condition": "a[0] > 0"}, r"condition: cannot use 'a\[0\]'"),
        ({"condition": "a ** 2 > 0"}, r"condition: cannot use 'a \*\* 2'"),
        ({"condition": "__import__('os').getpid() > 0"}, "condition: cannot use "),
        ({"condition": "1 > 0"}, "condition: expected a variant in each comparison, got none in '1 > 0'"),
        ({"condition": "a > 0 and 1 < 2"}, "condition: expected a variant in each comparison, got none in '1 < 2'"),
        ({"condition": "a / (a - 1) > 3"}, r"condition: 'a / \(a - 1\) > 3' divides by zero on a seed"),
    ],
)
def test_what_cannot_be_claimed_is_refused_and_nothing_is_shown(changed, message, capsys):
    good = {"id": "a/b/c", "statement": "It holds.", "values": {"a": [1.0]}, "condition": "a > 0"}
    with pytest.raises(ValueError, match=message):
        fbm.claim(**good | changed)
    assert capsys.readouterr().out == ""


def test_values_without_seeds_are_taken_for_the_default_ones(notebook, monkeypatch):
    monkeypatch.setenv("FBM_SEED", "3")
    answer = notebook('fbm.claim("a/b/c", "It holds.", {"x": [1, 2]}, "x > 0")')
    assert json.loads(json.dumps(answer.outputs[0][claims.MIME]))["seeds"] == [3000, 3001]
