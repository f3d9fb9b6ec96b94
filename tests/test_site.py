"""The site: a miniature book with the real settings and extensions builds, and what must stop it stops it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

import fbm_helpers
from tools.site import assets
from tools.site.sphinx_ext import fbm_glossary

ROOT = Path(__file__).parents[1]
RECORD = {
    "lesson": "part/topic",
    "id": "part/topic/wins",
    "statement": "The new one wins.",
    "condition": "new - old > 0.1",
    "holds": True,
    "seeds": [0, 1],
    "variants": {"new": [0.9, 0.8], "old": [0.5, 0.6]},
    "unit": "test accuracy",
    "price": None,
    "source": "ioffe2015batch",
}
STATUS = {
    "seconds": 3.2,
    "executed": "2026-01-01",
    "python": "3",
    "torch": "2",
    "torchvision": "0",
    "numpy": "2",
    "claims": 1,
    "soak": {"seeds": 20, "until": "2026-01-02", "claims": 3, "held": 2, "thinnest": "wins", "margin": -0.01},
}
LESSON = """# A topic

A first paragraph that is long enough to describe the page: $x$, and so on.

$$
\\begin{align} a &= b \\end{align}
$$ (eq-one)

By {eq}`eq-one` and {cite:t}`ioffe2015batch`.
"""


@pytest.fixture(scope="module", autouse=True)
def fetched():
    assets.fetch()


@pytest.fixture
def book(tmp_path):
    """A book of one lesson, a scoreboard, a status page and a bibliography."""
    for name in ("_config.yml", "tools/site/sphinx_ext", "book/_static", "book/references.bib", "book/bibliography.md"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, tmp_path / name)
    (tmp_path / "_build").mkdir()
    (tmp_path / "_build" / "assets").symlink_to(assets.TARGET)
    write(
        tmp_path,
        "_toc.yml",
        "format: jb-book\nroot: book/index\nchapters: [{file: book/bibliography}, {glob: lessons/*/*}]\n",
    )
    write(tmp_path, "book/index.md", "# Scoreboard\n\n```{scoreboard}\n```\n\n```{status}\n```\n")
    write(tmp_path, "_build/claims.json", json.dumps([RECORD]))
    write(tmp_path, "_build/status.json", json.dumps({"part/topic": STATUS}))
    nb = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    nb["cells"].append({"cell_type": "markdown", "id": "a", "metadata": {}, "source": LESSON})
    write(tmp_path, "lessons/part/topic.md", LESSON)
    write(tmp_path, "lessons/part/topic.ipynb", json.dumps(nb))
    return tmp_path


GLOSSARY = """# Glossary

```{glossary}
gate
  A number between 0 and 1. It is learned.

loss
error
  What training makes small.

.. linked only in: part/other
mask
  Zeros and ones.

skip
  A way around.

skip connection
  A way around some layers: $x + f(x)$.
```
"""
MENTIONS = """# A gate in a heading

> A gate in the opening card.

A `gate` in code, $gate$ in a formula, [a gate](/book/glossary.md) in a link, a mask, a delegate, a
gate-like thing. Now *Gates*: open gates. Losses, and an error, and one more loss. Any skip
connection, then a skip. A {term}`gate` by hand.

