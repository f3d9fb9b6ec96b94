"""Compare drawings (``<svg>``): words as text, positions on the scale of the drawing."""

import re
from collections.abc import Iterator

from tools.run.text import Tolerance, text_differences

MARK = re.compile(r"<[^>]*>")
LABEL = re.compile(r"""aria-label=(?:"[^"]*"|'[^']*')""")
VIEW = re.compile(r"""viewBox=["']\s*\S+\s+\S+\s+([\d.]+)""")
PATH = re.compile(r"""\bd=(?:"[^"]*"|'[^']*')""")
COMMAND = re.compile(r"[A-DF-Za-df-z]")  # of a path; an e belongs to a number
MADE_UP = re.compile(r"\b([A-Za-z]\w*?)[0-9a-f]{10}\b")  # ids that matplotlib makes of coordinates
LEAST = 0.01  # of the drawing's units: nobody sees it


def drawing_differences(old: str, new: str, within: Tolerance) -> Iterator[str]:
    """Say where two drawings differ.

    Parameters
    ----------
    old, new : str
        The stored and the fresh ``<svg>`` element.
    within : Tolerance
        How far numbers in words, and positions, may be off.

    Yields
    ------
    str
        What was stored and what came.
    """
    yield from text_differences(_words(old), _words(new), within)
    view = VIEW.search(old)
    share = within.rtol if within.drawn is None else within.drawn
    off = share * float(view[1]) if view else 0
    yield from text_differences(_marks(old), _marks(new), Tolerance(0, max(off, LEAST)), counts=False)


def _words(svg: str) -> str:
    """Return what is read in a drawing: its label, and what stands between marks."""
    return "\n".join([*LABEL.findall(svg), *MARK.split(svg)])


def _marks(svg: str) -> str:
    """Return the marks of a drawing, with numbers set apart and made-up ids in the order in which they appear."""
    order: dict[str, int] = {}
    svg = LABEL.sub("aria-label", svg)
    svg = MADE_UP.sub(lambda name: f"{name[1]}{order.setdefault(name[0], len(order))}", svg)
    svg = PATH.sub(lambda path: COMMAND.sub(r" \g<0> ", path[0]), svg)
    return "\n".join(MARK.findall(svg))
