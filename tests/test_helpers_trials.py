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


# ---- each trial has its own copies


def cell(source):
    """Return the names that a notebook's cell defines; what it defines travels by value, as from a notebook."""
    names = {"__name__": "__main__", "fbm": fbm, "nn": nn, "np": np, "os": os, "torch": torch}
    exec(source, names)  # noqa: S102  a cell of our own
    return names


CHANGES = {
    "a list": ([], "def experiment(seen, seed):\n    seen.append(seed)\n    return len(seen)"),
    "an array of 2 MB": (
        np.zeros(250_000),
        "def experiment(array, seed):\n    array += 1\n    return array.sum() / 250_000",
    ),
    "a tensor": (torch.zeros(3), "def experiment(x, seed):\n    x.add_(1)\n    return x[0]"),
    "a module": (
        nn.BatchNorm1d(2),
        "def experiment(net, seed):\n    net(torch.ones(4, 2))\n    return net.num_batches_tracked",
    ),
    "a global list": (0, "SEEN = []\ndef experiment(_, seed):\n    SEEN.append(seed)\n    return len(SEEN)"),
    "a global number": (0, "N = 0\ndef experiment(_, seed):\n    global N\n    N += 1\n    return N"),
    "a class": (0, "class C:\n    n = 0\ndef experiment(_, seed):\n    C.n += 1\n    return C.n"),
    "a global that a method changes": (
        0,
        (
            "SEEN = []\nclass C:\n    def go(self):\n        SEEN.append(1)\n        return len(SEEN)\n"
            "def experiment(_, seed):\n    return C().go()"
        ),
    ),
    "a default argument": (0, "def experiment(_, seed, seen=[]):\n    seen.append(seed)\n    return len(seen)"),
    "a variable of the environment": (
        0,
        "def experiment(_, seed):\n    os.environ['N'] = str(int(os.environ.get('N', 0)) + 1)\n    return int(os.environ['N'])",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_a_trial_changes_no_other_trial_sees_and_neither_does_the_caller(monkeypatch, jobs, what):
    monkeypatch.setenv("FBM_JOBS", jobs)
    variant, source = CHANGES[what]
    names = cell(source)
    for _ in range(2):
        measured = fbm.trials(names["experiment"], {"x": variant, "y": variant}, seeds=40)["value"]
        assert measured == {"x": [1] * 40, "y": [1] * 40}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_model_and_its_optimizer_stay_a_pair_in_their_copy(monkeypatch, jobs):
    monkeypatch.setenv("FBM_JOBS", jobs)
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)

    def experiment(pair, seed):
        net, optimizer = pair
        net(torch.ones(1, 1)).sum().backward()
        optimizer.step()
        return net.weight.detach()[0, 0]

    found = fbm.trials(experiment, {"x": (model, torch.optim.SGD(model.parameters(), lr=0.5))}, seeds=5)["value"]
    assert found["x"] == [-0.5] * 5 and model.weight == 0 and model.weight.grad is None


def test_hundreds_of_quick_trials_give_the_same_values_in_one_two_and_three_processes(monkeypatch):
    names = cell(
        "LOG = []\ndef experiment(v, seed):\n    LOG.append(v)\n    return {'a': len(LOG) + v, 'b': torch.rand(()), 'c': np.random.rand()}"
    )
    results = []
    for jobs in ("1", "2", "3"):
        monkeypatch.setenv("FBM_JOBS", jobs)
        results.append(fbm.trials(names["experiment"], {"x": 0, "y": 10}, seeds=200).values)
    assert results[0] == results[1] == results[2]
    assert results[0]["a"] == {"x": [1] * 200, "y": [11] * 200} and len(set(results[0]["b"]["x"])) == 200


def test_a_notebooks_class_and_its_globals_stay_the_notebooks_own(monkeypatch):
    monkeypatch.setenv("FBM_JOBS", "1")
    names = cell(
        "WIDTH = 2\nclass C:\n    def width(self):\n        return WIDTH\n"
        "def experiment(width, seed):\n    global WIDTH\n    WIDTH = width\n    return C().width()"
    )
    assert fbm.trials(names["experiment"], {"wide": 7}, seeds=1)["value"] == {"wide": [7]}
    names["WIDTH"] = 3
    assert names["C"]().width() == 3


@pytest.mark.parametrize("where", ["variant", "global"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_cannot_be_copied_is_refused(monkeypatch, tmp_path, jobs, where):
    monkeypatch.setenv("FBM_JOBS", jobs)
    names = cell("def experiment(v, seed):\n    return 1.0 if FILE else 2.0")
    with open(tmp_path / "log", "w") as names["FILE"]:
        variant = names["FILE"] if where == "variant" else 0
        with pytest.raises(
            TypeError, match="experiment and variant 'x': expected what can be copied, .* inside the exp"
        ):
            fbm.trials(names["experiment"], {"x": variant})


def test_what_another_process_cannot_make_is_refused_with_the_cure(monkeypatch):
    monkeypatch.setenv("FBM_JOBS", "1")
    names = cell(
        "import functools\n@functools.cache\ndef square(x):\n    return x * x\n"
        "def experiment(v, seed):\n    return square(seed)"
    )
    monkeypatch.setattr("__main__.square", names["square"], raising=False)
    with pytest.raises(
        TypeError, match=r"experiment: another process cannot make it .* functools.cache, or in a module"
    ):
        fbm.trials(names["experiment"], ["x"], seeds=1)


def test_trials_see_the_surroundings_of_each_call(monkeypatch, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "just_written.py").write_text("VALUE = 5")

    def experiment(variant, seed):
        value = __import__("just_written").VALUE if os.environ.get("FBM_DATA") == "pets" else 0
        return {"found": [os.environ.get("FBM_DATA"), os.getcwd(), torch.zeros(1).dtype, value], "seeds": fbm.seeds(1)}

    for jobs in ("1", "2"):
        monkeypatch.setenv("FBM_JOBS", jobs)
        for data, folder, dtype, shift in (("pets", "a", torch.float64, "3"), (None, ".", torch.float32, "0")):
            monkeypatch.setenv("FBM_DATA", data) if data else monkeypatch.delenv("FBM_DATA")
            monkeypatch.setenv("FBM_SEED", shift)
            monkeypatch.chdir(tmp_path / folder)
            with monkeypatch.context() as patch:
                patch.syspath_prepend(str(tmp_path / "a"))
                torch.set_default_dtype(dtype)
                try:
                    result = fbm.trials(experiment, ["x"], seeds=3).values
                finally:
                    torch.set_default_dtype(torch.float32)
            assert result["found"]["x"] == [[data, os.getcwd(), dtype, 5 if data else 0]] * 3
            assert result["seeds"]["x"] == [[1000 * int(shift)]] * 3


@pytest.mark.parametrize("backend", ["threading", "sequential"])
def test_a_backend_that_stays_in_the_callers_process_is_refused(monkeypatch, backend):
    monkeypatch.setenv("FBM_JOBS", "2")
    with (
        joblib.parallel_config(backend=backend),
        pytest.raises(RuntimeError, match=r"joblib's backend: expected one of other processes, .*'loky'"),
    ):
        fbm.trials(training(), {"narrow": 3}, seeds=2)


def test_trials_inside_a_trial_are_independent_too(monkeypatch):
    def inner(variant, seed):
        return torch.rand(())

    def outer(variant, seed):
        return sum(fbm.trials(inner, ["x"], seeds=2)["value"]["x"]) + torch.rand(())

    found = []
    for jobs in ("1", "2"):
        monkeypatch.setenv("FBM_JOBS", jobs)
        found.append(fbm.trials(outer, ["x"], seeds=2)["value"]["x"])
    assert found[0] == found[1] and found[0][0] != found[0][1]


# ---- what a trial returns


@pytest.mark.parametrize(
    ("outcome", "value"),
    [
        (torch.tensor(2.0, requires_grad=True) * 3, 6.0),
        (np.float32(0.5), 0.5),
        (np.array(3), 3),
        (torch.tensor(True), True),
        (1, 1),
    ],
)
def test_one_number_of_any_kind_becomes_a_number_of_python(monkeypatch, outcome, value):
    monkeypatch.setenv("FBM_JOBS", "1")
    for result in (outcome, {"value": outcome}):
        [found] = fbm.trials(lambda variant, seed, result=result: result, ["x"], seeds=1)["value"]["x"]
        assert found == value and type(found) is type(value)


def test_a_tensor_among_the_values_comes_without_its_graph(monkeypatch):
    monkeypatch.setenv("FBM_JOBS", "1")

    def experiment(variant, seed):
        return {"curve": torch.ones(3, requires_grad=True) * 2}

    [curve] = fbm.trials(experiment, ["x"], seeds=1)["curve"]["x"]
    assert curve.tolist() == [2.0, 2.0, 2.0] and not curve.requires_grad


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("None", "nothing; is a return missing"),
        ("(0.9, 2.3)", r"tuple \(0.9, 2.3\)"),
        ("[0.9]", r"list \[0.9\]"),
        ("'0.9'", "str '0.9'"),
        ("1j", "complex 1j"),
        ("torch.ones(2)", "Tensor tensor"),
    ],
)
def test_what_is_no_number_is_refused(monkeypatch, outcome, said):
    monkeypatch.setenv("FBM_JOBS", "1")
    names = cell(f"def experiment(variant, seed):\n    return {outcome}")
    with pytest.raises(
        TypeError, match=f"experiment: expected to return a number or a mapping .*, got {said}"
    ) as raised:
        fbm.trials(names["experiment"], ["x"], seeds=1)
    assert "in the trial of variant 'x' with seed 0" in raised.value.__notes__


def test_an_outcome_that_cannot_be_sent_back_is_refused(monkeypatch):
    monkeypatch.setenv("FBM_JOBS", "1")
    with pytest.raises(
        TypeError, match="experiment: expected to return what can be sent to another process, got .*gener"
    ):
        fbm.trials(lambda variant, seed: {"all": (i for i in range(3))}, ["x"], seeds=1)


def test_a_mean_of_what_is_no_number_is_refused():
    for nothing in (None, "a", [1.0, 2.0]):
        with pytest.raises(TypeError, match="accuracy of cnn: expected a number from each seed, got"):
            fbm.Measured({"cnn": [0.5, nothing]}, seeds=[0, 1], name="accuracy").mean()


# ---- errors of a trial


ERRORS = {
    "another constructor": (
        "class Unfit(ValueError):\n    def __init__(self, layer, why):\n        super().__init__(f'{layer}: {why}')\n",
        "Unfit('conv1', 'too wide')",
        "conv1: too wide",
    ),
    "its own text": (
        (
            "class Unfit(ValueError):\n    def __init__(self, *, size):\n        self.size = size\n"
            "    def __str__(self):\n        return f'too wide by {self.size}'\n"
        ),
        "Unfit(size=3)",
        "too wide by 3",
    ),
    "an attribute that cannot be pickled": (
        "class Unfit(ValueError):\n    pass\n",
        "made()",
        "too wide",
    ),
    "an argument that cannot be pickled": (
        "class Unfit(ValueError):\n    pass\n",
        "Unfit('too wide', open)",
        "too wide",
    ),
    "a file's error": ("Unfit = FileNotFoundError\n", "Unfit(2, 'no such file', 'x.png')", "no such file: 'x.png'"),
}


@pytest.mark.parametrize("what", ERRORS)
def test_an_error_of_a_trial_keeps_its_type_and_text(monkeypatch, what):
    monkeypatch.setenv("FBM_JOBS", "1")
    kind, made, text = ERRORS[what]
    names = cell(
        f"{kind}def made():\n    error = Unfit('too wide')\n    error.lock = (i for i in range(2))\n    return error\n"
        f"def experiment(variant, seed):\n    raise {made}"
    )
    with pytest.raises(names["Unfit"], match=text) as raised:
        fbm.trials(names["experiment"], ["x"], seeds=2)
    assert "in the trial of variant 'x' with seed 0" in raised.value.__notes__
    assert "line 1" in str(raised.value.__cause__) or "in experiment" in str(raised.value.__cause__)


def test_an_error_that_cannot_be_made_again_is_told_in_words(monkeypatch):
    monkeypatch.setenv("FBM_JOBS", "1")
    names = cell(
        "class Unfit(ValueError):\n    def __init__(self, why):\n        self.why = (w for w in why)\n"
        "    def __str__(self):\n        return f'too wide: {self.why is not None}'\n"
        "def experiment(variant, seed):\n    raise Unfit('x')"
    )
    with pytest.raises(RuntimeError, match="Unfit: too wide: True"):
        fbm.trials(names["experiment"], ["x"], seeds=1)


def test_a_process_that_is_killed_is_told_with_memory_and_the_next_call_works(monkeypatch):
    monkeypatch.setenv("FBM_JOBS", "2")
    with pytest.raises(RuntimeError, match="worker") as raised:
        fbm.trials(lambda variant, seed: os.kill(os.getpid(), 9), ["x"], seeds=2)
    assert "FBM_JOBS=1" in raised.value.__notes__[0]
    assert fbm.trials(lambda variant, seed: 1.0, ["x"], seeds=2)["value"] == {"x": [1.0, 1.0]}


# ---- arguments


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"experiment": lambda v, s: {"a": 1} | ({"b": 2} if s else {})}, ValueError, r"\['a', 'b'\] .* \('x', 0\)"),
        ({"variants": {}}, ValueError, "expected at least one variant and one seed, got 0 and 2"),
        ({"variants": "cnn"}, TypeError, "variants: expected a mapping or a list of names, got the single name 'cnn'"),
        ({"seeds": []}, ValueError, "expected at least one variant and one seed, got 1 and 0"),
        ({"seeds": 0}, ValueError, "count: expected a whole number from 1 up, got 0"),
        ({"seeds": [4, 4]}, ValueError, r"seeds: expected each seed once, got \[4, 4\]"),
        ({"seeds": [4, np.int64(4)]}, ValueError, r"seeds: expected each seed once, got \[4, 4\]"),
        ({"seeds": [-1]}, ValueError, "seeds: expected a whole number from 0 to 4294967295, got -1"),
        ({"seeds": [2**32]}, ValueError, "seeds: expected a whole number from 0 to 4294967295, got 4294967296"),
        ({"seeds": [0.0]}, ValueError, "seeds: expected a whole number .*, got 0.0"),
        ({"seeds": True}, ValueError, "count: expected a whole number from 1 up, got True"),
        ({"variants": ["x", "x"]}, ValueError, r"variants: expected different names, got \['x', 'x'\]"),
    ],
)
def test_a_bad_argument_is_named(monkeypatch, changed, error, message):
    monkeypatch.setenv("FBM_JOBS", "1")
    good = {"experiment": lambda variant, seed: 1.0, "variants": ["x"], "seeds": 2}
    with pytest.raises(error, match=message):
        fbm.trials(**good | changed)


