"""Figures in one style, drawn once and legible on light and on dark ground, each with words for those who cannot see it.

A figure is stored as inline SVG whose colors are CSS variables of the page; importing this module sets matplotlib's style.
pyplot takes long to load and is imported where it draws.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from IPython.display import display
from torch import Tensor

from ._arguments import expect
from ._display import emit
from .chart import beside

mpl.rc_file(Path(__file__).with_name("fbm.mplstyle"), use_default_template=False)
INK, MUTED, GROUND = "#010203", "#767677", "#fefdfc"  # stand-ins: `show` puts the page's own colors in their place
COLORS = tuple(mpl.rcParams["axes.prop_cycle"].by_key()["color"])
_CSS = {color: f"var(--fbm-c{index},{color})" for index, color in enumerate(COLORS)}
_CSS |= {INK: "var(--fbm-ink,currentColor)", MUTED: "var(--fbm-muted,#767677)", GROUND: "var(--fbm-ground,transparent)"}
Pictures = Tensor | Sequence[Tensor]


def show(figure: mpl.figure.Figure, *, alt: str, caption: str = "") -> None:
    """Show a figure with its words, and close it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    alt : str
        What is to be seen in it, in a sentence, for those who cannot see it.
    caption : str
        What the reader should notice; stands below.
    """
    from matplotlib import pyplot as plt

    expect(len(alt.split()) >= 4, "alt", "a sentence that says what is to be seen", repr(alt))
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    plt.close(figure)
    words = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    page = f"<figure class='fbm-figure'><div class='fbm-scroll'>{_inline(file.getvalue(), alt)}</div>{words}</figure>"
    emit(page, f"Figure: {alt}" + (f"\n{caption}" if caption else ""))


def _inline(svg: str, alt: str) -> str:
    """Turn matplotlib's SVG file into an element for a page: its colors, its ids, no more digits than are seen."""
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    long = re.compile(r"(?<![\w/+])-?\d+\.\d{3,}(?![\w/+])")  # in tags only: the words of a figure stay as they are
    svg = re.sub(r"<[^>]*>", lambda tag: long.sub(lambda m: f"{float(m[0]):.2f}", tag[0]), svg)
    svg = re.sub(r'font-family: [^;"]*', "font-family: inherit", svg)
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    for color, variable in _CSS.items():
        svg = svg.replace(color, variable)
    svg = svg.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace("xlink:href", "href")
    svg = _own_ids(re.sub(r">\s+<", "><", svg).strip())
    return svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" stroke-linejoin="round" ', 1)


def _own_ids(svg: str) -> str:
    """Name the ids that are used by what the figure shows and their order, and drop the others.

    Matplotlib's are hashes of places to their last bit, which the solver of the layout does not give alike in every run.
    """
    used = set(re.findall(r'(?:href="#|url\(#)([\w-]+)', svg))
    ids = [name for name in re.findall(r' id="([^"]*)"', svg) if name in used]

    def renamed(prefix: str) -> str:
        new = {name: f"{prefix}{number}" for number, name in enumerate(ids)}
        text = re.sub(r' id="([^"]*)"', lambda m: f' id="{new[m[1]]}"' if m[1] in new else "", svg)
        return re.sub(r'(href="#|url\(#)([\w-]+)', lambda m: m[1] + new.get(m[2], m[2]), text)

    digest = hashlib.sha256(renamed("").encode()).hexdigest()  # no other figure of the page has it
    return renamed(f"f{digest[:8]}-")


