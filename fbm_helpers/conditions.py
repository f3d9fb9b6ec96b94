"""Conditions of claims: comparisons of measured values, each with an entry for every seed."""

import ast
import operator
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ._arguments import expect

_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_COMPARISONS = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}
_MIRRORED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


@dataclass(frozen=True, eq=False)
class Comparison:
    """A measured ``effect`` that has to stay above or below a ``threshold``.

    Attributes
    ----------
    label : str
        What is compared, such as ``"cnn - mlp"``.
    quantity : str
        ``"level"`` if that is a variant, ``"difference"`` or ``"ratio"`` of such; empty for anything else.
    names : tuple of str
        The variants in it.
    effect : ndarray
        Its value on each seed.
    threshold : float
        What it is compared with.
    above : bool
        Whether it has to be above.
    holds : ndarray of bool
        Whether it is, on each seed.
    """

    label: str
    quantity: str
    names: tuple[str, ...]
    effect: np.ndarray
    threshold: float
    above: bool
    holds: np.ndarray

    @property
    def margin(self) -> np.ndarray:
        """How far each seed is from failing; negative where it fails."""
        return self.effect - self.threshold if self.above else self.threshold - self.effect

    @property
    def extreme(self) -> float:
        """The effect on the seed nearest to failing."""
        return float(self.effect[np.argmin(self.margin)])


def read(condition: str, variants: Mapping[str, Sequence[float]]) -> list[Comparison]:
    """Read a condition.

    Parameters
    ----------
    condition : str
        Comparisons joined by ``and``; `fbm_helpers.claim` says what may stand in them.
    variants : mapping of str to sequence of float
        For each variant, a value a seed.

    Returns
    -------
    list of Comparison
        One for each comparison sign.

    Raises
    ------
    ValueError
        If it cannot be read, or divides by zero.
    """
    try:
        tree = _Named(variants).visit(ast.parse(condition, mode="eval").body)
    except SyntaxError as error:
        raise ValueError(f"condition: cannot read {condition!r}: {error.msg}") from None
    comparisons = []
    for part in tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]:
        compares = isinstance(part, ast.Compare) and all(type(op) in _COMPARISONS for op in part.ops)
        expect(compares, "condition", "comparisons by < <= > >=, joined by 'and'", repr(ast.unparse(part)))
        terms = [part.left, *part.comparators]
        for left, op, right in zip(terms, part.ops, terms[1:], strict=False):
            comparison = _comparison(left, type(op), right, variants)
            expect(comparison, "condition", "a variant in each comparison", f"none in {ast.unparse(part)!r}")
            if not np.isfinite(comparison.margin).all():
                raise ValueError(f"condition: {ast.unparse(part)!r} divides by zero on a seed")
            comparisons.append(comparison)
    return comparisons


def nearness(comparisons: Sequence[Comparison]) -> np.ndarray:
    """Return how far each seed is from failing, by the comparison that it is nearest to fail; negative where it fails."""
    return np.min([comparison.margin for comparison in comparisons], axis=0)


def spelled(name: str, variants: Mapping[str, Sequence[float]]) -> str:
    """Return a variant's name as ``variants`` has it: Python, keyboards and file systems write one name in several ways."""
    form = unicodedata.normalize("NFKC", name)
    alike = (known for known in variants if unicodedata.normalize("NFKC", known) == form)
    return name if name in variants else next(alike, name)


class _Named(ast.NodeTransformer):
    """Make names of variants that stand in quotes names, all as ``variants`` has them."""

    def __init__(self, variants: Mapping[str, Sequence[float]]):
        self.variants = variants

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(spelled(node.id, self.variants))

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Name(spelled(node.value, self.variants)) if isinstance(node.value, str) else node


def _comparison(
    left: ast.expr, op: type[ast.cmpop], right: ast.expr, variants: Mapping[str, Sequence[float]]
) -> Comparison | None:
    """Make a comparison of two terms; nothing of two constants."""
    if not _names(left):  # 0.1 < a reads a > 0.1
        left, op, right = right, _MIRRORED[op], left
    if not _names(left):
        return None
    shown = ast.BinOp(left, ast.Sub(), right) if _names(right) else left
    with np.errstate(all="ignore"):
        effect = _value(shown, variants)
        threshold = 0.0 if _names(right) else float(_value(right, variants)[0])
    return Comparison(
        label=ast.unparse(shown),
        quantity=_quantity(shown),
        names=_names(shown),
        effect=effect,
        threshold=threshold,
        above=op in (ast.Gt, ast.GtE),
        holds=_COMPARISONS[op](effect, threshold),
    )


def _names(node: ast.expr) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.id for part in ast.walk(node) if isinstance(part, ast.Name)))


def _quantity(node: ast.expr) -> str:
    """Return what kind of quantity a term is, for quantities of two kinds have no axis in common."""
    match node:
        case ast.Name():
            return "level"
        case ast.BinOp(left=left, op=ast.Sub(), right=right) if _quantity(left) == _quantity(right) == "level":
            return "difference"
        case ast.BinOp(left=left, op=ast.Div(), right=right) if _quantity(left) == _quantity(right) == "level":
            return "ratio"
    return ""


def _value(node: ast.expr, variants: Mapping[str, Sequence[float]]) -> np.ndarray:
    """Return a term's value on each seed."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return np.full(len(next(iter(variants.values()))), float(number))
        case ast.Name(id=name):
            if name not in variants:
                raise ValueError(f"condition: no variant {name!r}; there are {', '.join(map(repr, variants))}")
            return np.asarray(variants[name], float)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, variants)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, variants), _value(right, variants))
    raise ValueError(f"condition: cannot use {ast.unparse(node)!r}; variants, numbers and + - * / only")
