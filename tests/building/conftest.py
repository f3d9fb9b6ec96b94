"""A miniature book with the real settings and extensions, and what builds its site."""

import json
import os
import shutil
from pathlib import Path

import pytest
import yaml

from tools.site import assets, chromium
from tools.site import build as program

ROOT = Path(__file__).parents[2]
LESSON = """# A topic

A first paragraph that is long enough to describe the page: $x$, and so on.

$$
\\begin{align} a &= b \\end{align}
$$ (eq-one)

By {eq}`eq-one` and {cite:t}`ioffe2015batch`.
"""
RECORD = {
    "lesson": "part/topic",
    "id": "part/topic/wins",
    "statement": "The new one wins.",
    "condition": "new - old > 0.1",
    "holds": True,
    "seeds": [0, 1],
    "variants": {"new": [0.9, 0.8], "old": [0.5, 0.6]},
    "unit": "test accuracy",
    "price": None,
    "source": "ioffe2015batch",
}
STATUS = {
    "seconds": 3.2,
    "cores": 1,
    "executed": "2026-01-01",
    "processor": "A processor",
    "differs": [],
    "python": "3",
    "torch": "2",
    "torchvision": "0",
    "numpy": "2",
    "claims": 1,
    "soak": {
        "seeds": 20,
        "until": "2026-01-02",
        "claims": 3,
        "held": 2,
        "thinnest": "wins",
        "margin": -0.01,
        "alarms": [1, 20],
    },
}
AGREED = {"Another": {"fingerprint": "2026-01-03", "part/topic": "2026-01-04"}}


class Book:
    """A book that is changed and built.

    Parameters
    ----------
    folder : Path
        Where it lies.
    """

    def __init__(self, folder: Path):
        self.folder, self.pages = folder, []

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def add(self, page: str, text: str) -> None:
        """Write a page and name it in the table of contents."""
        self.write(f"{page}.md", text)
        self.pages.append({"file": page})
        toc = {"format": "jb-book", "root": "book/index", "parts": [{"caption": "A part", "chapters": self.pages}]}
        self.write("_toc.yml", yaml.safe_dump(toc))

    def add_lesson(self, name: str, *cells: dict) -> None:
        """Write a lesson of notebook cells, the first of which has its title, and name it in the table of contents."""
        self.write_lesson(name, *cells)
        self.add(f"lessons/{name}", cells[0]["source"])

    def write_lesson(self, name: str, *cells: dict) -> None:
        """Write the notebook of a lesson."""
        whole = [{"id": f"cell-{number}", "metadata": {}} | cell for number, cell in enumerate(cells)]
        metadata = {"language_info": {"name": "python"}}
        nb = {"cells": whole, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        self.write(f"lessons/{name}.ipynb", json.dumps(nb))
        self.write(f"lessons/{name}.md", cells[0]["source"])

    def page(self, name: str) -> str:
        """Return a page of the built site."""
        return (self.folder / "_build" / "html" / f"{name}.html").read_text("utf-8")


def prose(text: str) -> dict:
    """Return a cell with prose."""
    return {"cell_type": "markdown", "source": text}


def code(source: str, outputs: tuple = (), **metadata: list) -> dict:
    """Return an executed cell with code."""
    return {
        "cell_type": "code",
        "source": source,
        "outputs": list(outputs),
        "execution_count": 1,
        "metadata": metadata,
    }


@pytest.fixture(scope="session")
def fetched():
    """What the site serves of others, there."""
    assets.fetch()
    return assets.TARGET


@pytest.fixture
def book(tmp_path, fetched):
    """A book of a lesson and a bibliography."""
    for name in ("_config.yml", "tools/site/templates", "book/_static", "book/references.bib"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, tmp_path / name)
    (tmp_path / "_build").mkdir()
    (tmp_path / "_build" / "assets").symlink_to(fetched)
    made = Book(tmp_path)
    made.write("book/index.md", "# A book\n\nA promise.\n\n<p id='whole-book' hidden></p>\n")
    made.add("book/bibliography", (ROOT / "book/bibliography.md").read_text("utf-8"))
    made.add_lesson("part/topic", prose(LESSON))
    return made


@pytest.fixture
def measured(book):
    """The book with a scoreboard and a status page."""
    book.write("_build/claims.json", json.dumps([RECORD]))
    book.write("_build/status.json", json.dumps({"part/topic": STATUS}))
    book.write("tools/execute/portable.json", json.dumps({"fingerprint": {"a": "0", "b": "1"}, "agreed": AGREED}))
    links = "[A place](/lessons/part/topic.ipynb#a-topic), {claim}`a claim <part/topic/wins>`"
    book.add("book/measured", f"# Scoreboard\n\n```{{scoreboard}}\n```\n\n```{{status}}\n```\n\n{links}\n")
    return book


@pytest.fixture
def build(book, monkeypatch, capsys):
    """Make a function that builds the site, without a PDF, and returns why that failed, and all that was said."""
    monkeypatch.setattr(chromium, "executable", lambda: None)
    monkeypatch.chdir(book.folder)
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "FBM_"))]:
        monkeypatch.delenv(name)

    def run() -> tuple[str, str]:
        failure = ""
        try:
            program.build(book.folder)
        except (OSError, RuntimeError, ValueError) as error:
            failure = str(error)
        return failure, "".join(capsys.readouterr())

    return run
