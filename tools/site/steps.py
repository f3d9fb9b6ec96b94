"""The steps by which a page of Sphinx becomes a page of the site: each changes the parsed page that it is given, by that alone."""

from itertools import dropwhile

from bs4 import BeautifulSoup

from tools.book.words import words

# What axe finds in the pages of the theme and of the extensions, as (elements, attribute, its right value).
RIGHT = [
    ("summary", "aria-label", None),
    ("button.search-button-field", "aria-label", None),
    ("i[data-mode]", "title", None),
    ("#pst-primary-sidebar", "role", "region"),
    ("div.citation-list", "role", None),
    ("div.citation", "role", None),
    ("div.fbm-scroll", "tabindex", "0"),
]


def name_parts(page: BeautifulSoup) -> None:
    """Give the parts of a page the names and roles by which a screen reader can tell them."""
    for elements, attribute, value in RIGHT:
        for element in page.select(elements):
            if value is None:
                del element[attribute]
            else:
                element[attribute] = value
    say = words(page.html["lang"])
    for sidebar in page.select("#pst-primary-sidebar"):
        sidebar["aria-label"] = say.sidebar
    for head in page.find_all("th"):
        if not head.get_text(strip=True):
            head.name = "td"
    for prompt in page.select("summary > p.admonition-title"):
        prompt.string = say.folds.get(prompt.get_text().removesuffix("s"), prompt.get_text())


def put_scripts_last(page: BeautifulSoup) -> None:
    """Move the scripts of the head behind the content, in their order: there they would keep the browser from showing it.

    Those before the first that is a file of its own stay: they set the mode, light or dark, before anything is drawn.
    """
    for preload in page.head.find_all("link", rel="preload"):
        preload.decompose()
    behind = page.body.find("script", defer=True)
    for script in dropwhile(lambda script: "src" not in script.attrs, page.head.find_all("script")):
        behind.insert_before(script.extract(), "\n")


def link_one_sheet(page: BeautifulSoup, address: str) -> None:
    """Let a page load one style sheet in place of its own, behind the scripts that need not wait for it."""
    for link in page.find_all("link", rel="stylesheet"):
        link.decompose()
    page.head.append(page.new_tag("link", rel="stylesheet", href=address))


def offer_pdf(page: BeautifulSoup, address: str, facts: str) -> None:
    """Fill the place that the landing page keeps for the link to the book as one PDF; without facts there is none."""
    place = page.find(id="whole-book")
    if place is None:
        return
    if not facts:
        place.decompose()
        return
    del place["hidden"]
    link = page.new_tag("a", href=address)
    link.string = words(page.html["lang"]).whole_book
    place.extend([link, f" ({facts})."])
