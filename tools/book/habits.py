"""Habits of code that a reader should not copy, and names that a reader cannot know."""

import ast
import builtins
from collections.abc import Callable

HABITS: dict[str, Callable[[ast.AST], bool]] = {
    "several calls as one statement": lambda n: isinstance(n, ast.Expr) and isinstance(n.value, ast.Tuple),
    "a comprehension or a choice as a statement": lambda n: (
        isinstance(n, ast.Expr)
        and isinstance(n.value, ast.ListComp | ast.SetComp | ast.DictComp | ast.IfExp | ast.BoolOp)
    ),
    "a lambda with a name": lambda n: isinstance(n, ast.Assign) and isinstance(n.value, ast.Lambda),
    "a tuple or a list unpacked on the spot": lambda n: (
        isinstance(n, ast.Starred) and isinstance(n.value, ast.Tuple | ast.List)
    ),
    "a mapping looked into on the spot": lambda n: isinstance(n, ast.Subscript) and isinstance(n.value, ast.Dict),
    "a choice inside a choice": lambda n: isinstance(n, ast.IfExp) and isinstance(n.orelse, ast.IfExp),
    "a loop over the letters of a word": lambda n: (
        isinstance(n, ast.For | ast.comprehension)
        and isinstance(n.iter, ast.Constant)
        and isinstance(n.iter.value, str)
    ),
    "map inside map": lambda n: _is_map(n) and any(_is_map(inner) for inner in n.args),
}


def _is_map(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "map"


def habits(code: str) -> list[str]:
    """Return what stands in code that a reader should not copy.

    Parameters
    ----------
    code : str
        Python.

    Returns
    -------
    list of str
        The code of each place, and what is wrong with it. A value as the last line of a cell is shown, and may be anything.
    """
    tree = ast.parse(code)
    shown = tree.body[-1] if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    return [
        f"{ast.unparse(node)[:60]}: {habit}"
        for node in ast.walk(tree)
        for habit, found in HABITS.items()
        if found(node) and node is not shown
    ]


def defined(code: str) -> set[str]:
    """Return the names that code defines: variables, functions, classes, imports."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.Import(names=imported) | ast.ImportFrom(names=imported):
                names |= {alias.asname or alias.name.partition(".")[0] for alias in imported}
    return names


def used(code: str) -> set[str]:
    """Return the names that code uses, but for Python's own."""
    names = {
        node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    return names - set(dir(builtins))
