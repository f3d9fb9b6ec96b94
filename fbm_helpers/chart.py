"""A strip of dots as inline SVG: small enough for a table row, in colors that follow the page."""

import html
import math
from collections.abc import Sequence

WIDTH, ROW, PAD = 560, 46, 14


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
        return round(PAD + (WIDTH - 2 * PAD) * (scale(value) - scale(low)) / span, 1)

    muted, series = "var(--fbm-muted,#767676)", "var(--fbm-c0,#2f7fc1)"

    def text(x: float, y: float, anchor: str, words: str, color: str = muted) -> str:
        return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{color}">{html.escape(words)}</text>'

    parts = []
    for index, (label, values, threshold, above) in enumerate(rows):
        top, at = ROW * index, place(threshold)  # the label stands above its dots: on a phone it is larger
        y, left, right = top + 29, at if above else 0, WIDTH if above else at
        box = f'x="{left}" y="{y - 9}" width="{round(right - left, 1)}" height="18" fill="{series}" fill-opacity="0.12"'
        parts += [text(0, top + 14, "start", label, "currentColor"), f"<rect {box}/>"]
        parts.append(f'<path d="M{at} {y - 10}V{y + 10}" stroke="{muted}" stroke-width="1.5" stroke-dasharray="3 2"/>')
        parts += [f'<circle cx="{place(v)}" cy="{y}" r="4" fill="{series}" fill-opacity="0.75"/>' for v in values]
    base = ROW * len(rows) + 6
    parts += [text(place(low), base, "start", f"{low:.3g}"), text(place(high), base, "end", f"{high:.3g}")]
    base += 17
    parts.append(text(WIDTH / 2, base, "middle", unit + (" (log scale)" if logarithmic else "")))
    return (
        f'<svg class="fbm-strip" viewBox="0 0 {WIDTH} {base + 8}" width="{WIDTH}" height="{base + 8}" role="img"'
        f' aria-label="{html.escape(alt)}" font-size="12" font-family="inherit">{"".join(parts)}</svg>'
    )
