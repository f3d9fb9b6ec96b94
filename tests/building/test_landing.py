"""The landing page has a card for each lesson, and a lesson's own card says the seconds that were measured."""

import json

from bs4 import BeautifulSoup

from .conftest import LESSON, STATUS, prose

SUMMARY = "---\nfbm:\n  summary: >-\n    What *it* shows.\n    And more.\n---\n\n"


def cards(book):
    """Return the texts and links of the cards, with the headings between them."""
    article = BeautifulSoup(book.page("book/index"), "html.parser").article
    return [
        (" ".join(part.get_text(" ").split()), part.a and part.a["href"]) for part in article.select("h2, .sd-card")
    ]


def test_each_lesson_has_a_card(book, build):
    book.write("lessons/part/topic.md", SUMMARY + LESSON.replace("# A topic", "# A topic: at length"))
    book.write("book/index.md", "# A book\n\n```{lessons}\n```\n")
    failure, said = build()
    assert not failure, said
    assert cards(book) == [
        ("A part #", "#a-part"),
        ("A topic What it shows. And more. A topic", "../lessons/part/topic.html"),
    ]


def test_a_lesson_without_a_summary_stops_the_build(book, build):
    book.write("book/index.md", "# A book\n\n```{lessons}\n```\n")
    failure, said = build()
    assert failure and "lessons/part/topic: its front matter has no summary" in said


def test_the_seconds_are_those_that_were_measured(book, build):
    book.write_lesson("part/topic", prose(f"{LESSON}\n\nIt runs in {{seconds}}`under a minute`.\n"))

    def told():
        assert build()[0] == ""
        return book.page("lessons/part/topic").partition("It runs in ")[2].partition(".")[0]

    book.write("_build/status.json", json.dumps({"part/topic": STATUS | {"seconds": 43.1, "cores": 2}}))
    assert told() == "about 45 seconds on two cores"
    book.write("_build/status.json", json.dumps({"part/other": STATUS}))
    assert told() == "under a minute"
