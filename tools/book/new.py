"""Start a lesson from the template: ``python -m tools.book.new part/topic``."""

import sys
from pathlib import Path

from tools.book.lessons import NAME
from tools.files import replace

TEMPLATE = Path(__file__).parent / "lesson_template.md"


def main(arguments: list[str]) -> None:
    """Write ``lessons/part/topic.md``, unless it is there or the name is no name."""
    name = arguments[0] if len(arguments) == 1 else ""
    if not NAME.fullmatch(name):
        raise SystemExit(f"expected a name such as models/cnn, in lower case, got {name!r}: make new NAME=part/topic")
    md = Path.cwd() / "lessons" / f"{name}.md"
    if md.exists():
        raise SystemExit(f"{md} exists already; choose another name, or edit it")
    replace(md, TEMPLATE.read_text(encoding="utf-8").replace("part/topic", name))
    print(f"lessons/{name}.md written. Add `- file: lessons/{name}` to _toc.yml, then run `make lesson NAME={name}`.")


if __name__ == "__main__":
    main(sys.argv[1:])
