"""Exercises say what is not right in an answer, and raise nothing."""

import math
import sys

import numpy as np
import pytest
import torch
from torch import nn

import fbm_helpers as fbm


class Unspeakable(Exception):
    """An error that cannot say what it is."""

    def __str__(self):
        """Fail."""
        raise ValueError


class Unready:
    """A reader's class that is half written."""

    def __repr__(self):
        """Fail."""
        raise NotImplementedError

    def __eq__(self, other):
        """Fail."""
        raise NotImplementedError

    def fail(self):
        """Fail in a way that cannot be told."""
        raise Unspeakable


@pytest.mark.parametrize(
    ("answer", "cases"),
    [
        (lambda a, b: a + b, [((1, 2), 3), ((0.1, 0.2), 0.3)]),
        (lambda x: x**2, [((torch.arange(3.0),), torch.tensor([0.0, 1.0, 4.0]))]),
        (lambda x: x**2, [((torch.ones(2, requires_grad=True),), [1, 1])]),
        (lambda x: (x + 1, x * 2), [((np.ones(3),), (np.full(3, 2.0), np.full(3, 2.0)))]),
        (lambda x: (x, x.sum()), [((torch.ones(3),), (torch.ones(3), 3.0))]),
        (lambda: "momentum", [((), "momentum")]),
        (lambda: {"a": 1}, [((), {"a": 1})]),
        (lambda: {"a": torch.ones(2, requires_grad=True)}, [((), {"a": [1, 1]})]),
        (lambda: None, [((), None)]),
        (lambda: [None, math.nan], [((), (None, math.nan))]),
        (lambda: [torch.ones((), requires_grad=True)] * 2, [((), np.ones(2))]),
        (lambda: torch.eye(2).to_sparse(), [((), torch.eye(2))]),
        (lambda: torch.ones(2, dtype=torch.bfloat16), [((), torch.ones(2))]),
        (lambda: np.array([1j]), [((), torch.tensor([1j]))]),
    ],
)
def test_a_right_answer_is_called_right(answer, cases):
    verdict = fbm.exercise(answer, cases)
    assert verdict and repr(verdict) == f"<lambda>: right, on {len(cases)} case{'s' * (len(cases) > 1)}."


@pytest.mark.parametrize(
    ("answer", "expected", "said"),
    [
        (lambda x: x + 1e-3, 2.0, "not right yet. For (2.0,) it returned 2.001; expected 2.0."),
        (lambda x: torch.tensor([x]), 2.0, "not right yet."),  # a shape more
        (lambda x: [x, x], (2.0, 2.0, 2.0), "not right yet."),
        (lambda x: (torch.ones(3), 2 * x), (torch.ones(3), 2.0), "not right yet."),
        (lambda x: torch.ones(2), torch.ones(3), "not right yet."),
        (lambda x: float("nan"), 2.0, "it returned nan; expected 2.0."),
        (lambda x: None, 2.0, "it returned None; expected 2.0."),
        (lambda x: "two", "three", "it returned 'two'; expected 'three'."),
        (lambda x: 1 / 0, 2.0, "not right yet. It raised ZeroDivisionError: division by zero"),
        (lambda x: ..., 2.0, "not answered yet. Replace the dots and run the cell again."),
        (lambda x: (x, ...), (2.0, 2.0), "not answered yet."),
        (lambda x: [x, ...], (2.0, 2.0), "not answered yet."),
        (lambda x: None, math.nan, "it returned None; expected nan."),
        (lambda x: "2", 2.0, "it returned '2'; expected 2.0."),
        (lambda x: np.array([2 + 1j]), np.array([2.0]), "not right yet."),
        (lambda x: [x, [x, x]], np.ones(2), "not right yet."),
        (lambda x: nn.Linear(1, 1), np.ones(2), "not right yet."),
        (lambda x: torch.ones(2), {"a": 2.0}, "not right yet."),
        (lambda x: sys.exit(3), 2.0, "It raised SystemExit: 3"),
        (lambda x: Unready(), 2.0, "it returned <Unready>; expected 2.0."),
        (lambda x: Unready().fail(), 2.0, "It raised Unspeakable: <Unspeakable>"),
    ],
)
def test_another_answer_is_told_apart_and_raises_nothing(answer, expected, said):
    verdict = fbm.exercise(answer, [((2.0,), expected)])
    assert not verdict and said in repr(verdict)


def test_a_notebook_shows_the_verdict_in_words(notebook):
    answer = notebook("def double(x):\n    return ...\n\nfbm.exercise(double, [((1,), 2)])")
    assert "double: not answered yet." in answer.printed


def test_an_exercise_without_cases_is_refused():
    with pytest.raises(ValueError, match="cases: expected at least one, got none"):
        fbm.exercise(abs, [])
