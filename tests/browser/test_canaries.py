"""Each check of a page finds what it is there to find, and nothing where there is nothing."""

import random

import pytest
from bs4 import BeautifulSoup

from . import site

LATE = """<script>setTimeout(() => {
const late = document.createElement("div"); late.style.height = "500px"; document.body.prepend(late)}, 100)</script>"""
FINE = '<h1>A page</h1><p>Words, and <a href="page.html">a link</a>.</p>'


def test_a_sound_page_passes(page_of):
    with page_of(FINE + '<svg role="img" aria-label="A line that rises"></svg><img alt="Two dots" src="data:,">') as (
        page,
        wrong,
    ):
        wrong += (
            site.headings(page) + site.sideways(page) + site.formulas(page) + site.figures(page) + site.cut_off(page)
        )
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
        (site.headings, "<h1>Another</h1>", "2 titles"),
        (site.weight, f"<!-- {random.Random(0).randbytes(700_000).hex()} -->", "KB: "),
        (site.weight, '<img src="data:," alt="Dots">', "without width"),
        (site.weight, LATE, "shifts by"),
    ],
)
def test_a_defect_is_told(check, body, said, page_of):
    with page_of(FINE + body) as (page, _):
        assert any(said in words for words in check(page)), check(page)


def test_what_is_wrong_in_a_claim_is_told_once_it_is_unfolded(page_of):
    inside = '<p class="fbm-facts" style="color:#bbb;background:#fff">pale</p>'
    with page_of(f"{FINE}<details class='fbm-claim'><summary>Holds</summary>{inside}</details>") as (page, _):
        card = page.locator("details")
        assert not site.accessibility(page) and not site.unfolded(card)
        site.unfold(page)
        assert site.accessibility(page) and site.unfolded(card)


DARK = "<style>@media (prefers-color-scheme: dark) {body {background: #111; color: #222}}</style>"
THEMED = """<script>const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.dataset.theme = dark.matches ? "dark" : "light"; dark.onchange = follow; follow()
</script>"""


def test_words_that_only_the_dark_hides_are_told(page_of):
    with page_of(FINE + DARK + THEMED) as (page, _):
        wrong = site.modes(page)
        assert wrong and all(words.startswith("dark: color-contrast") for words in wrong)


PALE = "<style>article { background: #fff; color: #000 } details .k, .warning .katex { color: #bbb }</style>"
CODE = '<details open><pre class="highlight"><span class="k">for</span> <span class="k">in</span></pre></details>'


@pytest.mark.parametrize("kind", [CODE, '<div class="admonition warning"><p class="katex">abc</p></div>'])
def test_thinning_out_leaves_a_pale_one_of_each_kind(kind, page_of):
    fair = kind.replace("details", "section").replace("warning", "note")
    with page_of(f"{FINE}{PALE}<article>{fair * 2}{kind * 2}</article>") as (page, _):
        site.thin_out(page)
        assert len(site.accessibility(page, "color-contrast")) == 1


def test_a_page_that_does_not_follow_the_mode_is_told(page_of):
    with page_of(FINE) as (page, _):
        assert "the page does not turn dark" in site.modes(page)


FOLDED = "<details{}><summary>Show the solution</summary><pre>x</pre></details>"
FORMULA = '<span class="katex"><span class="katex-mathml"><math></math></span></span>'
WHOLE = FORMULA * 4 + '<img alt="Dots" src="data:,">' * 2 + FOLDED.format("") * 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (WHOLE, []),
        (WHOLE.replace("<math></math>", "", 1), ["4 formulas, 3 of them with words"]),
        (WHOLE.replace("<img", "<b", 1), ["1 figures"]),
        (WHOLE.replace("solution", "code", 1), ["2 folded solutions"]),
        (WHOLE.replace("<details", "<details open", 1), ["a solution is not folded", "a solution does not open"]),
    ],
)
def test_what_a_lesson_lacks_is_told(body, said, page_of):
    with page_of(FINE + body) as (page, _):
        assert site.lesson(page) == said


def parsed(**texts):
    return {f"{name}.html": BeautifulSoup(text, "html.parser") for name, text in texts.items()}


def test_a_link_that_leads_nowhere_is_told(tmp_path):
    a = '<p id="x"><a href="#x">.</a><a href="#y">.</a><a href="sub/b.html#z">.</a><a href="c.html">.</a>'
    b = '<a href="../a.html#x">.</a><a href="https://else.where/">.</a><link href="../">'
    for name in ("a.html", "index.html", "sub/b.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    wrong = site.broken_links(parsed(**{"a": a, "sub/b": b}), tmp_path)
    assert len(wrong) == 3 and all("#y" in w or "b.html#z" in w or "c.html" in w for w in wrong)


def test_a_book_whose_pages_do_not_follow_each_other_is_told():
    there = '<a class="right-next" href="sub/b.html">.</a>'
    back = '<a class="left-prev" href="../a.html">.</a>'
    assert site.astray(parsed(**{"a": there, "sub/b": back}), ["a", "sub/b"]) == []
    assert site.astray(parsed(**{"a": "", "sub/b": back}), ["a", "sub/b"]) == ["a: a.right-next does not lead to sub/b"]
    wrong = site.astray(parsed(**{"a": there, "sub/b": there}), ["a", "sub/b"])
    assert wrong == ["sub/b: a.left-prev does not lead to a"]
