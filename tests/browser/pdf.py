"""What the PDF of the book must have: each check takes a PDF and returns what is wrong, in words."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

TEX = ("$$", "\\(", "\\[", "\\begin{", "\\frac", "\\sum")
MONOSPACED = ("Mono", "Courier")
FORMULAS = ("KaTeX_Main", "KaTeX_Math", "KaTeX_Size1", "KaTeX_Size2")
Pages = list[list[tuple[float, float, str, str]]]


def pieces(reader: PdfReader) -> Pages:
    """Return the pieces of each page's text, as (x, y, name of the font, text)."""
    pages = []
    for page in reader.pages:
        found = []

        def visit(text, cm, tm, font, _size, found=found):
            x, y = cm[0] * tm[4] + cm[2] * tm[5] + cm[4], cm[1] * tm[4] + cm[3] * tm[5] + cm[5]
            if text.strip():
                found.append((x, y, str(font["/BaseFont"]) if font else "", text))

        page.extract_text(visitor_text=visit)
        pages.append(found)
    return pages


def untagged(reader: PdfReader) -> list[str]:
    """Name what a screen reader lacks in the document as a whole."""
    root = reader.trailer["/Root"]
    there = {
        "marks": root.get("/MarkInfo", {}).get("/Marked"),
        "tree of elements": root.get("/StructTreeRoot"),
        "language": root.get("/Lang"),
        "title": reader.metadata and reader.metadata.title,
        "outline": reader.outline,
    }
    return [f"no {what}" for what, value in there.items() if not value]


def elements(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Go through the elements of the tree, in reading order."""
    waiting = [reader.trailer["/Root"]["/StructTreeRoot"].get("/K")]
    while waiting:
        node = waiting.pop()
        node = node.get_object() if node is not None else None
        if isinstance(node, ArrayObject):
            waiting.extend(reversed(node))
        elif isinstance(node, DictionaryObject):
            if "/S" in node:
                yield node
            waiting.append(node.get("/K"))


def words(reader: PdfReader) -> list[str]:
    """Return the words of all figures and formulas."""
    return [str(element["/Alt"]) for element in elements(reader) if "/Alt" in element]


def silent(reader: PdfReader) -> list[str]:
    """Find figures without words."""
    count = sum(element["/S"] == "/Figure" and not element.get("/Alt") for element in elements(reader))
    return [f"{count} figures without words"] if count else []


def titles(reader: PdfReader) -> list[tuple[int, str, int]]:
    """Return the entries of the outline, as (depth, title, index of the page)."""

    def walk(entries, depth):
        for entry in entries:
            if isinstance(entry, list):
                yield from walk(entry, depth + 1)
            else:
                yield depth, " ".join(entry.title.split()), reader.get_destination_page_number(entry)

    return list(walk(reader.outline, 0))


def missing(found: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Name what is not there, or not in its place."""
    rest = iter(found)
    return [f"not there, or not in its place: {one}" for one in wanted if one not in rest]


def broken_links(reader: PdfReader) -> list[str]:
    """Find links that lead nowhere, or to the machine that made the PDF."""
    wrong, places = [], reader.named_destinations
    for number, page in enumerate(reader.pages, 1):
        for annotation in (one.get_object() for one in page.get("/Annots", [])):
            action = annotation.get("/A", {})
            goal = annotation.get("/Dest", action.get("/D"))
            if "/URI" in action:
                address = urlsplit(action["/URI"])
                local = (address.hostname or "").startswith(("127.", "localhost"))
                if address.scheme not in ("http", "https", "mailto") or local:
                    wrong.append(f"page {number}: {action['/URI']} is of this machine")
            elif not isinstance(goal, ArrayObject) and goal not in places:
                wrong.append(f"page {number}: {goal} is not there")
    return wrong


def dangling(text: str) -> list[str]:
    """Find links inside the page that was printed whose anchor is not there, or twice: Chromium drops them silently."""
    ids = Counter(re.findall(r'\bid="([^"]+)"', text))
    return [
        f"#{goal} is not there once" for goal in sorted(set(re.findall(r'href="#([^"]+)"', text))) if ids[goal] != 1
    ]


def formulas(pages: Pages) -> list[str]:
    """Find formulas that are not rendered, outside of code."""
    return [
        f"page {number}: a formula is not rendered: {text.strip()}"
        for number, page in enumerate(pages, 1)
        for _, _, font, text in page
        if any(sign in text for sign in TEX) and not any(name in font for name in MONOSPACED)
    ]


def fonts_missing(pages: Pages) -> list[str]:
    """Name the fonts of formulas in which nothing is set: what came too late is left out on paper."""
    there = {font for page in pages for _, _, font, _ in page}
    return [f"nothing is set in {name}" for name in FORMULAS if not any(name in font for font in there)]


def outside(pages: Pages, width: float = 595, height: float = 842) -> list[str]:
    """Find text that starts outside of its page, by default of A4."""
    return [
        f"page {number}: outside of the page: {text.strip()}"
        for number, page in enumerate(pages, 1)
        for x, y, _, text in page
        if not (0 <= x <= width and 0 <= y <= height)
    ]


def blank(pages: Pages) -> list[str]:
    """Find pages with no more than a header and a number."""
    return [f"page {number} is blank" for number, page in enumerate(pages, 1) if len(page) < 4]
