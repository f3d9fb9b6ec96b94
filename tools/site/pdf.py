"""Print the whole book as one PDF, tagged for screen readers, by the system's Chromium.

Sphinx's own single page (the builder singlehtml) will not do: in it the anchors of one page collide with another's.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from tools.book.contents import Contents
from tools.book.words import English
from tools.files import replace
from tools.site import chromium, paper
from tools.site.kept import Kept

TIME = 300_000  # milliseconds for Chromium
PAGE_OF = re.compile(r'<span data-page-of="([^"]+)">')


def print_page(source: Path, target: Path) -> PdfReader:
    """Let Chromium print a page.

    Parameters
    ----------
    source : Path
        The page.
    target : Path
        The PDF.

    Returns
    -------
    PdfReader
        The PDF.

    Raises
    ------
    RuntimeError
        If the page names a file that is not there.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        page = browser.new_page(java_script_enabled=False, color_scheme="light")
        missing = []
        page.on("requestfailed", lambda request: missing.append(request.url))
        page.goto(source.as_uri(), wait_until="load", timeout=TIME)
        page.pdf(path=target, prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
        browser.close()
    if missing:
        raise RuntimeError(f"the book names what is not there: {', '.join(missing)}")
    return PdfReader(target)


def fill_in_page_numbers(text: str, reader: PdfReader) -> str:
    """Fill in the numbers of pages, as they were when the book was printed without them."""
    places = reader.named_destinations
    return PAGE_OF.sub(
        lambda match: f"{match[0]}{reader.get_destination_page_number(places['/' + match[1]]) + 1}", text
    )


def print_book(book: Contents, pages: Mapping[str, str], kept: Kept) -> Path:
    """Return the book as one PDF, printed anew if a page, a style or the version has changed.

    Parameters
    ----------
    book : Contents
        The book.
    pages : mapping of str to str
        What Sphinx wrote, by the names of pages.
    kept : Kept
        Where the PDF is kept.

    Returns
    -------
    Path
        The PDF.
    """
    build = book.folder / "_build"

    def make(draft: Path) -> None:
        text, page = paper.join(book, pages), build / "pdf" / "book.html"
        replace(page, text)
        replace(page, fill_in_page_numbers(text, print_page(page, draft)))
        print_page(page, draft)

    styles = [path.read_bytes() for path in sorted(build.glob("sphinx/**/*.css"))]
    return kept.file([paper.version(book.folder).encode(), *map(str.encode, pages.values()), *styles], make)


def facts(pdf: Path, say: type[English]) -> str:
    """Return how long and how large a PDF is, in words of the book's language."""
    return say.pdf_facts.format(pages=len(PdfReader(pdf).pages), megabytes=pdf.stat().st_size / 1e6)
