"""The map of the landing page, ``{map}``: a tree from base models to what improves them, with what each step gained.

A lesson that measures an improvement says in its front matter where it hangs and which arms of which claim show it::

    map:
      base: MLP
      idea: share weights over places
      gives: CNN  # if others build on it
      claim: wins-with-few-images
      arms: [mlp, cnn]
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from tools.book import contents
from tools.book.lessons import read_source
from tools.site.ext.measured import Measured
from tools.site.ext.scoreboard import claim_anchor

WIDTH, HEIGHT, PAD = 150, 14, 7


class Step(NamedTuple):
    """An improvement: a lesson, what it says of itself, and the claim that shows it."""

    page: str
    says: dict
    claim: dict


class Map(Measured, SphinxDirective):
    """Draw the tree as a list of links, which a screen reader reads as such, and as the phone has room for."""

    def run(self):
        """Return the list."""
        book = contents.read(Path(self.env.srcdir))
        self.env.note_dependency(str(book.folder / "_toc.yml"))
        claims = {record["id"]: record for record in self.load("_build/claims.json")}
        steps = []
        for page in book.lessons:
            self.env.note_dependency(str(book.source(page)))
            says = read_source(book.source(page)).metadata.fbm.get("map")
            if says:
                steps.append(self.step(page, says, claims))
        made = {step.says.get("gives") for step in steps}
        roots = dict.fromkeys(step.says["base"] for step in steps if step.says["base"] not in made)
        return [self.branches(roots, steps)]

    def step(self, page: str, says: dict, claims: dict[str, dict]) -> Step:
        """Return a lesson's step, if its claim and its arms exist."""
        missing = {"base", "idea", "claim", "arms"} - says.keys()
        if missing:
            raise self.error(f"{page}: its map lacks {', '.join(sorted(missing))}")
        claim = claims.get(f"{page.removeprefix('lessons/')}/{says['claim']}")
        if not claim or len(says["arms"]) != 2 or not set(says["arms"]) <= claim["variants"].keys():
            raise self.error(f"{page}: its map names a claim or arms that it lacks: {says['claim']}, {says['arms']}")
        return Step(page, says, claim)

    def branches(self, bases: Sequence[str], steps: Sequence[Step]) -> nodes.bullet_list:
        """Return models, each with the steps that start from it."""
        tree = nodes.bullet_list(classes=["fbm-map"])
        for base in bases:
            item = nodes.list_item("", nodes.paragraph("", "", nodes.strong(base, base)))
            item += self.steps(base, steps)
            tree += item
        return tree

    def steps(self, base: str | None, steps: Sequence[Step]) -> nodes.bullet_list:
        """Return what improves a model, each step with those that build on it."""
        listed = nodes.bullet_list()
        for step in steps:
            if step.says["base"] == base:
                item = nodes.list_item("", self.line(step))
                above = self.steps(step.says.get("gives"), steps)
                if len(above):
                    item += above
                listed += item
        return listed

    def line(self, step: Step) -> nodes.paragraph:
        """Return a step in words, with what it gained, drawn and in numbers."""
        lesson, arms = step.page.removeprefix("lessons/"), step.says["arms"]
        values = [step.claim["variants"][arm] for arm in arms]
        name = nodes.inline("", "", self.link(lesson, step.says["idea"]))
        if gives := step.says.get("gives"):
            name += [nodes.Text(": "), nodes.strong(gives, gives)]
        means = [fmean(column) for column in values]
        form = ".2f" if max(means) < 2 else ".3g"
        told = self.words.gained.format(
            unit=step.claim["unit"],
            old=format(means[0], form),
            new=format(means[1], form),
            before=arms[0],
            after=arms[1],
        )
        gained = self.link(lesson, told, claim_anchor(step.claim["id"]))
        line = nodes.paragraph("", "", name, nodes.raw("", drawn(values), format="html"))
        line += nodes.inline("", "", gained, classes=["fbm-gain"])
        return line


def drawn(arms: Sequence[Sequence[float]]) -> str:
    """Draw where two arms lie on one line from zero to one, or to the largest value: rings before, dots after, a seed each."""
    most = max(1.0, *(value for values in arms for value in values))

    def place(value: float) -> float:
        return round(PAD + (WIDTH - 2 * PAD) * max(value, 0) / most, 1)

    middle, (before, after) = HEIGHT / 2, arms
    ends = place(fmean(before)), place(fmean(after))
    marks = [f'<path class="fbm-track" d="M{PAD} {middle}H{WIDTH - PAD}"/>']
    marks.append(f'<path class="fbm-way" d="M{ends[0]} {middle}H{ends[1]}"/>')
    for name, values in (("before", before), ("after", after)):
        marks += [f'<circle class="fbm-{name}" cx="{place(value)}" cy="{middle}" r="4"/>' for value in values]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg class="fbm-step" {size} aria-hidden="true">{"".join(marks)}</svg>'


def setup(app):
    """Register the directive."""
    app.add_directive("map", Map)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
