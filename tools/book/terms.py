"""The terms of the glossary, and where a lesson mentions one in prose before its first role ``{term}``."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.book.lessons import read_source

GLOSSARY = Path("book", "glossary.md")
FENCE = re.compile(r"^```\{glossary\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROLE = re.compile(r"\{term\}`(?:[^`]*<)?([^`>]+)>?`")
# What is not prose: formulas, headings, quotations, tables, titles and options of directives, roles, code, links.
ASIDE = re.compile(
    r"^\$\$.*?^\$\$[^\n]*$|\$[^$]+\$|^(?:#|>|\||:)[^\n]*$|(?:\{[\w:]+\})?`[^`]+`|\[[^\]]*\]\([^)]*\)",
    re.MULTILINE | re.DOTALL,
)


class Term(NamedTuple):
    """An entry of the glossary.

    Attributes
    ----------
    name : str
        The term.
    definition : str
        The first sentence of its definition.
    """

    name: str
    definition: str


def read(text: str) -> list[Term]:
    """Return the terms of a glossary.

    Parameters
    ----------
    text : str
        The page with the directive ``{glossary}``.

    Returns
    -------
    list of Term
        Its terms; those that share a definition, one by one.
    """
    terms = []
    for entry in FENCE.search(text)[1].strip().split("\n\n"):
        lines = entry.splitlines()
        definition = " ".join(line.strip() for line in lines if line.startswith(" "))
        sentence = definition.partition(". ")[0].rstrip(".") + "."
        terms += [Term(line, sentence) for line in lines if not line.startswith(" ")]
    return terms


def mentions(prose: str, terms: list[Term]) -> Iterator[str]:
    """Find terms, as whole words, in any case, with or without a plural's s or es; the longer of two that begin alike.

    Parameters
    ----------
    prose : str
        The text.
    terms : list of Term
        What to look for.

    Yields
    ------
    str
        The name of each, as often as it is mentioned.
    """
    # The longest first, for the first alternative that fits is taken. A space may be the end of a line.
    names = sorted((term.name for term in terms), key=len, reverse=True)
    words = "|".join(f"({re.escape(name)})" for name in names).replace(r"\ ", r"\s+")
    for match in re.finditer(rf"(?<![\w-])(?:{words})(?:e?s)?(?![\w-])", prose, re.IGNORECASE):
        yield names[match.lastindex - 1]


def suggestions(md: Path) -> list[str]:
    """Return the terms that a lesson mentions in prose before a role leads to the glossary, in the order of reading.

    Some words have a meaning besides the one in the glossary; whether a role belongs there, its author has to say.

    Parameters
    ----------
    md : Path
        The lesson's source.

    Returns
    -------
    list of str
        The terms; none in a book without a glossary.
    """
    glossary = md.parents[2] / GLOSSARY
    if not glossary.exists():
        return []
    terms, linked, found = read(glossary.read_text("utf-8")), set(), {}
    for cell in read_source(md).cells:
        if cell.cell_type == "markdown":
            for prose, aside in pieces(cell.source):
                found |= {name: None for name in mentions(prose, terms) if name not in linked}
                linked |= set(ROLE.findall(aside))
    return list(found)


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Cut a text into prose and the aside that follows it."""
    end = 0
    for match in ASIDE.finditer(text):
        yield text[end : match.start()], match[0]
        end = match.end()
    yield text[end:], ""
