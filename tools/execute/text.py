"""Take texts apart into numbers and what stands between them, and say where two texts differ.

A *number* is a token of its own: digits inside a word, an id or a color (``conv1``, ``a1b2``, ``#1f77b4``) are text.
"""

import re
from collections.abc import Iterator

# Not after a letter, digit, #, or point, nor after a word's hyphen (DejaVuSans-38). Matplotlib writes minus as U+2212.
NUMBER = re.compile(
    r"(?<![\w#.])(?<![A-Za-z_]-)[-+\u2212]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|(?:nan|inf)\b)", re.IGNORECASE
)


def value(number: str) -> float:
    """Return what a number of a text stands for."""
    return float(number.replace("\u2212", "-"))


def words(text: str) -> list[str]:
    """Return what stands around the numbers of a text, white space made even: one part more than there are numbers."""
    return [" ".join(part.split()) for part in NUMBER.split(text)]


def text_differences(old: str, new: str) -> Iterator[str]:
    """Say where two texts differ.

    Parameters
    ----------
    old, new : str
        The stored and the fresh text.

    Yields
    ------
    str
        What was stored and what came: one sentence for each number, or a single one for other text.
    """
    if old == new:
        return
    ours, theirs = list(NUMBER.finditer(old)), list(NUMBER.finditer(new))
    around = zip(words(old), words(new), strict=False)
    other = next((index for index, (our, their) in enumerate(around) if our != their), None)
    if other is None and len(ours) != len(theirs):
        other = min(len(ours), len(theirs))
    if other is not None:
        yield f"stored {_around(old, ours, other)}, came {_around(new, theirs, other)}"
        return
    changed = [index for index in range(len(ours)) if ours[index][0] != theirs[index][0]]
    for index in changed:
        yield f"stored {ours[index][0]}, came {theirs[index][0]}, in {_around(old, ours, index)}"
    if not changed:
        yield f"white space differs in {brief(old)}"


def brief(what: object) -> str:
    """Return the beginning of a value, to quote."""
    return repr(" ".join(what.split()) if isinstance(what, str) else what)[:200]


def _around(text: str, numbers: list[re.Match], index: int) -> str:
    """Quote a text from just before its number ``index``."""
    start = numbers[index].start() if index < len(numbers) else len(text)
    return brief(text[max(0, start - 40) : start + 20])
