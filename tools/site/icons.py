"""Draw the theme's icons into the pages, in place of the script of 1.5 MB that would draw them in the browser.

The theme writes an icon as ``<i class="fas fa-download"></i>`` and ships the drawings of all icons in that script. Each
page gets those that it uses, as the script would have written them, and no longer loads it.
"""

import re
from collections.abc import Mapping

from bs4 import BeautifulSoup

SCRIPT = "_static/scripts/fontawesome.js"
DRAWING = re.compile(r'"?([\w-]+)"?:\[(\d+),(\d+),\[([^\]]*)\],"\w+","(M[^"]+)"\]')
ICON = re.compile(r"^fa-")
# The script leaves out these classes, and the theme's style relies on it.
FAMILIES = {"fab", "fas", "fa-brands", "fa-solid"}


def drawings(script: str) -> dict[str, tuple[str, str, str]]:
    """Return width, height and path of each icon, by name and by its older names.

    Parameters
    ----------
    script : str
        The script: brands first, then outlined, then solid icons. Where names agree, the solid icon is meant.

    Returns
    -------
    dict
        From the class of an icon to ``(width, height, path)``.
    """
    found = {}
    for name, width, height, others, path in DRAWING.findall(script):
        for alias in (*re.findall(r'"([\w-]+)"', others), name):
            found[f"fa-{alias}"] = (width, height, path)
    return found


def draw_icons(page: BeautifulSoup, icons: Mapping[str, tuple[str, str, str]]) -> None:
    """Draw the icons of a page, and drop the script that would.

    Parameters
    ----------
    page : BeautifulSoup
        The page.
    icons : mapping
        What `drawings` returns.

    Raises
    ------
    ValueError
        If the page has an icon that is not there.
    """
    for script in page.find_all("script", src=re.compile(re.escape(SCRIPT))):
        script.decompose()
    for mark in page.find_all(["i", "span"], class_=ICON):
        classes = [word for word in mark["class"] if word not in FAMILIES]
        name = next((word for word in classes if word in icons), None)
        if name is None:
            raise ValueError(f"the theme has no icon {' '.join(mark['class'])!r}")
        width, height, path = icons[name]
        mark.name, mark["class"] = "svg", ["svg-inline--fa", *classes]
        mark["aria-hidden"], mark["viewBox"] = "true", f"0 0 {width} {height}"
        mark.append(page.new_tag("path", fill="currentColor", d=path))
