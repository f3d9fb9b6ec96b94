"""Checks in front of the reader: code from scratch against torch, and answers to exercises."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ._arguments import expect
from ._display import emit, html_table, text_table

Tolerance = tuple[float, float]  # relative, absolute
TOLERANCES = {torch.float64: (1e-9, 1e-11), torch.float32: (1e-4, 1e-5)}
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
    dtype: torch.dtype = torch.float64,
    backward: Callable | None = None,
    title: str = "ours against torch",
) -> list[Row]:
    """Compare code from scratch with a reference: output, every gradient, running state; show a table, raise if they differ.

    Parameters
    ----------
    ours, reference : torch.nn.Module or callable
        Two modules with equal names in their ``state_dict``: of copies, ours receives the reference's state, both run three
        batches in training mode (so that running state moves), then one in evaluation mode; the modules themselves stay as
        they are. Or two functions of ``inputs``.
    *inputs : Tensor
        What both are called with; converted to ``dtype`` if floating point.
    dtype : torch.dtype
        float64 (default) or float32; decides the tolerances.
    backward : callable, optional
        With it, ``ours`` is a NumPy function and ``backward(dy, *inputs)`` its hand-written gradient, which returns one array
        for each input. It is compared with torch's and with finite differences.
    title : str
        Caption of the table.

    Returns
    -------
    list of Row
        What was compared, also shown.

    Raises
    ------
    ParityFailed
        If a value differs by more than the tolerance of its dtype, relative plus absolute; shapes that differ do, too.
    TypeError, ValueError
        If the arguments cannot be compared; the message names them.
    """
    expect(dtype in TOLERANCES, "dtype", " or ".join(map(str, TOLERANCES)), dtype, TypeError)
    tensors = bool(inputs) and all(isinstance(value, Tensor) for value in inputs)
    expect(tensors, "inputs", "torch tensors", [type(value).__name__ for value in inputs], TypeError)
    inputs = [value.detach().clone() for value in inputs]  # what NumPy changes in place is not the caller's
    inputs = tuple(value.to(dtype) if value.is_floating_point() else value for value in inputs)
    if backward is not None:
        rows = _numpy_rows(ours, backward, reference, inputs, TOLERANCES[dtype])
    elif isinstance(ours, nn.Module) and isinstance(reference, nn.Module):
        copies = (copy.deepcopy(module).to(dtype) for module in (ours, reference))
        rows = _module_rows(*copies, inputs, TOLERANCES[dtype])
    elif isinstance(ours, nn.Module) or isinstance(reference, nn.Module):
        raise TypeError("ours and reference: expected two modules or two functions, got one of each")
    else:
        rows = _compare(_run(ours, inputs), _run(reference, inputs), TOLERANCES[dtype])
    head = (title, "largest difference", "allowed")
    table = [(r.what, f"{r.difference:.1e}", f"{r.allowed:.1e}", "agrees" if r.agrees else "DIFFERS") for r in rows]
    emit(html_table((*head, "verdict"), table), text_table((*head, ""), table))
    wrong = [f"{r.what} (differs by {r.difference:.2e}, allowed {r.allowed:.2e})" for r in rows if not r.agrees]
    if wrong:
        raise ParityFailed(f"{title}: {'; '.join(wrong)}")
    return rows


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


def _module_rows(ours: nn.Module, reference: nn.Module, inputs: tuple, tolerance: Tolerance) -> list[Row]:
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
        rows += _compare(a, b, tolerance)
    state = [{f"state: {n}": b for n, b in m.named_buffers() if n in m.state_dict()} for m in (ours, reference)]
    return rows + _compare(*state, tolerance)


def _numpy_rows(ours: Callable, backward: Callable, reference: Callable, inputs: tuple, limit: Tolerance) -> list[Row]:
    arrays = [value.numpy() for value in inputs]
    names = [f"gradient of input{_nth(i, inputs)}" for i in range(len(inputs))]
    wanted = _run(reference, inputs)
    out = np.asarray(ours(*arrays))
    dy = np.cos(np.arange(out.size)).reshape(out.shape).astype(out.dtype)
    grads = [np.asarray(grad) for grad in backward(dy, *arrays)]
    expect(len(grads) == len(arrays), "backward", f"{len(arrays)} gradients, one for each input", len(grads))
    grads = {name: torch.from_numpy(np.ascontiguousarray(grad)) for name, grad in zip(names, grads, strict=True)}
    rows = _compare({"output": torch.from_numpy(out)} | grads, wanted, limit)
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


def _compare(ours: Mapping[str, Tensor], reference: Mapping[str, Tensor], tolerance: Tolerance) -> list[Row]:
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


@dataclass(frozen=True)
class Verdict:
    """What `exercise` found: true or false, and shown as its words."""

    right: bool
    words: str

    def __bool__(self) -> bool:
        """Return whether every case came out right."""
        return self.right

    def __repr__(self) -> str:
        """Return the words."""
        return self.words


def exercise(answer: Callable, cases: Sequence[tuple[tuple, object]], *, rtol: float = 1e-6) -> Verdict:
    """Check an answer to an exercise on cases.

    Parameters
    ----------
    answer : callable
        The reader's function. One that returns ``...`` counts as not answered yet.
    cases : sequence of (arguments, expected)
        Arguments as a tuple; expected numbers, arrays, tensors or anything that has ``==``.
    rtol : float
        Relative tolerance of numbers.

    Returns
    -------
    Verdict
        True if every case came out as expected; shows itself in words. Nothing is raised, so that a notebook runs on.
    """
    expect(len(cases) > 0, "cases", "at least one", "none")
    name = getattr(answer, "__name__", "answer")
    for arguments, expected in cases:
        try:
            got = answer(*arguments)
        except (Exception, SystemExit) as error:  # noqa: BLE001  the reader's code may do anything
            said = f"{type(error).__name__}: {_brief(error, str)}"
            return Verdict(False, f"{name}: not right yet. It raised {said}")
        if any(part is ... for part in (got if isinstance(got, tuple | list) else [got])):
            return Verdict(False, f"{name}: not answered yet. Replace the dots and run the cell again.")
        if not _right(got, expected, rtol):
            case = f"For {_brief(arguments)} it returned {_brief(got)}; expected {_brief(expected)}."
            return Verdict(False, f"{name}: not right yet. {case}")
    return Verdict(True, f"{name}: right, on {len(cases)} case{'s' * (len(cases) > 1)}.")


def _right(got: object, expected: object, rtol: float) -> bool:
    """Compare; an answer that cannot be compared with what was expected is not right."""
    try:
        return _same(got, expected, rtol)
    except Exception:  # noqa: BLE001  whatever the reader's object does when it is compared
        return False


def _same(got: object, expected: object, rtol: float) -> bool:
    if isinstance(expected, Mapping):
        return got.keys() == expected.keys() and all(_same(got[key], expected[key], rtol) for key in expected)
    if isinstance(expected, tuple | list):
        return len(got) == len(expected) and all(_same(*pair, rtol) for pair in zip(got, expected, strict=True))
    ours, wanted = _array(got), _array(expected)
    if ours.shape != wanted.shape:
        return False
    if {ours.dtype.kind, wanted.dtype.kind} <= set("biufc"):  # numbers; NumPy would read None as one and "2", too
        return np.allclose(ours, wanted, rtol=rtol, atol=1e-9, equal_nan=True)
    return bool(np.all(got == expected))


def _array(value: object) -> np.ndarray:
    """Return what NumPy makes of a value, of tensors of any kind, too."""
    if isinstance(value, Tensor):
        dense = value.to_dense()
        return (dense.double() if dense.is_floating_point() else dense).numpy(force=True)
    if isinstance(value, tuple | list):
        value = [_array(part) for part in value]
    return np.asarray(value)


def _brief(value: object, write: Callable[[object], str] = repr) -> str:
    """Write a value in at most some 200 characters."""
    try:
        text = write(value)
    except Exception:  # noqa: BLE001  the reader's class may be half written
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 200 else text[:200] + " ..."
