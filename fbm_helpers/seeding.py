"""Seeds, and what makes a run repeatable."""

import operator
import os
import random

import numpy as np
import torch

from ._arguments import expect, whole

STRIDE = 1000  # seeds between two values of FBM_SEED, so that their trials share none
LARGEST = 2**32 - 1  # of NumPy's seeds


def seeds(count: int) -> list[int]:
    """Return the seeds of ``count`` trials, shifted by the environment variable ``FBM_SEED`` (default 0).

    Parameters
    ----------
    count : int
        How many, at most 1000.

    Returns
    -------
    list of int
        ``1000 * FBM_SEED + 0, 1, ...``: different values of ``FBM_SEED`` below two million share no seed. Larger ones, such
        as a date, stand for one million and their last six digits.
    """
    whole(1, count=count)
    expect(count <= STRIDE, "count", f"at most {STRIDE} seeds", count)
    shift = os.environ.get("FBM_SEED", "0")
    expect(shift.isdecimal(), "FBM_SEED", "a whole number from 0 up", repr(shift))
    shift = int(shift)
    if shift >= 2_000_000:  # twice a seed, too, must stay a seed of NumPy
        shift = 1_000_000 + shift % 1_000_000
    return [STRIDE * shift + index for index in range(count)]


def known(seed: int | None, *, name: str = "seed", most: int = LARGEST) -> int:
    """Return a seed of any integer kind as an int, for ``None`` the first of `seeds`.

    Parameters
    ----------
    seed : int or None
        What a caller gave.
    name : str
        The argument it was given for.
    most : int
        The largest one that can be used.

    Returns
    -------
    int
        The seed.

    Raises
    ------
    ValueError
        If it is no whole number from 0 to ``most``; the message has ``name``.
    """
    if seed is None:
        return seeds(1)[0]
    whole(0, most, **{name: seed})
    return operator.index(seed)


def reproducible(seed: int | None = None) -> int:
    """Make what follows repeatable: seed Python, NumPy and torch, one thread, deterministic kernels.

    Parameters
    ----------
    seed : int, optional
        The seed, below 2**32; by default the first of `seeds`, so that ``FBM_SEED`` shifts it.

    Returns
    -------
    int
        The seed.
    """
    seed = known(seed)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # numbers next to zero are slow to compute with, and no result depends on them
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    return seed
