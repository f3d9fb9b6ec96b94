"""Print the whole book as one PDF, from the pages of the built site.

``python -m tools.site.pdf``, which ``make book`` runs last, joins the pages in the order of ``_toc.yml``, lets the system's
Chromium print them, and leaves ``_build/html/from-base-models.pdf``, tagged for screen readers. The landing page then links
to it. Where there is no Chromium there is no PDF and no link; in CI that is an error.

Sphinx's own single page (the builder singlehtml) will not do: in it the anchors of one page collide with another's.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from tools.files import replace
from tools.site import chromium

ROOT = Path(__file__).parents[2]
NAME = "from-base-models.pdf"
STYLE = Path(__file__).with_suffix(".css")
TIME = 300_000  # milliseconds for Chromium
ADDRESS = "http://site/"
# What paper does not need, and the code of cells whose input is folded: it is beside the point.
LEFT_OUT = "a.headerlink, .sd-summary-state-marker, .tag_hide-input details, #whole-book"
PAGE_OF = re.compile(r'<span data-page-of="([^"]+)">')
OFFER = re.compile(r'<p id="whole-book".*?</p>', re.DOTALL)
NO_OFFER = '<p id="whole-book" hidden></p>'
BOOK = """<!DOCTYPE html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<title>{title}</title>
{styles}
<style>{headers}</style>
</head>
<body>
<header>
<h1>{title}</h1>
{promise}
<p class="fbm-small">{version}</p>
<p class="fbm-small">{licenses}</p>
<p class="fbm-small">Code that only draws a figure or states a claim is left out here; the site and the notebooks have it.
Solutions of exercises stand at the end of each lesson.</p>
</header>
<nav aria-labelledby="contents">
<h2 id="contents">Contents</h2>
<ul>
{contents}
</ul>
</nav>
<main>
{articles}
</main>
</body>
</html>
"""


def version(root: Path) -> str:
    """Return the commit and its date, in words; nothing without git or outside of a repository."""
    if not shutil.which("git"):
        return ""

    def git(*arguments):
        done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    date, name = git("log", "-1", "--format=%cs"), git("describe", "--always", "--dirty=, with changes")
    return f"Version {name}, of {date}." if date else ""


def anchor(page: str, inside: str = "") -> str:
    """Return the anchor in the book of a page, or of an anchor inside it."""
    return "--".join(filter(None, (page.replace("/", "-"), inside)))


def link(address: str, page: str, pages: list[str]) -> str:
    """Return where a page's link leads in the book; nothing if it leads to what only the site has."""
    target, inside = urldefrag(urljoin(f"{ADDRESS}{page}.html", address))
    if not target.startswith(ADDRESS):
        return address
    there = target.removeprefix(ADDRESS).removesuffix(".html")
    return f"#{anchor(there, unquote(inside))}" if there in pages else ""


def rename(article: Tag, page: str, pages: list[str]) -> None:
    """Make a page's anchors unique in the book, and let links lead to them."""
    for element in article.find_all(True):
        if "id" in element.attrs:
            element["id"] = anchor(page, element["id"])
        if "clip-path" in element.attrs:
            element["clip-path"] = element["clip-path"].replace("#", f"#{anchor(page)}--")
        if "href" in element.attrs:
            element["href"] = link(element["href"], page, pages)
            if not element["href"]:
                element.unwrap()


def unfold(article: Tag) -> None:
    """Let an answer stand below its question."""
    for folded in article.select("details.sd-dropdown"):
        folded.name, folded.summary.name = "div", "p"
        folded["class"] = "fbm-answer"


def speak(article: Tag) -> None:
    """Give each formula its TeX as its words: a PDF of Chromium has no place for MathML."""
    for formula in article.select("span.katex"):
        formula["role"], formula["aria-label"] = "img", " ".join(formula.annotation.get_text().split())
        formula.select_one(".katex-mathml").decompose()
        del formula.select_one(".katex-html")["aria-hidden"]
    for figure in article.find_all("figure"):
        figure["role"] = "none"  # the drawing in it is the figure, and has the words


def lighten(article: Tag) -> None:
    """Drop the marks of code that have the color of text; each would be an element of the PDF."""
    for mark in article.find_all("span", class_=["n", "nn", "o", "p", "w"]):
        mark.unwrap()


def element(markup: str) -> Tag:
    """Make an element."""
    return BeautifulSoup(markup, "html.parser").contents[0].extract()


def gather_solutions(article: Tag, page: str) -> None:
    """Move solutions from below their exercises to the end of the lesson, where nobody reads them too early."""
    cells = article.select("div.tag_hide-cell")
    solutions = element(f'<section id="{anchor(page, "solutions")}"><h2>Solutions</h2></section>')
    for cell in cells:
        exercise = cell.find_parent("section")
        place, title = f"{exercise['id']}--solution", exercise.find(re.compile("^h")).get_text()
        there = f'<p><a href="#{place}">Solution</a>, page <span data-page-of="{place}"></span></p>'
        back = f'<section id="{place}"><h3><a href="#{exercise["id"]}">{html.escape(title)}</a></h3></section>'
        cell.replace_with(element(there))
        cell.summary.decompose()
        cell.details.unwrap()
        solution = element(back)
        solution.append(cell)
        solutions.append(solution)
    if cells:
        article.section.append(solutions)


def chapter(site: Path, page: str, pages: list[str]) -> Tag:
    """Return the article of a page of the site, ready to stand in the book, with headings that begin at ``h2``."""
    article = BeautifulSoup((site / f"{page}.html").read_text("utf-8"), "html.parser").article
    for element in article.select(LEFT_OUT):
        element.decompose()
    rename(article, page, pages)
    unfold(article)
    speak(article)
    lighten(article)
    gather_solutions(article, page)
    for heading in article.find_all(re.compile("^h[1-5]$")):
        heading.name = f"h{int(heading.name[1]) + 1}"  # a part's title stands above its lessons'
    article["id"] = anchor(page)
    return article


