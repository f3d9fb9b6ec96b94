"""Stamped notebooks: prose that any viewer shows, and code that runs in Colab, where all but `fbm_helpers` is installed."""

import json
import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from pybtex.database import parse_file, parse_string

from tests.miniature import write_measurement
from tools.book.lessons import GLUED, claims, find, name, read_stored
from tools.site import stamp

ROOT = Path(__file__).parents[1]
EVERY = [name(md) for md in find()]
RUN = EVERY if os.environ.get("FBM_STAMPED") == "all" else ["training/batch_norm"]  # weekly, all of them
SOURCE = "git+file:///somewhere@0123456"
BIBLIOGRAPHY = parse_string(
    """
@article{one, author = {Gr{\\"u}n, A}, title = {T}, year = {1999}, doi = {10.1/x}}
@misc{two, author = {van Dam, B and Roe, C}, title = {T}, year = {2001}, archiveprefix = {arXiv}, eprint = {2.3}}
@book{three, author = {Ash, A and Elm, B and Oak, C}, title = {T}, year = {2003}}
""",
    "bibtex",
)


def notebook(prose, kept="0.6180"):
    kept = {GLUED: kept}
    output = nbformat.v4.new_output("display_data", kept, metadata={"scrapbook": {"name": "topic-ratio"}})
    cells = [nbformat.v4.new_markdown_cell(f"# A title\n\n{prose}"), nbformat.v4.new_code_cell("1", outputs=[output])]
    return nbformat.v4.new_notebook(cells=cells)


def stamped(prose):
    nbs = {"part/topic": notebook(prose), "part/other": notebook("", "7")}
    return stamp.stamp(nbs, BIBLIOGRAPHY, SOURCE)["part/topic"].cells[0].source.removeprefix("# A title\n\n")


@pytest.mark.parametrize(
    ("prose", "shown"),
    [
        ("{glue:text}`/lessons/part/topic.ipynb::topic-ratio:.2f`!", "0.62!"),
        ("{glue:text}`/lessons/part/other.ipynb::topic-ratio`", "7"),
        ("{glue:text}`/lessons/part/other.ipynb::topic-ratio:s`", "7"),
        ("as {cite:t}`one` says", "as [Grün (1999)](https://doi.org/10.1/x) says"),
        ("so {cite:p}`two,three`.", "so ([van Dam and Roe, 2001](https://arxiv.org/abs/2.3); Ash et al., 2003)."),
        ("$$\na = b\n$$ (eq-a)\n\nBy {eq}`eq-a`.", "$$\na = b\n\\tag{1}\n$$\n\nBy (1)."),
        ("{doc}`/lessons/part/other` and {term}`tokens <token>`", "A title and tokens"),
        ("{doc}`that one </lessons/part/other>`, {doc}`questions </book/questions>`", "that one, questions"),
        (
            ":::{dropdown} Is $a<b$?\nYes.\n\nNo.\n:::",
            "<details><summary>Is $a&lt;b$?</summary>\n\nYes.\n\nNo.\n\n</details>",
        ),
        (
            ":::{question} Why?\n:codes: E5\n\nBy [it](#a-place).\n:::",
            "<details><summary>Why?</summary>\n\nBy it.\n\n</details>",
        ),
        ("{claim}`This holds <part/topic/wins>`, in {seconds}`under a minute`", "This holds, in under a minute"),
        ("[there](/lessons/part/other.ipynb#a-place), [here](https://a.b/#c)", "there, [here](https://a.b/#c)"),
        (":::{admonition} Predict\n:class: tip\nOne?\n\nTwo?\n:::", "> **Predict**\n>\n> One?\n>\n> Two?"),
    ],
)
def test_what_only_the_site_renders_becomes_plain(prose, shown):
    assert stamped(prose) == shown


