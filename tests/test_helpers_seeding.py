"""Seeds: shifted by FBM_SEED, never shared, and enough to repeat a run."""

import itertools
import random

import numpy as np
import pytest
import torch

import fbm_helpers as fbm


def test_seeds_count_from_zero_and_fbm_seed_shifts_them(monkeypatch):
    assert fbm.seeds(3) == [0, 1, 2]
    monkeypatch.setenv("FBM_SEED", "2")
    assert fbm.seeds(3) == [2000, 2001, 2002]


def test_different_values_of_fbm_seed_share_no_seed(monkeypatch):
    sets = []
    for value in range(4):
        monkeypatch.setenv("FBM_SEED", str(value))
        sets.append(set(fbm.seeds(1000)))
    assert all(a.isdisjoint(b) for a, b in itertools.combinations(sets, 2))


@pytest.mark.parametrize("value", ["-1", "1.5", "one", ""])
def test_a_bad_fbm_seed_is_refused(monkeypatch, value):
    monkeypatch.setenv("FBM_SEED", value)
    with pytest.raises(ValueError, match=f"FBM_SEED: expected a whole number from 0 up, got '{value}'"):
        fbm.seeds(1)


@pytest.mark.parametrize(("count", "expected"), [(0, "a whole number from 1 up"), (1001, "at most 1000 seeds")])
def test_a_count_that_would_reach_into_the_next_set_is_refused(count, expected):
    with pytest.raises(ValueError, match=f"count: expected {expected}, got {count}"):
        fbm.seeds(count)


def test_reproducible_repeats_python_numpy_and_torch_on_one_thread(monkeypatch):
    threads = torch.get_num_threads()
    try:
        drawn = []
        for seed in (5, 5, 6):
            assert fbm.reproducible(seed) == seed and torch.get_num_threads() == 1
            drawn.append((random.random(), np.random.rand(), torch.rand(1).item()))
        assert drawn[0] == drawn[1] and not set(drawn[0]) & set(drawn[2])
        monkeypatch.setenv("FBM_SEED", "3")
        assert fbm.reproducible() == 3000
    finally:
        torch.set_num_threads(threads)
