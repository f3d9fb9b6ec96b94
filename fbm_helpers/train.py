"""The training loop that lessons share when they are not about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ._arguments import whole
from ._display import progress


class Diverged(FloatingPointError):
    """The training loss is no longer a finite number."""


@dataclass
class History:
    """What `fit` saw.

    Attributes
    ----------
    loss : list of float
        The training loss of every step, before the step.
    validation : list of float
        The accuracy on the validation data after every epoch; empty without such data.
    diverged : bool
        Whether training stopped at a loss that is not finite.
    """

    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    diverged: bool = False


def fit(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    epochs: int,
    lr: float,
    batch_size: int = 64,
    optimizer: Callable = torch.optim.AdamW,
    schedule: str = "one-cycle",
    loss: Callable[[Tensor, Tensor], Tensor] = nn.functional.cross_entropy,
    validation: tuple[Tensor, Tensor] | None = None,
    diverging: str = "raise",
) -> History:
    """Train ``model`` in place on data that lies in memory, on the GPU if there is one; it comes back on the CPU.

    The order of the samples comes from torch's global generator: seed it, or run inside `trials`.

    Parameters
    ----------
    model : torch.nn.Module
        Maps a batch of ``x`` to what ``loss`` takes first.
    x : Tensor, shape (N, ...)
        Inputs, floating point. Images (N, C, H, W) are trained channels last, which is faster.
    y : Tensor, shape (N,) or (N, ...)
        Targets; for cross-entropy, int64 labels from 0.
    epochs, batch_size : int
        Passes over the data; samples a step.
    lr : float
        The highest learning rate of the schedule.
    optimizer : callable
        Makes the optimizer from ``(parameters, lr=lr)``: ``torch.optim.SGD``, or ``partial(torch.optim.SGD, momentum=0.9)``.
    schedule : {"one-cycle", "cosine", "constant"}
        How the rate moves. The first two end near zero, so that the last step's noise does not decide the result.
    loss : callable
        ``loss(model(x), y)``.
    validation : (Tensor, Tensor), optional
        Data whose accuracy is recorded after every epoch.
    diverging : {"raise", "stop"}
        What to do when the loss is not finite.

    Returns
    -------
    History
        Losses and accuracies.

    Raises
    ------
    Diverged
        If the loss is not finite and ``diverging`` is ``"raise"``.
    TypeError, ValueError
        If the data or an argument is not as above; the message names it.
    """
    _check_data(x, y, loss)
    whole(1, epochs=epochs, batch_size=batch_size)
    if not 0 < lr < math.inf:
        raise ValueError(f"lr: expected a number above 0, got {lr!r}")
    if diverging not in ("raise", "stop"):
        raise ValueError(f"diverging: expected 'raise' or 'stop', got {diverging!r}")
    x, y, model = _place(model, x, y)
    if loss is nn.functional.cross_entropy:
        _check_labels(model, x, y)
    steps = epochs * math.ceil(len(x) / batch_size)
    stepper = optimizer(model.parameters(), lr=lr)
    scheduler = _scheduler(schedule, stepper, lr, steps)
    history = History()
    bar = progress(range(epochs), unit="epoch")
    for _ in bar:
        model.train()
        for batch in torch.randperm(len(x)).to(x.device).split(batch_size):
            value = loss(model(x[batch]), y[batch])
            history.loss.append(value.item())
            if not math.isfinite(history.loss[-1]):
                history.diverged = True
                break
            stepper.zero_grad()
            value.backward()
            stepper.step()
            scheduler.step()
        if history.diverged:
            break
        if validation is not None:
            history.validation.append(evaluate(model, *validation))
            _place(model, x, y)
        bar.set_postfix(loss=f"{history.loss[-1]:.3f}")
    bar.close()
    model.cpu().eval()
    if history.diverged and diverging == "raise":
        raise Diverged(
            f"the loss became {history.loss[-1]} at step {len(history.loss)} of {steps} (lr {lr:g}): "
            "lower lr, scale the inputs, or clip gradients; diverging='stop' records it instead"
        )
    return history


@torch.no_grad()
def predict(model: nn.Module, x: Tensor, *, batch_size: int = 1000) -> Tensor:
    """Return ``model(x)`` in evaluation mode, computed in batches.

    Parameters
    ----------
    model : torch.nn.Module
        Left in evaluation mode, on the CPU.
    x : Tensor, shape (N, ...)
        Inputs.
    batch_size : int
        Samples at a time.

    Returns
    -------
    Tensor, shape (N, ...)
        Outputs, on the CPU.
    """
    x, _, model = _place(model.eval(), x, None)
    out = torch.cat([model(part) for part in x.split(batch_size)]).cpu()
    model.cpu()
    return out


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
    _check_data(x, y, nn.functional.cross_entropy)
    return (predict(model, x).argmax(1) == y).double().mean().item()


def _place(model: nn.Module, x: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None, nn.Module]:
    """Move everything to the GPU if there is one, images and their model channels last."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    layout = {"memory_format": torch.channels_last} if x.dim() == 4 else {}
    return x.to(device, **layout), None if y is None else y.to(device), model.to(device, **layout)


def _scheduler(
    name: str, stepper: torch.optim.Optimizer, lr: float, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """Make the schedule by name."""
    schedules = torch.optim.lr_scheduler
    match name:
        case "one-cycle":
            steps = max(steps, 6)  # shorter, torch's schedule divides by zero; such a run ends before the rate is zero
            return schedules.OneCycleLR(stepper, max_lr=lr, total_steps=steps, pct_start=0.2, cycle_momentum=False)
        case "cosine":
            return schedules.CosineAnnealingLR(stepper, steps)
        case "constant":
            return schedules.ConstantLR(stepper, factor=1.0)
    raise ValueError(f"schedule: expected 'one-cycle', 'cosine' or 'constant', got {name!r}")


def _check_data(x: Tensor, y: Tensor, loss: Callable) -> None:
    """Refuse what would fail later with an unclear message, or not fail at all."""
    for name, value in (("x", x), ("y", y)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{name}: expected a torch.Tensor, got {type(value).__name__}")
    if not x.is_floating_point():
        raise TypeError(f"x: expected floating point, got {x.dtype}; images come as x.float() / 255")
    if len(x) != len(y) or not len(x):
        raise ValueError(f"x and y: expected the same number of samples, at least one, got {len(x)} and {len(y)}")
    if loss is nn.functional.cross_entropy and (y.dtype != torch.int64 or y.dim() != 1):
        raise TypeError(f"y: expected int64 labels of shape (N,), got {y.dtype} of shape {tuple(y.shape)}")


def _check_labels(model: nn.Module, x: Tensor, y: Tensor) -> None:
    """Refuse labels that the model has no output for."""
    model.eval()
    with torch.no_grad():
        outputs = model(x[:2]).shape[-1]
    if y.min() < 0 or y.max() >= outputs:
        raise ValueError(
            f"y: expected labels from 0 to {outputs - 1}, for the model has {outputs} outputs, got {y.min()} to {y.max()}"
        )
