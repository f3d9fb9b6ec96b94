"""The training loop that lessons share when they are not about it."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn
from torch.optim import Optimizer, lr_scheduler

from . import _refusals as refusals
from ._arguments import expect, positive, whole
from ._display import progress

# Fused, its step is one kernel: faster, and the same on every processor, which the square root of the other is not.
ADAMW = partial(torch.optim.AdamW, fused=True)


class Diverged(FloatingPointError):
    """The training loss is no longer a finite number."""


@dataclass
class History:
    """What `fit` saw.

    Attributes
    ----------
    loss : list of float
        The training loss of every step, before the step.
    diverged : bool
        Whether training stopped at a loss that is not finite.
    """

    loss: list[float] = field(default_factory=list)
    diverged: bool = False


def fit(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    epochs: int,
    lr: float,
    batch_size: int = 64,
    optimizer: Callable = ADAMW,
    schedule: str = "one-cycle",
    loss: Callable[[Tensor, Tensor], Tensor] = nn.functional.cross_entropy,
    clip: float = math.inf,
    diverging: str = "raise",
) -> History:
    """Train ``model`` in place on data that lies in memory, on the GPU if there is one; it comes back on the CPU.

    The order of the samples comes from torch's global generator: seed it, or run inside `trials`.

    Parameters
    ----------
    model : torch.nn.Module
        Maps a batch of ``x`` to what ``loss`` takes first.
    x : Tensor, shape (N, ...)
        Inputs: floating point, or the int64 numbers of tokens. Images (N, C, H, W) are trained channels last, which is faster.
    y : Tensor, shape (N,) or (N, ...)
        Targets; for cross-entropy, int64 labels from 0.
    epochs, batch_size : int
        Passes over the data; samples a step.
    lr : float
        The highest learning rate of the schedule.
    optimizer : callable
        Makes the optimizer from ``(parameters, lr=lr)``: ``torch.optim.SGD``, or ``partial(torch.optim.SGD, momentum=0.9)``; by
        default, AdamW with ``fused=True``.
    schedule : {"one-cycle", "cosine", "constant"}
        How the rate moves. The first two end near zero, so that the last step's noise does not decide the result.
    loss : callable
        ``loss(model(x), y)``.
    clip : float
        The largest norm of all gradients together; a longer one is scaled down to it.
    diverging : {"raise", "stop"}
        What to do when the loss is not finite.

    Returns
    -------
    History
        The losses.

    Raises
    ------
    Diverged
        If the loss is not finite and ``diverging`` is ``"raise"``.
    TypeError, ValueError
        If the data or an argument is not as above; the message names it.
    """
    refusals.check_module(model)
    refusals.check_trains(model)
    refusals.check_data(x, y)
    refusals.check_makers(optimizer, loss)
    whole(1, epochs=epochs, batch_size=batch_size)
    positive(lr=lr, clip=clip)
    expect(lr < math.inf, "lr", "a finite number", lr)
    expect(diverging in ("raise", "stop"), "diverging", "'raise' or 'stop'", repr(diverging))
    labeled = refusals.is_cross_entropy(loss)
    if labeled:
        refusals.check_labels(y, predict(model, x[:2]), loss)
    x, y, model = _place(model, x, y)
    refusals.check_batches(model, x, batch_size)
    targets = {} if labeled else {"y": y}  # labels are checked already: what then differs in type is not they
    steps = epochs * math.ceil(len(x) / batch_size)
    stepper = optimizer(model.parameters(), lr=lr)
    made = f"a maker of {type(stepper).__name__}"
    expect(isinstance(stepper, Optimizer), "optimizer", "a maker of a torch optimizer", made, TypeError)
    scheduler = _scheduler(schedule, stepper, steps)
    history = History()
    bar = progress(range(epochs), unit="epoch")
    for _ in bar:
        model.train()
        for batch in torch.randperm(len(x)).to(x.device).split(batch_size):
            with refusals.naming(model, x=x):
                outputs = model(x[batch])
            with refusals.naming(model, **targets):
                value = loss(outputs, y[batch])
            refusals.check_loss(value)
            history.loss.append(value.item())
            if not math.isfinite(history.loss[-1]):
                history.diverged = True
                break
            stepper.zero_grad()
            with refusals.naming(model, **targets):
                value.backward()
            if clip < math.inf:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            stepper.step()
            scheduler.step()
        if history.diverged:
            break
        bar.set_postfix(loss=f"{history.loss[-1]:.3f}")
    model.cpu().eval()
    if history.diverged and diverging == "raise":
        cure = "lower lr, scale the inputs, or clip gradients; diverging='stop' records it instead"
        raise Diverged(f"the loss became {history.loss[-1]} at step {len(history.loss)} of {steps} (lr {lr:g}): {cure}")
    return history


@torch.no_grad()
def predict(model: nn.Module, x: Tensor) -> Tensor:
    """Return ``model(x)`` in evaluation mode, computed in batches of 1,000.

    Parameters
    ----------
    model : torch.nn.Module
        Left in evaluation mode, on the CPU.
    x : Tensor, shape (N, ...)
        Inputs.

    Returns
    -------
    Tensor, shape (N, ...)
        Outputs, on the CPU.
    """
    refusals.check_module(model)
    expect(isinstance(x, Tensor) and x.dim() > 0, "x", "a torch.Tensor of samples", type(x).__name__, TypeError)
    x, _, model = _place(model.eval(), x, None)
    with refusals.naming(model, x=x):
        outputs = [model(part) for part in x.split(1000)]
    model.cpu()
    for part in outputs:
        rows = isinstance(part, Tensor) and part.dim() > 0
        expect(rows, "model", "one tensor of outputs, a row a sample", f"a {type(part).__name__}", TypeError)
    return torch.cat(outputs).cpu()


def evaluate(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Return the share of samples whose largest output stands at their label.

    Parameters
    ----------
    model : torch.nn.Module
        A classifier.
    x, y : Tensor
        Inputs (N, ...) and int64 labels (N,).

    Returns
    -------
    float
        Accuracy, from 0 to 1.
    """
    refusals.check_data(x, y)
    labels = y.dtype == torch.int64 and y.dim() == 1
    expect(labels, "y", "int64 labels of shape (N,)", f"{y.dtype} of shape {tuple(y.shape)}", TypeError)
    outputs = predict(model, x)
    expect(outputs.dim() == 2, "model", "outputs of shape (N, classes)", tuple(outputs.shape))
    return (outputs.argmax(1) == y.cpu()).double().mean().item()


