"""Prose has one sentence a line, and MyST reads the same in it."""

import re

import pytest

from tools.book import sentences
from tools.book.lessons import find, name, read_source
from tools.book.sentences import formatted, meaning, pages, unformatted

TEXT = """---
fbm: {budget: 45}
---

# A title. With two sentences.

First
line. The second sentence, e.g. Adam's
(Kingma et al. 2015), takes 0.5 s. "Is it so?" It is ... Perhaps. J. Smith knows, see Fig. 3 and `a. B`.

1. **Bold.** In a list, with $a. B$ and [a. Link](x. Y). 2 of 3 agree.
   - Within it. {cite:p}`a. B` said so!
     `x` follows. 1. is no list.

> A quotation. It
> goes on.

Two lines. \\
Stay two. As with  
spaces.

term
: Its definition. Of
  two sentences.

:::{dropdown} A title. Here too.
:class: a. B

An answer. With
two sentences.
:::

| a. B | c |
| --- | --- |
| d. E | f |

$$
a. B
$$

```{code-cell}
x = "A. B"
```

```{glossary}
term. Not split
  Its definition. Of
  two sentences.
```
"""
RIGHT = """---
fbm: {budget: 45}
---

# A title. With two sentences.

First line.
The second sentence, e.g. Adam's (Kingma et al. 2015), takes 0.5 s.
"Is it so?"
It is ... Perhaps.
J. Smith knows, see Fig. 3 and `a. B`.

1. **Bold.**
   In a list, with $a. B$ and [a. Link](x. Y).
   2 of 3 agree.
   - Within it.
     {cite:p}`a. B` said so!
     `x` follows. 1. is no list.

> A quotation.
> It goes on.

Two lines.\\
Stay two.
As with\\
spaces.

term
: Its definition.
  Of two sentences.

:::{dropdown} A title. Here too.
:class: a. B

An answer.
With two sentences.
:::

| a. B | c |
| --- | --- |
| d. E | f |

$$
a. B
$$

```{code-cell}
x = "A. B"
```

```{glossary}
term. Not split
  Its definition.
  Of two sentences.
```
"""


def test_a_sentence_is_a_line_and_all_else_stays():
    assert formatted(TEXT) == RIGHT
    assert formatted(RIGHT) == RIGHT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A. B", "A. C"),
        ("a 1. b", "a\n1. b"),
        ("a *b* c", "a b c"),
        ("{term}`a`", "{doc}`a`"),
        ("a\\\nb", "a\nb"),
        ("[a](b)", "[a](c)"),
        (":::{note}\na - b\n:::", ":::{note}\na\n- b\n:::"),
        ("```\na\n b\n```", "```\na\nb\n```"),
        ("- a\n  b", "- a\n\n  b"),
    ],
)
def test_a_change_of_what_is_read_is_noticed(old, new):
    assert meaning(old) != meaning(new)
    assert meaning(old) == meaning(old.replace("a b", "a  b"))


def test_a_line_that_would_begin_a_list_is_refused(monkeypatch):
    monkeypatch.setattr(sentences, "END", re.compile(r"[.] "))
    with pytest.raises(ValueError, match="begins like a list"):
        formatted("It is so. - And so.")


def test_a_file_that_is_not_formatted_is_named_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text("A sentence. And another.\n")
    assert unformatted([page]) == ["page.md: does not have one sentence a line; run `make format`"]
    page.write_text("A sentence.\nAnd another.\n")
    assert unformatted([page]) == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: f"{page.parent.name}/{page.name}")
def test_page(page):
    assert unformatted([page]) == []


@pytest.mark.parametrize("md", find(), ids=name)
def test_formatting_a_lesson_changes_no_code_and_nothing_that_is_read(md, tmp_path):
    copy = tmp_path / "lesson.md"
    copy.write_text(formatted(md.read_text("utf-8")), "utf-8")
    before, after = read_source(md), read_source(copy)
    assert before.metadata == after.metadata
    for old, new in zip(before.cells, after.cells, strict=True):
        assert (old.cell_type, old.metadata) == (new.cell_type, new.metadata)
        if old.cell_type == "code":
            assert old.source == new.source
        else:
            assert meaning(old.source) == meaning(new.source)
