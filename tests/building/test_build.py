"""A miniature book with the real settings and extensions builds, and what must stop it stops it."""

import json
import re

from tools.site import finish, steps

from .conftest import RECORD, prose

LOADED = r'<(?:script|img|iframe)[^>]* src="([^"]*)"|<link[^>]* rel="stylesheet"[^>]* href="([^"]*)"'


def test_pages_say_what_they_should(measured, build):
    assert build()[0] == ""
    home, lesson = measured.page("book/measured"), measured.page("lessons/part/topic")
    assert "1 claims in 1 lessons; 1 held" in home
    assert 'href="../lessons/part/topic.html#claim-part-topic-wins">A topic</a>' in home
    assert 'href="../lessons/part/topic.html#claim-part-topic-wins">a claim</a>' in home
    assert re.search(r'href="../lessons/part/topic.html#a-topic"><span class="[^"]*">A place<', home)
    assert 'href="bibliography.html#source-ioffe2015batch"><cite>Ioffe and Szegedy, 2015</cite>' in home
    assert 'class="katex-display" tabindex="0"' in lesson and 'class="eqno">(1)' in lesson and "<math" in lesson
    assert r"x\text{,}" in lesson, "punctuation is carried by the formula before it"
    assert 'content="A first paragraph' in lesson
    assert 'url=book/index.html"' in measured.page("index")
    assert "github" not in home and "whole-book" not in measured.page("book/index"), "there is no PDF"

    measured.write("_build/claims.json", json.dumps([RECORD | {"statement": "The new one wins again."}]))
    assert build()[0] == ""
    assert "wins again" in measured.page("book/measured"), "new measurements reach the page"


def test_pages_are_light_and_load_nothing_from_elsewhere(measured, build):
    style = (measured.folder / "book/_static/fbm.css").read_text("utf-8")
    measured.write("book/_static/fbm.css", f".not-used {{ color: red }}\n{style}")
    assert build()[0] == ""
    for name in ["book/index", "book/measured", "lessons/part/topic", *finish.EXTRA]:
        page = measured.page(name)
        assert not [address for pair in re.findall(LOADED, page) for address in pair if "//" in address], name
        assert 'lang="en"' in page.partition("<head>")[0], name
        assert not re.search(r'fontawesome\.js|<(i|span) class="fa', page), name
        head, _, body = page.partition("</head>")
        sheets = re.findall(r'href="(?:\.\./)*([^"?]*)[^"]*" rel="stylesheet"', page)
        assert sheets == ["_static/book.css"], name
        assert head.count("<script") == 2 and "src" not in head and "copybutton.js" in body, name
        assert ("searchindex.js" in page) == (name == "search"), name
    style = (measured.folder / "_build/html/_static/book.css").read_text("utf-8")
    assert ".fbm-claim" in style and ".svg-inline--fa" in style and "not-used" not in style
    assert "url(katex/fonts/KaTeX_Main-Regular.woff2)" in style, "as it reads from where the one sheet lies"


def test_only_pages_that_changed_are_made_again(book, build, monkeypatch):
    assert build()[0] == ""
    made, old = [], book.page("lessons/part/topic")
    finish_page = finish.finish_page
    monkeypatch.setattr(finish, "finish_page", lambda *given: made.append(given[1]) or finish_page(*given))
    book.write("book/index.md", "# A book\n\nAnother promise.\n")
    assert build()[0] == ""
    assert "book/index" in made and "Another promise" in book.page("book/index")
    assert "lessons/part/topic" not in made and book.page("lessons/part/topic") == old


def test_the_old_site_stays_whole_when_a_page_is_missing_or_a_step_fails(book, build, monkeypatch):
    assert build()[0] == ""
    html = book.folder / "_build" / "html"
    old = {path: path.read_bytes() for path in html.rglob("*") if path.is_file()}

    def fail(*_):
        raise ValueError("a step failed")

    book.write("book/index.md", "# A book\n\nAnother promise.\n")
    with monkeypatch.context() as patched:
        patched.setattr(steps, "name_parts", fail)
        assert build()[0] == "a step failed"
    (book.folder / "_build/sphinx/lessons/part/topic.html").unlink()
    with monkeypatch.context() as patched:
        patched.setattr("tools.site.build.write_pages", lambda root: None)
        assert build()[0] == "the table of contents names what was not built: lessons/part/topic"
    assert {path: path.read_bytes() for path in html.rglob("*") if path.is_file()} == old
    assert [path.name for path in html.parent.glob("*html*")] == ["html"], "nothing half-written stays"


def test_addresses_come_from_the_environment(book, build, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "some/where")
    monkeypatch.setenv("FBM_COLAB_BRANCH", "prepared")
    assert build()[0] == ""
    page = book.page("lessons/part/topic")
    assert "https://github.com/some/where" in page
    assert "/github/some/where/blob/prepared/lessons/part/topic.ipynb" in page


def test_warnings_stop_the_build_and_stay(measured, build):
    bad = {
        r"A formula: $\frac{a$.": "KaTeX parse error",
        "A page: [there](nowhere.md).": "nowhere.md",
        "A word: {term}`nothing`.": "nothing",
        "A paper: {cite:p}`nobody1900`.": "nobody1900",
        "A function: {func}`fbm_helpers.nothing`.": "fbm_helpers.nothing",
        "A section: [there](/lessons/part/topic.ipynb#nothing-here).": "nothing-here",
        "A claim: {claim}`it loses <part/topic/misses>`.": "no claim has the id 'part/topic/misses'",
        "```{scoreboard}\n:only: part/topic/loses\n```": "part/topic/loses",
    }
    measured.write("book/index.md", "\n\n".join(["# A book", *bad]))
    measured.write(
        "_build/claims.json", json.dumps([RECORD | {"source": "nobody1901"}, RECORD | {"lesson": "part/other"}])
    )
    measured.write_lesson("part/other", prose("# Another"))
    for attempt in ("first", "second"):
        failure, said = build()
        assert "warnings" in failure and not (measured.folder / "_build/html").exists()
        for words in (*bad.values(), "nobody1901", "part/other was executed"):
            assert any("WARNING" in line or "ERROR" in line for line in said.splitlines() if words in line), (
                attempt,
                words,
                said,
            )


def test_measurements_are_needed(measured, build):
    (measured.folder / "_build/claims.json").unlink()
    failure, said = build()
    assert failure and "_build/claims.json is missing: run `make book`" in said
