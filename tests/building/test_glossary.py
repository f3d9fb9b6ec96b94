"""Roles that lead to the glossary show a definition; where a lesson could have one, it is said."""

import re

from tests.miniature import write_lesson
from tools.book.terms import read, suggestions

from .conftest import LESSON, ROOT, prose

GLOSSARY = """# Glossary

```{glossary}
gate
  A number between 0 and 1. It is learned.

loss
error
  What training makes small.

skip
  A way around.

skip connection
  A way around some layers: $x + f(x)$.
```
"""
MENTIONS = """## A gate in a heading

> A gate in the opening card.

A `gate` in code, $gate$ in a formula, [a gate](/book/glossary.md) in a link, a delegate, a
gate-like thing, {doc}`a gate </book/glossary>`. Now *Gates*: open gates. {term}`Losses <loss>`, and an error, and one more loss.
Any skip
connection, then a {term}`skip`, then a skip.

:::{question} An error in a title
:codes: E5

An answer, by a skip.
:::
"""
PLACE = r'<a class="fbm-term reference internal" href="([^"]*)#term-([\w-]+)" title="([^"]*)">([^<]+)</a>'


def test_terms_show_their_definitions(book, build):
    book.add("book/glossary", GLOSSARY)
    roles = "A {term}`skip connection`, {term}`Errors <error>`, a gate."
    book.write_lesson("part/topic", prose(f"{LESSON}\n\n{roles}\n"))
    book.write("book/index.md", "# A book\n\nA **{term}`gate`**.\n")
    failure, said = build()
    assert not failure, said
    assert re.findall(PLACE, book.page("lessons/part/topic")) == [
        ("../../book/glossary.html", "skip-connection", "A way around some layers: $x + f(x)$.", "skip connection"),
        ("../../book/glossary.html", "error", "What training makes small.", "Errors"),
    ]
    assert re.findall(PLACE, book.page("book/index")) == [
        ("glossary.html", "gate", "A number between 0 and 1.", "gate")
    ]

    book.write("book/glossary.md", GLOSSARY.replace("makes small", "reduces"))
    assert build()[0] == ""
    assert "What training reduces." in book.page("lessons/part/topic"), "a change of the glossary reaches the lessons"
    book.write("book/glossary.md", GLOSSARY.replace("skip connection", "skipping"))
    failure, said = build()
    assert failure and "skip connection" in said, "a term that the glossary lacks stops the build"


def test_terms_that_could_be_roles_are_suggested(tmp_path):
    md = write_lesson(tmp_path, "part/topic", [("", "error = 1")], MENTIONS)
    assert suggestions(md) == [], "there is no glossary"
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "glossary.md").write_text(GLOSSARY)
    assert suggestions(md) == ["gate", "error", "skip connection"]
    md.write_text(md.read_text().replace("Now *Gates*", "Now *{term}`Gates <gate>`*"))
    assert suggestions(md) == ["error", "skip connection"]


def test_the_glossary_can_be_shown_beside_the_pointer():
    for term in read((ROOT / "book/glossary.md").read_text("utf-8")):
        assert "$" not in term.definition, f"{term.name}: a formula in the first sentence would be shown as its source"
