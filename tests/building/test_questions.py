"""The questions of lessons stand on one page, and each code leads to an answer that leads on to a place in its lesson."""

import re

import pytest
from bs4 import BeautifulSoup

from tools.book import contents, questions

from .conftest import LESSON, ROOT, prose

# A section, a claim or an equation of the lesson.
PLACE = re.compile(r"\]\(#[\w-]+\)|\{claim\}`|\{eq\}`")
ASKED = """# A topic

Prose, with a link to [its questions](#questions).

## Questions

:::{question} Is $a < b$, and *why*?
:codes: E12, A3.1

By [the definition](#a-topic).
:::

:::{question} What then?
- This.
- That.
:::
"""


def unanswered(text: str) -> list[str]:
    """Name the codes whose answers in a lesson lead to no place in it."""
    return [
        f"{code}: {question.text}"
        for question in questions.read(text)
        for code in question.codes
        if not PLACE.search(question.answer)
    ]


@pytest.mark.parametrize("page", contents.read(ROOT).lessons)
def test_every_code_leads_to_a_place(page):
    text = contents.read(ROOT).source(page).read_text("utf-8")
    assert questions.read(text) and text.count(":::{question}") == len(questions.read(text))
    assert unanswered(text) == []


def test_a_code_without_a_place_is_told():
    assert unanswered(ASKED) == []
    assert unanswered(ASKED.replace("[the definition](#a-topic)", "definition")) == [
        "E12: Is $a < b$, and *why*?",
        "A3.1: Is $a < b$, and *why*?",
    ]


def test_questions_and_their_codes_lead_to_the_answers(book, build):
    book.add_lesson("part/asked", prose(ASKED))
    book.add("book/questions", "# Questions\n\n```{questions}\n```\n")

    def lines():
        failure, said = build()
        assert not failure, said
        article = BeautifulSoup(book.page("book/questions"), "html.parser").article
        lesson = BeautifulSoup(book.page("lessons/part/asked"), "html.parser")
        for link in article.select("li a[href*='#question-']"):
            address, _, anchor = link["href"].partition("#")
            assert address == "../lessons/part/asked.html"
            assert lesson.find(id=anchor).find_parent("details", class_="sd-dropdown")
        return [" ".join(line.get_text().split()) for line in article.select("li, dt, h2, h3")]

    asked = lines()
    assert asked[:3] == ["A part#", "A topic#", "A topic#"], "lessons without questions stand there, too"
    assert re.fullmatch(r"Is .*<.*, and why\? E12, A3\.1", asked[3]) and asked[4:6] == ["What then?", "Codes#"]
    assert asked[6] == "A3.1" and asked[7].endswith("and why? A topic") and asked[8] == "E12" and len(asked) == 10
    book.write_lesson("part/asked", prose(ASKED.replace("What then?", "What now?")))
    assert "What now?" in lines(), "a change of a lesson reaches the page"


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("E12", "Q7", "expected codes such as A3.1, E5, got 'Q7'"),
        ("What then?", "Is $a < b$, and *why*?", "Duplicate ID"),
        ("- This.\n- That.\n", "", "has no content|Content block expected"),
    ],
)
def test_a_question_that_is_none_stops_the_build(right, wrong, words, book, build):
    book.write_lesson("part/topic", prose(ASKED.replace(right, wrong)), prose(LESSON))
    failure, said = build()
    assert failure and re.search(words, said), said


def test_codes_stand_in_their_order():
    assert sorted(["E12", "B6.2", "E5", "A3.1", "B6.10"], key=questions.in_order) == [
        "A3.1",
        "B6.2",
        "B6.10",
        "E5",
        "E12",
    ]
