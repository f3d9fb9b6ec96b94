"""Draw the theme's icons into the pages, in place of the script of 1.5 MB that would draw them in the browser.

The theme writes an icon as ``<i class="fas fa-download"></i>`` and ships the drawings of all icons in that script. Each
page gets those that it uses, as the script would have written them, and no longer loads it.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.util import logging

SCRIPT = Path("_static", "scripts", "fontawesome.js")
LOADED = re.compile(
    r"<script[^>]*scripts/fontawesome\.js[^>]*></script>\s*|<link[^>]*scripts/fontawesome\.js[^>]*/?>\s*"
)
USED = re.compile(r'<(i|span) class="([^"]*\bfa-[^"]*)"([^>]*)></\1>')
DRAWING = re.compile(r'"?([\w-]+)"?:\[(\d+),(\d+),\[([^\]]*)\],"\w+","(M[^"]+)"\]')
# The script leaves out these classes, and the theme's style relies on it.
FAMILIES = {"fab", "fas", "fa-brands", "fa-solid"}
LOGGER = logging.getLogger(__name__)


def drawings(script: str) -> dict[str, tuple[str, str, str]]:
    """Return width, height and path of each icon, by name and by its older names.

    Parameters
    ----------
    script : str
        The script: brands first, then outlined, then solid icons. Where names agree, the solid icon is meant.

    Returns
    -------
    dict
        From name to ``(width, height, path)``.
    """
    found = {}
    for name, width, height, others, path in DRAWING.findall(script):
        for alias in (*re.findall(r'"([\w-]+)"', others), name):
            found[alias] = (width, height, path)
    return found


def draw(text: str, icons: dict[str, tuple[str, str, str]], page: str) -> str:
    """Return a page with its icons drawn.

    Parameters
    ----------
    text : str
        The page.
    icons : dict
        What `drawings` returns.
    page : str
        The page's name, for a warning.

    Returns
    -------
    str
        The page without the script.
    """

    def one(match):
        words = [word for word in match[2].split() if word not in FAMILIES]
        name = next((word[3:] for word in words if word.startswith("fa-") and word[3:] in icons), None)
        if name is None:
            LOGGER.warning("%s: the theme has no icon %r", page, match[2])
            return match[0]
        width, height, path = icons[name]
        classes = " ".join(["svg-inline--fa", *words])
        return (
            f'<svg class="{classes}"{match[3]} aria-hidden="true" viewBox="0 0 {width} {height}">'
            f'<path fill="currentColor" d="{path}"/></svg>'
        )

    return LOADED.sub("", USED.sub(one, text))


def finish(app, exception):
    """Draw the icons of every page."""
    if exception or app.builder.name != "html":
        return
    icons = drawings(Path(app.outdir, SCRIPT).read_text("utf-8"))
    for page in Path(app.outdir).rglob("*.html"):
        old = page.read_text("utf-8")
        new = draw(old, icons, page.name)
        if new != old:
            page.write_text(new, "utf-8")


def setup(app):
    """Register with Sphinx."""
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
