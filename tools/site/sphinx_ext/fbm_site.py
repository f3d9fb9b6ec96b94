"""What a page of the site needs and the theme does not give: a description, accessible names, addresses known late.

The repository's address comes from the environment of the build that publishes the site, so that the sources name none:
``GITHUB_SERVER_URL`` and ``GITHUB_REPOSITORY`` give the button to the repository, ``FBM_COLAB_BRANCH`` (the branch with the
notebooks that are prepared for Colab) the button to Colab. Elsewhere pages have no such buttons.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
from pathlib import Path

# What axe finds in the pages of the theme and of the extensions, as (wrong, right).
FIXES = [
    (r'<summary aria-label="[^"]*">', "<summary>"),
    (r'(search-button-field [^>]*?title="([^"]*)") aria-label="\2"', r"\1"),
    (r'(data-mode="\w+") +title="[^"]*"', r"\1"),
    (r'<div id="pst-primary-sidebar" class=', '<div id="pst-primary-sidebar" role="region" aria-label="Book" class='),
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
    (r' role="doc-biblioentry"', ""),
    (r"<th></th>", "<td></td>"),
    (r"<div class=(['\"])fbm-scroll\1>", '<div class="fbm-scroll" tabindex="0">'),
]
# In lessons a hidden cell is a solution, and hidden input is code beside the point.
PROMPTS = [("content", "the solution"), ("source", "the code"), ("outputs?", "the output")]
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={page}">
<link rel="icon" href="_static/favicon.svg">
<title>{title}</title>
</head>
<body><main><h1>{title}</h1><p><a href="{page}">Open the book</a></p></main></body>
</html>
"""


def know_repository(app, config):
    """Add the buttons whose addresses the environment gives."""
    repository = os.environ.get("GITHUB_REPOSITORY")
    if not repository:
        return
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    options = config.html_theme_options
    options |= {"repository_url": f"{server}/{repository}", "use_repository_button": True}
    if branch := os.environ.get("FBM_COLAB_BRANCH"):
        options |= {
            "repository_branch": branch,
            "launch_buttons": {"colab_url": "https://colab.research.google.com"},
        }


def describe(app, pagename, templatename, context, doctree):
    """Give a page its first paragraph as its description."""
    if doctree is None:
        return
    for paragraph in doctree.findall(lambda node: node.tagname == "paragraph"):
        text = " ".join(paragraph.astext().split())
        if len(text) > 40:
            context["metatags"] += f'\n<meta name="description" content="{html.escape(text[:160])}" />'
            return


def correct(app, exception):
    """Apply the fixes to every page and write the index, which leads to the first page."""
    if exception or app.builder.name != "html":
        return
    fixes = FIXES + [(rf">(Show|Hide) {wrong}<", rf">\1 {right}<") for wrong, right in PROMPTS]
    for page in Path(app.outdir).rglob("*.html"):
        text = old = page.read_text("utf-8")
        for wrong, right in fixes:
            text = re.sub(wrong, right, text)
        if text != old:
            page.write_text(text, "utf-8")
    index = INDEX.format(page=app.builder.get_target_uri(app.config.root_doc), title=html.escape(app.config.html_title))
    Path(app.outdir, "index.html").write_text(index, "utf-8")


def forget(app, exception):
    """Make the next build start afresh if this one warned: what is cached would hide the warning from it."""
    if exception or app._warncount:
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)


def version() -> str:
    """Return a hash of the extensions beside this one, and of the book's own styles.

    Where it changes, every page is built anew. Sphinx copies no style sheet when no page has changed.
    """
    here = Path(__file__).parent
    files = sorted([*here.glob("*.*"), *here.parents[2].glob("book/_static/*")])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def setup(app):
    """Register with Sphinx."""
    app.connect("config-inited", know_repository)
    app.connect("html-page-context", describe)
    app.connect("build-finished", correct)
    app.connect("build-finished", forget)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": version()}
