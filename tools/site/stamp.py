"""Make copies of the notebooks that work by themselves: in Colab, or in any Jupyter with nothing but the file.

``python -m tools.site.stamp --source git+<address>@<commit>`` writes them to ``_build/notebooks``, laid out as in ``lessons/``. Each begins
with a cell that installs `fbm_helpers` from that source, whose address only CI knows, and its prose has no syntax that only the
site renders: numbers stand where the site puts them in, citations are links to the papers. Outputs are kept.
"""

import argparse
import html
import re
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from myst_nb.core.variables import format_plain_text
from nbformat import NotebookNode
from pybtex.database import BibliographyData, parse_file

from tools.book.contents import heading
from tools.book.lessons import find, glue_reference, glued, name, read_stored
from tools.execute import measure
from tools.files import replace
from tools.site.bibliography import address, author_year

ROLE = re.compile(r"\{([a-z:]+)\}`([^`]+)`")
LABEL = re.compile(r"^\$\$ \(([\w-]+)\)$", re.MULTILINE)
DIRECTIVE = re.compile(r"^:::\{(dropdown|question|admonition)\} (.+?)\n(.*?)\n:::$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"\[([^\]]+)\]\((?:#|/)[^)\s]+\)")  # Jupyter and Colab name the anchors of sections otherwise
LEFT = re.compile(r"\{[a-z:]+\}`|^[:`]{3,}\{", re.MULTILINE)
INSTALL = """\
# What the lessons share, at the version that this notebook was made with. Keeps the torch and numpy that are here.
%pip install --quiet "{source}\""""


class Unrendered(ValueError):
    """A lesson uses syntax of the site for which no plain form is known."""


def cite(bibliography: BibliographyData, keys: str, between: str) -> str:
    """Return the sources as links that read "Ioffe and Szegedy{between}2015"."""
    links = []
    for key in keys.split(","):
        entry = bibliography.entries[key.strip()]
        authors, _, year = author_year(entry).rpartition(", ")
        text = f"{authors}{between.replace('year', year)}"
        links.append(f"[{text}]({address(entry)})" if address(entry) else text)
    return "; ".join(links)


def entitled(reference: str) -> str:
    """Return the words of a reference such as ``the notation </book/notation>``."""
    return re.sub(r" <.*>$", "", reference)


def plain(text: str, roles: dict[str, Callable[[str], str]], numbers: dict[str, int]) -> str:
    """Return Markdown that any viewer shows as meant.

    Parameters
    ----------
    text : str
        A Markdown cell.
    roles : dict
        For each of the site's roles, what its content becomes.
    numbers : dict
        The numbers of labeled equations.

    Returns
    -------
    str
        The same without roles, labels and directives.

    Raises
    ------
    Unrendered
        If something is left that only the site renders.
    """
    text = DIRECTIVE.sub(unfold, text)
    text = LABEL.sub(lambda found: rf"\tag{{{numbers[found[1]]}}}" + "\n$$", text)
    text = ROLE.sub(lambda found: roles[found[1]](found[2]) if found[1] in roles else found[0], text)
    text = PLACE.sub(r"\1", text)
    if left := LEFT.search(text):
        raise Unrendered(f"no plain form is known for {text[left.start() : left.start() + 40]!r}")
    return text


def unfold(found: re.Match) -> str:
    """Return HTML that Jupyter and Colab fold, or a quotation with a title."""
    kind, title, body = found.groups()
    body = re.sub(r"\A(:\w+:.*\n)+\n?", "", body)
    if kind != "admonition":
        return f"<details><summary>{html.escape(title, quote=False)}</summary>\n\n{body}\n\n</details>"
    return "\n".join(f"> {line}".rstrip() for line in [f"**{title}**", "", *body.splitlines()])


def value(values: dict[str, dict[str, str]], reference: str) -> str:
    """Return a value that a lesson keeps for prose, in the format that the reference asks for."""
    lesson, key, form = glue_reference(reference)
    return format_plain_text(values[lesson][key], form)


def stamp(nbs: dict[str, NotebookNode], bibliography: BibliographyData, source: str) -> dict[str, NotebookNode]:
    """Return copies of notebooks that work by themselves.

    Parameters
    ----------
    nbs : dict of str to NotebookNode
        All executed lessons by name; prose may refer from one to another.
    bibliography : pybtex.database.BibliographyData
        What they cite.
    source : str
        What pip installs `fbm_helpers` from, such as ``git+<address>@<commit>``.

    Returns
    -------
    dict of str to NotebookNode
        The copies.

    Raises
    ------
    Unrendered
        If a cell has syntax that only the site renders and for which there is no plain form.
    """
    values = {lesson: glued(nb) for lesson, nb in nbs.items()}
    titles = {lesson: heading(nb.cells[0].source) for lesson, nb in nbs.items()}
    shared = {
        "glue:text": lambda reference: value(values, reference),
        "measurement": lambda reference: measure.value(reference, Path.cwd()),
        "cite:p": lambda keys: f"({cite(bibliography, keys, ', year')})",
        "cite:t": lambda keys: cite(bibliography, keys, " (year)"),
        "claim": entitled,
        "seconds": str,
        "term": entitled,
        "doc": lambda page: entitled(page) if page.endswith(">") else titles[page.removeprefix("/lessons/")],
    }
    copies = {}
    for lesson, nb in nbs.items():
        copy = nbformat.from_dict(nb)
        labels = [label for cell in nb.cells if cell.cell_type == "markdown" for label in LABEL.findall(cell.source)]
        numbers = {label: number for number, label in enumerate(labels, 1)}
        roles = shared | {"eq": lambda label, numbers=numbers: f"({numbers[label]})"}
        for cell in copy.cells:
            if cell.cell_type == "markdown":
                try:
                    cell.source = plain(cell.source, roles, numbers)
                except (ValueError, KeyError) as error:
                    raise Unrendered(f"{lesson}, in {cell.source[:50]!r}: {error}") from None
        install = nbformat.v4.new_code_cell(INSTALL.format(source=source), id="install")
        copy.cells.insert(1, install)
        copies[lesson] = copy
    return copies


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", required=True, help="what pip installs fbm_helpers from, fixed to a commit")
    parser.add_argument("--to", type=Path, default=Path("_build/notebooks"), help="the folder to write to")
    args = parser.parse_args()
    stored = {name(md): read_stored(md) for md in find()}
    if missing := [lesson for lesson, nb in stored.items() if nb is None]:
        parser.error(f"not executed: {', '.join(missing)}; `make book` executes them")
    for lesson, nb in stamp(stored, parse_file("book/references.bib"), args.source).items():
        path = args.to / "lessons" / f"{lesson}.ipynb"
        replace(path, nbformat.writes(nb) + "\n")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
