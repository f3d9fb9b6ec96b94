"""Checks: parity passes for what is equal and fails for each way to be wrong; exercises say what is not right."""

import json
import math
import sys

import numpy as np
import pytest
import torch
from torch import nn

import fbm_helpers as fbm


class Norm(nn.Module):
    """BatchNorm from scratch, with a place for each mistake."""

    def __init__(self, features, mistake=None):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))
        self.register_buffer("num_batches_tracked", torch.tensor(0))
        self.mistake = mistake

    def forward(self, x):
        """Normalize over the batch, or by the running statistics."""
        if self.training:
            mean, var = x.mean(0), x.var(0, correction=self.mistake == "unbiased in training")
            with torch.no_grad():
                kept = x.var(0, correction=self.mistake != "biased running variance")
                past = 0 if self.mistake == "forgets earlier batches" else self.running_mean
                self.running_mean.copy_(past + 0.1 * (mean - past))
                self.running_var += 0.1 * (kept - self.running_var)
                self.num_batches_tracked += 0 if self.mistake == "counts nothing" else 1
        else:
            mean, var = self.running_mean, self.running_var
            if self.mistake == "batch statistics in evaluation":
                mean, var = x.mean(0), x.var(0, correction=0)
        if self.mistake == "statistics detached":
            mean, var = mean.detach(), var.detach()
        if self.mistake == "not a number":
            x = x * torch.nan
        out = (x - mean) / (var + 1e-5).sqrt() * self.weight + self.bias
        return out[:, :-1] if self.mistake == "a feature short" else out