def pictures(images: Pictures, *, columns: int = 10) -> mpl.figure.Figure:
    """Draw a grid of images, each 0.62 inches wide.

    Parameters
    ----------
    images : Tensor, shape (N, H, W), (N, 1, H, W) or (N, 3, H, W), or a sequence of (H, W)
        Gray images are scaled together, from their lowest to their highest value.
    columns : int
        Images a row.

    Returns
    -------
    matplotlib.figure.Figure
        To pass to `show`.
    """
    from matplotlib import pyplot as plt

    arrays = [np.asarray(image) for image in images]
    shapes = {a.shape for a in arrays}
    known = bool(shapes) and all(len(s) == 2 or (len(s) == 3 and s[0] in (1, 3)) for s in shapes)
    expect(known, "images", "some of shape (H, W), (1, H, W) or (3, H, W)", shapes or "none")
    arrays = [np.moveaxis(a, 0, 2) if a.ndim == 3 and len(a) == 3 else a.reshape(a.shape[-2:]) for a in arrays]
    low, high = min(a.min() for a in arrays), max(a.max() for a in arrays)
    rows = -(-len(arrays) // columns)
    size = (0.62 * columns, 0.62 * rows)
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=size, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    for ax in axes.flat:
        ax.axis("off")
    for ax, image in zip(axes.flat, arrays, strict=False):
        ax.imshow(image, cmap="gray", vmin=low, vmax=high)
    return figure


def strips(
    values: Mapping[str, Sequence[float]],
    *,
    label: str,
    floor: tuple[str, float] | None = None,
    ceiling: tuple[str, float] | None = None,
    limits: tuple[float, float] = (0, 1),
    colors: Sequence[str] = COLORS,
) -> mpl.figure.Figure:
    """Draw a row for each variant: a dot for each seed, those that would cover each other side by side; a bar at the mean.

    Parameters
    ----------
    values : mapping of str to sequence of float
        For each variant a value for each seed.
    label : str
        Label of the axis, with unit.
    floor, ceiling : (str, float), optional
        Named reference lines: what the worst and the best sensible model reach.
    limits : (float, float)
        Range of the axis; fixed, so that the drawing does not jump with the data.
    colors : sequence of str
        One for each variant, from the first again when they run out.

    Returns
    -------
    matplotlib.figure.Figure
        To pass to `show`.
    """
    from matplotlib import pyplot as plt

    lines = [line for line in (floor, ceiling) if line]
    figure, ax = plt.subplots(figsize=(6.4, 0.75 + 0.38 * len(values) + (0.25 if lines else 0)))
    for row, (name, column) in enumerate(values.items()):
        color = colors[row % len(colors)]
        dot = (limits[1] - limits[0]) / 50  # an axis is some fifty dots long
        heights = row + beside(column, width=dot, step=0.22, room=0.7)
        ax.plot(column, heights, "o", color=color, alpha=0.7, markersize=6, markeredgewidth=0)
        ax.plot([np.mean(column)] * 2, [row - 0.3, row + 0.3], color=color)
    for name, place in lines:
        ax.axvline(place, color=MUTED, linestyle=(0, (4, 3)), linewidth=1)
        ax.text(place, -0.75, name, ha="center", va="bottom", fontsize=10)
    ax.set(xlabel=label, xlim=limits, ylim=(len(values) - 0.4, -0.6))
    ax.set_yticks(range(len(values)), list(values))
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    return figure


def series(
    ax: mpl.axes.Axes,
    x: Sequence[float],
    values: Mapping[str, Sequence[Sequence[float]]],
    *,
    colors: Sequence[str] = COLORS,
) -> None:
    """Draw, for each variant, the mean line over seeds in a band from the lowest to the highest, named at its right end.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x : sequence of float, length T
        Positions.
    values : mapping of str to array-like, shape (seeds, T)
        For each variant a curve for each seed.
    colors : sequence of str
        One for each variant.
    """
    for index, (name, curves) in enumerate(values.items()):
        color = colors[index % len(colors)]
        curves = np.asarray(curves, float)
        ax.fill_between(x, curves.min(0), curves.max(0), color=color, alpha=0.18, linewidth=0)
        ax.plot(x, curves.mean(0), color=color)
        ax.text(1.01, curves.mean(0)[-1], name, color=color, va="center", transform=ax.get_yaxis_transform())


def glue(name: str, value: object) -> None:
    """Keep ``value`` in the cell's output for the book's prose, which cites it by ``name``.

    Writes what ``myst_nb.glue`` writes, which is not on Colab.

    Parameters
    ----------
    name : str
        Unique in the book: begin it with the lesson's topic.
    value : object
        A number or a word.
    """
    record = "application/papermill.record/"  # a kind of output that no viewer shows
    kept = {"scrapbook": {"mime_prefix": record, "name": name}}
    display({f"{record}text/plain": str(value)}, raw=True, metadata=kept)
