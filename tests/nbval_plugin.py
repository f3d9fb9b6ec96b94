"""Let nbval hold lessons to the book's rules.

nbval collects the stored notebooks, and reports on them cell by cell; the book's own executor runs each once, with pinned
arithmetic, and its own rules say whether the outputs agree. Neither tags nor comments turn the comparison off. A lesson that
passes needs no execution by ``make book``.
"""

import os
from collections import defaultdict

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from tools.book.lessons import code_cells, is_lesson, place, problems, read_stored
from tools.execute.arithmetic import announcement
from tools.execute.kernel import run_one
from tools.execute.settle import cure, settle


def pytest_report_header(config):
    """Say what is compared on this machine, where lessons are."""
    return announcement() if config.getoption("nbval") else None


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(parent):
    """Put the book's collector in the place of nbval's."""
    collectors = yield
    notebooks = [c.path for c in collectors if isinstance(c, IPyNbFile)]
    others = [c for c in collectors if not isinstance(c, IPyNbFile)]
    return others + [Lesson.from_parent(parent, path=path) for path in filter(is_lesson, notebooks)]


class Lesson(IPyNbFile):
    """The notebook of a lesson: an item for each code cell, or a single one that says what is wrong with the files."""

    def collect(self):
        self.md = self.path.with_suffix(".md")
        self.wrong = problems(self.md) if self.md.exists() else [f"{self.path.name}: there is no {self.md.name}"]
        if self.wrong:
            yield Refusal.from_parent(self, name="pair")
            return
        self.nb = read_stored(self.md)
        for number, cell in enumerate(code_cells(self.nb), 1):
            yield Cell.from_parent(self, name=f"cell {number}", cell_num=number, cell=cell, options=defaultdict(bool))

    def setup(self):
        if not self.wrong:
            self.run = run_one(self.md, running=int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
            self.verdict = settle(self.run)

    def teardown(self):
        """Do nothing: the kernel has ended."""


class Refusal(pytest.Item):
    """A test that fails because the lesson's files are not fit to be executed."""

    def runtest(self):
        pytest.fail("\n".join(self.parent.wrong), pytrace=False)


class Cell(IPyNbCell):
    """A code cell: executed without error, and shows what is stored."""

    def runtest(self):
        lesson, number = self.parent, self.cell_num
        said = (
            [lesson.run.failures[number]] if number in lesson.run.failures else lesson.verdict.differences.get(number)
        )
        if said:
            pytest.fail("\n".join([place(lesson.md, number, self.cell), *said, cure(lesson.md)]), pytrace=False)
        if code_cells(lesson.run.nb)[number - 1].execution_count is None:
            pytest.xfail(f"not executed: cell {max(lesson.run.failures)} failed")

    def repr_failure(self, excinfo):
        return excinfo.exconly() if excinfo.errisinstance(pytest.fail.Exception) else super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, 0, f"{self.parent.md.parent.name}/{self.parent.md.stem} {self.name}"
