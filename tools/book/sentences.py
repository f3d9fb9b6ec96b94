"""Give prose one sentence a line, so that a change of a sentence is a change of a line: ``make format``.

MyST's own parser says where paragraphs are, and what it reads must be the same before and after: a paragraph's lines make one
text with a space between them. Headings, tables, formulas and code stay as they are.
"""

import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from tools.book import contents
from tools.book.lessons import find
from tools.files import replace

HOUSE = Path(__file__).parents[2]
PARSER = create_md_parser(MdParserConfig(enable_extensions=set(contents.extensions(HOUSE))), RendererHTML)
# The lines of a directive that holds Markdown, with its options: what is left is the Markdown.
FENCE = re.compile(r"^:{3,}.*(?:\n:[\w-]+:.*)*$", re.MULTILINE)
DEFINITION = re.compile(r"(?:^  .*\n)+", re.MULTILINE)
# Code and roles, formulas, links, HTML: no line ends inside.
WHOLE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|\$[^$]+\$|!?\[[^\]]*\]\([^)]*\)|<[^>]+>|\{\{.*?\}\}")
# A sentence ends before what can begin one, and what begins a line must not begin a list.
END = re.compile(r"""[.!?]["'”’)\]*_]* (?!\d+[.)] )(?=["'“‘(\[*_]*(?:[A-ZÀ-Þ0-9]|`{1,2}[^`]|\$[^$]|\{\w))""")
ABBREVIATIONS = r"e\.g|i\.e|cf|vs|et al|Dr|Prof|Mrs?|Ms|St|resp|approx|Figs?|Eqs?|Secs?|Ch|Vol|pp?"
GOES_ON = re.compile(rf"\b(?:{ABBREVIATIONS}|[A-Z])\.$|\.\.\.$")


def sentences(text: str) -> list[str]:
    """Cut a paragraph into its sentences.

    Parameters
    ----------
    text : str
        The paragraph, in any lines.

    Returns
    -------
    list of str
        Its sentences, each in one line. Abbreviations, initials and ellipses end none.
    """
    text = WHOLE.sub(lambda span: span[0].replace(" ", "\0"), " ".join(text.split()))
    found, start = [], 0
    for end in END.finditer(text):
        if not GOES_ON.search(text[start : end.start() + 1]):
            found.append(text[start : end.end() - 1])
            start = end.end()
    return [sentence.replace("\0", " ") for sentence in [*found, text[start:]]]


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number of each paragraph's first line, from 0, and what the paragraph says."""
    bare = FENCE.sub(lambda fence: "\n" * fence[0].count("\n"), text)
    for before, token in pairwise(PARSER.parse(bare)):
        if before.type == "paragraph_open":
            yield before.map[0], token.content
        elif _is_glossary(token):
            for definition in DEFINITION.finditer(token.content):
                first = token.map[0] + 1 + token.content.count("\n", 0, definition.start())
                yield first, definition[0].strip()


def _is_glossary(token: Token) -> bool:
    return token.type == "fence" and token.info == "{glossary}"


def formatted(text: str) -> str:
    """Return a text in MyST with one sentence a line.

    Parameters
    ----------
    text : str
        A lesson's source, or a page.

    Returns
    -------
    str
        The same to MyST. A line that ends in a backslash or in two spaces stays a line.

    Raises
    ------
    ValueError
        If MyST would read something else.
    """
    lines = text.split("\n")
    for start, said in reversed(list(paragraphs(text))):
        old = said.split("\n")
        first = lines[start].rstrip()
        indent = first[: len(first) - len(old[0].rstrip())]  # with the marker of a list or a quotation
        parts = re.sub(r" {2,}\n", "\\\\\n", said).split("\\\n")
        new = "\\\n".join("\n".join(sentences(part)) for part in parts).split("\n")
        further = re.sub(r"[^>\s]", " ", indent)
        lines[start : start + len(old)] = [indent + new[0].lstrip(), *(further + line for line in new[1:])]
    result = "\n".join(lines)
    if result != text and meaning(result) != meaning(text):
        raise ValueError("one sentence a line would change what is read: look for a sentence that begins like a list")
    return result


def meaning(text: str) -> list[tuple]:
    """Return what MyST reads in a text, white space made even where it has no meaning.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    list of tuple
        Its tokens: type, information, content. What directives of colons hold is read as Markdown.
    """
    read = []
    for token in PARSER.parse(text):
        if token.type == "colon_fence":
            content = meaning(token.content)
        elif token.type == "inline" or _is_glossary(token):
            content = " ".join("".join(map(_inline, token.children or [token])).split())
        else:
            content = token.content
        read.append((token.type, token.tag, token.info, str(token.attrs), content))
    return read


def _inline(token: Token) -> str:
    if token.type in ("text", "softbreak", "fence"):
        return token.content or " "
    if token.type == "hardbreak":
        return " <br> "
    return f"<{token.type} {token.attrs} {token.meta} {token.content}>"


def pages() -> list[Path]:
    """Return all that has prose: lessons and their template, the pages of the book, and what the repository says of itself."""
    root = Path.cwd()
    others = [*root.glob("book/*.md"), *root.glob("*.md"), *root.glob("tools/book/*.md")]
    return [*find(), *sorted(others)]


def unformatted(files: list[Path]) -> list[str]:
    """Say which files do not have one sentence a line, and what gives it to them."""
    texts = {file.relative_to(Path.cwd()): file.read_text("utf-8") for file in files}
    wrong = [file for file, text in texts.items() if formatted(text) != text]
    return [f"{file}: does not have one sentence a line; run `make format`" for file in wrong]


def main() -> None:
    """Format every page, and name those that changed."""
    for file in pages():
        try:
            text = file.read_text("utf-8")
            if (result := formatted(text)) != text:
                replace(file, result)
                print(file.relative_to(Path.cwd()))
        except ValueError as error:
            sys.exit(f"{file}: {error}")


if __name__ == "__main__":
    main()
