"""Every check of a lesson's structure finds what it is for; a lesson that has everything passes all of them."""

import pytest
from nbformat.v4 import new_output

from tests.miniature import ROOT, edit, store, write_lesson
from tools.book import structure
from tools.book.habits import habits
from tools.book.lessons import CLAIM, code_cells, tags
from tools.book.structure import CHECKS
from tools.book.words import English

PROSE = "\n\n".join(f"## {section}" for section in English.sections) + "".join(
    f"\n\n### Exercise {n}" for n in range(1, 6)
)
FIGURE = '<figure><svg role="img" aria-label="a line"><path d="M1 2"/></svg><img src="a.png" alt="a dot"></figure>'


def record(name="better", seeds=(0, 1, 2), holds=True):
    return new_output("display_data", {CLAIM: {"id": f"models/toy/{name}", "seeds": list(seeds), "holds": holds}})


def make(root, cells=(), prose=PROSE, outputs=(), solved="answer: right, on 3 cases."):
    """Write a lesson that has everything, but for what is given."""
    md = write_lesson(
        root, "models/toy", [*cells, *[("", f"x = {n}") for n in range(25)], *[("hide-cell", "2")] * 5], prose
    )
    store(md)
    html = new_output("display_data", {"text/html": FIGURE})
    right = new_output("execute_result", {"text/plain": solved})
    edit(md, lambda nb: [c.outputs.append(right) for c in code_cells(nb) if "hide-cell" in tags(c)])
    edit(md, lambda nb: code_cells(nb)[0].outputs.extend([html, *[record(f"c{n}") for n in range(4)], *outputs]))
    return md


def shows(**data):
    return {"outputs": [new_output("display_data", {kind.replace("_", "/"): value for kind, value in data.items()})]}