def points(*shape, seed=0):
    """Return normal random numbers."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_an_equal_module_agrees_in_training_and_evaluation_and_the_table_shows_it(capsys, dtype):
    reference = nn.BatchNorm1d(3)
    with torch.no_grad():
        reference.weight.copy_(points(3)), reference.bias.copy_(points(3, seed=1))
    rows = fbm.parity(Norm(3), reference, points(8, 3), dtype=dtype, title="BatchNorm")
    modes = [f"{m}: {w}" for m in ("train", "eval") for w in ("output", *map("gradient of {}".format, NAMES))]
    state = [f"state: {name}" for name in ("running_mean", "running_var", "num_batches_tracked")]
    assert [row.what for row in rows] == modes + state and all(row.agrees for row in rows)
    table = capsys.readouterr().out.splitlines()
    assert table[0].split("  ")[0] == "BatchNorm" and len(table) == 1 + len(rows)
    assert all(line.endswith("agrees") for line in table[1:])


NAMES = ("input", "weight", "bias")


@pytest.mark.parametrize(
    ("mistake", "found", "unharmed"),
    [
        ("unbiased in training", "train: output", "eval: output"),
        ("statistics detached", "train: gradient of input", "train: output"),
        ("biased running variance", "state: running_var", "train: output"),
        ("forgets earlier batches", "state: running_mean", "train: output"),
        ("counts nothing", "state: num_batches_tracked", "eval: output"),
        ("batch statistics in evaluation", "eval: output", "train: output"),
        ("not a number", "train: output", "state: num_batches_tracked"),
    ],
)
def test_each_mistake_of_a_module_is_found_where_it_is(mistake, found, unharmed, capsys):
    with pytest.raises(fbm.ParityFailed, match=rf"{found} \(differs by .*, allowed .*\)") as raised:
        fbm.parity(Norm(3, mistake), nn.BatchNorm1d(3), points(8, 3))
    assert unharmed not in str(raised.value)
    table = capsys.readouterr().out.splitlines()  # shown before it is raised
    assert any(line.startswith(found) and line.endswith("DIFFERS") for line in table)


def test_a_wrong_shape_is_told_with_both_shapes():
    with pytest.raises(fbm.ParityFailed, match=r"train: output: expected shape \(8, 3\), got \(8, 2\)"):
        fbm.parity(Norm(3, "a feature short"), nn.BatchNorm1d(3), points(8, 3))


class WrongGradient(torch.autograd.Function):
    """The square, with a gradient that is right up to a part in a million."""

    @staticmethod
    def forward(ctx, x):
        """Square."""
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, dy):
        """Give a little too much."""
        return dy * 2 * ctx.saved_tensors[0] * (1 + 1e-6)


def test_a_gradient_that_alone_is_wrong_is_found_in_functions():
    fbm.parity(lambda x: x * x, torch.square, points(4))
    with pytest.raises(fbm.ParityFailed, match="ours against torch: gradient of input") as raised:
        fbm.parity(WrongGradient.apply, torch.square, points(4))
    assert "output" not in str(raised.value)


def test_the_tolerance_follows_the_dtype():
    def nearly(x):
        return x * (1 + 1e-6)

    fbm.parity(nearly, torch.clone, points(4), dtype=torch.float32)
    with pytest.raises(fbm.ParityFailed, match="output"):
        fbm.parity(nearly, torch.clone, points(4))


def test_code_that_leaves_the_graph_has_a_wrong_gradient():
    with pytest.raises(fbm.ParityFailed, match=r"gradient of input \(differs"):
        fbm.parity(lambda x: x.detach() ** 2, torch.square, points(4))


def test_functions_of_several_inputs_and_integers_are_compared():
    def ours(logits, labels):
        return -logits.log_softmax(1)[torch.arange(len(labels)), labels].mean()

    rows = fbm.parity(ours, nn.functional.cross_entropy, points(5, 3), torch.tensor([0, 1, 2, 1, 0]))
    assert [row.what for row in rows] == ["output", "gradient of input 0"]
    fbm.parity(lambda x: x.argmax(), torch.argmax, points(5))  # no gradient on either side


class Recurrent(nn.Module):
    """One layer of LSTM from scratch; with the names and outputs of torch's."""

    def __init__(self, inputs, hidden, forgets=True):
        super().__init__()
        for name, shape in (("weight_ih", (4 * hidden, inputs)), ("weight_hh", (4 * hidden, hidden))):
            self.register_parameter(f"{name}_l0", nn.Parameter(torch.zeros(shape)))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(f"{name}_l0", nn.Parameter(torch.zeros(4 * hidden)))
        self.hidden, self.forgets = hidden, forgets

    def forward(self, x):
        """Return the outputs of all steps, and the last state as a tuple in the tuple."""
        h = c = x.new_zeros(x.shape[1], self.hidden)
        outputs = []
        for step in x:
            gates = step @ self.weight_ih_l0.T + self.bias_ih_l0 + h @ self.weight_hh_l0.T + self.bias_hh_l0
            i, f, g, o = gates.chunk(4, 1)
            c = (f.sigmoid() if self.forgets else 1) * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            outputs.append(h)
        return torch.stack(outputs), (h[None], c[None])


def test_nested_outputs_are_compared_one_by_one():
    rows = fbm.parity(Recurrent(3, 4), nn.LSTM(3, 4), points(5, 2, 3))
    assert [row.what for row in rows][:3] == ["train: output 0", "train: output 1", "train: output 2"]
    assert "eval: gradient of weight_hh_l0" in [row.what for row in rows]
    with pytest.raises(fbm.ParityFailed, match="train: output 2"):
        fbm.parity(Recurrent(3, 4, forgets=False), nn.LSTM(3, 4), points(5, 2, 3))


def test_modules_come_back_as_they_came():
    ours, reference = Norm(3).eval(), nn.BatchNorm1d(3)
    with torch.no_grad():
        reference.weight.copy_(points(3))
    reference(points(8, 3)).sum().backward()
    reference.bias.requires_grad_(False)
    ours.bias.requires_grad_(False)
    before = [{name: value.clone() for name, value in module.state_dict().items()} for module in (ours, reference)]
    gradient = reference.weight.grad.clone()
    fbm.parity(ours, reference, points(8, 3))
    for module, state in zip((ours, reference), before, strict=True):
        assert all(torch.equal(value, state[name]) for name, value in module.state_dict().items())
        assert {p.dtype for p in module.parameters()} == {torch.float32}
        assert module.weight.requires_grad and not module.bias.requires_grad
    assert ours.training is False and reference.training is True
    assert ours.weight.grad is None and torch.equal(reference.weight.grad, gradient)