def _place(model: nn.Module, x: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None, nn.Module]:
    """Move everything to the GPU if there is one, images and their model channels last if the model bears it."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    x, y, model = x.to(device), None if y is None else y.to(device), model.to(device)
    if x.dim() == 4:
        layout = _layout(model, x[:2])
        x, model = x.to(memory_format=layout), model.to(memory_format=layout)
    return x, y, model


def _layout(model: nn.Module, x: Tensor) -> torch.memory_format:
    """Return channels last, unless the model has weights that know no such order, or views what lies in another."""
    with refusals.aside():
        try:
            model.eval().to(memory_format=torch.channels_last)(x.to(memory_format=torch.channels_last))
        except Exception as error:  # noqa: BLE001  any other comes again, where it can be told
            if "view" in str(error) or "channels_last" in str(error):
                return torch.contiguous_format
    return torch.channels_last


def _scheduler(name: str, stepper: Optimizer, steps: int) -> lr_scheduler.LRScheduler:
    """Make the schedule by name."""
    expect(name in ("one-cycle", "cosine", "constant"), "schedule", "'one-cycle', 'cosine' or 'constant'", repr(name))
    if name == "one-cycle":
        steps = max(steps, 6)  # shorter, torch's schedule divides by zero; such a run ends before the rate is zero
        tops = [group["lr"] for group in stepper.param_groups]  # each group keeps a rate of its own
        return lr_scheduler.OneCycleLR(stepper, tops, total_steps=steps, pct_start=0.2, cycle_momentum=False)
    if name == "cosine":
        return lr_scheduler.CosineAnnealingLR(stepper, steps)
    return lr_scheduler.ConstantLR(stepper, factor=1.0)
