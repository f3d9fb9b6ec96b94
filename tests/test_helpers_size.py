"""The helpers stay small, and what they offer is explained."""

import ast
import inspect
import io
import re
import tokenize
from pathlib import Path

import pytest

import fbm_helpers as fbm

MODULES = sorted(Path(fbm.__file__).parent.glob("*.py"))
PUBLIC = {name: getattr(fbm, name) for name in fbm.__all__ if callable(getattr(fbm, name))} | {
    f"costs.{name}": member
    for name, member in inspect.getmembers(fbm.costs, inspect.isfunction)
    if member.__module__ == fbm.costs.__name__ and not name.startswith("_")
}


WORDLESS = {getattr(tokenize, name) for name in ("COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")}


def lines_of_code(source):
    """Return the number of physical lines that hold a token other than a comment or a docstring."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in WORDLESS:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            lines.difference_update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


def test_lines_of_code_are_counted_without_words_about_them():
    words = '"""Module,\nin two lines."""\n\n# a comment\n'
    code = 'x = [\n    1,\n\n    # one more\n    2,\n]\n\n\ndef f():\n    """Doc."""\n    return """a\nb"""  # two\n'
    assert lines_of_code(words + code) == 4 + 3


def test_each_module_of_the_helpers_has_at_most_200_lines_of_code():
    sizes = {module.name: lines_of_code(module.read_text()) for module in MODULES}
    assert max(sizes.values()) <= 200, sizes


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_public_has_a_summary_and_explains_each_parameter(name):
    words = inspect.getdoc(PUBLIC[name])
    summary, *_ = words.split("\n\n")
    assert summary.endswith((".", "::")) and len(summary) < 300
    if inspect.isfunction(PUBLIC[name]):
        section = re.search(r"Parameters\n-{10}\n(.*?)(?=\n\n\w+\n---|\Z)", words, re.DOTALL)
        explained = section[1] if section else ""
        heads = "\n".join(line for line in explained.splitlines() if line and not line.startswith(" "))
        parameters = inspect.signature(PUBLIC[name]).parameters
        assert [p for p in parameters if not re.search(rf"(?<!\w){p}(?!\w)", heads)] == []
