"""A card for each lesson, by the parts of the book, ``{lessons}``: its title, and the summary in its front matter."""

from __future__ import annotations

from pathlib import Path

from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from tools.book import contents
from tools.book.lessons import read_source
from tools.site.ext.questions import headed

CARD = """\
:::{{grid-item-card}} {title}
:link: /{page}
:link-type: doc

{summary}
:::
"""


class Lessons(SphinxDirective):
    """Show the cards."""

    def run(self):
        """Return a section for each part that has lessons."""
        book = contents.read(Path(self.env.srcdir))
        self.env.note_dependency(str(book.folder / "_toc.yml"))
        parts = [(part.caption, list(filter(contents.is_lesson, part.pages))) for part in book.parts]
        return [self.part(book, caption, lessons) for caption, lessons in parts if lessons]

    def part(self, book: contents.Contents, caption: str, lessons: list[str]):
        """Return the section of a part."""
        section = headed(caption)
        cards = "\n".join(self.card(book, page) for page in lessons)
        grid = f"::::{{grid}} 1 1 2 2\n:gutter: 3\n\n{cards}\n::::"
        self.state.nested_parse(StringList(grid.splitlines(), source=self.env.docname), 0, section)
        return section

    def card(self, book: contents.Contents, page: str) -> str:
        """Return a card in MyST."""
        source = book.source(page)
        self.env.note_dependency(str(source))
        summary = read_source(source).metadata.fbm.get("summary")
        if not summary:
            raise self.error(f"{page}: its front matter has no summary")
        return CARD.format(title=book.short_title(page), page=page, summary=summary)


def setup(app):
    """Register the directive."""
    app.add_directive("lessons", Lessons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
