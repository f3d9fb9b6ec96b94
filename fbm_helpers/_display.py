"""Show something in a notebook, or print its words where there is none; show progress."""

from __future__ import annotations

import os
from collections.abc import Iterable

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


def progress(steps: Iterable, **options: object) -> tqdm:
    """Wrap ``steps`` in a bar that goes away when it is done; ``FBM_PROGRESS=0`` keeps it out of stored outputs."""
    return tqdm(steps, leave=False, disable=os.environ.get("FBM_PROGRESS") == "0", **options)
