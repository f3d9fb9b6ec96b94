"""Trials: the same values however they are spread, and a table that says what was measured."""

import os
import random

import distributed
import joblib
import numpy as np
import pytest
import torch
from torch import nn

import fbm_helpers as fbm


def training():
    """Return an experiment that draws from every generator and trains; made here, as in a notebook, it travels by value."""

    def experiment(width, seed):
        x = torch.randn(64, 5)
        model = nn.Sequential(nn.Linear(5, width), nn.ReLU(), nn.Linear(width, 2))
        loss = fbm.fit(model, x, (x.sum(1) > 0).long(), epochs=2, lr=0.01).loss[-1]
        drawn = [np.random.rand(), torch.rand(1).item()]
        return {"loss": loss, "drawn": drawn, "python": random.random(), "process": os.getpid()}

    return experiment


def same(a, b, but):
    """Say whether two results have the same values, but for some metrics."""
    return a.seeds == b.seeds and all(a.values[metric] == b.values[metric] for metric in a.values.keys() - but)


def elsewhere(result):
    """Say whether all trials ran in processes other than this one."""
    return all(os.getpid() not in column for column in result.values["process"].values())


@pytest.fixture(scope="module")
def in_one_process():
    """Return what the trials give one after the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FBM_JOBS", "1"), patch.setenv("FBM_PROGRESS", "0")
        return fbm.trials(training(), {"narrow": 3, "wide": 30}, seeds=2)


def test_each_trial_starts_from_its_seed_alone(in_one_process):
    drawn = in_one_process["python"]
    assert drawn["narrow"][0] != drawn["narrow"][1]
    assert drawn["narrow"] == drawn["wide"]  # what two variants draw alike, they share
    alone = fbm.trials(training(), {"wide": 30}, seeds=[1])
    assert alone["loss"]["wide"] == in_one_process["loss"]["wide"][1:]


def test_two_processes_give_the_values_of_one(in_one_process, monkeypatch):
    monkeypatch.setenv("FBM_JOBS", "2")
    measured = fbm.trials(training(), {"narrow": 3, "wide": 30}, seeds=2)
    assert elsewhere(measured) and same(measured, in_one_process, but={"process"})


def test_a_dask_cluster_of_two_workers_gives_the_same_values_by_joblibs_own_switch(in_one_process):
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "host": "127.0.0.1"}
    with (
        distributed.LocalCluster(**options, dashboard_address=":0") as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        measured = fbm.trials(training(), {"narrow": 3, "wide": 30}, seeds=2)
    but = {"process", "python"}  # a Dask worker itself draws from Python's generator, in another thread
    assert elsewhere(measured) and same(measured, in_one_process, but)


def test_the_random_state_and_the_threads_of_the_caller_stay_as_they_were(monkeypatch):
    monkeypatch.setenv("FBM_JOBS", "1")

    def after(run):
        torch.set_num_threads(2)
        random.seed(7), np.random.seed(7), torch.manual_seed(7)
        if run:
            fbm.trials(training(), {"narrow": 3}, seeds=1)
        return random.random(), np.random.rand(), torch.rand(1).item(), torch.get_num_threads()

    assert after(run=True) == after(run=False)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_error_names_its_variant_and_seed(monkeypatch, jobs):
    monkeypatch.setenv("FBM_JOBS", jobs)

    def experiment(variant, seed):
        if (variant, seed) == (20, 1):
            raise ZeroDivisionError("too deep")
        return 0.0

    with pytest.raises(ZeroDivisionError, match="too deep") as raised:
        fbm.trials(experiment, {"shallow": 2, "deep": 20}, seeds=2)
    assert "in the trial of variant 'deep' with seed 1" in raised.value.__notes__


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"experiment": lambda v, s: {"a": 1} | ({"b": 2} if s else {})}, ValueError, r"\['a', 'b'\] .* \('x', 0\)"),
        ({"variants": {}}, ValueError, "expected at least one variant and one seed, got 0 and 2"),
        ({"variants": "cnn"}, TypeError, "variants: expected a mapping or a list of names, got the single name 'cnn'"),
        ({"seeds": []}, ValueError, "expected at least one variant and one seed, got 1 and 0"),
        ({"seeds": 0}, ValueError, "count: expected a whole number from 1 up, got 0"),
        ({"seeds": [4, 4]}, ValueError, r"seeds: expected each seed once, got \[4, 4\]"),
    ],
)
def test_a_bad_argument_is_named(monkeypatch, changed, error, message):
    monkeypatch.setenv("FBM_JOBS", "1")
    good = {"experiment": lambda variant, seed: 1.0, "variants": ["x"], "seeds": 2}
    with pytest.raises(error, match=message):
        fbm.trials(**good | changed)


@pytest.mark.parametrize("jobs", ["0", "two", "", "1.5"])
def test_a_bad_number_of_processes_is_refused(monkeypatch, jobs):
    monkeypatch.setenv("FBM_JOBS", jobs)
    with pytest.raises(ValueError, match=f"FBM_JOBS: expected a number of processes, or -1 .*, got '{jobs}'"):
        fbm.trials(lambda variant, seed: 1.0, ["x"])


def test_fbm_seed_shifts_the_seeds_of_trials(monkeypatch):
    monkeypatch.setenv("FBM_SEED", "4"), monkeypatch.setenv("FBM_JOBS", "1")
    result = fbm.trials(lambda variant, seed: seed, ["x"], seeds=2)
    assert result.seeds == result["value"].seeds == result["value"]["x"] == [4000, 4001]


def test_progress_is_shown_unless_switched_off(monkeypatch, capfd):
    monkeypatch.setenv("FBM_JOBS", "1")
    for setting, shown in (("0", False), ("1", True)):
        monkeypatch.setenv("FBM_PROGRESS", setting)
        fbm.trials(lambda variant, seed: 1.0, ["x"], seeds=3)
        assert ("/3 [" in capfd.readouterr().err) == shown


# ---- what was measured


@pytest.fixture
def measured():
    """Return the accuracies of two variants on three seeds."""
    return fbm.Measured({"mlp": [0.5, 0.6, 0.7], "<cnn>": [0.8, 0.9, 0.85]}, seeds=[0, 1, 2], name="accuracy")


def test_measured_shows_mean_spread_lowest_and_highest_seed(measured):
    assert repr(measured).splitlines() == [
        "accuracy, 3 seeds  mean   sd     lowest  highest",
        "mlp                0.600  0.100  0.500   0.700",
        "<cnn>              0.850  0.050  0.800   0.900",
    ]
    page = measured._repr_html_()
    assert "<th scope='row'>&lt;cnn&gt;</th><td>0.850</td><td>0.050</td><td>0.800</td><td>0.900</td>" in page
    assert measured.mean() == pytest.approx({"mlp": 0.6, "<cnn>": 0.85})


def test_differences_are_taken_seed_by_seed(measured):
    differences = measured.minus("mlp")
    assert differences["<cnn> - mlp"] == pytest.approx([0.3, 0.3, 0.15]) and len(differences) == 1
    assert differences.seeds == [0, 1, 2] and differences.name == "accuracy"


def test_a_single_seed_has_no_spread_and_no_warning(recwarn):
    assert "0.500  0.000  0.500   0.500" in repr(fbm.Measured({"a": [0.5]}, seeds=[0]))
    assert not recwarn


def test_unknown_metrics_and_baselines_are_refused_with_the_known_ones(measured):
    with pytest.raises(KeyError, match="no metric 'f1'; the experiment returned accuracy, loss"):
        fbm.Trials([0], {"accuracy": {}, "loss": {}})["f1"]
    with pytest.raises(KeyError, match="baseline: no variant 'rnn'; there are mlp, <cnn>"):
        measured.minus("rnn")
