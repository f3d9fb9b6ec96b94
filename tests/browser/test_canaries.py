"""Each check of a page finds what it is there to find, and nothing where there is nothing."""

import random

import pytest

from . import site

LATE = """<script>setTimeout(() => {
const late = document.createElement("div"); late.style.height = "500px"; document.body.prepend(late)}, 100)</script>"""
FINE = '<h1>A page</h1><p>Words, and <a href="page.html">a link</a>.</p>'


def test_a_sound_page_passes(page_of):
    with page_of(FINE + '<svg role="img" aria-label="A line that rises"></svg><img alt="Two dots" src="data:,">') as (
        page,
        wrong,
    ):
        wrong += site.sideways(page) + site.formulas(page) + site.figures(page) + site.cut_off(page)
        wrong += site.accessibility(page)
        assert [words for words in wrong if "ERR_INVALID" not in words and "data:" not in words] == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<script>console.error('oh')</script>", "console: oh"),
        ("<script>undefined.x</script>", "script:"),
        ('<img alt="Words" src="missing.png">', "404:"),
        ('<script src="http://localhost:9/x.js"></script>', "other host: http://localhost:9/x.js"),
    ],
)
def test_what_goes_wrong_while_loading_is_told(body, said, page_of):
    with page_of(FINE + body) as (_, wrong):
        assert any(words.startswith(said) for words in wrong), wrong


@pytest.mark.parametrize(
    ("check", "body", "said"),
    [
        (site.sideways, "<div style='width:3000px'>wide</div>", "px wide"),
        (site.formulas, "<p>$$ x $$</p>", "not rendered: $$"),
        (site.formulas, "<p>\\(x\\)</p>", "not rendered"),
        (site.formulas, '<p class="katex-error">x</p>', "not rendered: x"),
        (site.figures, '<img src="data:,">', "without words"),
        (site.figures, '<img src="data:," alt="plot_1.png">', "plot_1.png"),
        (site.figures, "<svg></svg>", "without words"),
        (site.cut_off, '<svg width="90" height="20" role="img"><text x="-9" y="15">label</text></svg>', "off: 'label'"),
        (site.accessibility, '<p style="color:#bbb;background:#fff">pale</p>', "color-contrast"),
        (site.accessibility, "<button></button>", "button-name"),
        (site.weight, f"<!-- {random.Random(0).randbytes(700_000).hex()} -->", "KB: "),
        (site.weight, '<img src="data:," alt="Dots">', "without width"),
        (site.weight, LATE, "shifts by"),
    ],
)
def test_a_defect_is_told(check, body, said, page_of):
    with page_of(FINE + body) as (page, _):
        assert any(said in words for words in check(page)), check(page)


def test_a_link_that_leads_nowhere_is_told(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.html").write_text(
        '<p id="x"><a href="#x">.</a><a href="#y">.</a><a href="sub/b.html#z">.</a><a href="c.html">.</a>'
    )
    (tmp_path / "sub" / "b.html").write_text('<a href="../a.html#x">.</a><a href="https://else.where/">.</a>')
    wrong = site.broken_links(tmp_path)
    assert len(wrong) == 3 and all("#y" in w or "b.html#z" in w or "c.html" in w for w in wrong)