@pytest.mark.parametrize(
    "seeds", [np.int64(3), np.arange(3), [np.uint8(0), 1, np.int32(2)], range(3), torch.arange(3).numpy()]
)
def test_seeds_of_any_integer_kind_are_python_numbers_in_the_experiment(monkeypatch, seeds):
    monkeypatch.setenv("FBM_JOBS", "1")
    result = fbm.trials(lambda variant, seed: {"kind": type(seed) is int, "seed": seed}, ["x"], seeds=seeds)
    assert result.values == {"kind": {"x": [True] * 3}, "seed": {"x": [0, 1, 2]}} and result.seeds == [0, 1, 2]


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


def test_what_is_joined_keeps_seeds_and_name(measured):
    other = fbm.Measured({"rnn": [0.1, 0.2, 0.3], "mlp": [0, 0, 0]}, seeds=[0, 1, 2], name="accuracy")
    joined = measured | other
    assert isinstance(joined, fbm.Measured) and (joined.seeds, joined.name) == ([0, 1, 2], "accuracy")
    assert dict(joined) == {"mlp": [0, 0, 0], "<cnn>": [0.8, 0.9, 0.85], "rnn": [0.1, 0.2, 0.3]}
    assert measured["mlp"] == [0.5, 0.6, 0.7]  # as it was
    measured |= other
    assert isinstance(measured, fbm.Measured) and dict(measured) == dict(joined)


