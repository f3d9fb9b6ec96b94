"""Trials: one experiment, several variants, several seeds, in parallel processes."""

from __future__ import annotations

import contextlib
import numbers
import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from joblib import effective_n_jobs

from . import seeding
from ._arguments import expect
from ._display import html_table, progress, text_table
from ._processes import Surroundings, answer, copied, copies, opened, spread

# loky replaces a worker whose memory grew; results do not depend on it, and the warning would stand in a stored output
warnings.filterwarnings("ignore", message="A worker stopped while some jobs")

UNNAMED = "value"  # the metric of an experiment that returns a number


def trials(
    experiment: Callable[[Any, int], Mapping[str, Any] | float],
    variants: Mapping[str, Any] | Sequence[str],
    *,
    seeds: int | Sequence[int] = 5,
) -> Trials:
    """Run ``experiment(variant, seed)`` for every variant and seed, in parallel processes of one thread each.

    joblib does the work, so that its own switch moves the same call to a cluster::

        with joblib.parallel_config(backend="dask"):
            fbm.trials(experiment, variants)

    Every trial starts from `reproducible(seed)`, with its own copy of the variant and of the notebook's functions, classes and
    globals that the experiment uses, and finds the environment variables and working folder of the caller. Hence results do
    not depend on the order or number of processes, and two variants with one seed share all random choices that they make
    alike: compare them as pairs. What a trial leaves behind for the next is lost: return it. (Draw from torch or NumPy: a Dask
    worker itself draws from Python's ``random`` meanwhile.)

    Parameters
    ----------
    experiment : callable
        Takes a variant and a seed, returns a number or a mapping of names to values. Tensors come back on the CPU, without
        their graph.
    variants : mapping of str to anything, or sequence of str
        What ``experiment`` is called with, by name; of a sequence, the names themselves.
    seeds : int or sequence of int
        How many seeds, or which.

    Returns
    -------
    Trials
        ``result["accuracy"]`` holds a value for each variant and seed.

    Raises
    ------
    TypeError
        If something cannot be copied, or the experiment returns neither of the two.
    Exception
        What the experiment raises, with a note of the variant and the seed.
    """
    named = by_name(variants)
    chosen = _seeds(seeds)
    expect(named and chosen, "trials", "at least one variant and one seed", f"{len(named)} and {len(chosen)}")
    expect(len(set(chosen)) == len(chosen), "seeds", "each seed once", chosen)
    jobs = os.environ.get("FBM_JOBS", "-1")
    expect(re.fullmatch(r"-?[1-9]\d*", jobs), "FBM_JOBS", "a number of processes, or -1 for one a core", repr(jobs))
    grid = [(name, seed) for seed in chosen for name in named]
    pickled = {name: copied(f"experiment and variant {name!r}", experiment, named[name]) for name in named}
    here = Surroundings.here()
    calls = [(pickled[name], name, seed, here) for name, seed in grid]
    with contextlib.closing(spread(effective_n_jobs(int(jobs)), _trial, calls)) as answers:
        shown = progress(answers, total=len(grid), unit="trial")
        outcomes = {key: opened(answered) for key, answered in zip(grid, shown, strict=True)}
    metrics = {metric for outcome in outcomes.values() for metric in outcome}
    wanted = f"the values {sorted(metrics)} from every trial"
    for key, outcome in outcomes.items():
        expect(set(outcome) == metrics, "experiment", wanted, f"fewer from {key}")
    columns = {m: {name: [outcomes[name, seed][m] for seed in chosen] for name in named} for m in sorted(metrics)}
    return Trials(chosen, columns)


def by_name(variants: Mapping[str, Any] | Sequence[str]) -> dict[str, Any]:
    """Return what an experiment is called with, by the names of the variants."""
    if isinstance(variants, str):
        raise TypeError(f"variants: expected a mapping or a list of names, got the single name {variants!r}")
    names = list(variants)
    named = dict(variants) if isinstance(variants, Mapping) else {str(name): name for name in names}
    expect(len(named) == len(names), "variants", "different names", names)
    return named


def _seeds(seeds: int | Sequence[int]) -> list[int]:
    """Return the seeds that are asked for by number or by name."""
    try:
        return [seeding.known(seed, name="seeds") for seed in seeds]
    except TypeError:  # a single one
        return seeding.seeds(seeds)


def _trial(pickled: bytes, name: str, seed: int, surroundings: Surroundings) -> bytes:
    """Run one trial on its own copies, in the surroundings of the caller; an error tells which trial it was."""
    surroundings.enter()
    return answer(_outcome, pickled, seed, note=f"in the trial of variant {name!r} with seed {seed}")


