"""What the book consists of: its pages in order, the parts that they form, their titles, and its language.

``_toc.yml`` has the order, the first heading of a page its title, ``_config.yml`` the title and the language of the whole. An
edition in another language is another folder with these files in it.
"""

import re
from pathlib import Path
from typing import NamedTuple

import yaml
from sphinx_external_toc.parsing import parse_toc_yaml

HEADING = re.compile(r"^# +(.+?) *$", re.MULTILINE)
FRONT_MATTER = re.compile(r"\A---\n.*?^---\n", re.MULTILINE | re.DOTALL)


class Part(NamedTuple):
    """Pages that stand together under a caption."""

    caption: str
    pages: list[str]


class Contents(NamedTuple):
    """The contents of a book, as `read` finds them.

    Attributes
    ----------
    folder : Path
        Where the book lies.
    root : str
        The page that all others hang from. Pages are named by their files, without suffix, such as ``lessons/models/cnn``.
    parts : list of Part
        The other pages.
    """

    folder: Path
    root: str
    parts: list[Part]

    @property
    def pages(self) -> list[str]:
        """All pages in order, the root first."""
        return [self.root, *(page for part in self.parts for page in part.pages)]

    @property
    def lessons(self) -> list[str]:
        """The pages that are lessons, in order."""
        return [page for page in self.pages if is_lesson(page)]

    def source(self, page: str) -> Path:
        """Return the Markdown that a page is written in."""
        return self.folder / f"{page}.md"

    def title(self, page: str) -> str:
        """Return the title of a page.

        Parameters
        ----------
        page : str
            The page.

        Returns
        -------
        str
            Its first heading.

        Raises
        ------
        ValueError
            If it has none.
        """
        try:
            return heading(self.source(page).read_text("utf-8"))
        except ValueError as error:
            raise ValueError(f"{self.source(page)}: {error}") from None

    def short_title(self, page: str) -> str:
        """Return the title of a page without what follows its colon."""
        return short(self.title(page))


def is_lesson(page: str) -> bool:
    """Return whether a page is a lesson."""
    return page.startswith("lessons/")


def heading(text: str) -> str:
    """Return the first heading of a text in Markdown.

    Raises
    ------
    ValueError
        If it has none.
    """
    if found := HEADING.search(FRONT_MATTER.sub("", text)):
        return found[1]
    raise ValueError("no heading; expected a line such as '# Title'")


def short(title: str) -> str:
    """Return a title without what follows its colon."""
    return title.partition(":")[0]


def read(folder: Path) -> Contents:
    """Read the contents of the book that lies in a folder.

    Parameters
    ----------
    folder : Path
        The folder with ``_toc.yml``.

    Returns
    -------
    Contents
        What the book consists of.
    """
    root = parse_toc_yaml(folder / "_toc.yml").root
    return Contents(folder, root.docname, [Part(tree.caption or "", tree.files()) for tree in root.subtrees])


def language(folder: Path) -> str:
    """Return the language of the book that lies in a folder, as HTML names it, such as ``en``."""
    return _settings(folder)["sphinx"]["config"]["language"]


def extensions(folder: Path) -> list[str]:
    """Return the extensions of Markdown that the pages of the book in a folder may use."""
    return _settings(folder)["parse"]["myst_enable_extensions"]


def _settings(folder: Path) -> dict:
    return yaml.safe_load((folder / "_config.yml").read_text("utf-8"))