:::{dropdown} A skip in a title
An answer, by a skip.
:::
"""


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def build(root: Path, **variables: str) -> tuple[int, str]:
    """Build a book as the Makefile does; return the exit status and what was said."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")} | {"PYTHONPATH": str(ROOT), **variables}
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "-n", "--keep-going"]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_pages(book):
    links = "[A place](/lessons/part/topic.ipynb#a-topic), {claim}`a claim <part/topic/wins>`"
    write(book, "book/index.md", f"{(book / 'book/index.md').read_text('utf-8')}\n{links}\n")
    write(
        book, "book/_static/fbm.css", ".not-used { color: red }\n" + (book / "book/_static/fbm.css").read_text("utf-8")
    )
    status, said = build(book)
    assert status == 0, said
    pages = {
        str(path.relative_to(book / "_build/html")): path.read_text("utf-8")
        for path in (book / "_build/html").rglob("*.html")
        if "_static" not in path.parts
    }
    for name, page in pages.items():
        loaded = re.findall(
            r'<(?:script|img|iframe)[^>]* src="([^"]*)"|<link[^>]* rel="stylesheet"[^>]* href="([^"]*)"', page
        )
        assert not [address for pair in loaded for address in pair if "//" in address], name
        assert '<html lang="en"' in page, name
        assert not re.search(r'fontawesome\.js|<(i|span) class="fa', page), name
    home, lesson = pages["book/index.html"], pages["lessons/part/topic.html"]
    assert "1 claims in 1 lessons; 1 held" in home and "1 lessons, 3 seconds in all, with Python 3, torch 2" in home
    assert "20, until 2026-01-02" in home and "2 of 3" in home and "-0.01 (wins)" in home
    assert 'href="../lessons/part/topic.html#claim-part-topic-wins">A topic</a>' in home
    assert 'href="../lessons/part/topic.html#claim-part-topic-wins">a claim</a>' in home
    assert re.search(r'href="../lessons/part/topic.html#a-topic"><span class="[^"]*">A place<', home)
    assert 'href="bibliography.html#source-ioffe2015batch"><cite>Ioffe and Szegedy, 2015</cite>' in home
    assert 'class="katex-display" tabindex="0"' in lesson and 'class="eqno">(1)' in lesson and "<math" in lesson
    assert r"x\text{,}" in lesson, "punctuation is carried by the formula before it"
    assert '<meta name="description" content="A first paragraph' in lesson
    assert 'url=book/index.html"' in pages["index.html"]
    assert "github" not in home

    style = (book / "_build/html/_static/book.css").read_text("utf-8")
    assert ".fbm-claim" in style and "not-used" not in style, "rules that are used, and no others"
    assert "url(katex/fonts/KaTeX_Main-Regular.woff2)" in style, "as it reads from where the one sheet lies"
    for name, page in pages.items():
        if name == "index.html":
            continue
        head, _, body = page.partition("</head>")
        assert re.findall(r'<link[^>]*stylesheet[^>]* href="(?:\.\./)*([^"?]*)', page) == ["_static/book.css"], name
        assert head.count("<script") == 1 and "copybutton.js" in body, name
        assert ("searchindex.js" in page) == (name == "search.html"), name

    write(book, "_build/claims.json", json.dumps([RECORD | {"statement": "The new one wins again."}]))
    assert build(book)[0] == 0
    assert "wins again" in (book / "_build/html/book/index.html").read_text("utf-8"), "new measurements reach the page"
    again = (book / "_build/html/lessons/part/topic.html").read_text("utf-8")
    same = [re.sub(r"book\.css\?v=\w+", "book.css", page).splitlines() for page in (lesson, again)]
    assert same[1] == same[0], "a page that was lightened before stays as it is"


def test_first_mentions_of_terms_are_links(book):
    write(book, "book/glossary.md", GLOSSARY)
    toc = (book / "_toc.yml").read_text("utf-8")
    write(book, "_toc.yml", toc.replace("chapters: [", "chapters: [{file: book/glossary}, "))
    lesson = json.loads((book / "lessons/part/topic.ipynb").read_text("utf-8"))
    solution = {"cell_type": "code", "source": "gate", "metadata": {"tags": ["hide-cell"]}, "id": "b"}
    solution |= {"execution_count": 1, "outputs": [{"output_type": "stream", "name": "stdout", "text": "a skip"}]}
    lesson["metadata"]["language_info"] = {"name": "python"}
    lesson["cells"] = [solution, lesson["cells"][0] | {"source": MENTIONS}]
    write(book, "lessons/part/topic.ipynb", json.dumps(lesson))

    def links():
        status, said = build(book)
        assert status == 0, said
        text = (book / "_build/html/lessons/part/topic.html").read_text("utf-8")
        glossary = r"\.\./\.\./book/glossary\.html"
        place = rf'<a class="fbm-term reference internal" href="{glossary}#term-([\w-]+)" title="([^"]*)">([^<]+)</a>'
        return [(anchor, title, " ".join(words.split())) for anchor, title, words in re.findall(place, text)]

    assert links() == [
        ("gate", "A number between 0 and 1.", "Gates"),
        ("loss", "What training makes small.", "Losses"),
        ("error", "What training makes small.", "error"),
        ("skip-connection", "A way around some layers: $x + f(x)$.", "skip connection"),
        ("skip", "A way around.", "skip"),
    ]
    write(book, "book/glossary.md", GLOSSARY.replace("part/other", "part/topic"))
    assert ("mask", "Zeros and ones.", "mask") in links(), "a change of the glossary reaches the lessons"


