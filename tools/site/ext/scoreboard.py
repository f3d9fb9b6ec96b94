"""Pages drawn from what the last execution measured: ``{scoreboard}``, ``{status}``, and the role ``{claim}``.

Executing the lessons leaves ``_build/claims.json``, a list of the records of all claims, each with the key ``lesson``, and
``_build/status.json``, from lesson to seconds, versions, number of claims and the summary of its soak. Nothing is computed
here but counts.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole, SphinxDirective

from tools.book import contents
from tools.site.bibliography import author_year

CITE = re.compile(r"<cite>([\w:-]+)</cite>")
COLUMNS = ("executed", "seconds", "claims")
SOAK = (
    "Before publication every lesson is executed under many sets of seeds that were not used while it was written (make soak). "
    "A margin is the distance of a measured value from the claim's threshold, in the unit of the claim; here is the smallest "
    "over all sets."
)
LOGGER = logging.getLogger(__name__)


class Measured:
    """A directive or a role whose page is read anew when a file of measurements changes."""

    def load(self, name: str):
        """Return the content of a file of ``_build``.

        Parameters
        ----------
        name : str
            The file's name.

        Returns
        -------
        list or dict
            What the file holds.

        Raises
        ------
        ExtensionError
            If it is missing.
        """
        path = Path(self.env.srcdir, "_build", name)
        if not path.exists():
            raise ExtensionError(f"_build/{name} is missing: run `make book`, which executes the lessons first")
        self.env.note_dependency(str(path))
        return json.loads(path.read_text("utf-8"))

    def link(self, lesson: str, text: str, anchor: str = "") -> nodes.reference:
        """Return a link to a lesson, or to a claim in it.

        Parameters
        ----------
        lesson : str
            The lesson, such as ``models/cnn``.
        text : str
            What the link says.
        anchor : str
            An anchor in the lesson's page.

        Returns
        -------
        docutils.nodes.reference
            The link.
        """
        page = f"lessons/{lesson}"
        if page not in self.env.found_docs:
            LOGGER.warning("lesson %s was executed but is not in _toc.yml", lesson, location=self.get_location())
        return nodes.reference("", text, internal=True, refuri="", fbm_page=page, fbm_anchor=anchor)

    def lesson_title(self, lesson: str) -> str:
        """Return a lesson's title, from its source."""
        source = Path(self.env.srcdir, "lessons", f"{lesson}.md")
        self.env.note_dependency(str(source))
        return contents.heading(source.read_text("utf-8"))


class Scoreboard(Measured, SphinxDirective):
    """Show every claim as its lesson does, with links to its cell and its source.

    The option ``only`` shows a single claim, given by its id.
    """

    option_spec: ClassVar = {"only": directives.unchanged}

    def run(self):
        """Return the nodes."""
        records = self.load("claims.json")
        if "only" in self.options:
            records = [record for record in records if record["id"] == self.options["only"]]
            if not records:
                raise self.error(f"no claim has the id {self.options['only']!r}")
            return self.show(records[0])
        lessons = list(dict.fromkeys(record["lesson"] for record in records))
        held = sum(record["holds"] for record in records)
        text = f"{len(records)} claims in {len(lessons)} lessons; {held} held in the last execution."
        out = [nodes.paragraph(text=text)]
        for lesson in lessons:
            title = self.lesson_title(lesson)
            section = nodes.section(ids=[f"score-{lesson.replace('/', '-')}"], names=[lesson])
            section += nodes.title(title, title)
            for record in records:
                if record["lesson"] == lesson:
                    section += self.show(record)
            out.append(section)
        return out

    def show(self, record: dict) -> list[nodes.Node]:
        """Return a claim's card, under another anchor than in the lesson, and the link to the lesson."""
        # Imports torch, which takes seconds: only when a page is read anew.
        from fbm_helpers import _display, chart, claims

        for module in (_display, chart, claims):
            self.env.note_dependency(module.__file__)
        anchor = claim_anchor(record["id"])
        drawn = claims.card(record).replace(f"id='{anchor}'", f"id='score-{record['id'].replace('/', '-')}'")
        link = nodes.paragraph(classes=["fbm-measured-in"])
        link += [nodes.Text("Measured in "), self.link(record["lesson"], self.lesson_title(record["lesson"]), anchor)]
        return [nodes.raw("", drawn, format="html"), link]


