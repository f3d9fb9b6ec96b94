"""How long a lesson was last measured to run, ``{seconds}`under a minute```: the words stand where nothing was measured."""

from __future__ import annotations

from docutils import nodes
from sphinx.util.docutils import SphinxRole

from tools.site.ext.measured import Measured

NUMBERS = {1: "one", 2: "two"}


class Seconds(Measured, SphinxRole):
    """Say the seconds of the lesson in which the role stands, to the next five, for they differ from run to run; and its cores."""

    def run(self):
        """Return the words."""
        lesson = self.env.docname.removeprefix("lessons/")
        facts = self.load("_build/status.json").get(lesson)
        return [nodes.Text(told(facts["seconds"], facts["cores"]) if facts else self.text)], []


def told(seconds: float, cores: int) -> str:
    """Return ``about 45 seconds on one core``."""
    return (
        f"about {max(5, 5 * round(seconds / 5))} seconds on {NUMBERS.get(cores, cores)} core{'s' if cores > 1 else ''}"
    )


def setup(app):
    """Register the role."""
    app.add_role("seconds", Seconds())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
