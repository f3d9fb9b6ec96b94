"""Compare texts: numbers closely, all else exactly but for white space.

A *number* is a token of its own: digits inside a word, an id or a color (``conv1``, ``a1b2``, ``#1f77b4``) are text.
"""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

# Not after a letter, digit, #, or point, nor after a word's hyphen (DejaVuSans-38). Matplotlib writes minus as U+2212.
NUMBER = re.compile(
    r"(?<![\w#.])(?<![A-Za-z_]-)[-+\u2212]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|(?:nan|inf)\b)", re.IGNORECASE
)
WHOLE = re.compile(r"[-+\u2212]?\d+\.?")


class Tolerance(NamedTuple):
    """How far a number may be from the stored one.

    Attributes
    ----------
    rtol, atol : float
        By ``max(rtol * abs(stored), atol)``.
    drawn : float
        A position in a drawing, by this share of its width: on an axis that follows the data a little goes a long way.
        By default, ``rtol``.
    """

    rtol: float = 1e-6
    atol: float = 1e-9
    drawn: float | None = None


TIGHT = Tolerance()
EXACT = Tolerance(0, 0)


def close(old: float, new: float, within: Tolerance) -> bool:
    """Return whether two numbers agree; not-a-number agrees with itself."""
    if old == new or (math.isnan(old) and math.isnan(new)):
        return True
    return math.isfinite(old - new) and abs(old - new) <= max(within.rtol * abs(old), within.atol)


def text_differences(old: str, new: str, within: Tolerance, *, counts: bool = True) -> Iterator[str]:
    """Say where two texts differ.

    Parameters
    ----------
    old, new : str
        The stored and the fresh text.
    within : Tolerance
        How far numbers may be off.
    counts : bool
        Whether two whole numbers must be equal, since they count something.

    Yields
    ------
    str
        What was stored and what came: one sentence for each number, or a single one for other text.
    """
    ours, theirs = list(NUMBER.finditer(old)), list(NUMBER.finditer(new))
    between = [[" ".join(part.split()) for part in NUMBER.split(text)] for text in (old, new)]
    for index, (our, their) in enumerate(zip(*between, strict=False)):
        if our != their:
            yield f"stored {_around(old, ours, index)}, came {_around(new, theirs, index)}"
            return
    if len(ours) != len(theirs):
        index = min(len(ours), len(theirs))
        yield f"stored {_around(old, ours, index)}, came {_around(new, theirs, index)}"
        return
    for index, (our, their) in enumerate(zip(ours, theirs, strict=True)):
        exact = counts and WHOLE.fullmatch(our[0]) and WHOLE.fullmatch(their[0])
        if not close(_value(our), _value(their), EXACT if exact else within):
            yield f"stored {our[0]}, came {their[0]}, in {_around(old, ours, index)}"


def brief(value: object) -> str:
    """Return the beginning of a value, to quote."""
    return repr(" ".join(value.split()) if isinstance(value, str) else value)[:200]


def _value(match: re.Match) -> float:
    return float(match[0].replace("\u2212", "-"))


def _around(text: str, numbers: list[re.Match], index: int) -> str:
    """Quote a text from just before its number ``index``."""
    start = numbers[index].start() if index < len(numbers) else len(text)
    return brief(text[max(0, start - 40) : start + 20])
