"""What seeds do to the numbers that a lesson prints, and whether a run from another machine stays within it.

Other arithmetic moves a trained number as other seeds do. Where the digits of the stored outputs cannot be had (see
`tools.execute.arithmetic`), the words, the kinds of outputs and the numbers that no seed moves must be as they are stored; a
number that seeds move must lie in the range over the sets of seeds that were soaked, widened on either side. Drawings and
pictures are not compared: what they show stands beside them, in words.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nbformat import NotebookNode

from tools.execute.compare import data, join_streams, other_kinds
from tools.execute.text import NUMBER, brief, text_differences, value, words

WIDER = 1.0  # times the range, on either side; see `alarms` and the status page for how often that cries wolf

Cells = dict[str, "list[list[float] | None] | None"]


class Reading(NamedTuple):
    """What a cell says: all its texts, with numbers and what stands between them set apart."""

    text: str
    words: list[str]
    numbers: list[str]


def read(cell: NotebookNode) -> Reading:
    """Read a cell's outputs: streams, and the plain form of everything that is displayed."""
    forms = [form for output in join_streams(cell.outputs) for form in data(output).items()]
    text = "\n".join(content for kind, content in forms if isinstance(content, str) and _plain(kind))
    return Reading(text, words(text), NUMBER.findall(text))


def _plain(kind: str) -> bool:
    return kind != "text/html" and not kind.startswith("image/")


def join(cells: Cells, stored: Sequence[Reading], fresh: Sequence[Reading]) -> Cells:
    """Widen what is known of a lesson by one more set of seeds.

    Parameters
    ----------
    cells : dict
        By the number of a cell, as text: for each number in it the lowest and the highest value, ``None`` for one that was
        no finite number; ``None`` for a cell whose words change with the seeds. A cell that no seed changes is not there.
    stored, fresh : sequence of Reading
        The cells as they are stored and as the set of seeds had them.

    Returns
    -------
    dict
        The same, wider.
    """
    wider = dict(cells)
    for number, (old, new) in enumerate(zip(stored, fresh, strict=True), 1):
        key = str(number)
        if old.text == new.text or key in cells and cells[key] is None:
            continue
        if old.words != new.words:
            wider[key] = None
            continue
        ranges = cells.get(key) or [_range(told, told) for told in old.numbers]
        wider[key] = [_join(pair, told) for pair, told in zip(ranges, new.numbers, strict=True)]
    return wider


def _range(low: str, high: str) -> list[float] | None:
    pair = [value(low), value(high)]
    return pair if all(map(math.isfinite, pair)) else None


def _join(pair: list[float] | None, told: str) -> list[float] | None:
    number = value(told)
    return [min(pair[0], number), max(pair[1], number)] if pair and math.isfinite(number) else None


def differences(key: str, stored: NotebookNode, fresh: NotebookNode, cells: Cells) -> list[str]:
    """Say where a cell's fresh outputs are not what some seeds could have made of the stored ones.

    Parameters
    ----------
    key : str
        The cell's number.
    stored, fresh : NotebookNode
        The cell twice.
    cells : dict
        What `join` returns.

    Returns
    -------
    list of str
        A sentence for each difference; empty if there is none.
    """
    if wrong := other_kinds(join_streams(stored.outputs), join_streams(fresh.outputs)):
        return wrong
    return _outside(key, read(stored), read(fresh), cells)


def _outside(key: str, old: Reading, new: Reading, cells: Mapping) -> list[str]:
    if key not in cells or old.words != new.words:
        known = key in cells and cells[key] is None
        return [] if known else list(text_differences(old.text, new.text))
    return [
        f"stored {was}, came {told}; seeds give {pair[0]:g} to {pair[1]:g}, in {brief(before[-40:] + told)}"
        for was, told, pair, before in zip(old.numbers, new.numbers, cells[key] or [], new.words, strict=False)
        if pair and not _within(told, *pair)
    ]


def _within(told: str, low: float, high: float) -> bool:
    """Return whether a printed number lies in the widened range, or misses it by its last digit."""
    digits = told.lower().partition("e")
    place = 10.0 ** (int(digits[2] or 0) - len(digits[0].partition(".")[2]))
    room = WIDER * (high - low) + 1.001 * place
    return low - room <= value(told) <= high + room


def alarms(stored: Sequence[Reading], sets: Sequence[Sequence[Reading]]) -> int:
    """Count the sets of seeds that would be taken for a fault, each compared with what all others did."""
    count = 0
    for left_out in range(len(sets)):
        cells: Cells = {}
        for index, others in enumerate(sets):
            if index != left_out:
                cells = join(cells, stored, others)
        pairs = zip(stored, sets[left_out], strict=True)
        count += any(_outside(str(number), old, new, cells) for number, (old, new) in enumerate(pairs, 1))
    return count