def test_the_glossary_can_be_shown_beside_the_pointer():
    terms = fbm_glossary.read((ROOT / "book/glossary.md").read_text("utf-8"))
    lessons = {f"{md.parent.name}/{md.stem}" for md in ROOT.glob("lessons/*/*.md")}
    for term in terms:
        assert "$" not in term.definition, f"{term.name}: a formula in the first sentence would be shown as its source"
        assert (term.only or set()) <= lessons | {"no lesson"}, f"{term.name}: linked in an unknown lesson"


def test_addresses_come_from_the_environment(book):
    status, said = build(book, GITHUB_REPOSITORY="some/where", FBM_COLAB_BRANCH="prepared")
    assert status == 0, said
    page = (book / "_build/html/lessons/part/topic.html").read_text("utf-8")
    assert "https://github.com/some/where" in page
    assert "/github/some/where/blob/prepared/lessons/part/topic.ipynb" in page


def test_warnings_stop_the_build_and_stay(book):
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
    home = (book / "book/index.md").read_text("utf-8")
    write(book, "book/index.md", "\n\n".join([home, *bad]))
    write(
        book, "_build/claims.json", json.dumps([RECORD | {"source": "nobody1901"}, RECORD | {"lesson": "part/other"}])
    )
    write(book, "lessons/part/other.md", "# Another")
    for attempt in ("first", "second"):
        status, said = build(book)
        assert status != 0
        for words in (*bad.values(), "nobody1901", "part/other was executed"):
            assert any("WARNING" in line or "ERROR" in line for line in said.splitlines() if words in line), (
                attempt,
                words,
                said,
            )


def test_measurements_are_needed(book):
    (book / "_build/claims.json").unlink()
    status, said = build(book)
    assert status != 0
    assert "_build/claims.json is missing: run `make book`" in said


def test_assets_are_complete_or_absent(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "TARGET", tmp_path / "_build" / "assets")

    def fail(folder, *arguments):
        raise RuntimeError("npm failed")

    monkeypatch.setattr(assets, "npm", fail)
    with pytest.raises(RuntimeError):
        assets.fetch()
    assert not list((tmp_path / "_build").iterdir())


def test_npm_says_what_is_wrong(tmp_path):
    with pytest.raises(RuntimeError, match="needs a network once"):
        assets.npm(tmp_path, "ci")


