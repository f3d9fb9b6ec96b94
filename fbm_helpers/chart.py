"""A strip of dots as inline SVG: small enough for a table row, in colors that follow the page."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

WIDTH, LABEL, ROW, PAD = 560, 190, 26, 14


def strip(rows: Sequence[tuple[str, Sequence[float], float, bool]], *, unit: str, alt: str) -> str:
    """Draw rows of dots on one axis.

    Parameters
    ----------
    rows : sequence of (label, values, threshold, above)
        ``above`` says whether the values are asked to be above the threshold or below it.
    unit : str
        Label of the axis.
    alt : str
        What is to be seen, for those who cannot see it.

    Returns
    -------
    str
        An ``<svg>``. Its colors are CSS variables of the book, with fallbacks for a bare notebook.
    """
    points = [value for _, values, threshold, _ in rows for value in (*values, threshold)]
    low, high = min(points), max(points)
    logarithmic = low > 0 and high / low > 50
    scale = math.log10 if logarithmic else float
    span = (scale(high) - scale(low)) or 1.0

    def place(value: float) -> float:
        return round(LABEL + PAD + (WIDTH - LABEL - 3 * PAD) * (scale(value) - scale(low)) / span, 1)

    height = ROW * len(rows) + 36
    muted, series = "var(--fbm-muted,#767676)", "var(--fbm-c0,#2f7fc1)"
    parts = []
    for index, (label, values, threshold, above) in enumerate(rows):
        y, at = ROW * index + ROW / 2 + 4, place(threshold)
        wanted = (at, WIDTH - PAD) if above else (LABEL, at)
        parts.append(
            f'<rect x="{wanted[0]}" y="{y - 9}" width="{round(wanted[1] - wanted[0], 1)}" height="18"'
            f' fill="{series}" fill-opacity="0.12"/>'
            f'<text x="{LABEL - 6}" y="{y + 4}" text-anchor="end" fill="currentColor">{html.escape(label)}</text>'
            f'<path d="M{at} {y - 10}V{y + 10}" stroke="{muted}" stroke-width="1.5" stroke-dasharray="3 2"/>'
        )
        parts += [f'<circle cx="{place(v)}" cy="{y}" r="4" fill="{series}" fill-opacity="0.75"/>' for v in values]
    base = ROW * len(rows) + 8
    for value, anchor in ((low, "start"), (high, "end")):
        parts.append(
            f'<text x="{place(value)}" y="{base + 12}" text-anchor="{anchor}" fill="{muted}">{value:.3g}</text>'
        )
    axis = html.escape(unit + (" (log scale)" if logarithmic else ""))
    middle = (LABEL + WIDTH) / 2
    parts.append(f'<text x="{middle}" y="{base + 12}" text-anchor="middle" fill="{muted}">{axis}</text>')
    return (
        f'<svg class="fbm-strip" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img"'
        f' aria-label="{html.escape(alt)}" font-size="12" font-family="inherit">{"".join(parts)}</svg>'
    )
