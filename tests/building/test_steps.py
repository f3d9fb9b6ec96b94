"""Each step by which a page becomes one of the site does what it is there to do, and keeps what it made."""

import pytest
from bs4 import BeautifulSoup

from tools.site import icons, steps
from tools.site.kept import Kept
from tools.site.sheet import purge

SCRIPT = 'x={"arrow-up":[384,512,[8593],"f062","M1 2z"],download:[512,512,["get-pocket"],"f019","M3 4z"]}'
PAGE = """<html lang="en"><head>
<script>mode</script><script>theme</script>
<link rel="stylesheet" href="a.css"/>
<link rel="preload" as="script" href="b.js"/>
<script src="_static/scripts/fontawesome.js?digest=1"></script>
<script src="one.js"></script><script>two</script>
<link rel="stylesheet" href="b.css"/>
</head><body><div id="pst-primary-sidebar"></div>
<summary aria-label="Toggle"><p class="collapsed admonition-title">Show content</p></summary>
<table><tr><th></th><th>A</th></tr></table>
<i class="fas fa-get-pocket big"></i>
<p hidden id="whole-book"></p>
<script defer src="last.js"></script></body></html>"""


@pytest.fixture
def page():
    return BeautifulSoup(PAGE, "html.parser")


def test_icons_are_drawn_as_the_script_would(page):
    icons.draw_icons(page, icons.drawings(SCRIPT))
    svg = page.svg
    assert svg["class"] == ["svg-inline--fa", "fa-get-pocket", "big"] and svg["viewBox"] == "0 0 512 512"
    assert svg["aria-hidden"] == "true" and svg.path.attrs == {"fill": "currentColor", "d": "M3 4z"}
    assert not page.i and "fontawesome" not in str(page)


def test_an_icon_that_the_theme_lacks_is_told():
    with pytest.raises(ValueError, match="no icon 'fas fa-unicorn'"):
        icons.draw_icons(BeautifulSoup('<i class="fas fa-unicorn"></i>', "html.parser"), icons.drawings(SCRIPT))


def test_parts_have_names_and_roles(page):
    steps.name_parts(page)
    assert page.find(id="pst-primary-sidebar").attrs == {
        "id": "pst-primary-sidebar",
        "role": "region",
        "aria-label": "Book",
    }
    assert page.summary.attrs == {} and page.summary.p.string == "Show the solution"
    assert [cell.name for cell in page.tr.children] == ["td", "th"]


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("Show output", "I wrote mine down: show the result"),
        ("Hide outputs", "Hide the result"),
        ("Unknown", "Unknown"),
    ],
)
def test_a_fold_says_what_it_holds(prompt, said):
    page = BeautifulSoup(PAGE.replace("Show content", prompt), "html.parser")
    steps.name_parts(page)
    assert page.summary.p.string == said


def test_scripts_come_last_in_their_order(page):
    steps.put_scripts_last(page)
    assert [script.get("src") or script.string for script in page.head.find_all("script")] == ["mode", "theme"]
    moved = [script.get("src") or script.string for script in page.body.find_all("script")]
    assert moved == ["_static/scripts/fontawesome.js?digest=1", "one.js", "two", "last.js"]
    assert not page.find("link", rel="preload")


def test_one_style_sheet_is_linked(page):
    steps.link_one_sheet(page, "../book.css")
    assert [link["href"] for link in page.find_all("link", rel="stylesheet")] == ["../book.css"]


def test_the_pdf_is_offered_only_if_there_is_one(page):
    steps.offer_pdf(page, "../whole.pdf", "9 pages")
    assert str(page.find(id="whole-book")) == (
        '<p id="whole-book"><a href="../whole.pdf">Download the whole book as one PDF</a> (9 pages).</p>'
    )
    steps.offer_pdf(page, "../whole.pdf", "")
    assert not page.find(id="whole-book")


def test_a_file_is_made_once_from_its_inputs_and_dropped_when_nobody_asks_for_it(tmp_path):
    made = []

    def make(draft):
        made.append(draft)
        draft.write_text("text")

    first = Kept(tmp_path).file([b"a"], make)
    kept = Kept(tmp_path)
    assert kept.file([b"a"], make) == first and len(made) == 1 and first.read_text() == "text"
    second = kept.file([b"b"], make)
    assert second != first and len(made) == 2
    last = Kept(tmp_path)
    last.file([b"b"], make)
    last.drop_unused()
    assert list(tmp_path.iterdir()) == [second]


def test_what_could_not_be_made_is_not_kept(tmp_path):
    def fail(draft):
        draft.write_text("half")
        raise ValueError("no")

    kept = Kept(tmp_path)
    with pytest.raises(ValueError, match="no"):
        kept.file([b"a"], fail)
    assert kept.file([b"a"], lambda draft: draft.write_text("whole")).read_text() == "whole"


def test_a_style_sheet_that_cannot_be_made_is_told(tmp_path):
    with pytest.raises(RuntimeError, match="PurgeCSS failed"):
        purge(tmp_path, ["missing.css"], tmp_path)