def _outcome(pickled: bytes, seed: int) -> dict[str, Any]:
    """Return the values of one trial by name."""
    experiment, variant = copies(pickled)
    seeding.reproducible(seed)
    outcome = experiment(variant, seed)
    if isinstance(outcome, Mapping):
        return {metric: _plain(value) for metric, value in outcome.items()}
    value = _plain(outcome)
    wanted = "to return a number or a mapping of names to values"
    told = "nothing; is a return missing?" if value is None else f"{type(value).__name__} {value!r:.80}"
    expect(isinstance(value, numbers.Real), "experiment", wanted, told, TypeError)
    return {UNNAMED: value}


def _plain(value: object) -> object:
    """Return a tensor without its graph, and one number of torch or NumPy as Python's."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
    single = isinstance(value, torch.Tensor | np.ndarray | np.generic) and value.ndim == 0
    return value.item() if single else value


@dataclass(frozen=True)
class Trials:
    """What `trials` measured.

    Attributes
    ----------
    seeds : list of int
        One for each value in a column.
    values : dict
        ``values[metric][variant]`` is a list with an entry for each seed.
    """

    seeds: list[int]
    values: dict[str, dict[str, list]]

    def __getitem__(self, metric: str) -> Measured:
        """Return one metric as `Measured`."""
        if metric not in self.values:
            raise KeyError(f"no metric {metric!r}; the experiment returned {', '.join(self.values)}")
        return Measured(self.values[metric], seeds=self.seeds, name=metric)


class Measured(dict):
    """One metric: for each variant a list with a value for each seed. Shows itself as a table.

    ``a | b`` joins two of one metric and the same seeds. One of them may be another mapping, with as many values.

    Parameters
    ----------
    values : mapping of str to sequence of float
        The columns.
    seeds : sequence of int
        The seeds behind them.
    name : str
        What was measured.
    """

    def __init__(self, values: Mapping[str, Sequence], *, seeds: Sequence[int], name: str = UNNAMED):
        super().__init__(values)
        self.seeds, self.name = list(seeds), name

    def __or__(self, other: Mapping[str, Sequence]) -> Measured:
        """Return the columns of both; of a variant that is in both, those of ``other``."""
        return self._joined(self, other)

    def __ror__(self, other: Mapping[str, Sequence]) -> Measured:
        """Return the columns of both; of a variant that is in both, these."""
        return self._joined(other, self)

    def __ior__(self, other: Mapping[str, Sequence]) -> Self:
        """Add the columns of ``other``."""
        joined = self | other
        self.update(joined)
        self.name = joined.name
        return self

    def _joined(self, first: Mapping[str, Sequence], second: Mapping[str, Sequence]) -> Measured:
        """Return the columns of two, at least one of them measured, if they are of one metric and the same seeds."""
        measured = [part for part in (first, second) if isinstance(part, Measured)]
        names = {part.name for part in measured} - {UNNAMED} or {UNNAMED}
        expect(len(names) == 1, "name", "two of one metric", " and ".join(sorted(names)))
        told = " and ".join(str(part.seeds) for part in measured)
        expect(all(part.seeds == self.seeds for part in measured), "seeds", "the same in both", told)
        columns = {**first, **second}
        for variant, column in columns.items():
            wanted = f"{len(self.seeds)} values, one for each seed"
            expect(len(column) == len(self.seeds), str(variant), wanted, len(column))
        return Measured(columns, seeds=self.seeds, name=names.pop())

    def mean(self) -> dict[str, float]:
        """Return the mean over seeds for each variant."""
        return {name: float(self._numbers(name).mean()) for name in self}

    def minus(self, baseline: str) -> Measured:
        """Return, for every other variant, the difference from ``baseline`` on the same seed."""
        if baseline not in self:
            raise KeyError(f"baseline: no variant {baseline!r}; there are {', '.join(self)}")
        pairs = {name: zip(column, self[baseline], strict=True) for name, column in self.items() if name != baseline}
        differences = {f"{name} - {baseline}": [a - b for a, b in pair] for name, pair in pairs.items()}
        return Measured(differences, seeds=self.seeds, name=self.name)

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        """Return the table: variant, mean, standard deviation over seeds, lowest and highest seed."""
        table = []
        for name in self:
            column = self._numbers(name)
            spread = column.std(ddof=1) if len(column) > 1 else 0.0
            table.append((name, *(f"{value:.3f}" for value in (column.mean(), spread, column.min(), column.max()))))
        return table

    def _numbers(self, name: str) -> np.ndarray:
        """Return a variant's column as numbers."""
        wrong = [value for value in self[name] if not isinstance(value, numbers.Real)]
        expect(not wrong, f"{self.name} of {name}", "a number from each seed", f"{wrong[:1]!r:.80}", TypeError)
        return np.asarray(self[name], float)

    def _head(self) -> tuple[str, ...]:
        return (f"{self.name}, {len(self.seeds)} seeds", "mean", "sd", "lowest", "highest")

    def __repr__(self) -> str:
        """Return the table as text."""
        return text_table(self._head(), self._rows())

    def _repr_html_(self) -> str:
        return html_table(self._head(), self._rows())
