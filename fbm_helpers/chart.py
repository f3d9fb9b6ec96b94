"""A strip of dots as inline SVG: small enough for a table row, in colors that follow the page."""

import html
import math
from collections.abc import Sequence

import numpy as np

WIDTH, ROW, PAD = 560, 50, 14
RADIUS, STEP = 4, 5  # of a dot, and between the centers of two that are told apart


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
    ring = 'stroke="var(--fbm-box,#fff)" stroke-width="1"'

    def text(x: float, y: float, anchor: str, words: str, color: str = muted) -> str:
        return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{color}">{html.escape(words)}</text>'

    parts = []
    for index, (label, values, threshold, above) in enumerate(rows):
        top, at = ROW * index, place(threshold)  # the label stands above its dots: on a phone it is larger
        y, left, right = top + 32, at if above else 0, WIDTH if above else at
        side = f'x="{left}" y="{y - 11}" width="{round(right - left, 1)}" height="22"'
        parts.append(text(0, top + 14, "start", label, "currentColor"))
        parts.append(f'<rect {side} fill="{series}" fill-opacity="0.12"/>')
        parts.append(f'<path d="M{at} {y - 12}V{y + 12}" stroke="{muted}" stroke-width="1.5" stroke-dasharray="3 2"/>')
        places = [place(value) for value in values]
        for x, shift in zip(places, beside(places, width=STEP, step=STEP, room=4 * STEP), strict=True):
            parts.append(f'<circle cx="{x}" cy="{y + shift:g}" r="{RADIUS}" fill="{series}" {ring}/>')
    base = ROW * len(rows) + 6
    parts += [text(place(low), base, "start", f"{low:.3g}"), text(place(high), base, "end", f"{high:.3g}")]
    base += 17
    parts.append(text(WIDTH / 2, base, "middle", unit + (" (log scale)" if logarithmic else "")))
    return (
        f'<svg class="fbm-strip" viewBox="0 0 {WIDTH} {base + 8}" width="{WIDTH}" height="{base + 8}" role="img"'
        f' aria-label="{html.escape(alt)}" font-size="12" font-family="inherit">{"".join(parts)}</svg>'
    )


def beside(places: Sequence[float], *, width: float, step: float, room: float) -> np.ndarray:
    """Move dots that would cover each other up and down, so that one can count them.

    Parameters
    ----------
    places : sequence of float
        Where they lie from left to right.
    width : float
        How far apart two dots must lie to be told apart on one line.
    step : float
        From one line of dots to the next, where there is room.
    room : float
        From the first line to the last, at most.

    Returns
    -------
    numpy.ndarray
        How far each is moved, in the same order, around zero.
    """
    places, moved = np.asarray(places), np.zeros(len(places))
    order = np.argsort(places, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(places[order]) >= width) + 1):
        ends = []  # of lines: a dot takes the first that is free
        for index in group:
            line = next((k for k, end in enumerate(ends) if places[index] - end >= width), len(ends))
            ends[line : line + 1] = [places[index]]
            moved[index] = line
        moved[group] -= (len(ends) - 1) / 2
        moved[group] *= min(step, room / max(len(ends) - 1, 1))
    return moved
