"""What the pages that are drawn from measurements share: they read a file, and are read anew when it changes; they link lessons.

Executing the lessons leaves ``_build/claims.json``, a list of the records of all claims, each with the key ``lesson``, and
``_build/status.json``, from lesson to what `tools.execute.reports` tells of it. Nothing is computed here but counts.
"""

from __future__ import annotations

import json
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging

from tools.book import contents
from tools.book.words import English, words

LOGGER = logging.getLogger(__name__)


class Measured:
    """A directive or a role whose page is read anew when a file of measurements changes."""

    def load(self, name: str):
        """Return the content of a file of measurements.

        Parameters
        ----------
        name : str
            The file, seen from the root.

        Returns
        -------
        list or dict
            What the file holds.

        Raises
        ------
        ExtensionError
            If it is missing.
        """
        path = Path(self.env.srcdir, name)
        if not path.exists():
            raise ExtensionError(f"{name} is missing: run `make book`, which executes the lessons first")
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

    @property
    def words(self) -> type[English]:
        """The words of the book's language."""
        return words(self.env.config.language)

    def lesson_title(self, lesson: str) -> str:
        """Return a lesson's title, from its source."""
        book, page = contents.read(Path(self.env.srcdir)), f"lessons/{lesson}"
        self.env.note_dependency(str(book.source(page)))
        return book.title(page)


def uri(app, docname: str, page: str, anchor: str) -> str:
    """Return the address of a page, or of an anchor in it, as another page has to write it."""
    there = app.builder.get_relative_uri(docname, page)
    return f"{there}#{anchor}" if anchor else there


def resolve(app, doctree, docname):
    """Fill in the links to lessons."""
    for node in doctree.findall(lambda node: isinstance(node, nodes.reference) and "fbm_page" in node):
        node["refuri"] = uri(app, docname, node["fbm_page"], node["fbm_anchor"])


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-resolved", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
