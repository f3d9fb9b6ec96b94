"""Tuning: one setting, such as a learning rate, searched with the same effort for every variant."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from html import escape
from statistics import fmean
from typing import Any

from . import seeding
from ._arguments import expect, whole
from ._display import html_table, text_table
from .train import Diverged
from .trials import by_name, trials


def tune(
    experiment: Callable[[Any, float, int], float],
    variants: Mapping[str, Any] | Sequence[str],
    grid: Mapping[str, Sequence[float]] | Sequence[float],
    *,
    seeds: int | Sequence[int] = 2,
    best: Callable = max,
) -> Tuned:
    """Run ``experiment(variant, value, seed)`` for every value of a grid, as `trials`, and keep the best one of each variant.

    The value with the best mean over seeds wins. Means are compared as the table shows them, to three significant digits; of
    values that tie, the smallest wins. A value loses if on any seed its score is not finite or `fit` raises `Diverged`.

    Parameters
    ----------
    experiment : callable
        Takes a variant, a value and a seed, returns a score.
    variants : mapping of str to anything, or sequence of str
        As for `trials`.
    grid : sequence of float, or mapping of str to such
        The values to try: the same for all variants, or by the name of the variant.
    seeds : int or sequence of int
        How many seeds, or which. A number of them are the last of the thousand that belong to ``FBM_SEED``, while
        `trials` takes the first: a search sees no seed of a measurement.
    best : {max, min}
        Which score wins: ``max``, or ``min`` for a loss.

    Returns
    -------
    Tuned
        ``result["cnn"]`` is the best value for this variant.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above, or no value of a variant gives finite scores; the message names it.
    """
    expect(best in (max, min), "best", "max, or min for a loss", repr(best))
    if not isinstance(seeds, Iterable):
        whole(1, seeding.STRIDE, seeds=seeds)
        seeds = seeding.seeds(seeding.STRIDE)[-seeds:]
    arms = by_name(variants)
    grids = grid if isinstance(grid, Mapping) else dict.fromkeys(arms, grid)
    values = {name: _values(name, grids) for name in arms}
    pairs = {f"{name}, {value}": (arms[name], value) for name in arms for value in values[name]}
    found = trials(partial(_score, experiment), pairs, seeds=seeds)["value"]
    scores = {name: {value: _mean(found[f"{name}, {value}"]) for value in values[name]} for name in arms}
    return Tuned(scores, seeds=found.seeds, best=best)


def _values(name: str, grids: Mapping[str, Sequence[float]]) -> list[float]:
    """Return a variant's grid from the lowest value to the highest."""
    expect(name in grids, "grid", f"values for the variant {name!r}", f"them for {list(grids)} only")
    values = list(grids[name]) if isinstance(grids[name], Iterable) else [grids[name]]
    known = all(isinstance(value, numbers.Real) and math.isfinite(value) for value in values)
    wanted = "at least two different numbers"
    expect(known and len(set(values)) == len(values) > 1, f"grid of {name!r}", wanted, f"{values!r:.80}")
    return sorted(values)


def _score(experiment: Callable, pair: tuple[Any, float], seed: int) -> object:
    """Return the score of one value on one seed."""
    try:
        score = experiment(*pair, seed)
    except Diverged:
        return math.nan
    expect(not isinstance(score, Mapping), "experiment", "to return one number, the score", f"{score!r:.80}", TypeError)
    return score


def _mean(scores: Sequence[float]) -> float:
    """Return the mean over seeds; one score that is not finite spoils it."""
    return fmean(scores) if all(map(math.isfinite, scores)) else math.nan


def _shown(score: float) -> str:
    """Write a score with three significant digits."""
    return "diverged" if math.isnan(score) else f"{score:#.3g}".removesuffix(".")


def _winner(name: str, scores: Mapping[float, float], best: Callable) -> float:
    """Return the value with the best score as it is shown, the smallest of those that tie."""
    finite = {value: float(_shown(score)) for value, score in scores.items() if math.isfinite(score)}
    tried = ", ".join(f"{value:g}" for value in scores)
    cure = f"none from {tried}; try smaller or larger ones, or look at what experiment returns"
    expect(finite, f"grid of {name!r}", "a value with finite scores", cure)
    top = best(finite.values())
    return min(value for value, score in finite.items() if score == top)


def _beyond(edge: float, neighbor: float) -> str:
    """Say what to try where a grid ends: one step more, by the ratio of the last two values."""
    further = float(f"{edge * edge / neighbor:.1g}") if neighbor else edge
    if (further - edge) * (edge - neighbor) > 0:
        return f"try {further:g} as well"
    return f"try {'larger' if edge > neighbor else 'smaller'} ones as well"


class Tuned(dict):
    """The best value for each variant. Shows itself as a table of all scores.

    Below the table it says which optima lie at the edge of their grid. Zero is none: it often means *without*.

    Parameters
    ----------
    scores : mapping of str to mapping of float to float
        For each variant its values, the lowest first, with the mean score of each: NaN for one that diverged.
    seeds : sequence of int
        The seeds behind them.
    best : {max, min}
        Which score wins.

    Attributes
    ----------
    scores, seeds
        As given.
    """

    def __init__(self, scores: Mapping[str, Mapping[float, float]], *, seeds: Sequence[int], best: Callable = max):
        super().__init__({name: _winner(name, row, best) for name, row in scores.items()})
        self.scores, self.seeds = scores, seeds
        self._wins = "highest" if best is max else "lowest"

    def _columns(self) -> list[float]:
        """Return what was tried for some variant."""
        return sorted({value for row in self.scores.values() for value in row})

    def _head(self) -> tuple[str, ...]:
        count = len(self.seeds)
        what = f"score, {count} seed{'s' * (count > 1)}, * {self._wins}"
        return (what, *(f"{value:g}" for value in self._columns()))

    def _rows(self) -> list[tuple[str, ...]]:
        return [(name, *(self._cell(name, value) for value in self._columns())) for name in self.scores]

    def _cell(self, name: str, value: float) -> str:
        """Return a variant's score at a value, marked if it is the best; nothing where it was not tried."""
        if value not in self.scores[name]:
            return ""
        return ("* " if value == self.get(name) else "") + _shown(self.scores[name][value])

    def _edges(self) -> list[str]:
        """Return a sentence for each optimum at the edge of its grid."""
        sentences = []
        for name, row in self.scores.items():
            values = list(row)
            for edge, neighbor in ((values[0], values[1]), (values[-1], values[-2])):
                if edge == self.get(name) and edge != 0:
                    sentences.append(f"{name}: {edge:g} is at the edge of its grid; {_beyond(edge, neighbor)}")
        return sentences

    def __repr__(self) -> str:
        """Return the table as text."""
        return "\n".join([text_table(self._head(), self._rows()), *self._edges()])

    def _repr_html_(self) -> str:
        return html_table(self._head(), self._rows()) + "".join(f"<p>{escape(edge)}</p>" for edge in self._edges())
