"""What training refuses before its first step, each time in words that name the argument and the cure."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from ._arguments import expect

IGNORED = -100  # the label that torch's cross-entropy leaves out by default


@contextmanager
def aside() -> Iterator[None]:
    """Let what runs in here leave no trace in gradients and random numbers: training is the same with it and without."""
    with torch.no_grad(), torch.random.fork_rng():
        yield


@contextmanager
def naming(model: nn.Module, **tensors: Tensor) -> Iterator[None]:
    """Say which tensor has another dtype than the model's parameters, where torch says only that two differ."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        kinds = sorted({str(p.dtype) for p in model.parameters()})
        for name, value in tensors.items():
            if "type" in str(error) and kinds and str(value.dtype) not in kinds:
                wanted = f"{' or '.join(kinds)}, as the model's parameters are"
                cure = f"{name}.to({kinds[0]}) converts"
                raise TypeError(f"{name}: expected {wanted}, got {value.dtype}; {cure}") from error
        raise


def check_module(model: nn.Module) -> None:
    """Refuse what is no model, a class among it."""
    given = f"the class {model.__name__}; call it" if isinstance(model, type) else type(model).__name__
    expect(isinstance(model, nn.Module), "model", "a torch.nn.Module", given, TypeError)


def check_trains(model: nn.Module) -> None:
    """Refuse a model without anything to train."""
    cure = "none; frozen ones train after model.requires_grad_(True)"
    expect(any(p.requires_grad for p in model.parameters()), "model", "parameters that require gradients", cure)


def check_makers(optimizer: Callable, loss: Callable) -> None:
    """Refuse an optimizer that is made already, names instead of functions, and a loss that is not made yet."""
    made = (
        f"{type(optimizer).__name__}; pass torch.optim.AdamW or a partial of it, which is called with parameters and lr"
    )
    expect(callable(optimizer), "optimizer", "what makes one", made, TypeError)
    given = f"the class {loss.__name__}; call it first" if isinstance(loss, type) else type(loss).__name__
    expect(callable(loss) and not isinstance(loss, type), "loss", "a function of outputs and targets", given, TypeError)


def check_data(x: Tensor, y: Tensor) -> None:
    """Refuse data that is not a sample of ``x`` for each of ``y``."""
    for name, value in (("x", x), ("y", y)):
        expect(isinstance(value, Tensor), name, "a torch.Tensor", type(value).__name__, TypeError)
        expect(value.dim() > 0, name, "a tensor of samples", "a single number")
    known = x.is_floating_point() or x.dtype == torch.int64
    expect(known, "x", "floating point, or int64 tokens", f"{x.dtype}; images come as x.float() / 255", TypeError)
    expect(len(x) == len(y) > 0, "x and y", "the same number of samples, at least one", f"{len(x)} and {len(y)}")


def is_cross_entropy(loss: Callable) -> bool:
    """Tell cross-entropy in each of its forms: the function, a partial of it, the module."""
    function = loss.func if isinstance(loss, partial) else loss
    return function is nn.functional.cross_entropy or isinstance(function, nn.CrossEntropyLoss)


def check_labels(y: Tensor, outputs: Tensor, loss: Callable) -> None:
    """Refuse targets of cross-entropy for which the model, that gave ``outputs`` for some samples, has no output."""
    given = f"shape {('N', *outputs.shape[1:])}"
    expect(outputs.dim() > 1, "model", "an output for each class, shape (N, classes, ...)", given)
    if y.is_floating_point() and y.shape[1:] == outputs.shape[1:]:
        return  # probabilities of classes
    shape = "(N,)" if outputs.dim() == 2 else f"(N, {', '.join(map(str, outputs.shape[2:]))})"
    fits = y.dtype in (torch.int64, torch.uint8) and y.shape[1:] == outputs.shape[2:]
    expect(fits, "y", f"int64 labels of shape {shape}", f"{y.dtype} of shape {tuple(y.shape)}", TypeError)
    settings = loss.keywords if isinstance(loss, partial) else vars(loss)
    known = y[y != settings.get("ignore_index", IGNORED)]
    classes = outputs.shape[1]
    wanted = f"labels from 0 to {classes - 1}, for the model has {classes} outputs"
    given = f"{y.min()} to {y.max()}"
    expect(((0 <= known) & (known < classes)).all(), "y", wanted, given)


def check_batches(model: nn.Module, x: Tensor, batch_size: int) -> None:
    """Refuse a batch of one sample if the model's batch normalization then has a single value for a channel."""
    if (len(x) - 1) % batch_size:
        return
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}  # what a batch in training mode moves
    said = ""
    with aside():
        try:
            torch.func.functional_call(model.train(), buffers, x[:1])
        except Exception as error:  # noqa: BLE001  any other comes again in the loop
            said = str(error)
    wanted = "one that leaves no batch of a single sample, on which batch normalization cannot train"
    expect("more than 1 value per channel" not in said, "batch_size", wanted, f"{batch_size} for {len(x)} samples")


def check_loss(value: Tensor) -> None:
    """Refuse a loss that cannot be followed back to the model."""
    single = isinstance(value, Tensor) and value.numel() == 1
    given = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
    expect(single, "loss", "one number for a batch, as a tensor", given, TypeError)
    given = "one that is detached from them; leave out detach(), no_grad() and argmax()"
    expect(value.requires_grad, "loss", "one that depends on the model's parameters", given)
