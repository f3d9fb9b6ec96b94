"""Link the first mention of each term of the glossary on each lesson's page, so that lessons need no markup for it.

A term is found in running prose as whole words, in any case, with or without a plural's s or es; where two begin at the
same place, the longer is meant. A word that means something else elsewhere has, in the glossary, a comment above it::

    .. linked only in: representation/autoencoder
    code
      The few numbers that an encoder makes ...

With ``no lesson`` in place of names it is linked nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes

from tools.book.contents import is_lesson

GLOSSARY = Path("book", "glossary.md")
FENCE = re.compile(r"^```\{glossary\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
ONLY = ".. linked only in: "
# What prose consists of. All else is passed over: headings, code, math, links, citations, captions, quotations, tables.
PROSE = {"bullet_list", "container", "emphasis", "enumerated_list", "list_item", "paragraph", "section", "strong"}


class Term(NamedTuple):
    """An entry of the glossary.

    Attributes
    ----------
    name : str
        The term.
    definition : str
        The first sentence of its definition.
    only : set of str or None
        The lessons in which it is linked; by default, all.
    """

    name: str
    definition: str
    only: set[str] | None


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
        heads = [line for line in lines if not line.startswith(" ")]
        only = [line.removeprefix(ONLY).split(", ") for line in heads if line.startswith(ONLY)]
        definition = " ".join(line.strip() for line in lines if line.startswith(" "))
        sentence = definition.partition(". ")[0].rstrip(".") + "."
        terms += [Term(h, sentence, set(only[0]) if only else None) for h in heads if not h.startswith(".. ")]
    return terms


def split(text: str, terms: list[Term]) -> Iterator[tuple[str, Term | None]]:
    """Cut a text into terms and what lies between them.

    Parameters
    ----------
    text : str
        The text.
    terms : list of Term
        What to look for.

    Yields
    ------
    tuple
        A piece, and the term that it mentions, if any.
    """
    # The longest first, for the first alternative that fits is taken. A space may be the end of a line.
    longest = sorted(terms, key=lambda term: -len(term.name))
    words = "|".join(f"({re.escape(term.name)})" for term in longest).replace(r"\ ", r"\s+")
    end = 0
    for match in re.finditer(rf"(?<![\w-])(?:{words})(?:e?s)?(?![\w-])", text, re.IGNORECASE):
        yield text[end : match.start()], None
        yield match[0], longest[match.lastindex - 1]
        end = match.end()
    yield text[end:], None


def rewrite(node: nodes.Element, change: Callable[[str], list[nodes.Node]]) -> None:
    """Replace every text of a page's prose.

    Parameters
    ----------
    node : docutils.nodes.Element
        The page, or a part of it.
    change : callable
        From a text to the nodes that replace it; called in the order of reading.
    """
    children = []
    # Lines of the source are texts of their own; a term may begin on one and end on the next.
    for is_text, group in groupby(node.children, lambda child: isinstance(child, nodes.Text)):
        group = list(group)
        if is_text:
            children += change("".join(group))
            continue
        for child in group:
            if child.tagname in PROSE and "cell" not in child["classes"]:
                rewrite(child, change)
        children += group
    node[:] = children


def link(app, doctree):
    """Turn first mentions in a lesson into references to terms, which Sphinx resolves as those of the role ``term``."""
    page, path = app.env.docname, Path(app.srcdir, GLOSSARY)
    if not is_lesson(page) or not path.exists():
        return
    app.env.note_dependency(str(path))
    lesson, linked = page.removeprefix("lessons/"), set()
    terms = [term for term in read(path.read_text("utf-8")) if term.only is None or lesson in term.only]

    def change(text):
        out = []
        for piece, term in split(text, terms):
            if term is None or term.name in linked:
                out.append(nodes.Text(piece))
                continue
            linked.add(term.name)
            mention = nodes.inline(piece, piece, fbm_definition=term.definition)
            role = {"refdomain": "std", "reftype": "term", "refdoc": page, "refwarn": True}
            out.append(addnodes.pending_xref("", mention, reftarget=term.name, refexplicit=True, **role))
        return out

    rewrite(doctree, change)


def explain(app, doctree, docname):
    """Give the resolved references their look, and the definition to show beside the pointer."""
    for mention in list(doctree.findall(lambda node: isinstance(node, nodes.inline) and "fbm_definition" in node)):
        reference = mention.parent
        reference["classes"].append("fbm-term")
        reference["reftitle"] = mention["fbm_definition"]
        reference.replace(mention, mention.children)


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-read", link)
    app.connect("doctree-resolved", explain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
