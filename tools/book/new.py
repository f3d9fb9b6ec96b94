"""Start a lesson from the template: ``python -m tools.book.new part/topic``."""

import re
import sys
from pathlib import Path

from tools.book.lessons import NAME
from tools.files import replace

TEMPLATE = Path(__file__).parent / "lesson_template.md"


def main(arguments: list[str]) -> None:
    """Write ``lessons/part/topic.md`` and its line in ``_toc.yml``, unless it is there or the name is no name."""
    name = arguments[0] if len(arguments) == 1 else ""
    if not NAME.fullmatch(name):
        raise SystemExit(f"expected a name such as models/cnn, in lower case, got {name!r}: make new NAME=part/topic")
    md, toc = Path.cwd() / "lessons" / f"{name}.md", Path.cwd() / "_toc.yml"
    if md.exists():
        raise SystemExit(f"{md} exists already; choose another name, or edit it")
    contents = with_lesson(toc.read_text(encoding="utf-8"), name)
    replace(md, TEMPLATE.read_text(encoding="utf-8").replace("part/topic", name))
    replace(toc, contents)
    print(f"lessons/{name}.md written, and named in _toc.yml. Then: make lesson NAME={name}, make check NAME={name}.")


def with_lesson(contents: str, name: str) -> str:
    """Return a table of contents with a further lesson, behind the others of its part, or else behind all lessons.

    Parameters
    ----------
    contents : str
        The text of ``_toc.yml``; its comments and order stay.
    name : str
        The lesson's name, ``part/topic``.

    Returns
    -------
    str
        The text with one line more.
    """
    line = f"- file: lessons/{name}"
    for part in (name.partition("/")[0], r"\w+"):
        if found := list(re.finditer(rf"^( *)- file: lessons/{part}/\w+.*$", contents, re.MULTILINE)):
            end = found[-1].end()
            return f"{contents[:end]}\n{found[-1][1]}{line}{contents[end:]}"
    raise SystemExit(f"_toc.yml has no lesson yet; add `{line}` to the chapters of a part")


if __name__ == "__main__":
    main(sys.argv[1:])
