"""Show something in a notebook, or print its words where there is none; write tables; show progress."""

import os
from collections.abc import Iterable, Sequence
from html import escape

from IPython import get_ipython
from IPython.display import display
from tqdm import tqdm


def emit(html: str, text: str, **more: object) -> None:
    """Display ``html`` with ``text`` as its plain form; outside a notebook, print ``text``.

    Parameters
    ----------
    html, text : str
        The same content twice.
    **more
        Further representations, by MIME type.
    """
    if get_ipython() is None:
        print(text)
    else:
        display({"text/plain": text, "text/html": html, **more}, raw=True)


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table as HTML in the style of the book; the first cell of each row names it."""
    columns = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in head)
    body = ""
    for name, *cells in rows:
        body += f"<tr><th scope='row'>{escape(name)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
    table = f"<table class='fbm-table'><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
    return f"<div class='fbm-scroll'>{table}</div>"


def text_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table as text, in columns two spaces apart."""
    table = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table)
    return "\n".join(line.rstrip() for line in lines)


def progress(steps: Iterable, **options: object) -> tqdm:
    """Wrap ``steps`` in a bar that goes away when it is done; ``FBM_PROGRESS=0`` keeps it out of stored outputs."""
    return tqdm(steps, leave=False, disable=os.environ.get("FBM_PROGRESS") == "0", **options)
