"""The book as one PDF, against the site that it is made of; and each check finds what it is there to find."""

import io
import os
import re
import unicodedata
from copy import copy

import pytest
from pypdf import PdfReader, PdfWriter, Transformation

from tools.book import contents
from tools.site.finish import PDF
from tools.site.paper import anchor, chapter

from . import pdf, site
from .conftest import BOOK

pytestmark = pytest.mark.xdist_group("pdf")  # one process reads it, once

FINE = """<h1>A book</h1><p>Go <a href="#x">there</a> or <a href="https://else.where/">elsewhere</a>.</p>
<h2 id="x">One</h2><span role="img" aria-label="Two dots">..</span>"""


@pytest.fixture(scope="module")
def whole(built):
    """The PDF."""
    if not (built / PDF).exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("the PDF is not built: `make book` builds it")
    return PdfReader(built / PDF)


@pytest.fixture(scope="module")
def pages(whole):
    """The text of the PDF."""
    return pdf.pieces(whole)


@pytest.fixture(scope="module")
def articles(parsed):
    """The pages of the site, without the marks at headings."""
    found = {page: copy(parsed[f"{page}.html"].article) for page in BOOK.pages}
    for article in found.values():
        for mark in article.select("a.headerlink"):
            mark.decompose()
    return found


@pytest.fixture(scope="module")
def starts(whole):
    """The index of each chapter's first page, by anchor."""
    places = {anchor(page): whole.named_destinations[f"/{anchor(page)}"] for page in BOOK.pages}
    return {name: whole.get_destination_page_number(place) for name, place in places.items()}


def test_it_is_whole_and_sound(whole, pages):
    wrong = pdf.untagged(whole) + pdf.silent(whole) + pdf.broken_links(whole)
    wrong += pdf.formulas(pages) + pdf.fonts_missing(pages) + pdf.outside(pages) + pdf.blank(pages)
    assert not wrong, "\n".join(wrong)
    assert whole.metadata.title == BOOK.title(BOOK.root)
    assert whole.trailer["/Root"]["/Lang"] == contents.language(BOOK.folder)


def test_the_landing_page_says_how_long_it_is(whole, articles):
    offered = articles[BOOK.root].find(id="whole-book")
    assert offered.a["href"] == f"../{PDF}" and f"({len(whole.pages)} pages," in offered.get_text()
    assert 10 * len(BOOK.lessons) < len(whole.pages) < 60 * len(BOOK.lessons)


def test_the_outline_names_every_chapter_and_section_in_order(whole, articles, starts):
    found = pdf.titles(whole)
    chapters = {" ".join(article.h1.get_text().split()): anchor(page) for page, article in articles.items()}
    del chapters[BOOK.title(BOOK.root)]
    assert not (wrong := pdf.missing([title for _, title, _ in found], list(chapters))), wrong
    for depth, title, page in found:
        if title in chapters and depth == 1:
            assert page == starts[chapters[title]], title
    sections = [" ".join(h.get_text().split()) for page in BOOK.lessons for h in articles[page].select("h1, h2")]
    assert not (wrong := pdf.missing([title for _, title, _ in found], sections)), wrong


def test_links_to_sections_stay_in_their_lesson(whole, starts):
    ends = dict(zip(starts, [*list(starts.values())[1:], len(whole.pages)], strict=True))
    inside = {name[1:]: whole.get_destination_page_number(place) for name, place in whole.named_destinations.items()}
    for name in map(anchor, BOOK.lessons):
        for section in ("exercises", "further-reading", "solutions"):
            assert starts[name] <= inside[f"{name}--{section}"] < ends[name], (name, section)


