"""Join the pages that Sphinx wrote into one that can be printed: a title page, contents, and a chapter for each page.

The numbers of pages are left open, in elements ``<span data-page-of="...">``.
"""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

from bs4 import BeautifulSoup, Tag

from tools.book.contents import Contents, Part, language, short
from tools.book.words import English, words
from tools.site.sheet import sheets
from tools.site.steps import name_parts

STYLE = Path(__file__).with_suffix(".css")
ADDRESS = "http://site/"
# What paper does not need, and the code of cells whose input is folded: it is beside the point.
LEFT_OUT = "a.headerlink, .sd-summary-state-marker, .tag_hide-input details.above-input, #whole-book"
BOOK = """<!DOCTYPE html>
<html lang="{language}" data-theme="light">
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
    """Return the commit and its date, in words; nothing without git, or in a copy that is no repository of its own."""
    if not shutil.which("git") or not (root / ".git").exists():
        return ""

    def git(*arguments):
        done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    say = words(language(root))
    date, name = git("log", "-1", "--format=%cs"), git("describe", "--always", f"--dirty={say.with_changes}")
    return say.version.format(name=name, date=date) if date else ""


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
    """Let an answer stand below its question, what was predicted below the prediction, and what a claim rests on below it."""
    for result in article.select(".tag_hide-output details.below-input"):
        result.summary.decompose()
        result.unwrap()
    for folded in article.select("details.sd-dropdown"):
        folded["class"] = "fbm-answer"
    for folded in article.select("details.fbm-answer, details.fbm-claim"):
        folded.name, folded.summary.name = "div", "p"


def describe_formulas(article: Tag) -> None:
    """Give each formula its TeX as its words: a PDF of Chromium has no place for MathML."""
    for formula in article.select("span.katex"):
        formula["role"], formula["aria-label"] = "img", " ".join(formula.annotation.get_text().split())
        formula.select_one(".katex-mathml").decompose()
        del formula.select_one(".katex-html")["aria-hidden"]
    for figure in article.find_all("figure"):
        figure["role"] = "none"  # the drawing in it is the figure, and has the words


def unmark_operators(article: Tag) -> None:
    """Drop the marks of operators in code; each would be an element of the PDF."""
    for mark in article.find_all("span", class_="o"):
        mark.unwrap()


def element(markup: str) -> Tag:
    """Make an element."""
    return BeautifulSoup(markup, "html.parser").contents[0].extract()


def gather_solutions(article: Tag, page: str, say: type[English]) -> None:
    """Move solutions from below their exercises to the end of the lesson, where nobody reads them too early."""
    cells = article.select("div.tag_hide-cell")
    solutions = element(f'<section id="{anchor(page, "solutions")}"><h2>{say.solutions}</h2></section>')
    for cell in cells:
        exercise = cell.find_parent("section")
        place, title = f"{exercise['id']}--solution", exercise.find(re.compile("^h")).get_text()
        there = f'<p><a href="#{place}">{say.solution}</a>{say.on_page}<span data-page-of="{place}"></span></p>'
        back = f'<section id="{place}"><h3><a href="#{exercise["id"]}">{html.escape(title)}</a></h3></section>'
        cell.replace_with(element(there))
        cell.summary.decompose()
        cell.details.unwrap()
        solution = element(back)
        solution.append(cell)
        solutions.append(solution)
    if cells:
        article.section.append(solutions)


def chapter(text: str, page: str, pages: list[str]) -> Tag:
    """Return the article of a page that Sphinx wrote, ready to stand in the book, with headings that begin at ``h2``."""
    whole = BeautifulSoup(text, "html.parser")
    name_parts(whole)
    article = whole.article
    for element in article.select(LEFT_OUT):
        element.decompose()
    rename(article, page, pages)
    unfold(article)
    describe_formulas(article)
    unmark_operators(article)
    gather_solutions(article, page, words(whole.html["lang"]))
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
    told = json.dumps(short(title))
    return f"#{place} {{page: {place}}} @page {place} {{@top-center {{content: {told}}}}}"


def join(book: Contents, pages: Mapping[str, str]) -> str:
    """Return the book as one page, without the numbers of its pages.

    Parameters
    ----------
    book : Contents
        The book.
    pages : mapping of str to str
        What Sphinx wrote, by the names of pages.

    Returns
    -------
    str
        HTML for ``_build/pdf``, which takes its styles from Sphinx's folder.
    """
    say = words(language(book.folder))
    articles = {page: chapter(pages[page], page, book.pages) for page in book.pages}
    landing = articles[book.root].section
    title, promise = landing.h2.get_text(), landing.p.extract()
    landing.h2.string = say.about
    lines, headers = [], []
    for number, part in enumerate([Part("", [book.root]), *book.parts]):
        if part.caption:
            place = f"part-{number}"
            above = f'<h1 id="{place}"><span>{say.part.format(number=number)}</span> {html.escape(part.caption)}</h1>'
            articles[part.pages[0]].insert(0, element(above))
            lines.append(entry("part", place, part.caption))
        for page in part.pages:
            place, heading = anchor(page), articles[page].h2.get_text()
            headers.append(header(place, heading))
            lines.append(entry("chapter", place, heading))
            lines += [entry("section", h3.parent["id"], h3.get_text()) for h3 in articles[page].find_all("h3")]
    page = BeautifulSoup(pages[book.root], "html.parser")
    styles = [urljoin(f"{ADDRESS}{book.root}.html", address).partition("?")[0] for address in sheets(page)]
    styles = [style.replace(ADDRESS, "../sphinx/") for style in styles]
    return BOOK.format(
        language=language(book.folder),
        title=html.escape(title),
        styles="\n".join(f'<link rel="stylesheet" href="{style}">' for style in [*styles, STYLE.as_uri()]),
        headers="\n".join(headers),
        promise=promise,
        version=html.escape(version(book.folder)),
        licenses=html.escape(page.select_one(".extra_footer").get_text(strip=True)),
        contents="\n".join(lines),
        articles="\n".join(map(str, articles.values())),
    )
