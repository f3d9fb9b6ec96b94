"""Mark in code only what has a color of its own: all other marks would be half of the elements of a page."""

from __future__ import annotations

from pygments.formatters import HtmlFormatter
from pygments.token import Name, Punctuation, Text, Whitespace
from sphinx.highlighting import PygmentsBridge

PLAIN = {Name, Name.Namespace, Punctuation, Whitespace}  # they have the color of text


class Sparing(HtmlFormatter):
    """Write code as HTML with few marks."""

    def format_unencoded(self, tokensource, outfile):
        """Write code; see Pygments."""
        tokens = ((Text if kind in PLAIN else kind, text) for kind, text in tokensource)
        super().format_unencoded(tokens, outfile)


def setup(app):
    """Let Sphinx write code so."""
    PygmentsBridge.html_formatter = Sparing
    return {"parallel_read_safe": True, "parallel_write_safe": True}
