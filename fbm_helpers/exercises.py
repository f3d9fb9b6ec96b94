"""Answers to exercises, checked in front of the reader."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ._arguments import expect


@dataclass(frozen=True)
class Verdict:
    """What `exercise` found: true or false, and shown as its words."""

    right: bool
    words: str

    def __bool__(self) -> bool:
        """Return whether every case came out right."""
        return self.right

    def __repr__(self) -> str:
        """Return the words."""
        return self.words


def exercise(answer: Callable, cases: Sequence[tuple[tuple, object]]) -> Verdict:
    """Check an answer to an exercise on cases.

    Parameters
    ----------
    answer : callable
        The reader's function. One that returns ``...`` counts as not answered yet.
    cases : sequence of (arguments, expected)
        Arguments as a tuple; expected numbers (to a part in a million), arrays, tensors or anything that has ``==``.

    Returns
    -------
    Verdict
        True if every case came out as expected; shows itself in words. Nothing is raised, so that a notebook runs on.
    """
    expect(len(cases) > 0, "cases", "at least one", "none")
    name = getattr(answer, "__name__", "answer")
    for arguments, expected in cases:
        try:
            got = answer(*arguments)
        except (Exception, SystemExit) as error:  # noqa: BLE001  the reader's code may do anything
            said = f"{type(error).__name__}: {_brief(error, str)}"
            return Verdict(False, f"{name}: not right yet. It raised {said}")
        if any(part is ... for part in (got if isinstance(got, tuple | list) else [got])):
            return Verdict(False, f"{name}: not answered yet. Replace the dots and run the cell again.")
        if not _right(got, expected):
            case = f"For {_brief(arguments)} it returned {_brief(got)}; expected {_brief(expected)}."
            return Verdict(False, f"{name}: not right yet. {case}")
    return Verdict(True, f"{name}: right, on {len(cases)} case{'s' * (len(cases) > 1)}.")


def _right(got: object, expected: object) -> bool:
    """Compare; an answer that cannot be compared with what was expected is not right."""
    try:
        return _same(got, expected)
    except Exception:  # noqa: BLE001  whatever the reader's object does when it is compared
        return False


def _same(got: object, expected: object) -> bool:
    if isinstance(expected, Mapping):
        return got.keys() == expected.keys() and all(_same(got[key], expected[key]) for key in expected)
    if isinstance(expected, tuple | list):
        return len(got) == len(expected) and all(_same(*pair) for pair in zip(got, expected, strict=True))
    ours, wanted = _array(got), _array(expected)
    if ours.shape != wanted.shape:
        return False
    if {ours.dtype.kind, wanted.dtype.kind} <= set("biufc"):  # numbers; NumPy would read None as one and "2", too
        return np.allclose(ours, wanted, rtol=1e-6, atol=1e-9, equal_nan=True)
    return bool(np.all(got == expected))


def _array(value: object) -> np.ndarray:
    """Return what NumPy makes of a value, of tensors of any kind, too."""
    if isinstance(value, Tensor):
        dense = value.to_dense()
        return (dense.double() if dense.is_floating_point() else dense).numpy(force=True)
    if isinstance(value, tuple | list):
        value = [_array(part) for part in value]
    return np.asarray(value)


def _brief(value: object, write: Callable[[object], str] = repr) -> str:
    """Write a value in at most some 200 characters."""
    try:
        text = write(value)
    except Exception:  # noqa: BLE001  the reader's class may be half written
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 200 else text[:200] + " ..."