@pytest.mark.parametrize("name", ["assets", "lighthouse"])
def test_lock_names_no_address(name):
    assert "://" not in (ROOT / f"tools/site/{name}/package-lock.json").read_text("utf-8")


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colors_can_be_read(mode):
    css = (ROOT / "book/_static/fbm.css").read_text("utf-8")
    block = re.search(rf'html\[data-theme="{mode}"\] {{(.*?)}}', css, re.DOTALL)[1]
    colors = dict(re.findall(r"--fbm-(\w+): (#\w{6});", block))
    for ground in ("ground", "box"):
        for name in ("ink", "muted", "holds", "fails", *(f"c{i}" for i in range(6))):
            low, high = sorted((luminance(colors[name]), luminance(colors[ground])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{name} on {ground}"


def test_helpers_name_the_lessons_that_use_them(book):
    page = "# Helpers\n\n```{eval-rst}\n.. currentmodule:: fbm_helpers\n\n.. autofunction:: pictures\n.. autofunction:: show\n"
    page += ".. autofunction:: glue\n.. autofunction:: fbm_helpers.costs.price\n```\n"
    write(book, "book/helpers.md", page)
    toc = (book / "_toc.yml").read_text("utf-8")
    write(book, "_toc.yml", toc.replace("chapters: [", "chapters: [{file: book/helpers}, "))

    def lesson(name, title, code):
        nb = json.loads((book / "lessons/part/topic.ipynb").read_text("utf-8"))
        nb["metadata"]["language_info"] = {"name": "python"}
        cell = {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": 1, "outputs": [], "source": code}
        nb["cells"] = [nb["cells"][0] | {"source": f"# {title}: and more\n\nText."}, cell]
        write(book, f"lessons/part/{name}.ipynb", json.dumps(nb))

    def told():
        status, said = build(book)
        assert status == 0, said
        soup = BeautifulSoup((book / "_build/html/book/helpers.html").read_text("utf-8"), "html.parser")
        uses = {dt["id"].removeprefix("fbm_helpers."): dt.find_next("dd") for dt in soup.select("dt[id]")}
        lines = {name: [p for p in dd.find_all("p") if p.text.startswith("Used in")] for name, dd in uses.items()}
        return {name: (p[0].text, [a["href"] for a in p[0].find_all("a")]) for name, p in lines.items() if p}

    lesson("other", "Other", "fbm.pictures(fbm.costs.price, 'fbm.glue')  # fbm.glue")
    lesson("topic", "Topic", "fbm.pictures().show()\nglue = fbm.shown")
    assert told() == {
        "pictures": ("Used in every lesson.", []),
        "costs.price": ("Used in: Other.", ["../lessons/part/other.html"]),
    }
    lesson("topic", "Topic", "fbm.show(fbm.costs.price)")
    assert told() == {
        "pictures": ("Used in: Other.", ["../lessons/part/other.html"]),
        "show": ("Used in: Topic.", ["../lessons/part/topic.html"]),
        "costs.price": ("Used in every lesson.", []),
    }, "a change of a lesson reaches the page"


def test_helpers_are_all_documented():
    page = (ROOT / "book/helpers.md").read_text("utf-8")
    told = set(re.findall(r"\.\. auto\w+:: (\w+)", page))
    assert set(fbm_helpers.__all__) - {"costs"} <= told


def unanswered(page: str, sources: dict[str, list[str]]) -> list[str]:
    """Say where the page of questions and what the lessons name as their sources disagree."""
    entries = re.findall(r"^([A-E]\d[\d., A-E]*)\n: (.+?)(?=\n\n|\Z)", page, re.MULTILINE | re.DOTALL)
    answers = {key: text for keys, text in entries for key in keys.split(", ")}
    named = {key for keys in sources.values() for key in keys}
    wrong = [f"{key} is named by no lesson" for key in answers if key not in named]
    for lesson, keys in sources.items():
        place = rf"\]\(/lessons/{lesson}\.ipynb#|<{lesson}/[\w-]+>`"
        wrong += [f"{key} leads to no place in {lesson}" for key in keys if not re.search(place, answers.get(key, ""))]
    return wrong


def test_questions_lead_to_places_in_lessons():
    fronts = {
        f"{md.parent.name}/{md.stem}": yaml.safe_load(md.read_text("utf-8").split("---")[1])
        for md in ROOT.glob("lessons/*/*.md")
    }
    sources = {lesson: front["fbm"]["sources"] for lesson, front in fronts.items()}
    assert unanswered((ROOT / "book/questions.md").read_text("utf-8"), sources) == []


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("[A section](/lessons/part/one.ipynb#it), and {claim}`a claim <part/two/wins>`.", []),
        (
            "[A lesson](/lessons/part/one.ipynb), and {claim}`a claim <part/two/wins>`.",
            ["A3.1 leads to no place in part/one"],
        ),
        ("[A section](/lessons/part/one.ipynb#it).", ["E7 leads to no place in part/two"]),
    ],
)
def test_a_question_without_a_place_is_told(answer, wrong):
    page = f"# Questions\n\nA3.1, E7\n: What?\n  {answer}\n"
    sources = {"part/one": ["A3.1"], "part/two": ["E7"]}
    assert unanswered(page, sources) == wrong
    assert unanswered(page + "\nB1\n: Why?\n", sources) == ["B1 is named by no lesson", *wrong]
    assert unanswered("# Questions\n", {"part/one": ["A3.1"]}) == ["A3.1 leads to no place in part/one"]


def test_actions_are_pinned():
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        for action in re.findall(r"uses: (\S+)", path.read_text("utf-8")):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), f"{path.name}: {action}"
