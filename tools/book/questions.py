"""The questions that lessons answer, as their sources hold them::

    :::{question} Why does it need fewer parameters?
    :codes: A3.1, E5

    The answer.
    :::

A code is the number of a question in the collection from which the book started; questions of the book's own have none.
"""

import re
from typing import NamedTuple

from docutils.nodes import make_id

QUESTION = re.compile(r"^:::\{question\} *([^\n]+)\n(?::codes: *([^\n]*)\n)?(.*?)^:::$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"([A-E])(\d+)(?:\.(\d+))?")


class Question(NamedTuple):
    """A question that a lesson answers.

    Attributes
    ----------
    text : str
        The question, in MyST.
    codes : list of str
        Its codes, such as ``A3.1``.
    answer : str
        The answer, in MyST.
    """

    text: str
    codes: list[str]
    answer: str


def read(text: str) -> list[Question]:
    """Return the questions in the source of a lesson.

    Parameters
    ----------
    text : str
        The source, in MyST.

    Returns
    -------
    list of Question
        In their order.
    """
    return [Question(question, codes(given), answer) for question, given, answer in QUESTION.findall(text)]


def codes(text: str) -> list[str]:
    """Return the codes in a list such as ``A3.1, E5``.

    Raises
    ------
    ValueError
        If something in it is no code.
    """
    found = [code for code in re.split(r",\s*", text.strip()) if code]
    for code in found:
        if not CODE.fullmatch(code):
            raise ValueError(f"expected codes such as A3.1, E5, got {code!r}")
    return found


def in_order(code: str) -> tuple[str, int, int]:
    """Return by what a code is sorted: E5 stands before E23."""
    letter, number, part = CODE.fullmatch(code).groups()
    return letter, int(number), int(part or 0)


def anchor(text: str) -> str:
    """Return the anchor of a question's answer on the page of its lesson."""
    return make_id(f"question {text}")
