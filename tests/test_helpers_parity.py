"""Parity passes for what is equal, fails for each way to be wrong, and says in a line how many agree."""

import re
from xml.etree import ElementTree

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


@pytest.fixture
def compared(notebook):
    """Compare in a notebook; returns the one output, and from its table what was compared, with the verdict."""

    def compare(*arguments, **options):
        code = "fbm.parity(*arguments, **options)"
        shown = notebook(code, arguments=arguments, options=options).outputs[0]
        page = ElementTree.fromstring(shown["text/html"])
        cells = [list(row.itertext()) for row in page.iter("tr")][1:]
        return shown, {what: verdict for what, _, _, verdict in cells}

    return compare


def test_an_equal_module_agrees_in_training_and_evaluation_and_the_table_shows_it(compared):
    reference = nn.BatchNorm1d(3)
    with torch.no_grad():
        reference.weight.copy_(points(3)), reference.bias.copy_(points(3, seed=1))
    _, rows = compared(Norm(3), reference, points(8, 3))
    modes = [f"{m}: {w}" for m in ("train", "eval") for w in ("output", *map("gradient of {}".format, NAMES))]
    state = [f"state: {name}" for name in ("running_mean", "running_var", "num_batches_tracked")]
    assert list(rows) == modes + state and set(rows.values()) == {"agrees"}


def test_outside_a_notebook_one_line_says_how_many_agree_and_nothing_comes_back(capsys):
    assert fbm.parity(Norm(3), nn.BatchNorm1d(3), points(8, 3), title="BatchNorm") is None
    assert re.fullmatch(r"BatchNorm: 11 of 11 agree, largest difference \d\.\de-\d\d\n", capsys.readouterr().out)


def test_what_differs_stands_below_the_line_and_nothing_else(capsys):
    with pytest.raises(fbm.ParityFailed):
        fbm.parity(Norm(3, "biased running variance"), nn.BatchNorm1d(3), points(8, 3))
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("ours against torch: 7 of 11 agree, largest difference ") and len(others) == 4
    assert others[-1].startswith("  state: running_var (differs by ")


def test_a_notebook_shows_the_line_and_folds_the_table(compared):
    shown, rows = compared(torch.square, torch.square, torch.ones(3), title="a < b")
    page, line = shown["text/html"], "a < b: 2 of 2 agree, largest difference 0.0e+00"
    assert page.startswith("<details><summary>a &lt; b: 2 of 2 agree") and shown["text/plain"] == line
    assert rows == {"output": "agrees", "gradient of input": "agrees"}


def test_the_table_is_open_where_something_differs(compared):
    shown, rows = compared(lambda x: x.detach() ** 2, torch.square, points(4))
    assert shown["text/html"].startswith("<details open=''>")
    assert rows == {"output": "agrees", "gradient of input": "DIFFERS"}


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
    assert f"  {found} (differs by" in capsys.readouterr().out  # shown before it is raised


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


def test_code_that_leaves_the_graph_has_a_wrong_gradient():
    with pytest.raises(fbm.ParityFailed, match=r"gradient of input \(differs"):
        fbm.parity(lambda x: x.detach() ** 2, torch.square, points(4))


def test_functions_of_several_inputs_and_integers_are_compared(compared):
    def ours(logits, labels):
        return -logits.log_softmax(1)[torch.arange(len(labels)), labels].mean()

    _, rows = compared(ours, nn.functional.cross_entropy, points(5, 3), torch.tensor([0, 1, 2, 1, 0]))
    assert list(rows) == ["output", "gradient of input 0"]
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


def test_nested_outputs_are_compared_one_by_one(compared):
    _, rows = compared(Recurrent(3, 4), nn.LSTM(3, 4), points(5, 2, 3))
    assert list(rows)[:3] == ["train: output 0", "train: output 1", "train: output 2"]
    assert "eval: gradient of weight_hh_l0" in rows
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


def test_a_numpy_backward_agrees_with_torch_and_with_finite_differences(compared):
    arguments = points(4, 3), points(3, seed=1)
    _, rows = compared(scaled, lambda x, w: x.tanh() * w, *arguments, backward=right)
    gradients = [f"gradient of input {i}" for i in (0, 1)]
    assert list(rows) == ["output", *gradients, *(f"{g}, by finite differences" for g in gradients)]


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
        ((lambda x: (), lambda x: (), torch.arange(3)), {}, ValueError, "expected an output to compare, got none"),
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
