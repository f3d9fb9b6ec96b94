"""A lesson's files are parsed once a run, and yet every reader sees them as they are."""

import os

import jupytext
import nbformat
import pytest

from tests.miniature import edit, store, write_contents, write_lesson
from tools.book.lessons import code_cells, find, name, problems, read_source, read_stored
from tools.execute import cache, soak
from tools.execute.settle import carry_prose


@pytest.fixture
def md(tmp_path):
    """A lesson of one cell with a sound notebook."""
    md = write_lesson(tmp_path, "models/toy", [("", "x = 123")])
    store(md)
    return md


def test_a_text_is_parsed_once(md, monkeypatch):
    parsed = []

    def counting(parse):
        def parse_and_count(text, **options):
            parsed.append(text)
            return parse(text, **options)

        return parse_and_count

    for library in (jupytext, nbformat):
        monkeypatch.setattr(library, "reads", counting(library.reads))
    md.write_text(md.read_text() + "\nA paragraph that no other test has.\n")
    for _ in range(3):
        carry_prose(md)
        assert problems(md) == []
        cache.key(md)
        soak.code(md)
    assert len(parsed) == len(set(parsed)) == 3, "the source, and the notebook before and after it got the new prose"


def test_what_a_reader_changes_nobody_else_sees(md):
    for read in (read_source, read_stored):
        changed = read(md)
        changed.cells[0].source = "# Another"
        changed.metadata.fbm.budget = 1
        code_cells(changed)[0].metadata.tags = ["timing"]
        assert read(md) != changed
    assert problems(md) == []


def test_a_change_of_a_file_is_seen_at_once_even_if_size_and_time_stay(md):
    for path, read in ((md, read_source), (md.with_suffix(".ipynb"), read_stored)):
        before = path.stat()
        read(md)
        path.write_text(path.read_text().replace("x = 123", "x = 321"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert code_cells(read(md))[0].source == "x = 321"
    edit(md, lambda nb: nb.cells.pop())
    assert "the source has 2 cells, its notebook 1" in problems(md)[0]


def test_lessons_stand_in_the_order_of_the_book_and_behind_them_what_it_does_not_name(tmp_path, monkeypatch):
    for lesson in ("models/cnn", "models/cnn_deep", "models/a"):
        write_lesson(tmp_path, lesson, [])
    write_contents(tmp_path, ["models/cnn_deep", "models/cnn"])
    monkeypatch.chdir(tmp_path)
    assert [name(md) for md in find()] == ["models/cnn_deep", "models/cnn", "models/a"]
    (tmp_path / "_toc.yml").unlink()
    assert [name(md) for md in find()] == ["models/a", "models/cnn", "models/cnn_deep"], (
        "a book may have no contents yet"
    )
