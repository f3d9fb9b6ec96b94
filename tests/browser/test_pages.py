"""Every page of the built site, in a real browser, on a desk and on a phone, light and dark."""

import os
import re
from pathlib import Path

import pytest
import yaml

from . import site

ROOT = Path(__file__).parents[2]


def _toc():
    """Return the pages of the table of contents, in order, without suffix."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    return [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]


PAGES = _toc()
LESSONS = [page for page in PAGES if page.startswith("lessons/")]
EXTRA = ["search", "genindex"]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES + EXTRA)
def test_a_page(name, width, mode, browser, home):
    with site.opened(browser, f"{home}{name}.html", width=width, mode=mode) as (page, wrong):
        wrong += site.sideways(page) + site.accessibility(page)
        if name not in EXTRA:
            wrong += site.formulas(page) + site.figures(page) + site.cut_off(page)
        assert page.evaluate("document.documentElement.dataset.theme") == mode
        assert page.locator("h1:visible").count() == 1
        assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", PAGES + EXTRA)
def test_a_page_weighs_little_and_stands_still(name, browser, home):
    with site.opened(browser, f"{home}{name}.html", width=390) as (page, _):
        assert not (wrong := site.weight(page)), "\n".join(wrong)


@pytest.mark.parametrize("name", LESSONS)
def test_a_link_to_the_end_of_a_lesson_leads_there(name, browser, home):
    with site.opened(browser, f"{home}{name}.html#further-reading") as (page, _):
        page.wait_for_timeout(500)
        top = page.locator("#further-reading h2").bounding_box()["y"]
        assert 0 <= top < 900, f"the heading is at {top:.0f} px in a window of 900"


def test_no_link_leads_nowhere(built):
    assert not (wrong := site.broken_links(built)), "\n".join(wrong)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_formulas_and_figures(name, browser, home):
    with site.opened(browser, f"{home}{name}.html") as (page, _):
        assert page.locator("article .katex").count() > 3
        assert page.locator("article svg[role=img], article img").count() > 3
        assert page.locator(".katex-mathml math").count() == page.locator(".katex").count()


@pytest.mark.parametrize("name", LESSONS[:1])
def test_a_reader_without_a_mouse(name, browser, home):
    with site.opened(browser, f"{home}{name}.html") as (page, _):
        page.keyboard.press("Tab")
        skip = page.evaluate("document.activeElement.textContent.trim()")
        assert re.match("skip to", skip, re.IGNORECASE)
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('main')"), "the skip link leads into the content"


def test_search_finds_a_lesson_by_a_word_of_it(browser, home):
    with site.opened(browser, f"{home}book/index.html") as (page, wrong):
        page.keyboard.press("Control+k")
        page.keyboard.type("convolution")
        page.keyboard.press("Enter")
        page.wait_for_selector("ul.search li a", timeout=20_000)
        found = page.eval_on_selector_all("ul.search li a", "nodes => nodes.map(node => node.getAttribute('href'))")
        assert any("lessons/models/cnn" in address for address in found)
        assert not wrong


@pytest.mark.parametrize("name", LESSONS)
def test_a_solution_is_folded_and_opens(name, browser, home):
    with site.opened(browser, f"{home}{name}.html") as (page, _):
        folded = page.locator("details", has=page.locator("summary", has_text="Show the solution"))
        assert folded.count() == 5
        inside = folded.first.locator("pre").first
        assert not inside.is_visible()
        folded.first.locator("summary").first.click()
        assert inside.is_visible()


def test_code_is_copied_as_it_stands(browser, home):
    with site.opened(browser, f"{home}{LESSONS[0]}.html") as (page, _):
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        cell = page.locator("div.cell_input div.highlight").first
        cell.hover()
        cell.locator("button.copybtn").click()
        page.wait_for_function("navigator.clipboard.readText().then(text => text.length > 0)")
        assert page.evaluate("navigator.clipboard.readText()").strip() == cell.locator("pre").inner_text().strip()


def test_next_and_previous_lead_through_the_book(browser, home):
    with site.opened(browser, f"{home}{PAGES[0]}.html") as (page, wrong):
        for name in PAGES[1:]:
            site.lay_out(page)  # else the link moves under the pointer while what is above it is laid out
            page.locator("a.right-next").click()
            page.wait_for_url(f"**/{os.path.basename(name)}.html")
            assert page.url == f"{home}{name}.html"
        page.locator("a.left-prev").click()
        page.wait_for_url(f"**/{os.path.basename(PAGES[-2])}.html")
        assert not wrong
