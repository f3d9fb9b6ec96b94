"""What the book consists of is read from its files."""

import pytest

from tools.book import contents

TOC = """format: jb-book
root: book/index
parts:
  - caption: Models
    chapters:
      - file: lessons/models/cnn
      - file: lessons/models/rnn
  - caption: The book
    chapters:
      - file: book/notation
"""
LESSON = """---
title: x
# Not a heading
---

A [paragraph](b.md).

# Share weights: a network

## A section
"""


@pytest.fixture
def book(tmp_path):
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "_config.yml").write_text("sphinx:\n  config:\n    language: zh-CN\n")
    (tmp_path / "lessons" / "models").mkdir(parents=True)
    (tmp_path / "lessons" / "models" / "cnn.md").write_text(LESSON)
    (tmp_path / "lessons" / "models" / "rnn.md").write_text("No heading.")
    return contents.read(tmp_path)


def test_pages_stand_in_order_and_in_their_parts(book):
    assert book.root == "book/index"
    assert book.parts == [
        ("Models", ["lessons/models/cnn", "lessons/models/rnn"]),
        ("The book", ["book/notation"]),
    ]
    assert book.pages == ["book/index", "lessons/models/cnn", "lessons/models/rnn", "book/notation"]
    assert book.lessons == ["lessons/models/cnn", "lessons/models/rnn"]


def test_a_title_is_the_first_heading(book):
    assert book.title("lessons/models/cnn") == "Share weights: a network"
    assert book.short_title("lessons/models/cnn") == "Share weights"
    with pytest.raises(ValueError, match=r"rnn\.md: no heading; expected a line such as '# Title'"):
        book.title("lessons/models/rnn")


def test_the_language_is_that_of_the_settings(book):
    assert contents.language(book.folder) == "zh-CN"
