"""Claims: sentences about measured values that stop the book when they stop holding."""

import ast
import html
import numbers
import operator
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from ._arguments import expect
from ._display import emit, html_table
from .chart import strip
from .seeding import seeds as default_seeds

MIME = "application/vnd.fbm.claim+json"
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_COMPARISONS = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}
_MIRRORED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


class ClaimFailed(AssertionError):
    """A claim does not hold on every seed."""


def claim(
    id: str,
    statement: str,
    values: Mapping[str, Sequence[float]],
    condition: str,
    *,
    unit: str = "",
    price: Mapping[str, Mapping[str, float]] | None = None,
    source: str | None = None,
    seeds: Sequence[int] | None = None,
) -> None:
    """State a claim about measured values, show it as a card, and raise when it does not hold on every seed.

    Parameters
    ----------
    id : str
        ``part/topic/name``, such as ``"training/batch_norm/deep-net-trains"``.
    statement : str
        The claim in one sentence.
    values : mapping of str to sequence of float
        For each variant, one finite value a seed; what ``trials(...)["accuracy"]`` returns.
    condition : str
        Comparisons of variants, joined by ``and``, that must hold on *every* seed: ``"cnn - mlp > 0.1"``. A variant whose
        name is not a Python name stands in quotes: ``"'20 layers' < 0.2"``. Numbers, ``+ - * /`` and parentheses.
    unit : str
        What the values are: ``"test accuracy"``.
    price : mapping, optional
        What the improvement costs, as ``{"parameters": {"cnn": 38282, "mlp": 42570}}``.
    source : str, optional
        Key of the paper in the book's bibliography.
    seeds : sequence of int, optional
        The seeds behind the values; read from ``values`` if it knows them.

    Raises
    ------
    ClaimFailed
        If the condition fails on a seed. The card is shown first. With the environment variable ``FBM_SOAK`` set the
        failure is recorded and not raised.
    ValueError
        If the id, the values or the condition are not of the form above.
    """
    expect(re.fullmatch(r"[a-z0-9_]+/[a-z0-9_]+/[a-z0-9-]+", id), "id", "'part/topic/name' in lower case", repr(id))
    try:
        variants = {name: [float(value) for value in column] for name, column in values.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"values: expected a number a seed for each variant, got {values!r} ({error})") from None
    lengths = {name: len(column) for name, column in variants.items()}
    count = min(lengths.values(), default=0)
    paired = count > 0 and len(set(lengths.values())) == 1
    expect(paired, "values", "one value a seed for each variant", f"{lengths} values")
    for name, column in variants.items():
        expect(np.isfinite(column).all(), "values", "finite numbers", f"{column} for {name!r}")
    if seeds is None:
        seeds = getattr(values, "seeds", None) or default_seeds(count)
    expect(len(seeds) == count, "seeds", f"{count}, one for each value", len(seeds))
    seeds, holds = [int(seed) for seed in seeds], all(side.holds.all() for side in _comparisons(condition, variants))
    try:
        price = {what: _costs(cost, variants) for what, cost in price.items()} if price else None
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"price: expected numbers by what is paid and by variant, got {price!r} ({error})") from None
    record = {"id": id, "statement": statement, "condition": condition, "holds": bool(holds), "seeds": seeds}
    record |= {"variants": variants, "unit": unit, "price": price, "source": source}
    text = _words(record)
    emit(card(record), text, **{MIME: record})
    if not record["holds"] and not os.environ.get("FBM_SOAK"):
        raise ClaimFailed(text)


def margins(record: Mapping) -> list[float]:
    """Return how far each seed is from breaking a claim.

    Parameters
    ----------
    record : mapping
        A claim's record.

    Returns
    -------
    list of float
        For each seed the smallest distance to a threshold, in the claim's unit; negative where the claim fails.
    """
    return np.min([side.margin for side in _comparisons(record["condition"], record["variants"])], axis=0).tolist()


def chart(record: Mapping) -> str:
    """Draw what a claim compares, a row for each comparison, a dot for each seed, the threshold as a line.

    Parameters
    ----------
    record : mapping
        A claim's record.

    Returns
    -------
    str
        An inline SVG.
    """
    sides = _comparisons(record["condition"], record["variants"])
    rows = [(side.label, side.effect.tolist(), side.threshold, side.above) for side in sides]
    words = "; ".join(f"{name} from {min(dots):.3g} to {max(dots):.3g}, threshold {t:.3g}" for name, dots, t, _ in rows)
    return strip(rows, unit=record["unit"], alt=f"A dot for each of {len(record['seeds'])} seeds: {words}.")