def squeezed(text):
    """Return a text without spaces, and with two letters where a font has one sign for both, as in "classifier"."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def test_the_contents_name_the_right_pages(pages, articles, starts):
    text = squeezed("".join(text for page in pages[1 : starts[anchor(BOOK.root)]] for *_, text in page))
    for page in BOOK.pages[1:]:
        title = squeezed(articles[page].h1.get_text())
        assert f"{title}{starts[anchor(page)] + 1}" in text, page


def test_text_of_the_first_and_the_last_section_is_there(pages, articles):
    text = squeezed("".join(text for page in pages for *_, text in page))
    for page in BOOK.pages[1:]:
        heads = [squeezed(h.get_text()) for h in articles[page].select("h1, h2")]
        assert heads[0] in text and heads[-1] in text, page


def test_figures_and_formulas_have_the_words_of_the_site(whole, articles):
    there = set(pdf.words(whole))
    for page in BOOK.lessons:
        drawn = {svg["aria-label"] for svg in articles[page].select("svg[role=img]")}
        formulas = {" ".join(tex.get_text().split()) for tex in articles[page].select("annotation")}
        assert len(drawn) > 3 and len(formulas) > 3 and not (drawn | formulas) - there


def test_formulas_are_set_in_their_fonts(pages):
    assert any("KaTeX_Size2" in font and "∑" in text for page in pages for *_, font, text in page)


def test_every_link_inside_has_its_goal(whole, built):
    assert not (wrong := pdf.dangling((built.parent / "pdf" / "book.html").read_text("utf-8"))), wrong


def test_nothing_is_wider_than_the_sheet(whole, built, browser):
    page = browser.new_page(viewport={"width": 658, "height": 900})  # A4 less its margins
    page.emulate_media(media="print")
    page.goto((built.parent / "pdf" / "book.html").as_uri())
    assert not site.sideways(page)
    page.close()


def test_answers_and_claims_are_unfolded_and_folded_code_is_left_out():
    def fold(kind):
        return f"<details class='{kind}'><summary>Why</summary><b>So</b></details>"

    cell = f"<div class='tag_hide-input'>{fold('admonition hide above-input')}{fold('fbm-claim holds')}</div>"
    result = f"<div class='tag_hide-output'>{fold('admonition hide below-input')}</div>"
    article = chapter(f"<html lang='en'><article>{cell}{fold('sd-dropdown')}{result}</article></html>", "a", ["a"])
    assert [part.get("class") for part in article.select("div div, article > div")] == [
        ["tag_hide-input"],
        ["fbm-claim", "holds"],
        "fbm-answer",
        ["tag_hide-output"],
    ]
    assert not article.find("details") and article.get_text() == "WhySo" * 2 + "So"


@pytest.fixture
def printed(page_of):
    """Make a function that prints a page."""

    def make(body, *, tagged=True):
        with page_of(body) as (page, _):
            return PdfReader(io.BytesIO(page.pdf(tagged=tagged, outline=tagged)))

    return make


def test_a_sound_pdf_passes(printed):
    reader = printed(FINE)
    pages = pdf.pieces(reader)
    wrong = pdf.untagged(reader) + pdf.silent(reader) + pdf.broken_links(reader)
    assert not wrong + pdf.formulas(pages) + pdf.outside(pages) + pdf.blank(pages)
    assert [title for _, title, _ in pdf.titles(reader)] == ["A book", "One"]
    assert pdf.words(reader) == ["Two dots"]


def test_a_pdf_without_tags_is_told(printed):
    assert pdf.untagged(printed(FINE, tagged=False)) == ["no marks", "no tree of elements", "no language", "no outline"]


@pytest.mark.parametrize(
    ("check", "body", "said"),
    [
        (pdf.silent, "<figure><p>A plot</p></figure>", "1 figures without words"),
        (pdf.broken_links, '<a href="file:///a">A</a>', "file:///a is of this machine"),
        (pdf.broken_links, '<a href="other.html">A</a>', "other.html is of this machine"),
    ],
)
def test_a_defect_is_told(check, body, said, printed):
    assert [said in words for words in check(printed(FINE + body))] == [True]


def test_a_link_whose_goal_went_missing_is_told(printed):
    writer = PdfWriter(clone_from=printed(FINE))
    del writer.root_object["/Dests"]
    assert "/x is not there" in pdf.broken_links(reread(writer))[0]


def test_text_outside_of_the_page_is_told(printed):
    writer = PdfWriter(clone_from=printed(FINE))
    writer.pages[0].add_transformation(Transformation().translate(tx=900))
    assert len(pdf.outside(pdf.pieces(reread(writer)))) > 3


def test_a_formula_that_is_not_rendered_is_told_but_not_code(printed):
    assert len(pdf.formulas(pdf.pieces(printed(FINE + "<p>$$ x $$</p><pre>$$ y $$</pre>")))) == 1


def test_fonts_that_came_too_late_are_told(printed):
    assert len(pdf.fonts_missing(pdf.pieces(printed(FINE)))) == len(pdf.FORMULAS)


def test_a_blank_page_is_told(printed):
    reader = printed(FINE + '<p style="break-before: page">7</p>')
    assert pdf.blank(pdf.pieces(reader)) == ["page 2 is blank"]


def test_a_link_to_an_anchor_that_is_not_there_is_told():
    assert pdf.dangling('<a href="#x">A</a><a href="#y">B</a><p id="y">C</p><p id="z">D</p>') == [
        "#x is not there once"
    ]
    assert pdf.dangling('<a href="#x">A</a><p id="x">B</p><p id="x">C</p>') == ["#x is not there once"]


@pytest.mark.parametrize("found", [["a", "c"], ["b", "a", "c"], []])
def test_a_title_that_is_missing_or_misplaced_is_told(found):
    assert pdf.missing(found, ["a", "b", "c"]) and not pdf.missing(["a", "b", "x", "c"], ["a", "b", "c"])


def reread(writer):
    """Return what a writer writes, read again."""
    file = io.BytesIO()
    writer.write(file)
    return PdfReader(file)
