"""Show beside the pointer what a term of the glossary means, where the role ``{term}`` leads there."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx import addnodes

from tools.book import terms


def note(app, doctree):
    """Keep the definition with each mention, for once it is resolved Sphinx no longer tells what it refers to."""
    mentions = [node for node in doctree.findall(addnodes.pending_xref) if node["reftype"] == "term"]
    path = Path(app.srcdir, terms.GLOSSARY)
    if not mentions or not path.exists():
        return
    app.env.note_dependency(str(path))
    definitions = {term.name.lower(): term.definition for term in terms.read(path.read_text("utf-8"))}
    for node in mentions:
        node[0]["fbm_definition"] = definitions.get(node["reftarget"].lower(), "")


def explain(app, doctree, docname):
    """Give the resolved references their look, and their definition."""
    for mention in list(doctree.findall(lambda node: isinstance(node, nodes.inline) and "fbm_definition" in node)):
        reference = mention.parent
        if isinstance(reference, nodes.reference):  # else the glossary lacks the term, and Sphinx has said so
            reference["classes"].append("fbm-term")
            reference["reftitle"] = mention["fbm_definition"]
            reference.replace(mention, mention.children)


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-read", note)
    app.connect("doctree-resolved", explain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
