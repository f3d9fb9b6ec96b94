"""What every lesson must have: each check takes a lesson's source and returns what is wrong, in words.

They ask what a reader would ask. How long a page is, nobody asks: `tools.book.check` only tells.
"""

import ast
import re
from collections import Counter
from pathlib import Path

from nbformat import NotebookNode

from tools.book import contents
from tools.book.habits import defined, habits, used
from tools.book.lessons import claims, code_cells, glue_reference, glued, name, place, read_source, read_stored, tags
from tools.book.words import English, words
from tools.execute.arithmetic import UNPINNED

AIMS = {"compute", "training", "interpretability", "robustness", "transfer", "less data"}
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
BUDGET = 45  # seconds on two cores; a lesson that needs more says why, as `because`
EMPTY_WORDS = re.compile(r"significantly|dramatically|state[- ]of[- ]the[- ]art", re.IGNORECASE)
GLUE = re.compile(r"\{glue:text\}`([^`]+)`")
DRAWN = re.compile(r"<(?:svg|img)\b[^>]*>", re.IGNORECASE)
IN_WORDS = re.compile(r"""\b(?:aria-label|alt)=(?:"\s*[^"\s]|'\s*[^'\s])|\baria-hidden=["']true""", re.IGNORECASE)


def _shown(md: Path) -> NotebookNode:
    """Return the stored notebook; without one nothing is shown, which is a problem of the pair."""
    return read_stored(md) or read_source(md)


def say(md: Path) -> type[English]:
    """Return the words in the language of a lesson's book."""
    return words(contents.language(md.parents[2]))


def no_cell_ends_with_a_semicolon(md: Path) -> list[str]:
    """Jupyter then hides the last value, nbval shows it."""
    cells = enumerate(code_cells(read_source(md)), 1)
    return [f"{place(md, n, c)}: ends with ';'" for n, c in cells if c.source.rstrip().endswith(";")]


def few_cells_are_exempt_from_comparison(md: Path) -> list[str]:
    exempt = [cell for cell in code_cells(read_source(md)) if "timing" in tags(cell)]
    return [f"{len(exempt)} cells are tagged timing, at most 4"] if len(exempt) > 4 else []


def digits_are_the_same_on_every_processor(md: Path) -> list[str]:
    cells = enumerate(code_cells(read_source(md)), 1)
    return [f"{place(md, n, c)}: {said}" for n, c in cells for said in processors_own(c.source)]


def processors_own(code: str) -> list[str]:
    """Find functions whose last digit each processor has for itself, and optimizers that take the root among them."""
    wrong, tree = [], ast.parse(code)
    fused = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and any(k.arg == "fused" and ast.unparse(k.value) == "True" for k in call.keywords)
        for part in [call.func, *call.args]
    }
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=whose, attr=name) if name.rstrip("_") in UNPINNED:
                if ast.unparse(whose) not in ("math", "np"):
                    wrong.append(f"{ast.unparse(node)}: use {UNPINNED[name.rstrip('_')]}")
            case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=0.5)):
                if not isinstance(left, ast.Constant):
                    wrong.append(f"{ast.unparse(node)}: use {UNPINNED['sqrt']}")
            case ast.Attribute(attr="Adam" | "AdamW" | "Adagrad") if id(node) not in fused:
                wrong.append(f"{ast.unparse(node)}: its steps take torch.sqrt unless fused=True")
            case ast.Attribute(attr="RMSprop" | "NAdam" | "RAdam" | "Adamax" | "Adadelta"):
                wrong.append(f"{ast.unparse(node)}: its steps take torch.sqrt, and it has no fused form")
    return wrong


def code_in_view_stands_without_the_folded(md: Path) -> list[str]:
    """A reader sees no folded code, and should not need it to follow the rest."""
    wrong, folded, seen = [], set(), set()
    for number, cell in enumerate(code_cells(read_source(md)), 1):
        own = defined(cell.source)
        if FOLDED & set(tags(cell)):
            folded |= own - seen
            continue
        unknown = (used(cell.source) & folded) - seen - own
        wrong += [f"{place(md, number, cell)}: {name} is defined in folded code only" for name in sorted(unknown)]
        seen |= own
    return wrong


def code_has_no_habits_to_copy(md: Path) -> list[str]:
    cells = enumerate(code_cells(read_source(md)), 1)
    return [f"{place(md, n, c)}: {said}" for n, c in cells for said in habits(c.source)]


def code_in_view_fits_its_column(md: Path) -> list[str]:
    """Of 82 characters at a window of 1280 px."""
    cells = [(n, c) for n, c in enumerate(code_cells(read_source(md)), 1) if not FOLDED & set(tags(c))]
    lines = [(place(md, n, c), line) for n, c in cells for line in c.source.splitlines()]
    return [f"{where}: {len(line)} characters: {line.strip()[:50]}" for where, line in lines if len(line) > 82]


