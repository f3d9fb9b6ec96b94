"""The template makes a lesson that runs."""

import pytest

from tests.miniature import run


def test_a_new_lesson_runs_as_it_is(tmp_path):
    done = run(tmp_path, "tools.book.new", "models/toy")
    assert done.returncode == 0 and "_toc.yml" in done.stdout, done.stderr
    done = run(tmp_path, "tools.execute")
    assert done.returncode == 0, done.stderr
    assert "models/toy/improved-is-higher" in (tmp_path / "_build" / "claims.json").read_text()


@pytest.mark.parametrize("name", ["", "toy", "models/Toy", "../toy", "models/toy/more", "models/to-y"])
def test_a_bad_name_is_refused(tmp_path, name):
    done = run(tmp_path, "tools.book.new", name)
    assert done.returncode == 1 and "models/cnn" in done.stderr and list(tmp_path.iterdir()) == []


def test_a_lesson_is_not_overwritten(tmp_path):
    run(tmp_path, "tools.book.new", "models/toy")
    md = tmp_path / "lessons" / "models" / "toy.md"
    md.write_text("mine")
    done = run(tmp_path, "tools.book.new", "models/toy")
    assert done.returncode == 1 and "exists" in done.stderr and md.read_text() == "mine"
