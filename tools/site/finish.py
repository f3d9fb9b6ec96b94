"""The one door by which a page enters the site: read as Sphinx wrote it, changed step by step, written once.

Sphinx's folder ``_build/sphinx`` stays as Sphinx left it. The site ``_build/html`` is replaced when the new one is complete.
"""

import hashlib
import html
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from bs4 import BeautifulSoup

from tools.book.contents import Contents, language
from tools.files import replaced_folder
from tools.site import steps
from tools.site.icons import SCRIPT, draw_icons, drawings
from tools.site.kept import Kept
from tools.site.sheet import purge, sheets

EXTRA = ["search", "genindex"]  # pages that Sphinx adds to those of the book
SHEET = "_static/book.css"
PDF = "from-base-models.pdf"
# What Sphinx notes for itself, the theme's templates, and the script whose icons are drawn; pages come one by one.
LEFT_OUT = shutil.ignore_patterns(".*", "*.html", "fontawesome.js*")
INDEX = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={page}">
<link rel="icon" href="_static/favicon.svg">
<title>{title}</title>
</head>
<body><main><h1>{title}</h1><p><a href="{page}">Open the book</a></p></main></body>
</html>
"""


def read_pages(raw: Path, book: Contents) -> dict[str, str]:
    """Return what Sphinx wrote of every page of the book, of the search and of the index.

    Parameters
    ----------
    raw : Path
        Sphinx's folder.
    book : Contents
        The book.

    Returns
    -------
    dict of str to str
        From a page's name to its text.

    Raises
    ------
    FileNotFoundError
        If a page is missing.
    """
    paths = {name: raw / f"{name}.html" for name in [*book.pages, *EXTRA]}
    if missing := [name for name, path in paths.items() if not path.exists()]:
        raise FileNotFoundError(f"the table of contents names what was not built: {', '.join(missing)}")
    return {name: path.read_text("utf-8") for name, path in paths.items()}


def finish_page(text: str, name: str, sheet: str, facts: str, icons: Mapping) -> str:
    """Return a page of Sphinx as a page of the site.

    Parameters
    ----------
    text : str
        The page.
    name : str
        Its name.
    sheet : str
        The address of the style sheet, from the site's folder.
    facts : str
        What the page says of the PDF, if it is the landing page and there is a PDF.
    icons : mapping
        What `drawings` returns.

    Returns
    -------
    str
        The page.
    """
    page, up = BeautifulSoup(text, "html.parser"), "../" * (len(PurePosixPath(name).parts) - 1)
    steps.name_parts(page)
    draw_icons(page, icons)
    steps.put_scripts_last(page)
    steps.link_one_sheet(page, f"{up}{sheet}")
    steps.offer_pdf(page, f"{up}{PDF}", facts)
    return str(page)


def make_sheet(raw: Path, search: str, modules: Path, kept: Kept) -> Path:
    """Return the one style sheet; it is made anew if a page, a script or a style sheet has changed."""
    names = [address.partition("?")[0] for address in sheets(BeautifulSoup(search, "html.parser"))]
    used = [path.read_bytes() for path in sorted(raw.rglob("*")) if path.suffix in {".css", ".html", ".js"}]
    return kept.file(used, lambda draft: draft.write_text(purge(raw, names, modules), "utf-8"))


def finish(book: Contents, pages: Mapping[str, str], kept: Kept, pdf: Path | None, facts: str) -> None:
    """Make the site from Sphinx's folder.

    Parameters
    ----------
    book : Contents
        The book.
    pages : mapping of str to str
        What `read_pages` returns.
    kept : Kept
        Has the pages whose inputs did not change.
    pdf : Path or None
        The book as one PDF, if there is one.
    facts : str
        What the landing page says of it.
    """
    build = book.folder / "_build"
    raw = build / "sphinx"
    script = (raw / SCRIPT).read_bytes()
    icons = drawings(script.decode())
    style = make_sheet(raw, pages["search"], build / "assets" / "node_modules", kept)
    sheet = f"{SHEET}?v={hashlib.sha256(style.read_bytes()).hexdigest()[:8]}"

    def finished(name: str) -> Path:
        inputs = pages[name], name, sheet, facts if name == book.root else ""
        return kept.file(
            [script, *map(str.encode, inputs)],
            lambda draft: draft.write_text(finish_page(*inputs, icons), "utf-8"),
        )

    with replaced_folder(build / "html") as fresh:
        shutil.copytree(raw, fresh, ignore=LEFT_OUT)
        shutil.copy(style, fresh / SHEET)
        for name in pages:
            shutil.copy(finished(name), fresh / f"{name}.html")
        title, page = html.escape(book.title(book.root)), f"{book.root}.html"
        index = INDEX.format(language=language(book.folder), page=page, title=title)
        (fresh / "index.html").write_text(index, "utf-8")
        if pdf:
            shutil.copy(pdf, fresh / PDF)
