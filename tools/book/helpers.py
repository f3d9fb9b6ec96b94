"""What the helpers offer and no lesson and no tool uses: names, arguments, methods.

Lessons and tools know the package as ``fbm``. Tests do not count: what only they use can go, together with them.
"""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

from tools.book.lessons import code_cells, find, read_source

ALIAS = "fbm."


def codes() -> list[ast.Module]:
    """Return the code of each lesson, its cells together, and of each tool of the book in the current folder."""
    texts = ["\n".join(cell.source for cell in code_cells(read_source(md))) for md in find()]
    texts += [file.read_text("utf-8") for file in Path.cwd().glob("tools/**/*.py")]
    return [ast.parse(text) for text in texts]


def offered(package: ModuleType) -> dict[str, object]:
    """Return what a package offers, by name; of a module among it what that defines: ``costs.price``."""
    things = {}
    for name in package.__all__:
        value = getattr(package, name)
        if inspect.ismodule(value):
            public = {f"{name}.{n}": v for n, v in inspect.getmembers(value, inspect.isfunction) if n[0] != "_"}
            things |= {n: v for n, v in public.items() if v.__module__ == value.__name__}
        else:
            things[name] = value
    return things


def unused(things: Mapping[str, object], trees: Iterable[ast.Module]) -> list[str]:
    """Say what is offered and not used.

    Parameters
    ----------
    things : mapping
        What `offered` returns.
    trees : iterable of ast.Module
        The code that may use it.

    Returns
    -------
    list of str
        A sentence for each name, for each argument of what is called, and for each method. A class is used also where the
        docstring of a function that is used names it, as what it returns or raises, or a method of what this returns.
    """
    trees = list(trees)
    attributes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    called = {_dotted(node).removeprefix(ALIAS) for node in attributes} & set(things)
    told = "\n".join(inspect.getdoc(things[name]) or "" for name in called if inspect.isfunction(things[name]))
    told += "\n".join(_told_by_methods(thing) for name, thing in things.items() if re.search(rf"\b{name}\b", told))
    wrong = []
    for name, thing in things.items():
        if inspect.isclass(thing):
            methods = {m for m, value in vars(thing).items() if inspect.isfunction(value) and m[0] != "_"}
            wrong += [
                f"{ALIAS}{name}.{m}: nobody uses it" for m in sorted(methods - {node.attr for node in attributes})
            ]
        if name in called:
            given = {argument for tree in trees for argument in _given(name, thing, tree)}
            wrong += [f"{ALIAS}{name}: nobody passes {p}" for p in _parameters(thing) if p not in given]
        elif not (inspect.isclass(thing) and re.search(rf"\b{name}\b", told)):
            wrong.append(f"{ALIAS}{name}: nobody uses it")
    return wrong


def _told_by_methods(thing: object) -> str:
    """Return the docstrings of a class's methods; nothing for what is no class."""
    return "\n".join(inspect.getdoc(method) or "" for _, method in inspect.getmembers(thing, inspect.isfunction))


def _dotted(node: ast.AST) -> str:
    """Return a name with dots as it is written; empty for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr) if before := _dotted(value):
            return f"{before}.{attr}"
    return ""


def _parameters(thing: object) -> dict[str, inspect.Parameter]:
    """Return the parameters of a function, or of a class that is no error."""
    calls = inspect.isfunction(thing) or (inspect.isclass(thing) and not issubclass(thing, Exception))
    return dict(inspect.signature(thing).parameters) if calls else {}


def _given(name: str, thing: object, tree: ast.Module) -> Iterator[str]:
    """Return the parameters that calls pass, of a ``partial``, too.

    Behind two asterisks may stand whatever is a key of a dictionary in the same file, or an argument of another function.
    """
    by_place = [p for p, known in _parameters(thing).items() if known.kind is not known.KEYWORD_ONLY]
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        values = call.args if _dotted(call.func).endswith("partial") else [call.func, *call.args]
        if values and _dotted(values[0]) == ALIAS + name:
            starred = any(isinstance(value, ast.Starred) for value in values)
            yield from by_place if starred else by_place[: len(values) - 1]
            for keyword in call.keywords:
                yield from [keyword.arg] if keyword.arg else _words(tree)


def _words(tree: ast.Module) -> Iterator[str]:
    """Return the keys of dictionaries, and the names of arguments in calls of all but helpers."""
    for node in ast.walk(tree):
        match node:
            case ast.Dict(keys=keys):
                yield from (key.value for key in keys if isinstance(key, ast.Constant))
            case ast.Call(func=func, keywords=keywords) if not _dotted(func).startswith(ALIAS):
                yield from (keyword.arg for keyword in keywords if keyword.arg)
