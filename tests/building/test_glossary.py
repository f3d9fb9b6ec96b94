"""First mentions of the glossary's terms are links."""

import re

from tools.book import contents
from tools.site.ext import glossary

from .conftest import LESSON, ROOT, code, prose

GLOSSARY = """# Glossary

```{glossary}
gate
  A number between 0 and 1. It is learned.

loss
error
  What training makes small.

.. linked only in: part/other
mask
  Zeros and ones.

skip
  A way around.

skip connection
  A way around some layers: $x + f(x)$.
```
"""
MENTIONS = """# A gate in a heading

> A gate in the opening card.

A `gate` in code, $gate$ in a formula, [a gate](/book/glossary.md) in a link, a mask, a delegate, a
gate-like thing. Now *Gates*: open gates. Losses, and an error, and one more loss. Any skip
connection, then a skip. A {term}`gate` by hand.

:::{dropdown} A skip in a title
An answer, by a skip.
:::
"""
PLACE = r'<a class="fbm-term reference internal" href="\.\./\.\./book/glossary\.html#term-([\w-]+)" title="([^"]*)">([^<]+)</a>'


def test_first_mentions_of_terms_are_links(book, build):
    book.add("book/glossary", GLOSSARY)
    output = {"output_type": "stream", "name": "stdout", "text": "a skip"}
    book.write_lesson("part/topic", code("gate", [output], tags=["hide-cell"]), prose(MENTIONS), prose(LESSON))

    def links():
        failure, said = build()
        assert not failure, said
        found = re.findall(PLACE, book.page("lessons/part/topic"))
        return [(anchor, title, " ".join(words.split())) for anchor, title, words in found]

    assert links() == [
        ("gate", "A number between 0 and 1.", "Gates"),
        ("loss", "What training makes small.", "Losses"),
        ("error", "What training makes small.", "error"),
        ("skip-connection", "A way around some layers: $x + f(x)$.", "skip connection"),
        ("skip", "A way around.", "skip"),
    ]
    book.write("book/glossary.md", GLOSSARY.replace("part/other", "part/topic"))
    assert ("mask", "Zeros and ones.", "mask") in links(), "a change of the glossary reaches the lessons"


def test_the_glossary_can_be_shown_beside_the_pointer():
    lessons = {page.removeprefix("lessons/") for page in contents.read(ROOT).lessons}
    for term in glossary.read((ROOT / "book/glossary.md").read_text("utf-8")):
        assert "$" not in term.definition, f"{term.name}: a formula in the first sentence would be shown as its source"
        assert (term.only or set()) <= lessons | {"no lesson"}, f"{term.name}: linked in an unknown lesson"
