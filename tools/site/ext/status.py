"""When lessons were executed, where, and what came of it: ``{status}``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from tools.book import contents
from tools.execute import measure
from tools.execute.arithmetic import exact
from tools.site.ext.measured import Measured

COLUMNS = ("executed", "seconds", "claims")
EXACT = "Outputs, other than durations, were compared to the last digit with the stored ones, which the lessons show. "
ELSEWHERE = (
    "The stored outputs, which the lessons show, are of another arithmetic. Words, kinds of outputs and claims were compared with "
    "them, and numbers within what seeds do. "
)
PORTABLE = (
    "What these processors computed to the same digits, and when (make portable): all kinds of computation that lessons "
    "consist of, and whole lessons."
)
SOAK = (
    "Before publication every lesson is executed under many sets of seeds that were not used while it was written (make soak). "
    "A margin is the distance of a measured value from the claim's threshold, in the unit of the claim; here is the smallest "
    "over all sets. Alarms are sets of seeds that a machine with another arithmetic would have taken for a fault."
)
MEASUREMENTS = "What takes too long for a lesson is measured by scripts (make measure), whose records lessons quote."


class Status(Measured, SphinxDirective):
    """Show how lessons were executed and compared, on which processors they agree, and how claims fared under fresh seeds."""

    def run(self):
        """Return the paragraphs and tables."""
        status = self.load("_build/status.json")
        executed = table(
            ("Lesson", "Executed", "Seconds", "Claims"),
            ([self.title(lesson), *texts(facts[key] for key in COLUMNS)] for lesson, facts in status.items()),
        )
        soaked = table(
            ("Lesson", "Sets of seeds", "Claims that always held", "Thinnest margin", "Alarms"),
            ([self.title(lesson), *texts(told(facts["soak"]))] for lesson, facts in status.items()),
        )
        seconds = sum(facts["seconds"] for facts in status.values())
        versions = [
            f"{package} {those(status, package.lower())}" for package in ("Python", "torch", "torchvision", "numpy")
        ]
        words = f"{len(status)} lessons, {seconds:.0f} seconds in all, on {those(status, 'processor')}, with {', '.join(versions)}."
        return [
            nodes.paragraph(text=words),
            self.compared(status),
            executed,
            *self.portable(),
            nodes.paragraph(text=SOAK),
            soaked,
            *self.measurements(),
        ]

    def compared(self, status: Mapping[str, Mapping]) -> nodes.paragraph:
        """Say what was compared with the stored outputs, and where these differed."""
        differing = {lesson: facts["differs"] for lesson, facts in status.items() if facts["differs"]}
        said = nodes.paragraph(text=(EXACT if exact() else ELSEWHERE) + ("" if differing else "None differ."))
        for lesson, cells in differing.items():
            said += [self.title(lesson), nodes.Text(f" differs in code cells {', '.join(map(str, cells))}. ")]
        return said

    def portable(self) -> list[nodes.Node]:
        """Return the evidence that other processors compute the same digits, if there is any."""
        record = self.load("tools/execute/portable.json")
        every, rows = f"all {len(record['fingerprint'])}", []
        for processor, agreed in record["agreed"].items():
            kinds = f"{every} ({agreed['fingerprint']})" if "fingerprint" in agreed else ""
            lessons = nodes.inline()
            for lesson in sorted(agreed.keys() - {"fingerprint"}):
                comma = ", " if lessons.children else ""
                lessons += [nodes.Text(comma), self.title(lesson), nodes.Text(f" ({agreed[lesson]})")]
            rows.append([*texts([processor, kinds]), lessons])
        head = ("Processor", "Kinds of computation", "Lessons")
        return [nodes.paragraph(text=PORTABLE), table(head, rows)] if rows else []

    def measurements(self) -> list[nodes.Node]:
        """Return what was measured outside the lessons, where, when, and whether its script is still the same."""
        root, rows = Path(self.env.srcdir), []
        for script in measure.scripts(root):
            self.env.note_dependency(str(script))
            self.env.note_dependency(str(script.with_suffix(".json")))
            if record := measure.kept(script):
                told = "the same" if record["code"] == measure.code(script) else "changed since"
                rows.append(texts([script.stem, record["date"], record["machine"]["processor"], told]))
        head = ("Measurement", "Measured", "Processor", "Its script")
        return [nodes.paragraph(text=MEASUREMENTS), table(head, rows)] if rows else []

    def title(self, lesson: str) -> nodes.reference:
        """Return a link to a lesson that says the short form of its title."""
        return self.link(lesson, contents.short(self.lesson_title(lesson)))


def those(status: Mapping[str, Mapping], key: str) -> str:
    """Return what the lessons have under a key, each value once."""
    return " and ".join(sorted({facts[key] for facts in status.values()}))


def told(soak: Mapping | None) -> list[str]:
    """Return the cells of the table of soaks for one lesson.

    Parameters
    ----------
    soak : mapping or None
        What `tools.execute.soak.summary` returned for it.

    Returns
    -------
    list of str
        Sets of seeds, claims that held under all of them, the claim with the smallest margin, and alarms.
    """
    if soak is None:
        return ["none since its code changed", "", "", ""]
    thinnest = f"{soak['margin']:g} ({soak['thinnest']})"
    alarms = "{} of {}".format(*soak["alarms"]) if soak["alarms"] else ""
    return [f"{soak['seeds']}, until {soak['until']}", f"{soak['held']} of {soak['claims']}", thinnest, alarms]


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
