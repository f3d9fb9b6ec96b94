"""What a model costs: parameters, multiply-adds, bytes on disk, time."""

import functools
import io
import os
import warnings
from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch

import torch
from joblib.externals.loky import ProcessPoolExecutor
from torch import Tensor, nn


def parameters(model: nn.Module) -> int:
    """Return the number of trainable numbers in a model.

    Parameters
    ----------
    model : torch.nn.Module
        What is counted.
    """
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def multiply_adds(model: nn.Module, x: Tensor) -> int:
    """Count the multiply-adds of one forward pass, for one sample.

    Counted by torch's ``FlopCounterMode``, which knows matrix products and convolutions and counts two operations for a
    multiply-add; what is elementwise (activations, normalization) is not in it.

    Parameters
    ----------
    model : torch.nn.Module
        Run once in evaluation mode.
    x : Tensor, shape (N, ...)
        A batch; the count is divided by N.

    Returns
    -------
    int
        Multiply-adds a sample.
    """
    from torch.utils.flop_counter import FlopCounterMode  # loads a compiler's worth of modules

    was_training = model.training
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.eval()(x)
    model.train(was_training)
    return counter.get_total_flops() // (2 * len(x))


def bytes_on_disk(model: nn.Module) -> int:
    """Return the size of a model's saved ``state_dict`` in bytes.

    Parameters
    ----------
    model : torch.nn.Module
        What is saved, to memory.
    """
    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    return buffer.tell()


def price(models: Mapping[str, nn.Module], x: Tensor) -> dict[str, dict[str, int]]:
    """Return parameters and multiply-adds of several models, in the form that `claim` takes.

    Parameters
    ----------
    models : mapping of str to torch.nn.Module
        By the names of the claim's variants.
    x : Tensor, shape (N, ...)
        A batch of inputs.

    Returns
    -------
    dict
        ``{"parameters": {name: count}, "multiply-adds": {name: count}}``.
    """
    return {
        "parameters": {name: parameters(model) for name, model in models.items()},
        "multiply-adds": {name: multiply_adds(model, x) for name, model in models.items()},
    }


def unpinned(function: Callable[[], Any]) -> Any:
    """Return ``function()``, computed with the kernels that libraries choose for this processor.

    The tools of the book execute lessons with the arithmetic that all processors have in common, which makes matrix products
    slower. What is timed is therefore called in another process, which has no such limits. Elsewhere there are none, and the
    call is an ordinary one.

    Parameters
    ----------
    function : callable
        Takes nothing. In the other process it works on copies.

    Returns
    -------
    object
        What it returns.
    """
    if not (pins := os.environ.get("FBM_PINS")):
        return function()
    free = {name: value for name, value in os.environ.items() if name not in pins.split()}
    # Until it is done, for meanwhile a process that grew is replaced by a new one.
    with patch.dict(os.environ, free, clear=True):
        return _process().submit(function).result()


@functools.cache
def _process() -> ProcessPoolExecutor:
    """Return one process for all calls, which begins with the first."""
    # What is to be warned of, the caller's process has warned of.
    return ProcessPoolExecutor(max_workers=1, initializer=warnings.simplefilter, initargs=("ignore",))
