"""What the tools write on pages, they have in the language of the book."""

import pytest

from tests.miniature import ROOT
from tools.book import contents
from tools.book.words import WORDS, English, words


def names(language: type) -> set[str]:
    """Return the names of the words that a class has."""
    return {name for name in vars(language) if not name.startswith("_")}


def test_the_book_has_words_in_its_language():
    assert words(contents.language(ROOT)) is English


def test_a_language_without_words_is_named():
    with pytest.raises(ValueError, match="no words in 'zh-CN'; there are: en"):
        words("zh-CN")


@pytest.mark.parametrize("language", WORDS)
def test_every_language_has_all_words(language):
    assert names(words(language)) == names(English)