def claims_have_three_seeds(md: Path) -> list[str]:
    records = claims(_shown(md))
    wrong = [] if records else ["no claim"]
    for record in records:
        if not record["id"].startswith(f"{name(md)}/"):
            wrong.append(f"claim {record['id']}: its id does not start with {name(md)}/")
        if len(record["seeds"]) < 3:
            wrong.append(f"claim {record['id']}: {len(record['seeds'])} seeds, at least 3")
        if not record["holds"]:
            wrong.append(f"claim {record['id']}: does not hold")
    ids = Counter(record["id"] for record in records)
    return wrong + [f"claim {which}: {count} times" for which, count in ids.items() if count > 1]


def figures_have_words(md: Path) -> list[str]:
    wrong = ["the source has a picture without alt text"] if "![](" in md.read_text(encoding="utf-8") else []
    for number, cell in enumerate(code_cells(_shown(md)), 1):
        for kind, value in (item for output in cell.outputs for item in output.get("data", {}).items()):
            if kind.startswith("image/"):
                wrong.append(f"{place(md, number, cell)}: a bare {kind}, which has no alt text; show it with fbm.show")
            elif kind == "text/html":
                silent = [mark for mark in DRAWN.findall(value) if not IN_WORDS.search(mark)]
                wrong += [f"{place(md, number, cell)}: no words for {mark[:80]}" for mark in silent]
    return wrong


def glued_numbers_are_there(md: Path) -> list[str]:
    """MyST-NB takes ``path::key`` without a format for a key of another form, and warns only when the site is built."""
    known, wrong = glued(_shown(md)), []
    for role in GLUE.findall(md.read_text(encoding="utf-8")):
        lesson, key, form = glue_reference(role)
        if not form:
            wrong.append(f"{role}: no format, such as :.2f or :s")
        elif lesson == name(md) and key not in known:
            wrong.append(f"{role}: no cell glues it")
    return wrong


def front_matter_is_complete(md: Path) -> list[str]:
    fbm = read_source(md).metadata.fbm
    wrong = []
    if not fbm.get("aim") or not set(fbm["aim"]) <= AIMS:
        wrong.append(f"aim: expected some of {sorted(AIMS)}, got {fbm.get('aim')}")
    if not fbm.get("summary"):
        wrong.append("summary: expected a sentence or two, which the landing page shows")
    if not fbm.get("budget", 0) > 0:
        wrong.append(f"budget: expected seconds, got {fbm.get('budget')}")
    elif fbm["budget"] > BUDGET and not fbm.get("because"):
        wrong.append(
            f"budget: {fbm['budget']} seconds; more than {BUDGET} need a sentence that tells why, `because: ...`"
        )
    return wrong


def sections_are_there(md: Path) -> list[str]:
    headings = re.findall(r"^##\s+(.+?)\s*$", md.read_text(encoding="utf-8"), re.MULTILINE)
    return [f"no section '{section}'" for section in say(md).sections if section not in headings]


def numbers_speak_instead_of_empty_words(md: Path) -> list[str]:
    return [f"says '{word}'" for word in EMPTY_WORDS.findall(md.read_text(encoding="utf-8"))]


def exercises_have_solutions(md: Path) -> list[str]:
    """Count headings, and the folded cells whose check says that they are right."""
    heading = say(md).exercise
    exercises = len(re.findall(rf"^### {heading} \d", md.read_text(encoding="utf-8"), re.MULTILINE))
    folded = [cell for cell in code_cells(_shown(md)) if "hide-cell" in tags(cell)]
    solutions = sum(": right, on" in str(cell.outputs) for cell in folded)
    wrong = [] if 3 <= exercises <= 5 else [f"{exercises} headings '### {heading} N', expected 3 to 5"]
    return (
        wrong if solutions >= exercises else [*wrong, f"{solutions} solutions tagged hide-cell are shown to be right"]
    )


def contents_name_it(md: Path) -> list[str]:
    named = contents.read(md.parents[2]).lessons
    return [] if f"lessons/{name(md)}" in named else [f"_toc.yml lacks lessons/{name(md)}"]


CHECKS = [
    no_cell_ends_with_a_semicolon,
    few_cells_are_exempt_from_comparison,
    digits_are_the_same_on_every_processor,
    code_in_view_stands_without_the_folded,
    code_has_no_habits_to_copy,
    code_in_view_fits_its_column,
    claims_have_three_seeds,
    figures_have_words,
    glued_numbers_are_there,
    front_matter_is_complete,
    sections_are_there,
    numbers_speak_instead_of_empty_words,
    exercises_have_solutions,
    contents_name_it,
]
