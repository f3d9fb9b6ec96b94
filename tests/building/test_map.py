"""The map of the landing page hangs each lesson's step where it starts, with the means and the seeds of its claim."""

import json

import pytest
from bs4 import BeautifulSoup

from .conftest import LESSON, RECORD, prose

CHILD = RECORD | {"lesson": "part/child", "id": "part/child/wins", "variants": {"new": [30, 20], "old": [9, 7]}}
STEP = "---\nfbm:\n  summary: One.\n  map:\n    base: {base}\n    idea: {idea}\n{gives}    claim: wins\n    arms: [old, new]\n---\n\n"


@pytest.fixture
def mapped(book):
    """A book with two lessons, of which the second builds on what the first gives."""
    child = LESSON.replace("eq-one", "eq-child")
    book.add_lesson("part/child", prose(child))
    book.write("lessons/part/topic.md", STEP.format(base="A", idea="an idea", gives="    gives: B\n") + LESSON)
    book.write("lessons/part/child.md", STEP.format(base="B", idea="one more", gives="") + child)
    book.write("book/index.md", "# A book\n\n```{map}\n```\n")
    book.write("_build/claims.json", json.dumps([RECORD, CHILD]))
    return book


def test_a_step_hangs_on_what_an_earlier_one_gives(mapped, build):
    failure, said = build()
    assert not failure, said
    tree = BeautifulSoup(mapped.page("book/index"), "html.parser").select_one(".fbm-map")
    root, first, second = tree.select("li")
    assert first in root.descendants and second in first.descendants
    assert [" ".join(item.p.get_text(" ").split()) for item in (root, first, second)] == [
        "A",
        "an idea : B test accuracy: 0.55 → 0.85 (old → new)",
        "one more test accuracy: 8 → 25 (old → new)",
    ]
    assert [link["href"] for link in first.p.select("a")] == [
        "../lessons/part/topic.html",
        "../lessons/part/topic.html#claim-part-topic-wins",
    ]


def test_each_seed_is_drawn_on_a_line_to_one_or_to_the_largest(mapped, build):
    assert not build()[0]
    places = [
        {ring: [float(dot["cx"]) for dot in drawing.select(f".fbm-{ring}")] for ring in ("before", "after")}
        for drawing in BeautifulSoup(mapped.page("book/index"), "html.parser").select("svg.fbm-step")
    ]
    assert places == [
        {"before": [75.0, 88.6], "after": [129.4, 115.8]},
        {"before": [47.8, 38.7], "after": [143.0, 97.7]},
    ]


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("claim: wins", "claim: loses", "its map names a claim or arms that it lacks: loses"),
        ("[old, new]", "[old, newer]", "its map names a claim or arms that it lacks: wins, ['old', 'newer']"),
        ("[old, new]", "[old]", "its map names a claim or arms that it lacks: wins, ['old']"),
        ("    idea: an idea\n", "", "its map lacks idea"),
    ],
)
def test_a_step_that_nothing_shows_stops_the_build(mapped, build, old, new, told):
    source = mapped.folder / "lessons/part/topic.md"
    source.write_text(source.read_text().replace(old, new))
    failure, said = build()
    assert failure and f"lessons/part/topic: {told}" in said