def test_a_mapping_without_seeds_is_joined_from_either_side(measured):
    floor = {"floor": [0.1, 0.1, 0.1]}
    for joined, order in (
        (measured | floor, ["mlp", "<cnn>", "floor"]),
        (floor | measured, ["floor", "mlp", "<cnn>"]),
    ):
        assert (list(joined), joined.seeds, joined.name) == (order, [0, 1, 2], "accuracy")


def test_a_metric_without_a_name_takes_that_of_the_other(measured):
    unnamed = fbm.Measured({"rnn": [0.1, 0.2, 0.3]}, seeds=[0, 1, 2])
    assert (measured | unnamed).name == (unnamed | measured).name == "accuracy"
    assert (unnamed | {"x": [1, 2, 3]}).name == "value"
    unnamed |= measured
    assert unnamed.name == "accuracy"


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (fbm.Measured({"a": [1, 2]}, seeds=[0, 1], name="accuracy"), r"seeds: .* got \[0, 1, 2\] and \[0, 1\]"),
        (fbm.Measured({"a": [1, 2, 3]}, seeds=[0, 2, 1], name="accuracy"), r"seeds: .* got .* and \[0, 2, 1\]"),
        (fbm.Measured({"a": [1, 2, 3]}, seeds=[0, 1, 2], name="loss"), "name: expected .* got accuracy and loss"),
        ({"a": [1, 2]}, "a: expected 3 values, one for each seed, got 2"),
    ],
)
def test_what_was_measured_otherwise_is_not_joined(measured, other, message):
    before = dict(measured)
    with pytest.raises(ValueError, match=message):
        measured | other
    with pytest.raises(ValueError, match=message):
        measured |= other
    assert dict(measured) == before


def test_a_single_seed_has_no_spread_and_no_warning(recwarn):
    assert "0.500  0.000  0.500   0.500" in repr(fbm.Measured({"a": [0.5]}, seeds=[0]))
    assert not recwarn


def test_unknown_metrics_and_baselines_are_refused_with_the_known_ones(measured):
    with pytest.raises(KeyError, match="no metric 'f1'; the experiment returned accuracy, loss"):
        fbm.Trials([0], {"accuracy": {}, "loss": {}})["f1"]
    with pytest.raises(KeyError, match="baseline: no variant 'rnn'; there are mlp, <cnn>"):
        measured.minus("rnn")
