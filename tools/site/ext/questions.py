"""Questions with folded answers, ``{question}``, and all of them on one page, with an index of codes, ``{questions}``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx_design.dropdown import DropdownDirective

from tools.book import contents, questions
from tools.site.ext.measured import Measured


class Question(DropdownDirective):
    """Fold an answer below its question; the option ``codes`` names the questions of the collection that it answers.

    The anchor stands in the answer: a link to something folded unfolds it.
    """

    required_arguments, optional_arguments = 1, 0
    option_spec: ClassVar = {"codes": questions.codes}

    def run_with_defaults(self):
        """Return the nodes."""
        self.assert_has_content()
        (folded,) = super().run_with_defaults()
        answer = folded[1]
        answer["ids"].append(questions.anchor(self.arguments[0]))
        self.state.document.set_id(answer, folded)
        return [folded]


class Bank(Measured, SphinxDirective):
    """List the questions of all lessons, by part and lesson, and below them the codes."""

    def run(self):
        """Return the sections."""
        book, coded = contents.read(Path(self.env.srcdir)), defaultdict(list)
        self.env.note_dependency(str(book.folder / "_toc.yml"))
        sections = []
        for part in book.parts:
            lessons = [page for page in part.pages if contents.is_lesson(page)]
            if lessons:
                sections.append(headed(part.caption, *(self.lesson(book, page, coded) for page in lessons)))
        return [*sections, headed(self.words.codes, index(coded))]

    def lesson(self, book: contents.Contents, page: str, coded: Mapping[str, list]) -> nodes.section:
        """Return the section of a lesson, and add what it answers to the lists of each code."""
        self.env.note_dependency(str(book.source(page)))
        name, asked = page.removeprefix("lessons/"), []
        for question in questions.read(book.source(page).read_text("utf-8")):
            link = self.link(name, "", questions.anchor(question.text))
            link += self.state.inline_text(question.text, self.lineno)[0]
            for code in question.codes:
                coded[code].append(beside(link.deepcopy(), book.short_title(page)))
            asked.append(beside(link, ", ".join(question.codes)))
        return headed(self.link(name, book.short_title(page)), bullets(asked))


def headed(title: str | nodes.Node, *content: nodes.Node) -> nodes.section:
    """Return a section."""
    words = nodes.Text(title) if isinstance(title, str) else title
    heading = nodes.title("", "", words)
    return nodes.section("", heading, *content, ids=[nodes.make_id(words.astext())], names=[words.astext()])


def beside(link: nodes.reference, words: str) -> list[nodes.Node]:
    """Return a link with small words beside it."""
    return [link, nodes.Text(" "), nodes.inline("", words, classes=["fbm-aside"])]


def bullets(items: Iterable[list[nodes.Node]]) -> nodes.bullet_list:
    """Return a list of lines."""
    return nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", "", *line)) for line in items))


def index(coded: Mapping[str, list]) -> nodes.definition_list:
    """Return the list that leads from each code to the questions that carry it."""
    entries = [
        nodes.definition_list_item("", nodes.term(code, code), nodes.definition("", bullets(coded[code])))
        for code in sorted(coded, key=questions.in_order)
    ]
    return nodes.definition_list("", *entries)


def setup(app):
    """Register the directives."""
    app.add_directive("question", Question)
    app.add_directive("questions", Bank)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
