"""Formulas within a line carry the punctuation behind them."""

from docutils import nodes
from docutils.utils import new_document

from tools.site.ext.math import carry_punctuation


def test_each_formula_takes_its_own_punctuation_from_texts_that_are_equal():
    words = [nodes.Text(". See "), nodes.math("", "x"), nodes.Text(". See "), nodes.math("", "y"), nodes.Text(". See ")]
    document = new_document("")
    document += nodes.paragraph("", "", *words)
    carry_punctuation(None, document, "page")
    assert [part.astext() for part in document[0]] == [". See ", "x", " See ", "y", " See "]
    assert [formula["punctuation"] for formula in document.findall(nodes.math)] == [".", "."]
