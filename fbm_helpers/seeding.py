"""Seeds, and what makes a run repeatable."""

import os
import random

import numpy as np
import torch

from ._arguments import expect, whole

STRIDE = 1000  # seeds between two values of FBM_SEED, so that their trials share none


def seeds(count: int) -> list[int]:
    """Return the seeds of ``count`` trials, shifted by the environment variable ``FBM_SEED`` (default 0).

    Parameters
    ----------
    count : int
        How many, at most 1000.

    Returns
    -------
    list of int
        ``1000 * FBM_SEED + 0, 1, ...``: different values of ``FBM_SEED`` share no seed.
    """
    whole(1, count=count)
    expect(count <= STRIDE, "count", f"at most {STRIDE} seeds", count)
    shift = os.environ.get("FBM_SEED", "0")
    expect(shift.isdecimal(), "FBM_SEED", "a whole number from 0 up", repr(shift))
    return [STRIDE * int(shift) + index for index in range(count)]


def reproducible(seed: int | None = None) -> int:
    """Make what follows repeatable: seed Python, NumPy and torch, one thread, deterministic kernels.

    Parameters
    ----------
    seed : int, optional
        The seed; by default the first of `seeds`, so that ``FBM_SEED`` shifts it.

    Returns
    -------
    int
        The seed.
    """
    seed = seeds(1)[0] if seed is None else seed
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # numbers next to zero are slow to compute with, and no result depends on them
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    return seed
