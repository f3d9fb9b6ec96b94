"""The page of questions leads to a place in every lesson that names the question."""

import re

import pytest

from tools.book import contents
from tools.book.lessons import read_source

from .conftest import ROOT


def unanswered(page: str, sources: dict[str, list[str]]) -> list[str]:
    """Say where the page of questions and what the lessons name as their sources disagree."""
    entries = re.findall(r"^([A-E]\d[\d., A-E]*)\n: (.+?)(?=\n\n|\Z)", page, re.MULTILINE | re.DOTALL)
    answers = {key: text for keys, text in entries for key in keys.split(", ")}
    named = {key for keys in sources.values() for key in keys}
    wrong = [f"{key} is named by no lesson" for key in answers if key not in named]
    for lesson, keys in sources.items():
        place = rf"\]\(/lessons/{lesson}\.ipynb#|<{lesson}/[\w-]+>`"
        wrong += [f"{key} leads to no place in {lesson}" for key in keys if not re.search(place, answers.get(key, ""))]
    return wrong


def test_questions_lead_to_places_in_lessons():
    book = contents.read(ROOT)
    fronts = {page: read_source(book.source(page)).metadata.fbm for page in book.lessons}
    sources = {page.removeprefix("lessons/"): front["sources"] for page, front in fronts.items()}
    assert unanswered((ROOT / "book/questions.md").read_text("utf-8"), sources) == []


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("[A section](/lessons/part/one.ipynb#it), and {claim}`a claim <part/two/wins>`.", []),
        (
            "[A lesson](/lessons/part/one.ipynb), and {claim}`a claim <part/two/wins>`.",
            ["A3.1 leads to no place in part/one"],
        ),
        ("[A section](/lessons/part/one.ipynb#it).", ["E7 leads to no place in part/two"]),
    ],
)
def test_a_question_without_a_place_is_told(answer, wrong):
    page = f"# Questions\n\nA3.1, E7\n: What?\n  {answer}\n"
    sources = {"part/one": ["A3.1"], "part/two": ["E7"]}
    assert unanswered(page, sources) == wrong
    assert unanswered(page + "\nB1\n: Why?\n", sources) == ["B1 is named by no lesson", *wrong]
    assert unanswered("# Questions\n", {"part/one": ["A3.1"]}) == ["A3.1 leads to no place in part/one"]
