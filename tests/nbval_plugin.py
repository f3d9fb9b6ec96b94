"""Let nbval hold lessons to the book's rules.

nbval executes the stored notebooks; here stands what it asks of them: a sound pair of files, and outputs compared by
`tools.run.compare`. Neither tags nor comments turn the comparison off. A lesson that passes needs no execution by ``make book``.
"""

import os
import time
from collections import defaultdict
from unittest.mock import patch

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from tools.book.lessons import CLAIM, code_cells, name, place, problems, read_stored
from tools.run import cache
from tools.run.compare import differences, tolerance
from tools.run.kernel import environment


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(parent):
    """Put the book's collector in the place of nbval's."""
    collectors = yield
    return [Lesson.from_parent(parent, path=c.path) if isinstance(c, IPyNbFile) else c for c in collectors]


class Lesson(IPyNbFile):
    """The notebook of a lesson: an item for each code cell, or a single one that says what is wrong with the files."""

    def collect(self):
        self.md = self.path.with_suffix(".md")
        self.passed, self.seconds, self.claims = 0, 0.0, []
        self.wrong = problems(self.md) if self.md.exists() else [f"{self.path.name}: there is no {self.md.name}"]
        if self.wrong:
            yield Refusal.from_parent(self, name="pair")
            return
        self.nb = read_stored(self.md)
        self.cells = code_cells(self.nb)
        for number, cell in enumerate(self.cells, 1):
            options = defaultdict(bool, check=True)
            yield Cell.from_parent(self, name=f"cell {number}", cell_num=number, cell=cell, options=options)

    def setup(self):
        if not self.wrong:
            running = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
            with patch.dict(os.environ, environment(running)):
                super().setup()

    def teardown(self):
        super().teardown()
        if not self.wrong and self.passed == len(self.cells):
            cache.store(self.md, self.seconds, self.claims)


class Refusal(pytest.Item):
    """A test that fails because the lesson's files are not fit to be executed."""

    def runtest(self):
        pytest.fail("\n".join(self.parent.wrong), pytrace=False)


class Cell(IPyNbCell):
    """A code cell: executed without error, and shows what is stored."""

    def runtest(self):
        started = time.monotonic()
        super().runtest()
        self.parent.seconds += time.monotonic() - started
        self.parent.passed += 1
        self.parent.claims += [output.data[CLAIM] for output in self.test_outputs if CLAIM in output.get("data", {})]

    def compare_outputs(self, test, ref, skip_compare=None):
        self.comparison_traceback = differences(ref, test, tolerance(self.cell))
        return not self.comparison_traceback

    def repr_failure(self, excinfo):
        if not isinstance(excinfo.value, NbCellError):
            return super().repr_failure(excinfo)
        said = [f"{o.ename}: {o.evalue}" for o in self.test_outputs if o.output_type == "error"]
        said = said or getattr(self, "comparison_traceback", None) or [str(excinfo.value)]
        cure = f"If the fresh outputs are right: make lesson NAME={name(self.parent.md)}"
        return "\n".join([place(self.parent.md, self.cell_num, self.cell), *said, cure])

    def reportinfo(self):
        return self.path, 0, f"{name(self.parent.md)} {self.name}"
