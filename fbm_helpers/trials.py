"""Trials: one experiment, several variants, several seeds, in parallel processes."""

from __future__ import annotations

import os
import random
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed

from . import seeding
from ._arguments import expect
from ._display import html_table, progress, text_table

# loky replaces a worker whose memory grew; results do not depend on it, and the warning would stand in a stored output
warnings.filterwarnings("ignore", message="A worker stopped while some jobs")


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

    Every trial starts from `reproducible(seed)`. Hence results do not depend on the order or number of processes, and two
    variants with one seed share all random choices that they make alike: compare them as pairs. (Draw from torch or NumPy: a
    Dask worker itself draws from Python's ``random`` meanwhile.)

    Parameters
    ----------
    experiment : callable
        Takes a variant and a seed, returns a number or a mapping of names to values.
    variants : mapping of str to anything, or sequence of str
        What ``experiment`` is called with, by name; of a sequence, the names themselves.
    seeds : int or sequence of int
        How many seeds, or which.

    Returns
    -------
    Trials
        ``result["accuracy"]`` holds a value for each variant and seed.
    """
    if isinstance(variants, str):
        raise TypeError(f"variants: expected a mapping or a list of names, got the single name {variants!r}")
    named = dict(variants) if isinstance(variants, Mapping) else {str(name): name for name in variants}
    chosen = seeding.seeds(seeds) if isinstance(seeds, int) else list(seeds)
    expect(named and chosen, "trials", "at least one variant and one seed", f"{len(named)} and {len(chosen)}")
    expect(len(set(chosen)) == len(chosen), "seeds", "each seed once", chosen)
    jobs = os.environ.get("FBM_JOBS", "-1")
    expect(re.fullmatch(r"-?[1-9]\d*", jobs), "FBM_JOBS", "a number of processes, or -1 for one a core", repr(jobs))
    grid = [(name, seed) for seed in chosen for name in named]
    parallel = Parallel(n_jobs=int(jobs), prefer="processes", return_as="generator")
    done = parallel(delayed(_trial)(experiment, name, named[name], seed) for name, seed in grid)
    outcomes = dict(zip(grid, progress(done, total=len(grid), unit="trial"), strict=True))
    metrics = {metric for outcome in outcomes.values() for metric in outcome}
    wanted = f"the values {sorted(metrics)} from every trial"
    for key, outcome in outcomes.items():
        expect(set(outcome) == metrics, "experiment", wanted, f"fewer from {key}")
    columns = {m: {name: [outcomes[name, seed][m] for seed in chosen] for name in named} for m in sorted(metrics)}
    return Trials(chosen, columns)


def _trial(experiment: Callable, name: str, variant: Any, seed: int) -> dict[str, Any]:
    """Run one trial and leave the caller's random state and threads as they were; an error tells which trial it was."""
    with torch.random.fork_rng(devices=[]):
        state, numpy_state, threads = random.getstate(), np.random.get_state(), torch.get_num_threads()
        try:
            seeding.reproducible(seed)
            outcome = experiment(variant, seed)
        except Exception as error:
            error.add_note(f"in the trial of variant {name!r} with seed {seed}")
            raise
        finally:
            random.setstate(state)
            np.random.set_state(numpy_state)
            torch.set_num_threads(threads)
    return dict(outcome) if isinstance(outcome, Mapping) else {"value": outcome}


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

    Parameters
    ----------
    values : mapping of str to sequence of float
        The columns.
    seeds : sequence of int
        The seeds behind them.
    name : str
        What was measured.
    """

    def __init__(self, values: Mapping[str, Sequence], *, seeds: Sequence[int], name: str = "value"):
        super().__init__(values)
        self.seeds, self.name = list(seeds), name

    def mean(self) -> dict[str, float]:
        """Return the mean over seeds for each variant."""
        return {name: float(np.mean(column)) for name, column in self.items()}

    def minus(self, baseline: str) -> Measured:
        """Return, for every other variant, the difference from ``baseline`` on the same seed."""
        if baseline not in self:
            raise KeyError(f"baseline: no variant {baseline!r}; there are {', '.join(self)}")
        pairs = {name: zip(column, self[baseline], strict=True) for name, column in self.items() if name != baseline}
        differences = {f"{name} - {baseline}": [a - b for a, b in pair] for name, pair in pairs.items()}
        return Measured(differences, seeds=self.seeds, name=self.name)

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Return the table: variant, mean, standard deviation over seeds, lowest and highest seed."""
        table = []
        for name, column in self.items():
            numbers = np.asarray(column, float)
            spread = numbers.std(ddof=1) if len(numbers) > 1 else 0.0
            table.append((name, *(f"{value:.3f}" for value in (numbers.mean(), spread, numbers.min(), numbers.max()))))
        return table

    def _head(self) -> tuple[str, ...]:
        return (f"{self.name}, {len(self.seeds)} seeds", "mean", "sd", "lowest", "highest")

    def __repr__(self) -> str:
        """Return the table as text."""
        return text_table(self._head(), self.rows())

    def _repr_html_(self) -> str:
        return html_table(self._head(), self.rows())
