"""The page of the helpers documents all of them, and names the lessons that use each."""

import re

from bs4 import BeautifulSoup

import fbm_helpers

from .conftest import ROOT, code, prose

PAGE = """# Helpers

```{eval-rst}
.. currentmodule:: fbm_helpers

.. autofunction:: pictures
.. autofunction:: show
.. autofunction:: glue
.. autofunction:: fbm_helpers.costs.price
```
"""


def test_helpers_name_the_lessons_that_use_them(book, build):
    def lesson(title, source):
        return prose(f"# {title}: and more\n\nText."), code(source)

    def told():
        failure, said = build()
        assert not failure, said
        soup = BeautifulSoup(book.page("book/helpers"), "html.parser")
        uses = {dt["id"].removeprefix("fbm_helpers."): dt.find_next("dd") for dt in soup.select("dt[id]")}
        lines = {name: [p for p in dd.find_all("p") if p.text.startswith("Used in")] for name, dd in uses.items()}
        return {name: (p[0].text, [a["href"] for a in p[0].find_all("a")]) for name, p in lines.items() if p}

    book.add("book/helpers", PAGE)
    book.write_lesson("part/topic", *lesson("Topic", "fbm.pictures().show()\nglue = fbm.shown"))
    book.add_lesson("part/other", *lesson("Other", "fbm.pictures(fbm.costs.price, 'fbm.glue')  # fbm.glue"))
    assert told() == {
        "pictures": ("Used in every lesson.", []),
        "costs.price": ("Used in: Other.", ["../lessons/part/other.html"]),
    }
    book.write_lesson("part/topic", *lesson("Topic", "fbm.show(fbm.costs.price)"))
    assert told() == {
        "pictures": ("Used in: Other.", ["../lessons/part/other.html"]),
        "show": ("Used in: Topic.", ["../lessons/part/topic.html"]),
        "costs.price": ("Used in every lesson.", []),
    }, "a change of a lesson reaches the page"


def test_helpers_are_all_documented():
    page = (ROOT / "book/helpers.md").read_text("utf-8")
    told = set(re.findall(r"\.\. (?:auto\w+|data):: (\w+)", page))
    assert set(fbm_helpers.__all__) - {"costs"} <= told
