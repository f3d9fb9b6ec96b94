"""Say below each helper's documentation which lessons use it, from the code of their cells."""

from __future__ import annotations

import ast
from pathlib import Path

from sphinx.environment import BuildEnvironment

from tools.book import contents
from tools.book.lessons import code_cells, read_stored
from tools.book.words import words

PACKAGE, ALIAS = "fbm_helpers", "fbm"  # lessons import the one as the other


def used(code: str) -> set[str]:
    """Return what a cell's code takes from the helpers, such as ``fbm.costs.price``."""
    attributes = [ast.unparse(node) for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute)]
    return {name for name in attributes if name.startswith(f"{ALIAS}.")}


def lessons(env: BuildEnvironment) -> dict[str, set[str]]:
    """Return what each lesson uses, and let the page that is being read depend on all of them.

    Parameters
    ----------
    env : sphinx.environment.BuildEnvironment
        What Sphinx knows of the book.

    Returns
    -------
    dict
        From a link to a lesson, in the order of the book, to the names that `used` finds in it.
    """
    book, found = contents.read(Path(env.srcdir)), {}
    env.note_dependency(str(book.folder / "_toc.yml"))  # a new lesson changes it
    for page in book.lessons:
        env.note_dependency(env.doc2path(page))
        cells = code_cells(read_stored(book.source(page)))
        link = f":doc:`{book.short_title(page)} </{page}>`"
        found[link] = set().union(*(used(cell.source) for cell in cells))
    return found


def tell(app, what, name, obj, options, lines):
    """Add the lessons that use a helper to its docstring."""
    kept = app.env.temp_data  # for as long as one page is read
    if "fbm_uses" not in kept:
        kept["fbm_uses"] = lessons(app.env)
    alias = name.replace(PACKAGE, ALIAS, 1)
    links = [link for link, names in kept["fbm_uses"].items() if alias in names]
    if links:
        say, every = words(app.config.language), len(links) == len(kept["fbm_uses"])
        lines += ["", say.every_lesson if every else say.used_in.format(lessons=say.comma.join(links)), ""]


def setup(app):
    """Register with Sphinx, behind napoleon, which rewrites docstrings."""
    app.connect("autodoc-process-docstring", tell, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
