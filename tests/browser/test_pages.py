"""Every page of the built site, in a real browser, on a desk and on a phone, light and dark."""

import re

import pytest

from tools.site.finish import EXTRA

from . import site
from .conftest import BOOK

DESK, PHONE = 1280, 390
# What only a narrow window can bring about.
NARROW = ("scrollable-region-focusable", "target-size")


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("name", [*BOOK.pages, *EXTRA])
def test_a_page(name, width, browser, home):
    with site.opened(browser, f"{home}{name}.html", width=width) as (page, wrong):
        wrong += site.weight(page) if width == PHONE else []
        site.unfold(page)
        wrong += site.headings(page) + site.sideways(page)
        if name not in EXTRA:
            wrong += site.formulas(page) + site.figures(page) + site.cut_off(page)
        if name in BOOK.lessons and width == DESK:
            wrong += site.lesson(page)
        wrong += site.modes(page) if width == DESK else site.accessibility(page, *NARROW)
        assert not wrong, "\n".join(wrong)


def test_no_link_leads_nowhere(parsed, built):
    assert not (wrong := site.broken_links(parsed, built)), "\n".join(wrong)


def test_next_and_previous_lead_through_the_book(parsed):
    assert not (wrong := site.astray(parsed, BOOK.pages)), "\n".join(wrong)


def test_a_reader_without_a_mouse(browser, home):
    with site.opened(browser, f"{home}{BOOK.lessons[0]}.html") as (page, _):
        page.keyboard.press("Tab")
        skip = page.evaluate("document.activeElement.textContent.trim()")
        assert re.match("skip to", skip, re.IGNORECASE)
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('main')"), "the skip link leads into the content"


def test_a_claim_is_folded_until_a_key_or_a_link_unfolds_it(browser, home):
    lesson = f"{home}{BOOK.lessons[0]}.html"
    with site.opened(browser, lesson) as (page, _):
        one, other = (page.locator("details.fbm-claim").nth(number) for number in range(2))
        assert not site.unfolded(one) and not site.unfolded(other)
        one.locator("summary").press("Enter")
        assert site.unfolded(one)
        anchor = other.get_attribute("id")
        page.evaluate("anchor => location.hash = anchor", anchor)
        page.wait_for_function("anchor => document.getElementById(anchor).open", arg=anchor)
    with site.opened(browser, f"{lesson}#{anchor}") as (page, _):
        assert site.unfolded(page.locator(f"#{anchor}"))


def test_a_claim_is_unfolded_on_paper(browser, home):
    with site.opened(browser, f"{home}{BOOK.lessons[0]}.html") as (page, _):
        chart = page.locator("details.fbm-claim svg").first
        assert not chart.is_visible()
        page.emulate_media(media="print")
        assert chart.is_visible()


def test_search_finds_a_lesson_by_a_word_of_it(browser, home):
    with site.opened(browser, f"{home}{BOOK.root}.html") as (page, wrong):
        page.keyboard.press("Control+k")
        page.keyboard.type("convolution")
        page.keyboard.press("Enter")
        page.wait_for_selector("ul.search li a", timeout=20_000)
        found = page.eval_on_selector_all("ul.search li a", "nodes => nodes.map(node => node.getAttribute('href'))")
        assert any("lessons/models/cnn" in address for address in found)
        assert not wrong


def test_code_is_copied_as_it_stands(browser, home):
    with site.opened(browser, f"{home}{BOOK.lessons[0]}.html") as (page, _):
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        cell = page.locator("div.cell_input div.highlight").first
        cell.hover()
        cell.locator("button.copybtn").click()
        page.wait_for_function("navigator.clipboard.readText().then(text => text.length > 0)")
        assert page.evaluate("navigator.clipboard.readText()").strip() == cell.locator("pre").inner_text().strip()
