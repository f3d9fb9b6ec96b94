"""Values of long measurements in prose: ``{measurement}`batch_norm_adam/16/BatchNorm/mean:.3f```."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from tools.execute import measure

LOGGER = logging.getLogger(__name__)


class Measurement(SphinxRole):
    """A value of a record, of `tools.execute.measure`."""

    def run(self):
        """Return the value as text."""
        root = Path(self.env.srcdir)
        for script in measure.scripts(root):
            self.env.note_dependency(str(script.with_suffix(".json")))
        try:
            return [nodes.Text(measure.value(self.text, root))], []
        except (measure.Unknown, ValueError) as error:
            LOGGER.warning("%s", error, location=self.get_location())
            return [nodes.Text(self.text)], []


def setup(app):
    """Register the role."""
    app.add_role("measurement", Measurement())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
