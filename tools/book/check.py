"""Check lessons without executing anything, in seconds: ``make check``, or ``make check NAME=models/cnn``.

Source and notebook are a pair, the lesson has what a lesson must have, its prose one sentence a line, and ruff finds nothing in
its code; without a name, the book's other pages are looked at, too, and the helpers offer nothing that nobody uses. Then figures
that a reader feels, up to the questions: words, new terms in bold, laptop screens, lines of code in view and folded. They are told,
and no limit is set to them.
"""

import re
import subprocess
import sys
from pathlib import Path

import fbm_helpers as fbm
from tools.book.helpers import codes, offered, unused
from tools.book.lessons import counts, find, name, problems, read_source, tags
from tools.book.sentences import pages, unformatted
from tools.book.structure import CHECKS, FOLDED, say
from tools.book.terms import suggestions

ASIDE = re.compile(r"\$[^$]*\$|\{[\w:]+\}`[^`]*`")  # formulas and roles
IN_SENTENCES = re.compile(r"(?<=.)\n(?=[^\W\d]|[(\"*`$\[{])")  # the ends of lines within a paragraph
TERM = re.compile(r"(?<![*>] )\*\*[^*]+\*\*")
# A screen of 900 px, with the theme's type: lines of 90 characters of prose, or of code.
LINE, LINES = 90, 30


def figures(md: Path) -> dict[str, int]:
    """Return what a reader feels of a lesson.

    Parameters
    ----------
    md : Path
        Its source.

    Returns
    -------
    dict
        Counts, by what is counted.
    """
    words = terms = view = folded = lines = 0
    end = f"## {say(md).questions}"
    for cell in read_source(md).cells:
        if cell.cell_type == "markdown":
            prose, questions, _ = cell.source.partition(end)
            words += len(ASIDE.sub(" ", prose).split())
            terms += len(TERM.findall(prose))
            lines += sum(1 + len(paragraph) // LINE for paragraph in IN_SENTENCES.sub(" ", prose).splitlines())
            if questions:
                break
        elif counts(cell):
            height = len(cell.source.strip().splitlines())
            if FOLDED & set(tags(cell)):
                folded += height
            else:
                view += height
                lines += height + 2
    return {"words": words, "terms": terms, "screens": round(lines / LINES), "in view": view, "folded": folded}


def main(names: list[str]) -> int:
    """Check the named lessons, or all; return 1 if something is wrong."""
    lessons, wrong = find(names), [] if names else unused(offered(fbm), codes())
    wrong += unformatted(lessons if names else pages())
    for md in lessons:
        wrong += problems(md)
        wrong += [f"{name(md)}: {check.__name__}: {said}" for check in CHECKS for said in check(md)]
    notebooks = [str(md.with_suffix(".ipynb")) for md in lessons if md.with_suffix(".ipynb").exists()]
    # Without a file, ruff would look at everything.
    for command in (["check", "--quiet"], ["format", "--check", "--quiet"]) if notebooks else ():
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *notebooks], capture_output=True, text=True, check=False
        )
        if done.returncode:
            wrong.append(
                f"ruff {command[0]}: {done.stdout or done.stderr or 'the code of a lesson is not formatted'}".rstrip()
            )
    told = {name(md): figures(md) for md in lessons}
    for index, (lesson, counted) in enumerate(told.items()):
        if index == 0:
            print(f"{'up to the questions':34}" + "".join(f"{what:>10}" for what in counted))
        print(f"{lesson:34}" + "".join(f"{count:>10}" for count in counted.values()))
    said = [
        f"{name(md)} could lead to the glossary by {{term}}: {', '.join(terms)}"
        for md in lessons
        if (terms := suggestions(md))
    ]
    print("\n".join(["", *said, *wrong, f"{len(wrong)} problems in {len(lessons)} lessons"]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