@pytest.mark.parametrize(
    "prose",
    ["{numref}`a`", "{doc}`/book/questions`", "```{note}\nx\n```", ":::{tip}\nx\n:::", "{eq}`none`", "{cite:p}`none`"],
)
def test_what_has_no_plain_form_stops_it(prose):
    with pytest.raises(stamp.Unrendered, match="part/topic"):
        stamped(prose)


def test_a_measured_value_becomes_plain_and_an_unknown_one_stops_it(tmp_path, monkeypatch):
    write_measurement(tmp_path, "long", {"best": 0.625})
    monkeypatch.chdir(tmp_path)
    assert stamped("{measurement}`long/best:.2f` it is") == "0.62 it is"
    with pytest.raises(stamp.Unrendered, match="part/topic.*no 'worst'; there is: best"):
        stamped("{measurement}`long/worst`")


def test_every_lesson_has_a_stamped_copy_and_stays_as_it_is():
    stored = {name(md): read_stored(md) for md in find()}
    copies = stamp.stamp(stored, parse_file(ROOT / "book/references.bib"), SOURCE)
    assert set(copies) == set(stored) and copies
    for lesson, copy in copies.items():
        title, install, *rest = copy.cells
        assert title.source.startswith("# ") and SOURCE in install.source
        assert [c.source for c in rest if c.cell_type == "code"] == [
            c.source for c in stored[lesson].cells if c.cell_type == "code"
        ]
        nbformat.validate(copy)


# ---- as Colab does


@pytest.fixture
def colab(tmp_path):
    """An environment that holds what this one holds, except `fbm_helpers`, and a git address to install that from."""
    there = tmp_path / "there"  # links, for a folder on the path brings the editable fbm_helpers with it
    there.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "fbm" not in entry.name.lower():
            (there / entry.name).symlink_to(entry)
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    paths = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    Path(paths.strip(), "colab.pth").write_text(f"{there}\n")
    source = tmp_path / "source"
    source.mkdir()
    for part in ("fbm_helpers", "pyproject.toml", "README.md", "LICENSE"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, source / part)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", source]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "a"]):
        subprocess.run([*git, *command], check=True)
    return python, f"git+file://{source}@{subprocess.check_output([*git, 'rev-parse', 'HEAD'], text=True).strip()}"


BEFORE = """\
import importlib.metadata as metadata, importlib.util, torch, numpy
assert importlib.util.find_spec("fbm_helpers") is None, "this environment has it already"
was = [(kind, metadata.version(kind)) for kind in ("torch", "numpy", "matplotlib")]"""
AFTER = """\
import fbm_helpers
assert fbm_helpers.__file__.startswith(__import__("sys").prefix), fbm_helpers.__file__
assert was == [(kind, metadata.version(kind)) for kind in ("torch", "numpy", "matplotlib")], "replaced\""""


@pytest.mark.parametrize("lesson", RUN)
def test_a_stamped_lesson_runs_to_its_last_claim_where_only_the_helpers_are_missing(
    lesson, colab, tmp_path, monkeypatch
):
    python, source = colab
    stored = {name(md): read_stored(md) for md in find()}
    copy = stamp.stamp(stored, parse_file(ROOT / "book/references.bib"), source)[lesson]
    copy.cells.insert(1, nbformat.v4.new_code_cell(BEFORE))
    copy.cells.insert(3, nbformat.v4.new_code_cell(AFTER))
    expected = len(claims(stored[lesson]))
    kernel = tmp_path / "jupyter" / "kernels" / "colab" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": argv, "display_name": "Colab", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(kernel.parents[2]))
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # whatever it needs must be there
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # pip's way to say: build with the setuptools that is there
    monkeypatch.delenv("PYTHONPATH", raising=False)
    empty = tmp_path / "content"
    empty.mkdir()
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    try:
        NotebookClient(copy, timeout=600, kernel_name="colab", resources={"metadata": {"path": str(empty)}}).execute()
    finally:
        print(*(output.get("text", "") for cell in copy.cells[:4] for output in cell.get("outputs", [])))
    assert len(claims(copy)) == expected >= 4
