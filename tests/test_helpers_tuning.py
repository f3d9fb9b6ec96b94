"""Tuning: the same search for every variant, on seeds of its own, and a table that says where a search ended too early."""

import math
import pickle
import re

import numpy as np
import pytest
import torch
from torch import nn

import fbm_helpers as fbm

PEAKS = {"mlp": 0.01, "cnn": 0.03}
GRID = (0.003, 0.01, 0.03)


def near(peak, value, seed):
    """Score a value by how near it is to the best one; the factor lets scores depend on the seed, but not the order."""
    return -abs(math.log(value / peak)) * (1 + seed % 10)


@pytest.fixture(autouse=True)
def one_process(monkeypatch):
    monkeypatch.setenv("FBM_JOBS", "1")


# ---- what is searched


def test_each_variant_gets_the_value_with_its_best_score():
    assert fbm.tune(near, PEAKS, GRID) == PEAKS


def test_of_a_loss_the_lowest_wins():
    assert fbm.tune(lambda *trial: -near(*trial), PEAKS, GRID, best=min) == PEAKS


def test_a_variant_can_have_a_grid_of_its_own():
    grids = {"cnn": [0.02, 0.06], "mlp": range(1, 4), "rnn": "not asked for"}
    assert fbm.tune(near, PEAKS, grids) == {"mlp": 1, "cnn": 0.02}


@pytest.mark.parametrize("grid", [np.array(GRID), reversed(GRID), (value for value in GRID)])
def test_a_grid_may_be_any_collection_in_any_order(grid):
    assert fbm.tune(near, {"mlp": 0.01}, grid) == {"mlp": 0.01}


def test_variants_that_are_names_alone_come_as_these():
    tuned = fbm.tune(lambda name, value, seed: float(name) * value, ["1", "-1"], [2, 3])
    assert tuned == {"1": 3, "-1": 2}


def test_the_mean_over_seeds_decides():
    def lucky(_, value, seed):
        return {0: [0.9, 0.1], 1: [0.6, 0.6]}[value][seed]

    tuned = fbm.tune(lucky, ["x"], [0, 1], seeds=[0, 1])
    assert tuned == {"x": 1} and tuned.scores == {"x": {0: pytest.approx(0.5), 1: pytest.approx(0.6)}}


def test_two_processes_find_what_one_finds(monkeypatch):
    def experiment(width, lr, seed):
        x = torch.randn(64, 5)
        model = nn.Sequential(nn.Linear(5, width), nn.ReLU(), nn.Linear(width, 2))
        return fbm.fit(model, x, (x.sum(1) > 0).long(), epochs=2, lr=lr).loss[-1]

    found = []
    for jobs in ("1", "2"):
        monkeypatch.setenv("FBM_JOBS", jobs)
        found.append(fbm.tune(experiment, {"narrow": 3, "wide": 30}, [0.001, 0.1], best=min).scores)
    assert found[0] == found[1]


# ---- seeds


def seeds_seen(**options):
    return fbm.tune(lambda variant, value, seed: 1.0, ["x"], GRID, **options).seeds


def test_a_search_sees_no_seed_of_a_measurement(monkeypatch):
    for shift in ("0", "3"):
        monkeypatch.setenv("FBM_SEED", shift)
        measured = fbm.trials(lambda variant, seed: seed, ["x"], seeds=100).seeds
        assert not set(seeds_seen(seeds=5)) & set(measured)
    assert seeds_seen() == [3998, 3999] and seeds_seen(seeds=1) == [3999]


def test_seeds_can_be_named():
    assert seeds_seen(seeds=[7, 5]) == [7, 5]


# ---- ties, and scores that are no numbers


@pytest.mark.parametrize("best", [max, min])
def test_of_values_that_tie_as_shown_the_smallest_wins(best):
    def score(_, value, seed):
        return 0.5 + 1e-6 * value

    assert fbm.tune(score, ["x"], [3, 1, 2], best=best) == {"x": 1}
    assert fbm.tune(lambda *trial: 1e-3 * (score(*trial) - 0.5), ["x"], [3, 1, 2]) == {
        "x": 3
    }  # not a tie: small scores


def explode(what):
    """Return an experiment in which 0.03 goes wrong on one seed."""

    def experiment(_, value, seed):
        if value == 0.03 and seed == 999:
            if what == "raise":
                raise fbm.Diverged("loss is nan")
            return what
        return value

    return experiment


@pytest.mark.parametrize("what", ["raise", math.nan, math.inf, -math.inf, torch.tensor(math.nan)])
@pytest.mark.parametrize(("best", "kept"), [(max, 0.01), (min, 0.003)])
def test_a_value_that_diverges_on_one_seed_loses_and_is_shown_as_such(what, best, kept, recwarn):
    tuned = fbm.tune(explode(what), ["x"], GRID, best=best)
    assert tuned == {"x": kept} and math.isnan(tuned.scores["x"][0.03])
    assert repr(tuned).splitlines()[1].endswith("diverged") and not recwarn


def test_a_variant_that_diverges_everywhere_is_an_error_with_a_cure():
    said = "grid of 'x': expected a value with finite scores, got none from 1, 10; try smaller or larger ones"
    with pytest.raises(ValueError, match=said):
        fbm.tune(lambda variant, value, seed: math.nan, ["x"], [1, 10])


def test_another_error_is_raised_and_tells_the_value():
    def experiment(variant, value, seed):
        raise KeyError("width")

    with pytest.raises(KeyError) as raised:
        fbm.tune(experiment, ["cnn"], GRID)
    assert "in the trial of variant 'cnn, 0.003' with seed 998" in raised.value.__notes__