WRONG = [
    ("no_cell_ends_with_a_semicolon", {"cells": [("", "1;")]}, "ends with"),
    ("few_cells_are_exempt_from_comparison", {"cells": [("timing", "1")] * 5}, "5 cells"),
    ("digits_are_the_same_on_every_processor", {"cells": [("", "y = torch.sqrt(x)")]}, "use torch.rsqrt"),
    ("digits_are_the_same_on_every_processor", {"cells": [("", "y = (x + 1).sqrt()")]}, "use torch.rsqrt"),
    ("digits_are_the_same_on_every_processor", {"cells": [("", "y = torch.cdist(a, b)")]}, "use squared distances"),
    ("digits_are_the_same_on_every_processor", {"cells": [("", "y = x**0.5")]}, "math.sqrt of a number"),
    ("digits_are_the_same_on_every_processor", {"cells": [("", "y = x.acos().mean()")]}, "use math's or NumPy's"),
    ("digits_are_the_same_on_every_processor", {"cells": [("", "torch.optim.Adam(p)")]}, "unless fused=True"),
    ("digits_are_the_same_on_every_processor", {"cells": [("", "partial(optim.AdamW, lr=1)")]}, "unless fused=True"),
    ("digits_are_the_same_on_every_processor", {"cells": [("", "torch.optim.RMSprop(p)")]}, "no fused form"),
    (
        "code_in_view_stands_without_the_folded",
        {
            "cells": [
                ("hide-input", "import math\n\ndef f():\n    pass"),
                ("", "math.pi, f()"),
                ("", "def g():\n    f()"),
            ]
        },
        "f is defined in folded code only",
    ),
    ("code_has_no_habits_to_copy", {"cells": [("", "a.step(), b.step()\nx = 1")]}, "several calls as one statement"),
    ("code_has_no_habits_to_copy", {"cells": [("hide-input", "[f(x) for x in y]\nx = 1")]}, "as a statement"),
    ("code_has_no_habits_to_copy", {"cells": [("", "x and f()\nx = 1")]}, "as a statement"),
    ("code_has_no_habits_to_copy", {"cells": [("", "f = lambda x: x")]}, "a lambda with a name"),
    ("code_has_no_habits_to_copy", {"cells": [("", "f(*(1, 2))")]}, "unpacked on the spot"),
    ("code_has_no_habits_to_copy", {"cells": [("", "x = {1: 2}[y]")]}, "looked into on the spot"),
    ("code_has_no_habits_to_copy", {"cells": [("", "x = 1 if a else 2 if b else 3")]}, "a choice inside a choice"),
    ("code_has_no_habits_to_copy", {"cells": [("", "for _ in 'qkv':\n    pass")]}, "the letters of a word"),
    ("code_has_no_habits_to_copy", {"cells": [("", "x = map(f, map(g, y))")]}, "map inside map"),
    ("code_in_view_fits_its_column", {"cells": [("", "x = " + "1" * 80)]}, "84 characters"),
    ("claims_have_three_seeds", {"outputs": [record(seeds=(0, 1))]}, "2 seeds"),
    ("claims_have_three_seeds", {"outputs": [record(holds=False)]}, "does not hold"),
    ("claims_have_three_seeds", {"outputs": [record("c1")]}, "2 times"),
    ("glued_numbers_are_there", {"prose": PROSE + "{glue:text}`/lessons/models/toy.ipynb::toy-a`"}, "no format"),
    ("glued_numbers_are_there", {"prose": PROSE + "{glue:text}`/lessons/models/toy.ipynb::toy-a:s`"}, "no cell glues"),
    ("figures_have_words", shows(text_html='<svg role="img" aria-label=" "><path/></svg>'), "no words for <svg"),
    ("figures_have_words", shows(text_html='<svg role="img"></svg>'), "no words for <svg"),
    ("figures_have_words", shows(text_html='<img src="x.png">'), "no words for <img"),
    ("figures_have_words", shows(image_png="aaaa"), "a bare image/png"),
    ("figures_have_words", {"prose": PROSE + "\n\n![](x.png)"}, "without alt text"),
    ("sections_are_there", {"prose": PROSE.replace("## What this does not show", "")}, "What this does not show"),
    ("numbers_speak_instead_of_empty_words", {"prose": PROSE + "\n\nSignificantly better."}, "Significantly"),
    ("numbers_speak_instead_of_empty_words", {"prose": PROSE + "\n\nA state-of-the-art net."}, "state-of-the-art"),
    ("exercises_have_solutions", {"prose": PROSE.partition("### Exercise 3")[0]}, "2 headings"),
    ("exercises_have_solutions", {"prose": PROSE + "\n\n### Exercise 6"}, "6 headings"),
    ("exercises_have_solutions", {"solved": "answer: not right yet."}, "0 solutions"),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_lesson_that_has_everything_passes(check, tmp_path):
    assert check(make(tmp_path)) == []


@pytest.mark.parametrize(("check", "given", "words"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_it_is_noticed_that_not(check, given, words, tmp_path):
    assert words in "\n".join(getattr(structure, check)(make(tmp_path, **given)))


def test_claims_of_another_lesson_are_noticed(tmp_path):
    md = make(tmp_path).rename(tmp_path / "lessons" / "models" / "other.md")
    store(md)
    assert structure.claims_have_three_seeds(md) == ["no claim"]
    edit(md, lambda nb: code_cells(nb)[0].outputs.append(record()))
    (said,) = structure.claims_have_three_seeds(md)
    assert "does not start with models/other/" in said
    assert structure.contents_name_it(md) == ["_toc.yml lacks lessons/models/other"]


@pytest.mark.parametrize(
    ("line", "words"),
    [("aim: [fame]", "aim"), ("summary: ''", "summary"), ("budget: 99", "budget"), ("budget: 0", "budget")],
)
def test_incomplete_front_matter_is_noticed(line, words, tmp_path):
    md = make(tmp_path)
    right = {"aim": "aim: [training]", "summary": "summary: A toy.", "budget": "budget: 45"}[words]
    md.write_text(md.read_text().replace(right, line))
    (said,) = structure.front_matter_is_complete(md)
    assert said.startswith(words)


def test_a_slow_lesson_tells_why(tmp_path):
    md = make(tmp_path)
    md.write_text(md.read_text().replace("budget: 45", "budget: 90, because: It trains two networks."))
    assert structure.front_matter_is_complete(md) == []


def test_a_value_that_a_cell_shows_may_be_anything():
    assert habits("x = 1\nx, 2 * x") == []


def test_what_is_in_view_may_be_used_in_view(tmp_path):
    cells = [("", "def f():\n    pass"), ("hide-input", "g = f"), ("", "f()\ng = 2\ng"), ("hide-cell", "g")]
    assert structure.code_in_view_stands_without_the_folded(make(tmp_path, cells)) == []


def test_functions_of_numbers_and_fused_optimizers_pass():
    code = (
        "math.sqrt(d), np.sqrt(x), torch.rsqrt(x), 2**0.5, partial(torch.optim.AdamW, fused=True), Adam(p, fused=True)"
    )
    assert structure.processors_own(code) == []


HELPERS = sorted(ROOT.glob("fbm_helpers/*.py"))


@pytest.mark.parametrize("path", HELPERS, ids=lambda path: path.stem)
def test_helpers_compute_the_same_digits_on_every_processor(path):
    assert structure.processors_own(path.read_text("utf-8")) == []


def test_every_check_has_a_canary():
    tried = {check for check, *_ in WRONG} | {"front_matter_is_complete", "contents_name_it"}
    assert tried == {check.__name__ for check in CHECKS}
