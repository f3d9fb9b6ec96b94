"""The built site, and the system's browser that shows it."""

import os
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

from tools.book import contents
from tools.site import chromium
from tools.site.serve import serve

from . import site

ROOT = Path(__file__).parents[2]
BOOK = contents.read(ROOT)
BUILT = ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium; in CI it has to be there."""
    if not (path := chromium.executable()):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(chromium.MISSING)
    with sync_playwright() as playwright:
        driven = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield driven
        driven.close()


@pytest.fixture(scope="session")
def built():
    """The folder of the built site."""
    if not (BUILT / "index.html").exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("the site is not built: `make book` builds it")
    return BUILT


@pytest.fixture(scope="session")
def parsed(built):
    """The pages of the built site, parsed, by their paths in it."""
    paths = {path.relative_to(built).as_posix(): path for path in sorted(built.rglob("*.html"))}
    return {name: BeautifulSoup(path.read_text("utf-8"), "html.parser") for name, path in paths.items()}


@pytest.fixture(scope="session")
def home(built):
    """The address of the built site, served on this machine."""
    with serve(built) as address:
        yield address


@pytest.fixture
def page_of(browser, tmp_path):
    """Make a function that opens a page with the given body and head."""
    with serve(tmp_path) as address:

        def make(body, head="<title>A page</title>"):
            (tmp_path / "favicon.ico").touch()
            html = f'<!DOCTYPE html><html lang="en"><head>{head}</head><body><main><article>{body}</article></main></body></html>'
            (tmp_path / "page.html").write_text(html)
            return site.opened(browser, f"{address}page.html")

        yield make
