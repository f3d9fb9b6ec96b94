"""Costs: counted as by hand."""

import os
import time

import numpy as np
import pytest
import torch
from torch import nn

import fbm_helpers as fbm


def test_parameters_are_those_that_are_trained():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 2))
    model[2].requires_grad_(False)
    assert fbm.costs.parameters(model) == (8 * 3 * 9 + 8) + 2 * 8


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize(
    ("model", "shape", "by_hand"),
    [
        (nn.Conv2d(3, 8, 3, padding=1), (3, 16, 16), 8 * 3 * 3 * 3 * 16 * 16),
        (nn.Conv2d(4, 8, 5, stride=2, groups=2), (4, 15, 15), 8 * (4 // 2) * 5 * 5 * 6 * 6),
        (nn.Linear(10, 7), (10,), 10 * 7),
        (nn.Sequential(nn.Flatten(), nn.Linear(12, 7), nn.ReLU(), nn.Linear(7, 3)), (3, 4), 12 * 7 + 7 * 3),
    ],
)
def test_multiply_adds_are_the_hand_formula_for_one_sample(model, shape, by_hand, batch):
    assert fbm.costs.multiply_adds(model, torch.zeros(batch, *shape)) == by_hand


@pytest.mark.parametrize("training", [True, False])
def test_counting_leaves_the_model_as_it_was(training):
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)).train(training)
    fbm.costs.multiply_adds(model, torch.ones(2, 4))
    assert model.training == model[1].training == training
    assert model[1].running_mean.abs().sum() == 0


def test_bytes_on_disk_are_those_of_the_saved_weights(tmp_path):
    model = nn.Linear(300, 100)
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    assert fbm.costs.bytes_on_disk(model) == pytest.approx((tmp_path / "weights.pt").stat().st_size, rel=0.01)
    assert fbm.costs.bytes_on_disk(model) == pytest.approx(4 * 30_100, rel=0.05)
    assert fbm.costs.bytes_on_disk(model.half()) == pytest.approx(2 * 30_100, rel=0.05)


def test_a_price_has_the_form_that_a_claim_takes(capsys):
    price = fbm.costs.price({"wide": nn.Linear(4, 8), "narrow": nn.Linear(4, 2)}, torch.zeros(1, 4))
    assert price == {"parameters": {"wide": 40, "narrow": 10}, "multiply-adds": {"wide": 32, "narrow": 8}}
    fbm.claim("a/b/c", "It holds.", {"wide": [1.0], "narrow": [0.0]}, "wide > narrow", price=price)
    assert "parameters: wide 40, narrow 10" in capsys.readouterr().out


def test_what_is_timed_in_pinned_surroundings_is_called_without_the_pins(monkeypatch):
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("FBM_PINS", "MKL_CBWR ATEN_CPU_CAPABILITY")

    def surroundings():
        return os.getpid(), os.environ.get("MKL_CBWR"), os.environ.get("OMP_NUM_THREADS")

    pid, pin, threads = fbm.costs.unpinned(surroundings)
    assert pid != os.getpid() and pin is None and threads == "1"
    assert fbm.costs.unpinned(surroundings)[0] == pid  # one process serves all calls
    assert os.environ["MKL_CBWR"] == "COMPATIBLE"


@pytest.mark.filterwarnings("ignore:A worker stopped")
def test_a_process_that_replaces_one_that_grew_has_no_pins_either(monkeypatch):
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    monkeypatch.setenv("FBM_PINS", "MKL_CBWR")

    def grow():
        os.grown = [*getattr(os, "grown", []), np.ones(2**25)]  # 256 MB stay
        time.sleep(1.1)  # loky looks once a second
        return os.getpid()

    pids = {fbm.costs.unpinned(grow) for _ in range(4)}
    assert len(pids) > 1 and fbm.costs.unpinned(lambda: os.environ.get("MKL_CBWR")) is None


def test_where_nothing_is_pinned_the_call_is_an_ordinary_one():
    assert fbm.costs.unpinned(os.getpid) == os.getpid()
