"""Cards of claims: a line with the statement and the measured size, which unfolds into chart, table, condition and source."""

import html
import math
from collections.abc import Mapping, Sequence

import numpy as np

from ._display import html_table
from .chart import strip
from .conditions import Comparison, nearness


def in_html(record: Mapping, comparisons: Sequence[Comparison]) -> str:
    """Return a card as HTML: a line that unfolds.

    Parameters
    ----------
    record : mapping
        A claim's record.
    comparisons : sequence of Comparison
        Its condition, read.

    Returns
    -------
    str
        A ``<details>``, open if the claim fails; its anchor is ``claim-`` and the id with ``/`` replaced by ``-``.
    """
    verdict, mark, fold = ("holds", "✓", "") if record["holds"] else ("fails", "✗", " open=''")
    words = f"<strong><span aria-hidden='true'>{mark}</span> {_verdict(comparisons).capitalize()}.</strong>"
    measured = f"<span class='fbm-size'>{html.escape(_size(record, comparisons))}.</span>"
    source = f" Source: <cite>{html.escape(record['source'])}</cite>." if record["source"] else ""
    return (
        f"<details class='fbm-claim {verdict}' id='claim-{record['id'].replace('/', '-')}'{fold}>"
        f"<summary>{words} {html.escape(record['statement'])} {measured}</summary>"
        f"<div class='fbm-scroll'>{_charts(record, comparisons)}</div>{_table(record, comparisons)}"
        f"<p class='fbm-facts'>Asked of every seed: <code>{html.escape(record['condition'])}</code>.{source}</p></details>"
    )


def in_text(record: Mapping, comparisons: Sequence[Comparison]) -> str:
    """Return what a card says as text.

    Parameters
    ----------
    record : mapping
        A claim's record.
    comparisons : sequence of Comparison
        Its condition, read.

    Returns
    -------
    str
        A few lines, in the order of the card.
    """
    verdict = _verdict(comparisons).replace("fails", "FAILS")
    lines = [f"Claim {record['id']} {verdict}: {record['statement']}", f"  {_size(record, comparisons)}"]
    for name, column in record["variants"].items():
        values = ", ".join(f"{value:.3g}" for value in column)
        lines.append(f"  {name}: {_mean(column)} {record['unit']} [{values}]")
    for what, cost in (record["price"] or {}).items():
        lines.append(f"  {what}: " + ", ".join(f"{name} {_number(value)}" for name, value in cost.items()))
    lines.append(f"  asked of every seed: {record['condition']}")
    return "\n".join(lines + ([f"  source: {record['source']}"] if record["source"] else []))


def _verdict(comparisons: Sequence[Comparison]) -> str:
    held = np.all([comparison.holds for comparison in comparisons], axis=0)
    return "holds" if held.all() else f"fails on {(~held).sum()} of {_seeds(len(held))}"


def _size(record: Mapping, comparisons: Sequence[Comparison]) -> str:
    """Say in a line what was measured on the seed nearest to failing, and where the book stops."""
    seeds, first = _seeds(len(record["seeds"])), comparisons[0]
    if len(comparisons) == 1 and first.quantity != "level":
        means = ((name, float(np.mean(record["variants"][name]))) for name in first.names)
        levels = ", ".join(f"{name}: {mean:.{_decimals(mean, mean)}f}" for name, mean in means)
        what = f"{'smallest' if first.above else 'largest'} {first.quantity or first.label}"
        return f"{levels}; {what} on {seeds} {_bounded(first, 'the book stops')}"
    told = f"{first.label}: {_end(first)} of {seeds} {_bounded(first, 'the book stops')}"
    return "; ".join([told, *(f"{other.label}: {_end(other)} {_bounded(other, 'stops')}" for other in comparisons[1:])])


def _end(comparison: Comparison) -> str:
    return "lowest" if comparison.above else "highest"


def _bounded(comparison: Comparison, stops: str) -> str:
    """Write the effect nearest to failing and the threshold, which is told exactly."""
    size, bound = comparison.extreme, comparison.threshold
    side = "below" if comparison.above else "above"
    if size == bound and not comparison.holds.all():  # a tie is no lead
        side = "at"
    if bound and not 1e-4 <= abs(bound) < 1e6:
        return f"{size:.2g}, {stops} {side} {bound:.10g}"
    decimals = max(_decimals(size, size - bound), len(f"{bound:.10g}".partition(".")[2]))
    bound = f"{bound:.{decimals}f}" if bound else "0"
    return f"{round(size, decimals) + 0.0:.{decimals}f}, {stops} {side} {bound}"  # the sum has no negative zero


def _decimals(value: float, gap: float) -> int:
    """Return two decimals for a share, fewer for larger numbers, and as many as it takes to see ``gap``."""
    least = (abs(value) < 10) + (abs(value) <= 1)
    gap = round(abs(gap), 12)
    return max(least, -math.floor(math.log10(gap))) if gap else least


def _charts(record: Mapping, comparisons: Sequence[Comparison]) -> str:
    """Draw what is compared: an axis for each quantity, a row for each comparison, a dot for each seed."""
    axes = {}
    for comparison in comparisons:
        of_unit = f" in {record['unit']}" if record["unit"] else ""
        axis = {"level": record["unit"], "difference": f"difference{of_unit}", "ratio": "ratio", "": comparison.label}
        axes.setdefault((comparison.quantity, axis[comparison.quantity]), []).append(comparison)
    drawn = ""
    for (_, unit), rows in axes.items():
        words = (
            f"{r.label} from {min(r.effect):.3g} to {max(r.effect):.3g}, threshold {r.threshold:.3g}" for r in rows
        )
        alt = f"A dot for each of {_seeds(len(record['seeds']))}: {'; '.join(words)}."
        drawn += strip([(r.label, r.effect.tolist(), r.threshold, r.above) for r in rows], unit=unit, alt=alt)
    return drawn


def _table(record: Mapping, comparisons: Sequence[Comparison]) -> str:
    price, nearest, rows = record["price"] or {}, int(np.argmin(nearness(comparisons))), []
    for name, column in record["variants"].items():
        costs = [_number(cost.get(name)) for cost in price.values()]
        rows.append((name, _mean(column), f"{column[nearest]:.3g}", *costs))
    mean = f"{record['unit']}, mean ± sd" if record["unit"] else "mean ± sd"
    return html_table(("variant", mean, "seed nearest to failing", *price), rows)


def _seeds(count: int) -> str:
    return f"{count} seed{'s' if count > 1 else ''}"


def _mean(column: Sequence[float]) -> str:
    """Write the mean and the sample standard deviation, which of a single value is zero."""
    spread = round(float(np.std(column, ddof=1)), 12) if len(column) > 1 else 0.0
    return f"{np.mean(column):.3g} ± {spread:.2g}"


def _number(value: float | None) -> str:
    """Write a cost: counts with separators, the rest with three digits."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"
