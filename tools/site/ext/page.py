"""What Sphinx and the theme do not give a page: a description, and the addresses of the repository and of Colab.

The repository's address comes from the environment of the build that publishes the site, so that the sources name none:
``GITHUB_SERVER_URL`` and ``GITHUB_REPOSITORY`` give the button to the repository, ``FBM_COLAB_BRANCH`` (the branch with the
notebooks that are prepared for Colab) the button to Colab. Elsewhere pages have no such buttons.
"""

from __future__ import annotations

import html
import os
from pathlib import Path


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


def forget(app, exception):
    """Make the next build start afresh if this one warned: what is cached would hide the warning from it."""
    if exception or app._warncount:
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)


def setup(app):
    """Register with Sphinx."""
    app.connect("config-inited", know_repository)
    app.connect("html-page-context", describe)
    app.connect("build-finished", forget)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
