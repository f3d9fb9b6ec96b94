"""What seeds do to the numbers that a lesson prints, and whether a run from another machine stays within it.

Other arithmetic moves a trained number as other seeds do. Where the digits of the stored outputs cannot be had (see
`tools.execute.arithmetic`), the words, the kinds of outputs and the numbers in cells that no seed changes must be as they are
stored. A number that seeds move should lie in the range over the sets of seeds that were soaked, widened on either side; of a
lesson's many numbers, a few may not, as with new seeds. Drawings and pictures are not compared: what they show stands beside
them, in words.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nbformat import NotebookNode

from tools.book.lessons import tags
from tools.execute.compare import data, join_streams, other_kinds
from tools.execute.text import NUMBER, brief, text_differences, value, words

# Chosen so that new seeds rarely raise an alarm: see `alarms`, and the status page.
WIDER = 1.0  # of the range, on either side,
SIZE = 0.1  # and of the larger end's size
STRANGERS = 0.03  # of a lesson's numbers may lie outside
ROUNDING = 1e-6  # below it, numbers are errors of rounding, and one is as good as another

Cells = dict[str, "list[list[float] | None] | None"]


class Reading(NamedTuple):
    """What a cell says: all its texts, with numbers and what stands between them set apart."""

    text: str
    words: list[str]
    numbers: list[str]


def read(cell: NotebookNode) -> Reading:
    """Read a cell's outputs: streams, and the plain form of everything that is displayed; of times, nothing."""
    if "timing" in tags(cell):
        return Reading("", [""], [])
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
        ranges = cells.get(key) or [_range(told) for told in old.numbers]
        wider[key] = [_join(pair, told) for pair, told in zip(ranges, new.numbers, strict=True)]
    return wider


def _range(told: str) -> list[float] | None:
    number = value(told)
    return [number, number] if math.isfinite(number) else None


def _join(pair: list[float] | None, told: str) -> list[float] | None:
    number = value(told)
    return [min(pair[0], number), max(pair[1], number)] if pair and math.isfinite(number) else None


def differences(stored: Sequence[NotebookNode], fresh: Sequence[NotebookNode], cells: Cells) -> dict[int, list[str]]:
    """Say, by the numbers of cells, where a run is not what some seeds could have made of the stored outputs.

    Parameters
    ----------
    stored, fresh : sequence of NotebookNode
        The cells of a lesson twice; of a lesson that failed, up to the one that did.
    cells : dict
        What `join` returns.

    Returns
    -------
    dict
        Only of cells that differ: a sentence for each difference.
    """
    found, readings = {}, {}
    for number, (old, new) in enumerate(zip(stored, fresh, strict=False), 1):
        if wrong := other_kinds(join_streams(old.outputs), join_streams(new.outputs)):
            found[number] = wrong
        else:
            readings[number] = (read(old), read(new))
    return dict(sorted((found | _compare(readings, cells)).items()))


def alarms(stored: Sequence[Reading], sets: Sequence[Sequence[Reading]]) -> int:
    """Count the sets of seeds that would be taken for a fault, each compared with what all others did."""
    count = 0
    for left_out in range(len(sets)):
        cells: Cells = {}
        for index, others in enumerate(sets):
            if index != left_out:
                cells = join(cells, stored, others)
        pairs = zip(stored, sets[left_out], strict=True)
        count += bool(_compare(dict(enumerate(pairs, 1)), cells))
    return count


def _compare(readings: Mapping[int, tuple[Reading, Reading]], cells: Cells) -> dict[int, list[str]]:
    """Compare a lesson's readings, by the numbers of cells: words in each, numbers in all of them together."""
    found, strange, compared = {}, {}, 0
    for number, (old, new) in readings.items():
        ranges = cells.get(str(number), ())
        if ranges is None:
            continue
        if old.words != new.words or not ranges and not all(map(_same, old.numbers, new.numbers)):
            found[number] = list(text_differences(old.text, new.text))
            continue
        compared += len(ranges)
        outside = [k for k, pair in enumerate(ranges) if pair and not _within(new.numbers[k], *pair)]
        if outside:
            strange[number] = [
                f"stored {old.numbers[k]}, came {new.numbers[k]}; seeds give {ranges[k][0]:g} to {ranges[k][1]:g}, "
                f"after {brief(new.words[k][-40:])}"
                for k in outside
            ]
    few = sum(map(len, strange.values())) <= STRANGERS * compared
    return found if few else found | strange


def _same(old: str, new: str) -> bool:
    """Return whether two printed numbers are one, or both errors of rounding."""
    return old == new or max(abs(value(old)), abs(value(new))) < ROUNDING


def _within(told: str, low: float, high: float) -> bool:
    """Return whether a printed number lies in the widened range, or misses it by its last digit."""
    number, size = value(told), max(abs(low), abs(high))
    if max(abs(number), size) < ROUNDING:
        return True
    digits = told.lower().partition("e")
    place = 10.0 ** (int(digits[2] or 0) - len(digits[0].partition(".")[2]))
    room = WIDER * (high - low) + SIZE * size + 1.001 * place
    return low - room <= number <= high + room