class Status(Measured, SphinxDirective):
    """Show, lesson by lesson, when it was executed and how long that took, and how its claims fared under fresh seeds."""

    def run(self):
        """Return the table."""
        status = self.load("status.json")
        executed = self.table(
            ("Lesson", "Executed", "Seconds", "Claims"),
            {lesson: [str(facts[key]) for key in COLUMNS] for lesson, facts in status.items()},
        )
        soaked = self.table(
            ("Lesson", "Sets of seeds", "Claims that always held", "Thinnest margin"),
            {lesson: told(facts["soak"]) for lesson, facts in status.items()},
        )
        versions = [
            f"{package} {' and '.join(sorted({facts[package.lower()] for facts in status.values()}))}"
            for package in ("Python", "torch", "torchvision", "numpy")
        ]
        seconds = sum(facts["seconds"] for facts in status.values())
        text = f"{len(status)} lessons, {seconds:.0f} seconds in all, with {', '.join(versions)}."
        return [nodes.paragraph(text=text), executed, nodes.paragraph(text=SOAK), soaked]

    def table(self, head: Sequence[str], rows: Mapping[str, Sequence[str]]) -> nodes.table:
        """Return a table with a row for each lesson.

        Parameters
        ----------
        head : sequence of str
            The names of the columns.
        rows : mapping of str to sequence of str
            For each lesson what follows the link to it.

        Returns
        -------
        docutils.nodes.table
            The table.
        """
        table, group = nodes.table(classes=["fbm-status"]), nodes.tgroup(cols=len(head))
        group += [nodes.colspec() for _ in head]
        group += nodes.thead("", row([nodes.Text(name) for name in head]))
        lines = (
            [self.link(lesson, contents.short(self.lesson_title(lesson))), *map(nodes.Text, texts)]
            for lesson, texts in rows.items()
        )
        group += nodes.tbody("", *map(row, lines))
        table += group
        return table


def told(soak: Mapping | None) -> list[str]:
    """Return the cells of the table of soaks for one lesson.

    Parameters
    ----------
    soak : mapping or None
        What ``tools.execute.soak.summary`` returned for it.

    Returns
    -------
    list of str
        Sets of seeds, claims that held under all of them, and the claim with the smallest margin.
    """
    if soak is None:
        return ["none since its code changed", "", ""]
    thinnest = f"{soak['margin']:g} ({soak['thinnest']})"
    return [f"{soak['seeds']}, until {soak['until']}", f"{soak['held']} of {soak['claims']}", thinnest]


class Claim(Measured, ReferenceRole):
    """Link words to a claim's card: ``{claim}`words <models/cnn/max-pooling>```."""

    def run(self):
        """Return the link."""
        lessons = {record["id"]: record["lesson"] for record in self.load("claims.json")}
        if self.target in lessons:
            return [self.link(lessons[self.target], self.title, claim_anchor(self.target))], []
        LOGGER.warning("no claim has the id %r", self.target, location=self.get_location())
        return [nodes.Text(self.title)], []


def claim_anchor(claim: str) -> str:
    """Return the anchor of a claim's card in its lesson."""
    return f"claim-{claim.replace('/', '-')}"


def row(cells: list[nodes.Node]) -> nodes.row:
    """Return a row of a table."""
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))


def resolve(app, doctree, docname):
    """Fill in the links to lessons, and turn the source that a claim's card names into a link to the bibliography."""

    def uri(page, anchor):
        there = app.builder.get_relative_uri(docname, page)
        return f"{there}#{anchor}" if anchor else there

    for node in doctree.findall(lambda node: isinstance(node, nodes.reference) and "fbm_page" in node):
        node["refuri"] = uri(node["fbm_page"], node["fbm_anchor"])
    citations = {citation.key: citation for citation in app.env.get_domain("cite").citations}

    def cite(match):
        if match[1] not in citations:
            LOGGER.warning("a claim names the source %r, which book/references.bib lacks", match[1], location=docname)
            return match[0]
        citation = citations[match[1]]
        there = uri(citation.bibliography_key.docname, citation.citation_id)
        return f'<a href="{there}"><cite>{html.escape(author_year(citation.entry))}</cite></a>'

    for node in doctree.findall(nodes.raw):
        if "fbm-claim" in node.astext():
            node.children = [nodes.Text(CITE.sub(cite, node.astext()))]


def setup(app):
    """Register the directives and the role."""
    app.add_role("claim", Claim())
    app.add_directive("scoreboard", Scoreboard)
    app.add_directive("status", Status)
    app.connect("doctree-resolved", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