def test_modules_come_back_as_they_came_from_a_comparison_that_fails():
    ours, reference = Norm(3, "a feature short").eval(), nn.BatchNorm1d(3)
    with pytest.raises(fbm.ParityFailed):
        fbm.parity(ours, reference, points(8, 3))
    assert not ours.training and reference.weight.dtype == torch.float32 and reference.num_batches_tracked == 0


def test_inputs_come_back_from_a_function_that_writes_into_them():
    def doubled(x):
        x *= 2
        return x

    given = points(4).double()
    with pytest.raises(fbm.ParityFailed):  # its finite differences are those of another place
        fbm.parity(doubled, lambda x: 3 * x, given, backward=lambda dy, x: (2 * dy,))
    assert torch.equal(given, points(4).double())


# ---- NumPy functions with their backward


def scaled(x, w):
    """Return what the functions below are the gradient of."""
    return np.tanh(x) * w


def right(dy, x, w):
    """Return the gradients of `scaled`."""
    return dy * w * (1 - np.tanh(x) ** 2), (dy * np.tanh(x)).sum(0)


def wrong(dy, x, w):
    """Forget the square."""
    return dy * w * (1 - np.tanh(x)), (dy * np.tanh(x)).sum(0)


class WrongScaled(torch.autograd.Function):
    """A reference with the mistake of `wrong`."""

    @staticmethod
    def forward(ctx, x, w):
        """Compute the right output."""
        ctx.save_for_backward(x, w)
        return torch.tanh(x) * w

    @staticmethod
    def backward(ctx, dy):
        """Return the wrong gradient."""
        x, w = ctx.saved_tensors
        return dy * w * (1 - torch.tanh(x)), (dy * torch.tanh(x)).sum(0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_numpy_backward_agrees_with_torch_and_with_finite_differences(dtype):
    arguments = points(4, 3), points(3, seed=1)
    rows = fbm.parity(scaled, lambda x, w: x.tanh() * w, *arguments, backward=right, dtype=dtype)
    gradients = [f"gradient of input {i}" for i in (0, 1)]
    assert [row.what for row in rows] == ["output", *gradients, *(f"{g}, by finite differences" for g in gradients)]


def test_a_wrong_numpy_backward_differs_from_both():
    with pytest.raises(fbm.ParityFailed) as raised:
        fbm.parity(scaled, lambda x, w: x.tanh() * w, points(4, 3), points(3), backward=wrong)
    message = str(raised.value)
    assert "gradient of input 0 (differs" in message and "gradient of input 0, by finite differences" in message
    assert "input 1" not in message and "output" not in message


def test_finite_differences_find_what_a_reference_with_the_same_mistake_hides():
    with pytest.raises(fbm.ParityFailed) as raised:
        fbm.parity(scaled, WrongScaled.apply, points(4, 3), points(3), backward=wrong)
    assert "gradient of input 0 (differs" not in str(raised.value)
    assert "gradient of input 0, by finite differences (differs" in str(raised.value)


def test_a_wrong_numpy_output_is_found():
    with pytest.raises(fbm.ParityFailed, match="output"):
        fbm.parity(lambda x: x + 1e-3, torch.clone, points(4), backward=lambda dy, x: (dy,))


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((abs, abs), {}, TypeError, r"inputs: expected torch tensors, got \[\]"),
        ((abs, abs, np.ones(3)), {}, TypeError, r"inputs: expected torch tensors, got \['ndarray'\]"),
        (
            (abs, abs, torch.ones(3)),
            {"dtype": torch.float16},
            TypeError,
            "dtype: expected torch.float64 or torch.float32",
        ),
        ((nn.Tanh(), abs, torch.ones(3)), {}, TypeError, "ours and reference: expected two modules or two functions"),
        (
            (nn.Linear(3, 3, bias=False), nn.Linear(3, 3), torch.ones(2, 3)),
            {},
            ValueError,
            r"ours: expected the state_dict entries \['bias', 'weight'\], got \['weight'\]",
        ),
        (
            (lambda x: (x, x), torch.clone, torch.ones(3)),
            {},
            ValueError,
            r"ours: expected \['output', .* got .*output 0",
        ),
        (
            (lambda x: x.numpy(force=True), abs, torch.ones(3)),
            {},
            TypeError,
            "output: expected a tensor .* got ndarray",
        ),
        ((lambda x: {"y": x}, abs, torch.ones(3)), {}, TypeError, "output: expected a tensor or .* got dict"),
        (
            (np.abs, abs, torch.ones(3)),
            {"backward": lambda dy, x: (dy, dy)},
            ValueError,
            "backward: expected 1 gradients, one for each input, got 2",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, options, error, message):
    with pytest.raises(error, match=message):
        fbm.parity(*arguments, **options)


def test_a_notebook_shows_the_comparison_as_a_table(notebook):
    answer = notebook("rows = fbm.parity(torch.square, torch.square, torch.ones(3), title='a < b')", torch=torch)
    page = answer.outputs[0]["text/html"]
    assert "<th scope='col'>a &lt; b</th>" in page and page.count("<tr>") == 3 and page.count("agrees") == 2


# ---- exercises


class Unspeakable(Exception):
    """An error that cannot say what it is."""

    def __str__(self):
        """Fail."""
        raise ValueError


class Unready:
    """A reader's class that is half written."""

    def __repr__(self):
        """Fail."""
        raise NotImplementedError

    def __eq__(self, other):
        """Fail."""
        raise NotImplementedError

    def fail(self):
        """Fail in a way that cannot be told."""
        raise Unspeakable


@pytest.mark.parametrize(
    ("answer", "cases"),
    [
        (lambda a, b: a + b, [((1, 2), 3), ((0.1, 0.2), 0.3)]),
        (lambda x: x**2, [((torch.arange(3.0),), torch.tensor([0.0, 1.0, 4.0]))]),
        (lambda x: x**2, [((torch.ones(2, requires_grad=True),), [1, 1])]),
        (lambda x: (x + 1, x * 2), [((np.ones(3),), (np.full(3, 2.0), np.full(3, 2.0)))]),
        (lambda x: (x, x.sum()), [((torch.ones(3),), (torch.ones(3), 3.0))]),
        (lambda: "momentum", [((), "momentum")]),
        (lambda: {"a": 1}, [((), {"a": 1})]),
        (lambda: {"a": torch.ones(2, requires_grad=True)}, [((), {"a": [1, 1]})]),
        (lambda: None, [((), None)]),
        (lambda: [None, math.nan], [((), (None, math.nan))]),
        (lambda: [torch.ones((), requires_grad=True)] * 2, [((), np.ones(2))]),
        (lambda: torch.eye(2).to_sparse(), [((), torch.eye(2))]),
        (lambda: torch.ones(2, dtype=torch.bfloat16), [((), torch.ones(2))]),
        (lambda: np.array([1j]), [((), torch.tensor([1j]))]),
    ],
)
def test_a_right_answer_is_called_right(answer, cases):
    verdict = fbm.exercise(answer, cases)
    assert verdict and repr(verdict) == f"<lambda>: right, on {len(cases)} case{'s' * (len(cases) > 1)}."


@pytest.mark.parametrize(
    ("answer", "expected", "said"),
    [
        (lambda x: x + 1e-3, 2.0, "not right yet. For (2.0,) it returned 2.001; expected 2.0."),
        (lambda x: torch.tensor([x]), 2.0, "not right yet."),  # a shape more
        (lambda x: [x, x], (2.0, 2.0, 2.0), "not right yet."),
        (lambda x: (torch.ones(3), 2 * x), (torch.ones(3), 2.0), "not right yet."),
        (lambda x: torch.ones(2), torch.ones(3), "not right yet."),
        (lambda x: float("nan"), 2.0, "it returned nan; expected 2.0."),
        (lambda x: None, 2.0, "it returned None; expected 2.0."),
        (lambda x: "two", "three", "it returned 'two'; expected 'three'."),
        (lambda x: 1 / 0, 2.0, "not right yet. It raised ZeroDivisionError: division by zero"),
        (lambda x: ..., 2.0, "not answered yet. Replace the dots and run the cell again."),
        (lambda x: (x, ...), (2.0, 2.0), "not answered yet."),
        (lambda x: [x, ...], (2.0, 2.0), "not answered yet."),
        (lambda x: None, math.nan, "it returned None; expected nan."),
        (lambda x: "2", 2.0, "it returned '2'; expected 2.0."),
        (lambda x: np.array([2 + 1j]), np.array([2.0]), "not right yet."),
        (lambda x: [x, [x, x]], np.ones(2), "not right yet."),
        (lambda x: nn.Linear(1, 1), np.ones(2), "not right yet."),
        (lambda x: torch.ones(2), {"a": 2.0}, "not right yet."),
        (lambda x: sys.exit(3), 2.0, "It raised SystemExit: 3"),
        (lambda x: Unready(), 2.0, "it returned <Unready>; expected 2.0."),
        (lambda x: Unready().fail(), 2.0, "It raised Unspeakable: <Unspeakable>"),
    ],
)
def test_another_answer_is_told_apart_and_raises_nothing(answer, expected, said):
    verdict = fbm.exercise(answer, [((2.0,), expected)])
    assert not verdict and said in repr(verdict)


def test_a_notebook_shows_the_verdict_in_words(notebook):
    answer = notebook("def double(x):\n    return ...\n\nfbm.exercise(double, [((1,), 2)])")
    assert "double: not answered yet." in answer.printed


def test_an_exercise_without_cases_is_refused():
    with pytest.raises(ValueError, match="cases: expected at least one, got none"):
        fbm.exercise(abs, [])


# ---- names and numbers of claims, as they come


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("\u00b5", "\u00b5 > 0.5"),  # the micro sign, which Python reads as the Greek letter
        ("cafe\u0301", "caf\u00e9 > 0.5"),  # an accent of its own, as macOS writes names of folders
        ("\ufb01lter", "filter > 0.5"),  # a ligature
        ("e\u0301t\u00e9 2", "'\u00e9te\u0301 2' > 0.5"),
    ],
)
def test_a_variant_is_found_in_whichever_form_of_unicode_its_name_is_written(name, condition, capsys):
    fbm.claim("part/topic/name", "It holds.", {name: [1, 2]}, condition, price={"words": {condition.split(" >")[0]: 3}})
    assert f"  {name}: 1.5" in capsys.readouterr().out  # the name stays as it was given


