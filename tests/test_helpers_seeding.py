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


def test_a_date_as_fbm_seed_seeds_everything_and_small_values_stay_as_they_are(monkeypatch):
    monkeypatch.setenv("FBM_SEED", "20240611")
    assert fbm.seeds(2) == [1_240_611_000, 1_240_611_001]
    threads = torch.get_num_threads()
    try:
        assert fbm.reproducible() == 1_240_611_000
    finally:
        torch.set_num_threads(threads)
    assert len(fbm.images(2, 2)[0]) == len(fbm.language(2, 3).tokens) == 2 and len(fbm.digits()[1]) == 497
    for small in ("0", "7", "999999", "1999999"):
        monkeypatch.setenv("FBM_SEED", small)
        assert fbm.seeds(1) == [1000 * int(small)]
    monkeypatch.setenv("FBM_SEED", "9" * 30)
    assert 2 * fbm.seeds(1000)[-1] + 1 < 2**32


def test_whole_numbers_of_numpy_are_seeds(monkeypatch):
    monkeypatch.setattr(torch, "set_num_threads", lambda threads: None)
    assert type(fbm.reproducible(np.int64(3))) is int
    for made in (
        fbm.language(2, 3, seed=np.uint8(1)).tokens,
        fbm.images(2, 2, seed=np.int32(1))[0].x,
        fbm.glyphs(2, seed=np.int8(1)).x,
    ):
        assert len(made) == 2
    assert torch.equal(fbm.digits(seed=np.int64(1))[0].y, fbm.digits(seed=1)[0].y)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, "1", True])
@pytest.mark.parametrize(
    "use", [fbm.reproducible, lambda seed: fbm.glyphs(1, seed=seed), lambda seed: fbm.digits(seed=seed)]
)
def test_a_seed_out_of_range_is_refused_by_name(seed, use):
    with pytest.raises(ValueError, match=f"seed: expected a whole number from 0 to 4294967295, got {seed!r}"):
        use(seed)
