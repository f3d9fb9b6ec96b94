"""Modules of the helpers and the tools are small, and have no habits that lessons must not have."""

import ast
import io
import tokenize

import pytest

from tests.miniature import ROOT
from tools.book.habits import habits

MODULES = {
    str(file.relative_to(ROOT)): file for room in ("fbm_helpers", "tools") for file in ROOT.glob(f"{room}/**/*.py")
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


def too_long(modules):
    """Return the modules of more than 200 lines of code, with their number."""
    sizes = {name: lines_of_code(file.read_text("utf-8")) for name, file in modules.items()}
    return {name: size for name, size in sizes.items() if size > 200}


def test_lines_of_code_are_counted_without_words_about_them():
    words = '"""Module,\nin two lines."""\n\n# a comment\n'
    code = 'x = [\n    1,\n\n    # one more\n    2,\n]\n\n\ndef f():\n    """Doc."""\n    return """a\nb"""  # two\n'
    assert lines_of_code(words + code) == 4 + 3


def test_no_module_has_more_than_200_lines_of_code():
    assert {"fbm_helpers/parity.py", "tools/site/build.py", "tools/site/ext/math.py"} <= set(MODULES)
    assert too_long(MODULES) == {}


def test_a_module_of_201_lines_is_noticed(tmp_path):
    modules = {"short": tmp_path / "short.py", "long": tmp_path / "long.py"}
    modules["short"].write_text('"""Doc."""\n\n' + "x = 1\n" * 200)
    modules["long"].write_text('"""Doc."""\n\n' + "x = 1\n" * 201)
    assert too_long(modules) == {"long": 201}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_no_habits_to_copy(name):
    assert habits(MODULES[name].read_text("utf-8")) == []