def test_of_two_names_that_only_their_form_tells_apart_the_exact_one_is_meant():
    values = {"x\u00b2": [3.0], "x2": [1.0]}
    fbm.claim("part/topic/name", "It holds.", values, "x2 < 2")
    with pytest.raises(fbm.ClaimFailed):
        fbm.claim("part/topic/name", "It fails.", values, "'x\u00b2' < 2")


@pytest.mark.parametrize("number", [np.int64(38282), np.uint16(38282), torch.tensor(38282), np.array(38282), 38282])
def test_a_price_is_shown_and_recorded_the_same_whichever_library_counted_it(number, notebook, capsys):
    cell = "fbm.claim('part/topic/name', 'It holds.', {'a': [1, 2]}, 'a > 0', price={'parameters': {'a': number}})"
    data = notebook(cell, number=number).outputs[0]
    assert "38,282" in data["text/html"] and "parameters: a 38,282" in data["text/plain"]
    record = json.loads(json.dumps(data["application/vnd.fbm.claim+json"]))
    assert record["price"] == {"parameters": {"a": 38282}}


@pytest.mark.parametrize(
    "price", [{"parameters": 5}, {"parameters": {"a": "5 MB"}}, {"parameters": {"a": np.ones(2)}}, [5]]
)
def test_a_price_of_another_form_is_refused_by_name(price):
    with pytest.raises(ValueError, match="price: expected numbers by what is paid and by variant"):
        fbm.claim("part/topic/name", "It holds.", {"a": [1, 2]}, "a > 0", price=price)
