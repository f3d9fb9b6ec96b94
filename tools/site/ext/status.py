"""When lessons were executed, where, and what came of it: ``{status}``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from tools.book import contents
from tools.book.words import English
from tools.execute import measure
from tools.execute.arithmetic import exact
from tools.site.ext.measured import Measured

COLUMNS = ("executed", "seconds", "claims")


class Status(Measured, SphinxDirective):
    """Show how lessons were executed and compared, on which processors they agree, and how claims fared under fresh seeds."""

    def run(self):
        """Return the paragraphs and tables."""
        status = self.load("_build/status.json")
        executed = table(
            self.words.executed_head,
            ([self.title(lesson), *texts(facts[key] for key in COLUMNS)] for lesson, facts in status.items()),
        )
        soaked = table(
            self.words.soak_head,
            ([self.title(lesson), *texts(told(facts["soak"], self.words))] for lesson, facts in status.items()),
        )
        seconds = sum(facts["seconds"] for facts in status.values())
        versions = [
            f"{package} {self.those(status, package.lower())}"
            for package in ("Python", "torch", "torchvision", "numpy")
        ]
        summary = self.words.executions.format(
            lessons=len(status),
            seconds=seconds,
            processors=self.those(status, "processor"),
            versions=self.words.comma.join(versions),
        )
        return [
            nodes.paragraph(text=summary),
            self.compared(status),
            executed,
            *self.portable(),
            nodes.paragraph(text=self.words.soak),
            soaked,
            *self.measurements(),
        ]

    def compared(self, status: Mapping[str, Mapping]) -> nodes.paragraph:
        """Say what was compared with the stored outputs, and where these differed."""
        differing = {lesson: facts["differs"] for lesson, facts in status.items() if facts["differs"]}
        say = self.words
        said = nodes.paragraph(text=(say.exact if exact() else say.elsewhere) + ("" if differing else say.none_differ))
        for lesson, cells in differing.items():
            said += [self.title(lesson), nodes.Text(say.differs.format(cells=say.comma.join(map(str, cells))))]
        return said

    def portable(self) -> list[nodes.Node]:
        """Return the evidence that other processors compute the same digits, if there is any."""
        record = self.load("tools/execute/portable.json")
        say, rows = self.words, []
        for processor, agreed in record["agreed"].items():
            kinds = (
                say.all_kinds.format(kinds=len(record["fingerprint"]), date=agreed["fingerprint"])
                if "fingerprint" in agreed
                else ""
            )
            lessons = nodes.inline()
            for lesson in sorted(agreed.keys() - {"fingerprint"}):
                comma = say.comma if lessons.children else ""
                lessons += [nodes.Text(comma), self.title(lesson), nodes.Text(f" ({agreed[lesson]})")]
            rows.append([*texts([processor, kinds]), lessons])
        return [nodes.paragraph(text=say.portable), table(say.portable_head, rows)] if rows else []

    def measurements(self) -> list[nodes.Node]:
        """Return what was measured outside the lessons, where, when, and whether its script is still the same."""
        say, root, rows = self.words, Path(self.env.srcdir), []
        for script in measure.scripts(root):
            self.env.note_dependency(str(script))
            self.env.note_dependency(str(script.with_suffix(".json")))
            if record := measure.kept(script):
                told = say.same if record["code"] == measure.code(script) else say.changed
                rows.append(texts([script.stem, record["date"], record["machine"]["processor"], told]))
        return [nodes.paragraph(text=say.measurements), table(say.measurements_head, rows)] if rows else []

    def title(self, lesson: str) -> nodes.reference:
        """Return a link to a lesson that says the short form of its title."""
        return self.link(lesson, contents.short(self.lesson_title(lesson)))

    def those(self, status: Mapping[str, Mapping], key: str) -> str:
        """Return what the lessons have under a key, each value once."""
        return self.words.conjunction.join(sorted({facts[key] for facts in status.values()}))


def told(soak: Mapping | None, say: type[English]) -> list[str]:
    """Return the cells of the table of soaks for one lesson.

    Parameters
    ----------
    soak : mapping or None
        What `tools.execute.soak.summary` returned for it.
    say : type
        The words of the book's language.

    Returns
    -------
    list of str
        Sets of seeds, claims that held under all of them, the claim with the smallest margin, and alarms.
    """
    if soak is None:
        return [say.not_soaked, "", "", ""]
    thinnest = f"{soak['margin']:g} ({soak['thinnest']})"
    alarms = say.out_of.format(part=soak["alarms"][0], whole=soak["alarms"][1]) if soak["alarms"] else ""
    held = say.out_of.format(part=soak["held"], whole=soak["claims"])
    return [say.soaked_until.format(**soak), held, thinnest, alarms]


def texts(values: Iterable[object]) -> list[nodes.Text]:
    """Return values as texts."""
    return [nodes.Text(str(value)) for value in values]


def table(head: Sequence[str], rows: Iterable[Sequence[nodes.Node]]) -> nodes.table:
    """Return a table.

    Parameters
    ----------
    head : sequence of str
        The names of the columns.
    rows : iterable of sequence of docutils.nodes.Node
        What stands in each row.

    Returns
    -------
    docutils.nodes.table
        The table.
    """
    made, group = nodes.table(classes=["fbm-status"]), nodes.tgroup(cols=len(head))
    group += [nodes.colspec() for _ in head]
    group += [nodes.thead("", row(texts(head))), nodes.tbody("", *map(row, rows))]
    made += group
    return made


def row(cells: Iterable[nodes.Node]) -> nodes.row:
    """Return a row of a table."""
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))


def setup(app):
    """Register the directive."""
    app.add_directive("status", Status)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
