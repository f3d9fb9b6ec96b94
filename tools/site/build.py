"""Build the site: ``python -m tools.site.build``.

Fetches what the site serves of others, lets Jupyter Book write pages into ``_build/sphinx``, prints them as one PDF where there
is a Chromium, and makes of all this the site, ``_build/html``. A warning stops it; the site then stays as it was.
"""

import os
import sys
from pathlib import Path

from jupyter_book.sphinx import build_sphinx

from tools.book import contents
from tools.book.words import words
from tools.site import assets, chromium
from tools.site.finish import finish, read_pages
from tools.site.kept import Kept
from tools.site.pdf import facts, print_book


def write_pages(root: Path) -> None:
    """Let Jupyter Book write the pages, as its command line does with ``-W -n --keep-going``.

    Parameters
    ----------
    root : Path
        The folder with ``_config.yml`` and ``_toc.yml``.

    Raises
    ------
    RuntimeError
        If there was a warning or an error.
    """
    settings = {"external_toc_path": str(root / "_toc.yml"), "nitpicky": True, "latex_individualpages": False}
    failed = build_sphinx(
        root,
        root / "_build" / "sphinx",
        noconfig=True,
        path_config=root / "_config.yml",
        confoverrides=settings,
        warningiserror=True,
        keep_going=True,
    )
    if failed:
        raise RuntimeError("the pages have errors or warnings, see above")


def build(root: Path) -> None:
    """Build the site.

    Parameters
    ----------
    root : Path
        The root of the repository.
    """
    write_pages(root)
    book, kept = contents.read(root), Kept(root / "_build" / "kept")
    pages = read_pages(root / "_build" / "sphinx", book)
    pdf = print_book(book, pages, kept) if chromium.executable() else None
    finish(book, pages, kept, pdf, facts(pdf, words(contents.language(root))) if pdf else "")
    kept.drop_unused()


def main() -> None:
    """Run the command line."""
    if os.environ.get("CI") and not chromium.executable():
        sys.exit(f"build: {chromium.MISSING}")
    try:
        assets.fetch()
        build(Path.cwd())
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(f"build: {error}")
    if not chromium.executable():
        print(f"No PDF of the book: {chromium.MISSING}.")


if __name__ == "__main__":
    main()
