"""What the helpers offer and no lesson and no tool uses: names, arguments, methods and fields.

Lessons and tools know the package as ``fbm``. Tests do not count: what only they use can go, together with them.
"""

import ast
import dataclasses
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

from tools.book.lessons import code_cells, find, read_source

Codes = Mapping[str, ast.Module]


def codes(root: Path) -> dict[str, ast.Module]:
    """Return the code of each lesson, its cells together, and of each tool.

    Parameters
    ----------
    root : Path
        The root of the book.

    Returns
    -------
    dict
        Trees by the name of the file.
    """
    texts = {md.name: "\n".join(cell.source for cell in code_cells(read_source(md))) for md in find()}
    texts |= {str(file): file.read_text("utf-8") for file in root.glob("tools/**/*.py")}
    return {name: ast.parse(text) for name, text in texts.items()}


def offered(package: ModuleType) -> dict[str, object]:
    """Return what a package offers by name, and what its modules among it do: ``fit``, ``costs.seconds``."""
    found = {}
    for name in package.__all__:
        value = getattr(package, name)
        if inspect.ismodule(value):
            functions = inspect.getmembers(value, inspect.isfunction)
            found |= {f"{name}.{f}": made for f, made in functions if made.__module__ == value.__name__ and f[0] != "_"}
        else:
            found[name] = value
    return found


def unused(things: Mapping[str, object], trees: Iterable[ast.Module]) -> list[str]:
    """Say what of ``things`` is not used.

    Parameters
    ----------
    things : mapping
        What `offered` returns.
    trees : iterable of ast.Module
        What uses it.

    Returns
    -------
    list of str
        A sentence for each name, each argument of what is called, each method and field. A class is used, too, where the
        docstring of a function that is used names it, as what it returns or raises.
    """
    trees = list(trees)
    nodes = [node for tree in trees for node in ast.walk(tree)]
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names = {ast.unparse(node).removeprefix("fbm.") for node in nodes if isinstance(node, ast.Attribute)} & set(things)
    told = "\n".join(inspect.getdoc(things[name]) or "" for name in names if inspect.isfunction(things[name]))
    wrong = []
    for name, thing in things.items():
        if name not in names and not (inspect.isclass(thing) and re.search(rf"\b{name}\b", told)):
            wrong.append(f"fbm.{name}: nobody uses it")
            continue
        if inspect.isclass(thing):
            wrong += [f"fbm.{name}.{member}: nobody uses it" for member in _members(thing) if member not in attributes]
        if name in names and callable(thing) and not (inspect.isclass(thing) and issubclass(thing, Exception)):
            given = {argument for tree in trees for argument in _given(f"fbm.{name}", thing, tree)}
            parameters = inspect.signature(thing).parameters
            wrong += [f"fbm.{name}: nobody passes {argument}" for argument in parameters if argument not in given]
    return wrong


def _members(thing: type) -> list[str]:
    """Return the public methods and properties that a class defines, and its fields."""
    own = [name for name, value in vars(thing).items() if inspect.isfunction(value) or isinstance(value, property)]
    fields = [field.name for field in dataclasses.fields(thing)] if dataclasses.is_dataclass(thing) else []
    return [name for name in [*own, *fields, *getattr(thing, "_fields", ())] if name[0] != "_"]


def _given(name: str, function: object, tree: ast.Module) -> Iterator[str]:
    """Return the parameters that calls of a function pass, a ``partial`` of it among them.

    What stands behind two asterisks may be any of the words that are keys or arguments of something else in the same file.
    """
    kinds = inspect.Parameter
    parameters = inspect.signature(function).parameters.values()
    in_order = [p.name for p in parameters if p.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)]
    rest = [p.name for p in parameters if p.kind is kinds.VAR_POSITIONAL]
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        values = [call.func, *call.args]
        if ast.unparse(call.func).endswith("partial"):
            values = call.args
        if not values or ast.unparse(values[0]) != name:
            continue
        several = any(isinstance(value, ast.Starred) for value in values)
        yield from in_order if several else in_order[: len(values) - 1]
        if several or len(values) - 1 > len(in_order):
            yield from rest
        yield from (keyword.arg for keyword in call.keywords if keyword.arg)
        if any(keyword.arg is None for keyword in call.keywords):
            yield from _words(tree)


def _words(tree: ast.Module) -> Iterator[str]:
    """Return the keys of dictionaries in a file, and the names of arguments in calls of all but helpers."""
    for node in ast.walk(tree):
        match node:
            case ast.Dict(keys=keys):
                yield from (key.value for key in keys if isinstance(key, ast.Constant))
            case ast.Call(func=func, keywords=keywords) if not ast.unparse(func).startswith("fbm."):
                yield from (keyword.arg for keyword in keywords if keyword.arg)