def card(record: Mapping) -> str:
    """Return a claim's card as HTML; the anchor is ``claim-`` and the id with ``/`` replaced by ``-``."""
    verdict, price = "holds" if record["holds"] else "fails", record["price"] or {}
    worst = int(np.argmin(margins(record)))
    rows = []
    for name, column in record["variants"].items():
        costs = [_number(cost.get(name)) for cost in price.values()]
        rows.append((name, _mean(column), f"{column[worst]:.3g}", *costs))
    table = html_table((record["unit"] or "variant", "mean ± sd", "at the worst seed", *price), rows)
    source = f" Source: <cite>{html.escape(record['source'])}</cite>." if record["source"] else ""
    return (
        f"<div class='fbm-claim {verdict}' id='claim-{record['id'].replace('/', '-')}'>"
        f"<p class='fbm-statement'><strong>The claim {verdict}.</strong> {html.escape(record['statement'])}</p>"
        f"<div class='fbm-scroll'>{chart(record)}</div>{table}"
        f"<p class='fbm-facts'>Asked of each of {len(record['seeds'])} seeds: "
        f"<code>{html.escape(record['condition'])}</code>. Smallest margin: {min(margins(record)):.2g}.{source}</p></div>"
    )


def _words(record: Mapping) -> str:
    """Return the facts of a card as text."""
    margin = f"(smallest margin {min(margins(record)):.2g})"
    lines = [f"Claim {record['id']} {'holds' if record['holds'] else 'FAILS'}: {record['statement']}"]
    lines.append(f"  asked of each of {len(record['seeds'])} seeds: {record['condition']} {margin}")
    for name, column in record["variants"].items():
        values = ", ".join(f"{value:.3g}" for value in column)
        lines.append(f"  {name}: {_mean(column)} {record['unit']} [{values}]")
    for what, cost in (record["price"] or {}).items():
        lines.append(f"  {what}: " + ", ".join(f"{name} {_number(value)}" for name, value in cost.items()))
    return "\n".join(lines + ([f"  source: {record['source']}"] if record["source"] else []))


class _Side:
    """One comparison of a condition, read as ``effect`` above or below ``threshold``."""

    def __init__(self, label: str, effect: np.ndarray, compare: ast.cmpop, threshold: float):
        self.label, self.effect, self.threshold = label, effect, threshold
        self.holds = _COMPARISONS[type(compare)](effect, threshold)
        self.above = isinstance(compare, ast.Gt | ast.GtE)
        self.margin = effect - threshold if self.above else threshold - effect


def _comparisons(condition: str, variants: Mapping[str, Sequence[float]]) -> list[_Side]:
    """Read a condition; each comparison becomes a `_Side` with an entry for each seed."""
    try:
        tree = ast.parse(condition, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"condition: cannot read {condition!r}: {error.msg}") from None
    count = len(next(iter(variants.values())))

    def value(node: ast.expr) -> np.ndarray:
        match node:
            case ast.Constant(value=int() | float() as number):
                return np.full(count, float(number))
            case ast.Name(id=name) | ast.Constant(value=str(name)):
                name = _spelled(name, variants)
                if name not in variants:
                    raise ValueError(f"condition: no variant {name!r}; there are {', '.join(map(repr, variants))}")
                return np.asarray(variants[name], float)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -value(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](value(left), value(right))
        raise ValueError(f"condition: cannot use {ast.unparse(node)!r}; variants, numbers and + - * / only")

    def constant(node: ast.expr) -> bool:
        return not any(isinstance(n, ast.Name) or isinstance(getattr(n, "value", 0), str) for n in ast.walk(node))

    sides = []
    for part in tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]:
        compares = isinstance(part, ast.Compare) and all(type(op) in _COMPARISONS for op in part.ops)
        expect(compares, "condition", "comparisons by < <= > >=, joined by 'and'", repr(ast.unparse(part)))
        terms = [part.left, *part.comparators]
        for left, op, right in zip(terms, part.ops, terms[1:], strict=False):
            if constant(left):  # 0.1 < a reads a > 0.1
                left, right, op = right, left, _MIRRORED[type(op)]()
            expect(not constant(left), "condition", "a variant in each comparison", f"none in {ast.unparse(part)!r}")
            shown = left if constant(right) else ast.BinOp(left, ast.Sub(), right)
            with np.errstate(all="ignore"):
                threshold = float(value(right)[0]) if constant(right) else 0.0
                side = _Side(ast.unparse(shown).replace("'", ""), value(shown), op, threshold)
            if not np.isfinite(side.margin).all():
                raise ValueError(f"condition: {ast.unparse(part)!r} divides by zero on a seed")
            sides.append(side)
    return sides


def _spelled(name: str, variants: Mapping[str, Sequence[float]]) -> str:
    """Return a variant's name as ``variants`` has it: Python, keyboards and file systems write one name in several ways."""
    form = unicodedata.normalize("NFKC", name)
    alike = (known for known in variants if unicodedata.normalize("NFKC", known) == form)
    return name if name in variants else next(alike, name)


def _costs(cost: Mapping[str, float], variants: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return costs as Python's numbers, which JSON can write, by the names of the variants."""
    plain = {}
    for name, given in cost.items():
        value = given.item() if hasattr(given, "item") else given
        expect(isinstance(value, numbers.Real), f"cost of {name!r}", "a number", repr(given))
        plain[_spelled(name, variants)] = value
    return plain


def _mean(column: Sequence[float]) -> str:
    """Write the mean and the sample standard deviation, which of a single value is zero."""
    spread = round(float(np.std(column, ddof=1)), 12) if len(column) > 1 else 0.0
    return f"{np.mean(column):.3g} ± {spread:.2g}"


def _number(value: float | None) -> str:
    """Write a cost: counts with separators, the rest with three digits."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"
