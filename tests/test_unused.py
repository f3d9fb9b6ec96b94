"""What the helpers offer, a lesson or a tool uses; what nobody uses is named."""

import ast
from types import ModuleType

import pytest

import fbm_helpers as fbm
from tests.miniature import ROOT
from tools.book.helpers import codes, offered, unused

PACKAGE = """
class Result:
    "What fit returns."
    def mean(self):
        "Return a Part."
    def rows(self): ...
    def _private(self): ...
class Part: ...
class Bag(dict):
    def __init__(self, values, *, seeds): ...
class Failed(Exception): ...
class Lost(Exception): ...
def fit(model, *data, lr, clip=1):
    "Return a Result, or raise Failed."
def _hidden(): ...
"""
GOOD = "fbm.fit(m, x, lr=1, clip=2).mean\nr.rows()\nfbm.Bag(x, seeds=[0])"


def package():
    """Return a small package."""
    made = ModuleType("package")
    exec(PACKAGE, vars(made))  # noqa: S102  the text above
    made.__all__ = ["Result", "Part", "Bag", "Failed", "fit"]
    return made


def said(*texts, things=None):
    """Return what is unused if these are the lessons."""
    return unused(things or offered(package()), [ast.parse(text) for text in texts])


def test_everything_that_the_helpers_offer_is_used_by_a_lesson_or_a_tool(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert unused(offered(fbm), codes()) == []


def test_functions_of_a_module_that_is_offered_are_offered_by_their_full_name():
    assert {"costs.unpinned", "costs.price", "fit", "MUTED", "Measured"} <= set(offered(fbm))
    assert not {"costs", "costs.patch"} & set(offered(fbm))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("fbm.fit(m, x, lr=1, clip=2)", "partial(fbm.fit, m, x, lr=1)(clip=2); fbm.fit(clip=1)"),
        GOOD.replace("lr=1, clip=2", "**options") + "\noptions = {'lr': 1, 'clip': 2}",
        GOOD.replace("lr=1, clip=2", "**options") + "\ntrain(m, lr=1, clip=2)",
        GOOD.replace("m, x", "*both"),
    ],
)
def test_what_is_passed_is_found_in_each_form(text):
    assert said(text) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (", clip=2", "", ["fbm.fit: nobody passes clip"]),
        (", clip=2", ", **more", ["fbm.fit: nobody passes clip"]),
        ("m, x", "m", ["fbm.fit: nobody passes data"]),
        (", seeds=[0]", "", ["fbm.Bag: nobody passes seeds"]),
        ("r.rows()", "", ["fbm.Result.rows: nobody uses it"]),
        ("fbm.Bag(x, seeds=[0])", "", ["fbm.Bag: nobody uses it"]),
        ("fbm.Bag(x, seeds=[0])", "Bag(x, seeds=[0])", ["fbm.Bag: nobody uses it"]),
    ],
)
def test_what_nobody_uses_is_named(old, new, told):
    assert said(GOOD.replace(old, new)) == told


def test_a_class_that_no_function_in_use_returns_or_raises_is_named():
    things = offered(package()) | {"Lost": package().Lost}
    assert said(GOOD, things=things) == ["fbm.Lost: nobody uses it"]
    without_fit = "fbm.Bag(x, seeds=[0]).mean().rows"
    assert said(without_fit) == [f"fbm.{name}: nobody uses it" for name in ("Result", "Part", "Failed", "fit")]
