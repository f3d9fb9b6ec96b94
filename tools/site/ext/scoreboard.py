"""The claims of all lessons on one page, ``{scoreboard}``, and links to a claim, ``{claim}``."""

from __future__ import annotations

import html
import re
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole, SphinxDirective

from tools.site.bibliography import author_year
from tools.site.ext.measured import Measured, uri

CITE = re.compile(r"<cite>([\w:-]+)</cite>")
LOGGER = logging.getLogger(__name__)


class Scoreboard(Measured, SphinxDirective):
    """Show every claim as its lesson does, with links to its cell and its source.

    The option ``only`` shows a single claim, given by its id.
    """

    option_spec: ClassVar = {"only": directives.unchanged}

    def run(self):
        """Return the nodes."""
        records = self.load("_build/claims.json")
        if "only" in self.options:
            records = [record for record in records if record["id"] == self.options["only"]]
            if not records:
                raise self.error(f"no claim has the id {self.options['only']!r}")
            return self.show(records[0])
        lessons = list(dict.fromkeys(record["lesson"] for record in records))
        held = sum(record["holds"] for record in records)
        text = self.words.scoreboard.format(claims=len(records), lessons=len(lessons), held=held)
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
        from fbm_helpers import _display, cards, chart, claims, conditions

        for module in (_display, cards, chart, claims, conditions):
            self.env.note_dependency(module.__file__)
        anchor = claim_anchor(record["id"])
        drawn = claims.card(record).replace(f"id='{anchor}'", f"id='score-{record['id'].replace('/', '-')}'")
        link = nodes.paragraph(classes=["fbm-measured-in"])
        link += [
            nodes.Text(self.words.measured_in),
            self.link(record["lesson"], self.lesson_title(record["lesson"]), anchor),
        ]
        return [nodes.raw("", drawn, format="html"), link]


class Claim(Measured, ReferenceRole):
    """Link words to a claim's card: ``{claim}`words <models/cnn/wins-with-few-images>```."""

    def run(self):
        """Return the link."""
        lessons = {record["id"]: record["lesson"] for record in self.load("_build/claims.json")}
        if self.target in lessons:
            return [self.link(lessons[self.target], self.title, claim_anchor(self.target))], []
        LOGGER.warning("no claim has the id %r", self.target, location=self.get_location())
        return [nodes.Text(self.title)], []


def claim_anchor(claim: str) -> str:
    """Return the anchor of a claim's card in its lesson."""
    return f"claim-{claim.replace('/', '-')}"


def name_sources(app, doctree, docname):
    """Turn the source that a claim's card names into a link to the bibliography."""
    citations = {citation.key: citation for citation in app.env.get_domain("cite").citations}

    def cite(match):
        if match[1] not in citations:
            LOGGER.warning("a claim names the source %r, which book/references.bib lacks", match[1], location=docname)
            return match[0]
        citation = citations[match[1]]
        there = uri(app, docname, citation.bibliography_key.docname, citation.citation_id)
        return f'<a href="{there}"><cite>{html.escape(author_year(citation.entry))}</cite></a>'

    for node in doctree.findall(nodes.raw):
        if "fbm-claim" in node.astext():
            node.children = [nodes.Text(CITE.sub(cite, node.astext()))]


def setup(app):
    """Register the directive and the role."""
    app.add_role("claim", Claim())
    app.add_directive("scoreboard", Scoreboard)
    app.connect("doctree-resolved", name_sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
