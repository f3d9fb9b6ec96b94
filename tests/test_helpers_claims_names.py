"""Names and numbers of claims, as they come: in any form of Unicode, from any library."""

import json

import numpy as np
import pytest
import torch

import fbm_helpers as fbm


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("\u00b5", "\u00b5 > 0.5"),  # the micro sign, which Python reads as the Greek letter
        ("cafe\u0301", "caf\u00e9 > 0.5"),  # an accent of its own, as macOS writes names of folders
        ("\ufb01lter", "filter > 0.5"),  # a ligature
        ("e\u0301t\u00e9 2", "'\u00e9te\u0301 2' > 0.5"),
    ],
)
def test_a_variant_is_found_in_whichever_form_of_unicode_its_name_is_written(name, condition, capsys):
    fbm.claim("part/topic/name", "It holds.", {name: [1, 2]}, condition, price={"words": {condition.split(" >")[0]: 3}})
    assert f"  {name}: 1.5" in capsys.readouterr().out  # the name stays as it was given


def test_of_two_names_that_only_their_form_tells_apart_the_exact_one_is_meant():
    values = {"x\u00b2": [3.0], "x2": [1.0]}
    fbm.claim("part/topic/name", "It holds.", values, "x2 < 2")
    with pytest.raises(fbm.ClaimFailed):
        fbm.claim("part/topic/name", "It fails.", values, "'x\u00b2' < 2")


@pytest.mark.parametrize("number", [np.int64(38282), np.uint16(38282), torch.tensor(38282), np.array(38282), 38282])
def test_a_price_is_shown_and_recorded_the_same_whichever_library_counted_it(number, notebook, capsys):
    cell = "fbm.claim('part/topic/name', 'It holds.', {'a': [1, 2]}, 'a > 0', price={'parameters': {'a': number}})"
    data = notebook(cell, number=number).outputs[0]
    assert "38,282" in data["text/html"] and "parameters: a 38,282" in data["text/plain"]
    record = json.loads(json.dumps(data["application/vnd.fbm.claim+json"]))
    assert record["price"] == {"parameters": {"a": 38282}}


@pytest.mark.parametrize(
    "price", [{"parameters": 5}, {"parameters": {"a": "5 MB"}}, {"parameters": {"a": np.ones(2)}}, [5]]
)
def test_a_price_of_another_form_is_refused_by_name(price):
    with pytest.raises(ValueError, match="price: expected numbers by what is paid and by variant"):
        fbm.claim("part/topic/name", "It holds.", {"a": [1, 2]}, "a > 0", price=price)
