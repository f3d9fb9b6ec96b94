"""Hash what every kind of computation that lessons use ends in: the same lines on every processor are the aim.

``python -m tools.execute.fingerprint`` prints a line of JSON for each kind, computed in a process of its own, for an emulator
may stop at one. `tools.execute.portable` runs it with pinned arithmetic here and in emulated processors. New kinds of
computation are added when a lesson first uses them.
"""

import json
import os
from collections.abc import Callable, Iterator
from functools import partial

import torch

import fbm_helpers as fbm
from tools.execute import computations, networks

# Functions of one tensor, each of which may be a vector library's; not those of `tools.execute.arithmetic.UNPINNED`.
ELEMENTWISE = """
exp log log2 log1p expm1 sin cos tanh sigmoid erf erfc rsqrt reciprocal square abs round floor sinh cosh
softplus gelu silu elu logsigmoid
"""
REDUCTIONS = "sum mean std var prod logsumexp norm cumsum median amax"


def kinds() -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield each kind of computation with its name."""
    yield "glyphs", computations.glyphs
    for dtype in (torch.float32, torch.float64):
        for name in ELEMENTWISE.split():
            yield f"torch {name} {dtype}", partial(computations.elementwise, name, dtype)
        for name in REDUCTIONS.split():
            yield f"torch {name} {dtype}", partial(computations.reduction, name, dtype)
        yield f"torch products {dtype}", partial(computations.products, dtype)
        yield f"torch distances {dtype}", partial(computations.distances, dtype)
        yield f"torch decompositions {dtype}", partial(computations.decompositions, dtype)
        yield f"torch Fourier {dtype}", partial(computations.fourier, dtype)
    yield "torch random numbers", computations.random_numbers
    yield "torch sparse products", computations.sparse
    yield "torch resampling: turned", computations.turned
    for mode in ("nearest", "bilinear", "bicubic"):
        yield f"torch resampling: {mode}", partial(computations.resized, mode)
    yield "torch pooling", computations.pooling
    yield "numpy functions", computations.numpy_functions
    yield "numpy decompositions", computations.numpy_decompositions
    yield "scikit-learn", computations.scikit_learn
    for name, model in networks.networks().items():
        yield f"training: {name}", partial(networks.trained, *model)
    yield "training: L-BFGS", networks.lbfgs
    yield "training: adversaries, gradients of gradients", networks.adversaries


def main() -> None:
    """Print a line for each kind."""
    fbm.reproducible(0)
    for name, compute in kinds():
        if child := os.fork():
            os.waitpid(child, 0)
        else:
            print(json.dumps([name, compute()]), flush=True)
            os._exit(0)


if __name__ == "__main__":
    main()
