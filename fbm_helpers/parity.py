"""Code from scratch against torch: outputs, gradients and state, compared in front of the reader."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import torch
from torch import Tensor, nn

from ._arguments import expect
from ._display import emit, html_table

# Tolerances, relative and absolute.
ROUNDING = (1e-9, 1e-11)  # what float64 may cause
FINITE_DIFFERENCE = (1e-4, 1e-6)  # what central differences with a step of 1e-6 can show


class ParityFailed(AssertionError):
    """Code from scratch and its reference disagree."""


@dataclass(frozen=True)
class Row:
    """One comparison: the largest absolute difference, the largest one allowed at its place, and whether all are in bounds."""

    what: str
    difference: float
    allowed: float
    agrees: bool


def parity(
    ours: nn.Module | Callable,
    reference: nn.Module | Callable,
    *inputs: Tensor,
    backward: Callable | None = None,
    title: str = "ours against torch",
) -> None:
    """Compare code from scratch with a reference, in float64: output, every gradient, running state.

    A line says how many agree, and unfolds to a table of all comparisons.

    Parameters
    ----------
    ours, reference : torch.nn.Module or callable
        Two modules with equal names in their ``state_dict``: of copies, ours receives the reference's state, both run three
        batches in training mode (so that running state moves), then one in evaluation mode; the modules themselves stay as
        they are. Or two functions of ``inputs``.
    *inputs : Tensor
        What both are called with; converted to float64 if floating point.
    backward : callable, optional
        With it, ``ours`` is a NumPy function and ``backward(dy, *inputs)`` its hand-written gradient, which returns one array
        for each input. It is compared with torch's and with finite differences.
    title : str
        What the line begins with.

    Raises
    ------
    ParityFailed
        If a value differs by more than rounding, relative plus absolute; shapes that differ do, too.
    TypeError, ValueError
        If the arguments cannot be compared; the message names them.
    """
    tensors = bool(inputs) and all(isinstance(value, Tensor) for value in inputs)
    expect(tensors, "inputs", "torch tensors", [type(value).__name__ for value in inputs], TypeError)
    inputs = [value.detach().clone() for value in inputs]  # what NumPy changes in place is not the caller's
    inputs = tuple(value.double() if value.is_floating_point() else value for value in inputs)
    if backward is not None:
        rows = _numpy_rows(ours, backward, reference, inputs)
    elif isinstance(ours, nn.Module) and isinstance(reference, nn.Module):
        rows = _module_rows(copy.deepcopy(ours).double(), copy.deepcopy(reference).double(), inputs)
    elif isinstance(ours, nn.Module) or isinstance(reference, nn.Module):
        raise TypeError("ours and reference: expected two modules or two functions, got one of each")
    else:
        rows = _compare(_run(ours, inputs), _run(reference, inputs))
    expect(rows, "ours and reference", "an output to compare", "none")
    wrong = [
        f"{row.what} (differs by {row.difference:.2e}, allowed {row.allowed:.2e})" for row in rows if not row.agrees
    ]
    _show(f"{title}: {len(rows) - len(wrong)} of {len(rows)} agree", rows, wrong)
    if wrong:
        raise ParityFailed(f"{title}: {'; '.join(wrong)}")


def _show(verdict: str, rows: Sequence[Row], wrong: Sequence[str]) -> None:
    """Show the comparisons in one line, which unfolds to a table; what differs is in view at once."""
    line = f"{verdict}, largest difference {max(row.difference for row in rows):.1e}"
    head = ("compared", "largest difference", "allowed", "verdict")
    table = [(r.what, f"{r.difference:.1e}", f"{r.allowed:.1e}", "agrees" if r.agrees else "DIFFERS") for r in rows]
    opened = " open=''" if wrong else ""
    folded = f"<details{opened}><summary>{escape(line)}</summary>{html_table(head, table)}</details>"
    emit(folded, "\n  ".join([line, *wrong]))


def _run(call: Callable, inputs: Sequence[Tensor], prefix: str = "") -> dict[str, Tensor]:
    """Return output and gradients of one call, for a fixed upstream gradient."""
    leaves = [value.clone().requires_grad_(value.is_floating_point()) for value in inputs]
    outputs = _flat(call(*leaves))
    found = {f"{prefix}output{_nth(i, outputs)}": out.detach() for i, out in enumerate(outputs)}
    sources = {f"input{_nth(i, leaves)}": leaf for i, leaf in enumerate(leaves) if leaf.requires_grad}
    if isinstance(call, nn.Module):
        sources |= {name: p for name, p in call.named_parameters() if p.requires_grad}
    ends = [out for out in outputs if out.requires_grad]
    starts = [torch.cos(torch.arange(out.numel(), dtype=out.dtype)).reshape(out.shape) for out in ends]
    grads = [torch.zeros_like(leaf) for leaf in sources.values()]  # what has left the graph has no gradient
    if ends and sources:
        grads = torch.autograd.grad(ends, list(sources.values()), starts, materialize_grads=True)
    return found | {f"{prefix}gradient of {name}": grad for name, grad in zip(sources, grads, strict=True)}


def _module_rows(ours: nn.Module, reference: nn.Module, inputs: tuple) -> list[Row]:
    names, wanted = sorted(ours.state_dict()), sorted(reference.state_dict())
    expect(names == wanted, "ours", f"the state_dict entries {wanted}", names)
    ours.load_state_dict(reference.state_dict())
    rows = []
    for mode in ("train", "eval"):
        for module in (ours, reference):
            module.train(mode == "train")
        for turn in range(3 if mode == "train" else 1):
            moved = [value * (1 + turn) + turn if value.is_floating_point() else value for value in inputs]
            a, b = _run(ours, moved, f"{mode}: "), _run(reference, moved, f"{mode}: ")
        rows += _compare(a, b)
    state = [{f"state: {n}": b for n, b in m.named_buffers() if n in m.state_dict()} for m in (ours, reference)]
    return rows + _compare(*state)


def _numpy_rows(ours: Callable, backward: Callable, reference: Callable, inputs: tuple) -> list[Row]:
    arrays = [value.numpy() for value in inputs]
    names = [f"gradient of input{_nth(i, inputs)}" for i in range(len(inputs))]
    wanted = _run(reference, inputs)
    out = np.asarray(ours(*arrays))
    dy = np.cos(np.arange(out.size)).reshape(out.shape).astype(out.dtype)
    grads = [np.asarray(grad) for grad in backward(dy, *arrays)]
    expect(len(grads) == len(arrays), "backward", f"{len(arrays)} gradients, one for each input", len(grads))
    grads = {name: torch.from_numpy(np.ascontiguousarray(grad)) for name, grad in zip(names, grads, strict=True)}
    rows = _compare({"output": torch.from_numpy(out)} | grads, wanted)
    grads = {f"{name}, by finite differences": grad for name, grad in grads.items()}
    slopes = {name: _slope(ours, arrays, which, dy) for which, name in enumerate(grads)}
    return rows + _compare(grads, slopes, FINITE_DIFFERENCE)


def _slope(call: Callable, arrays: list[np.ndarray], which: int, dy: np.ndarray, step: float = 1e-6) -> Tensor:
    """Return d(sum(dy * call)) / d(arrays[which]) by central differences."""
    slope = np.zeros(arrays[which].shape)
    for place in np.ndindex(slope.shape):
        for sign in (1, -1):
            moved = [array.astype(float) for array in arrays]  # copies
            moved[which][place] += sign * step
            slope[place] += sign * (dy * call(*moved)).sum()
    slope /= 2 * step
    return torch.from_numpy(slope)


def _compare(
    ours: Mapping[str, Tensor], reference: Mapping[str, Tensor], tolerance: tuple[float, float] = ROUNDING
) -> list[Row]:
    expect(list(ours) == list(reference), "ours", list(reference), list(ours))
    rows = []
    for what, wanted in reference.items():
        got = ours[what]
        expect(got.shape == wanted.shape, what, f"shape {tuple(wanted.shape)}", tuple(got.shape), ParityFailed)
        got, wanted = got.double(), wanted.double()
        allowed = tolerance[1] + tolerance[0] * wanted.abs()
        gap = torch.where(got.isnan() | wanted.isnan(), torch.inf, (got - wanted).abs())
        if not gap.numel():
            gap, allowed = torch.zeros(1), torch.full((1,), tolerance[1], dtype=torch.float64)
        worst = int((gap - allowed).argmax())
        rows.append(Row(what, gap.max().item(), allowed.flatten()[worst].item(), bool((gap <= allowed).all())))
    return rows


def _flat(outputs: object) -> list[Tensor]:
    """Return the tensors of an output, which may be nested tuples (as of ``nn.LSTM``)."""
    if isinstance(outputs, Tensor):
        return [outputs]
    given = type(outputs).__name__
    expect(isinstance(outputs, tuple | list), "output", "a tensor or a tuple of tensors", given, TypeError)
    return [tensor for part in outputs for tensor in _flat(part)]


def _nth(index: int, values: Sequence) -> str:
    return f" {index}" if len(values) > 1 else ""