# ---- what is shown


def tuned(*rows, best=max, **named):
    """Return what a search would, from scores by value."""
    return fbm.Tuned(dict(enumerate(rows)) | named, seeds=[998, 999], best=best)


def test_the_table_has_a_column_for_each_value_and_marks_the_best():
    rows = {"mlp": {0.005: 0.7, 0.01: 0.71, 0.02: 0.7}, "<cnn>": {0.01: 0.8, 0.02: 0.9, 0.04: math.nan}}
    assert repr(tuned(**rows)).splitlines() == [
        "score, 2 seeds, * highest  0.005  0.01     0.02     0.04",
        "mlp                        0.700  * 0.710  0.700",
        "<cnn>                             0.800    * 0.900  diverged",
    ]
    page = tuned(**rows)._repr_html_()
    assert "<th scope='row'>&lt;cnn&gt;</th><td></td><td>0.800</td><td>* 0.900</td><td>diverged</td>" in page
    assert "<p>" not in page


def test_a_notebook_shows_it_and_nothing_on_stderr(notebook, capfd):
    search = "fbm.tune(lambda variant, value, seed: value, {'a<b': 0}, [1, 2], seeds=1)"
    [shown] = notebook(f"from IPython.display import display\ndisplay({search})").outputs
    assert "score, 1 seed, * highest" in shown["text/plain"]
    assert "<p>a&lt;b: 2 is at the edge of its grid; try 4 as well</p>" in shown["text/html"]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("values", "best", "said"),
    [
        (GRID, 0.01, None),
        (GRID, 0.03, "0.03 is at the edge of its grid; try 0.09 as well"),
        (GRID, 0.003, "0.003 is at the edge of its grid; try 0.0009 as well"),
        ((0.3, 1.0), 1.0, "1 is at the edge of its grid; try 3 as well"),
        ((0.006, 0.02, 0.06), 0.06, "try 0.2 as well"),
        ((10, 11), 11, "try larger ones as well"),  # a step of one digit leads nowhere
        ((10, 11), 10, "try 9 as well"),
        ((0, 0.1), 0.1, "try larger ones as well"),
        ((0, 0.1), 0, None),
        ((-2, 0, 1), -2, "try smaller ones as well"),
    ],
)
def test_an_optimum_at_the_edge_is_told_with_what_to_try(values, best, said):
    lines = repr(tuned(arm={value: float(value == best) for value in values})).splitlines()[2:]
    assert lines == [] if said is None else lines[0].startswith("arm: ") and lines[0].endswith(said)


@pytest.mark.parametrize(
    ("score", "shown"),
    [(0.9, "0.900"), (1, "1.00"), (0.00012345, "0.000123"), (123.4, "123"), (12345.6, "1.23e+04"), (-2.5, "-2.50")],
)
def test_scores_of_any_size_have_three_digits(score, shown):
    [_, row] = repr(tuned(arm={1: -abs(score) - 1, 2: score, 3: -abs(score) - 1})).splitlines()
    assert f"* {shown}  " in row


def test_it_is_a_mapping_that_others_extend_and_processes_receive():
    rates = tuned(mlp={1: 0.0, 2: 1.0, 3: 0.0})
    rates |= {"cnn": 5}
    assert {**rates} == {"mlp": 2, "cnn": 5} and "cnn" not in repr(rates)
    assert repr(pickle.loads(pickle.dumps(rates))) == repr(rates)
    assert fbm.trials(lambda name, seed: rates[name], ["cnn"], seeds=1)["value"] == {"cnn": [5]}


# ---- arguments


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"best": "min"}, ValueError, "best: expected max, or min for a loss, got 'min'"),
        ({"seeds": 0}, ValueError, "seeds: expected a whole number from 1 to 1000, got 0"),
        ({"seeds": 2.5}, ValueError, "seeds: expected a whole number from 1 to 1000, got 2.5"),
        ({"seeds": [-1]}, ValueError, "seeds: expected a whole number from 0"),
        ({"variants": "cnn"}, TypeError, "variants: expected a mapping or a list of names"),
        ({"variants": ["x", "x"]}, ValueError, "variants: expected different names"),
        ({"variants": []}, ValueError, "expected at least one variant"),
        ({"grid": {"y": GRID}}, ValueError, "grid: expected values for the variant 'x', got them for ['y'] only"),
        ({"grid": {}}, ValueError, "grid: expected values for the variant 'x', got them for [] only"),
        ({"grid": 0.1}, ValueError, "grid of 'x': expected at least two different numbers, got [0.1]"),
        ({"grid": [0.1]}, ValueError, "grid of 'x': expected at least two different numbers, got [0.1]"),
        ({"grid": [1, 1.0, 2]}, ValueError, "grid of 'x': expected at least two different numbers, got [1, 1.0, 2]"),
        ({"grid": ["0.1", "1"]}, ValueError, "grid of 'x': expected at least two different numbers, got ['0.1', '1']"),
        ({"grid": {"x": [0.1, math.nan]}}, ValueError, "grid of 'x': expected at least two different numbers"),
        ({"experiment": lambda *trial: {"a": 1}}, TypeError, "experiment: expected to return one number, the score"),
        ({"experiment": lambda *trial: None}, TypeError, "experiment: expected to return a number"),
    ],
)
def test_a_bad_argument_is_named(changed, error, said):
    good = {"experiment": lambda *trial: 1.0, "variants": ["x"], "grid": GRID}
    with pytest.raises(error, match=re.escape(said)):
        fbm.tune(**good | changed)