def entry(level: str, place: str, title: str) -> str:
    """Return a line of the table of contents."""
    number = f'<span data-page-of="{place}"></span>'
    return f'<li class="fbm-{level}"><a href="#{place}">{html.escape(title)}</a> {number}</li>'


def header(place: str, title: str) -> str:
    """Return the style that lets the pages of a chapter carry its title, without what follows the colon."""
    short = json.dumps(title.partition(":")[0])
    return f"#{place} {{page: {place}}} @page {place} {{@top-center {{content: {short}}}}}"


def join(root: Path) -> str:
    """Return the book as one page, without the numbers of its pages.

    Parameters
    ----------
    root : Path
        The root of the repository, with the built site.

    Returns
    -------
    str
        HTML for ``_build/pdf``, which takes its styles from the site.
    """
    site = root / "_build" / "html"
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    parts = [("", [toc["root"]])]
    parts += [(part["caption"], [chapter["file"] for chapter in part["chapters"]]) for part in toc["parts"]]
    pages = [page for _, names in parts for page in names]
    articles = {page: chapter(site, page, pages) for page in pages}
    landing = articles[toc["root"]].section
    title, promise = landing.h2.get_text(), landing.p.extract()
    landing.h2.string = "About this book"
    lines, headers = [], []
    for number, (caption, names) in enumerate(parts):
        if caption:
            place = f"part-{number}"
            above = f'<h1 id="{place}"><span>Part {number}</span> {html.escape(caption)}</h1>'
            articles[names[0]].insert(0, element(above))
            lines.append(entry("part", place, caption))
        for page in names:
            place, heading = anchor(page), articles[page].h2.get_text()
            headers.append(header(place, heading))
            lines.append(entry("chapter", place, heading))
            lines += [entry("section", h3.parent["id"], h3.get_text()) for h3 in articles[page].find_all("h3")]
    page = BeautifulSoup((site / f"{toc['root']}.html").read_text("utf-8"), "html.parser")
    styles = [urljoin(f"{ADDRESS}{toc['root']}.html", link["href"]) for link in page.select("link[rel=stylesheet]")]
    styles = [style.replace(ADDRESS, "../html/") for style in styles]
    return BOOK.format(
        title=html.escape(title),
        styles="\n".join(f'<link rel="stylesheet" href="{style}">' for style in [*styles, STYLE.as_uri()]),
        headers="\n".join(headers),
        promise=promise,
        version=html.escape(version(root)),
        licenses=html.escape(page.select_one(".extra_footer").get_text(strip=True)),
        contents="\n".join(lines),
        articles="\n".join(map(str, articles.values())),
    )


def output(source: Path, target: Path) -> PdfReader:
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


def number(text: str, reader: PdfReader) -> str:
    """Fill in the numbers of pages, as they were when the book was printed without them."""
    places = reader.named_destinations
    return PAGE_OF.sub(
        lambda match: f"{match[0]}{reader.get_destination_page_number(places['/' + match[1]]) + 1}", text
    )


def fingerprint(root: Path) -> str:
    """Return a hash of all that the PDF depends on: pages and styles of the site, this program, the commit."""
    site = root / "_build" / "html"
    digest = hashlib.sha256(version(root).encode())
    for file in sorted([*site.rglob("*.html"), *site.rglob("*.css"), root / "_toc.yml", Path(__file__), STYLE]):
        digest.update(f"\0{file.name}\0{OFFER.sub(NO_OFFER, file.read_text('utf-8'))}".encode())
    return digest.hexdigest()


def offer(root: Path, words: str) -> None:
    """Put into the landing page the paragraph that leads to the PDF."""
    landing = root / "_build" / "html" / f"{yaml.safe_load((root / '_toc.yml').read_text('utf-8'))['root']}.html"
    replace(landing, OFFER.sub(words, landing.read_text("utf-8")))


def build(root: Path) -> bool:
    """Print the book unless the PDF that is there is up to date; return whether it is there now.

    Parameters
    ----------
    root : Path
        The root of the repository, with the built site.

    Returns
    -------
    bool
        Not where there is no Chromium.
    """
    work, target = root / "_build" / "pdf", root / "_build" / "html" / NAME
    now, stamp = fingerprint(root), work / "stamp"
    if target.exists() and stamp.exists() and stamp.read_text("utf-8") == now:
        return True
    offer(root, NO_OFFER)
    target.unlink(missing_ok=True)  # it is another site's
    if not chromium.executable():
        return False
    text, page, draft = join(root), work / "book.html", work / "draft.pdf"
    replace(page, text)
    replace(page, number(text, output(page, draft)))
    output(page, draft)
    draft.replace(target)
    replace(stamp, now)
    return True


def main() -> None:
    """Run the command line."""
    target = ROOT / "_build" / "html" / NAME
    if not (target.parent / "index.html").exists():
        sys.exit("pdf: the site is not built: `make book` builds it")
    if build(ROOT):
        facts = f"{len(PdfReader(target).pages)} pages, {target.stat().st_size / 1e6:.0f} MB"
        offer(ROOT, f'<p id="whole-book"><a href="../{NAME}">Download the whole book as one PDF</a> ({facts}).</p>')
        print(f"The book as one PDF: {target.relative_to(ROOT)}, {facts}.")
    elif os.environ.get("CI"):
        sys.exit(f"pdf: {chromium.MISSING}")
    else:
        print(f"No PDF of the book: {chromium.MISSING}.")


if __name__ == "__main__":
    main()
