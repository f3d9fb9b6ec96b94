"""Soaking tells how often claims hold under fresh seeds and what seeds do to numbers, keeps both, and changes no notebook."""

import json

from tests.miniature import edit, run, store, write_lesson
from tools.book.lessons import code_cells
from tools.execute import soak

CODE = """import fbm_helpers as fbm
seeds = fbm.seeds(3)
a = [0.6 if seed < 2000 else 0.4 for seed in seeds]
fbm.claim("models/toy/lucky", "A beats B.", {"a": a, "b": [0.5, 0.5, 0.5]}, "a - b > 0", unit="accuracy")
fbm.claim("models/toy/sure", "A beats C.", {"a": a, "c": [0.1, 0.1, 0.1]}, "a - c > 0", unit="accuracy")"""
MORE = "print(f'{0.5 + seeds[0] / 100_000:.2f} of 1')"


def soaked(root, *arguments, **variables):
    """Soak; return the process, and what it said of each claim and of the lesson."""
    done = run(root, "tools.execute.soak", *arguments, **variables)
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("models/toy")]
    return done, {line[0]: line[1:] for line in lines}


def stored(root, code=CODE):
    """Write and execute a lesson of two cells."""
    md = write_lesson(root, "models/toy", [("", code), ("", MORE), ("", "print('the same')")])
    assert run(root, "tools.execute", "--rewrite").returncode == 0
    return md


def test_a_claim_that_holds_under_lucky_seeds_only_is_counted(tmp_path):
    md = stored(tmp_path)
    before = md.with_suffix(".ipynb").read_bytes()
    done, told = soaked(tmp_path, "2")
    assert done.returncode == 1, done.stderr
    assert told["models/toy/lucky"] == ["1/2", "-0.1"] and told["models/toy/sure"] == ["2/2", "0.3"]
    assert md.with_suffix(".ipynb").read_bytes() == before


def test_what_was_found_is_kept_and_not_run_again_until_the_code_changes(tmp_path):
    md = stored(tmp_path)
    assert "[1/1]" in soaked(tmp_path, "1")[0].stdout
    found = soak.kept(md)
    assert found["margins"] == {"1": {"lucky": 0.1, "sure": 0.5}} and found["cells"]["2"] == [[0.5, 0.51], [1, 1]]
    assert "3" not in found["cells"], "no seed changes the third cell"
    done, _ = soaked(tmp_path, "2")
    assert "[1/1] models/toy" in done.stdout and "FBM_SEED=2" in done.stdout
    assert soak.kept(md)["cells"]["2"] == [[0.5, 0.52], [1, 1]] and list(soak.kept(md)["margins"]) == ["1", "2"]
    md = stored(tmp_path, CODE.replace("a - b > 0", "a - b > -1"))
    assert soak.kept(md) == {}
    done, told = soaked(tmp_path, "1", "--start", "2")
    assert done.returncode == 0, done.stderr
    assert told["models/toy/lucky"] == ["1/1", "0.9"]


def test_sets_that_another_machine_would_take_for_a_fault_are_counted(tmp_path):
    md = stored(tmp_path)
    _, told = soaked(tmp_path, "3")
    assert soak.kept(md)["alarms"] == [0, 3] and told["models/toy"] == ["0/3"]


def test_another_machine_compares_with_what_seeds_do(tmp_path):
    md = stored(tmp_path)
    assert run(tmp_path, "tools.execute", FBM_SEED="1").returncode == 3, "nothing is known of seeds"
    soaked(tmp_path, "1")
    done = run(tmp_path, "tools.execute", FBM_SEED="1")
    assert done.returncode == 0 and "within what seeds do" in done.stdout.splitlines()[0]
    edit(md, lambda nb: code_cells(nb)[2].outputs[0].update(text="another\n"))
    done = run(tmp_path, "tools.execute", FBM_SEED="1")
    assert done.returncode == 3 and "models/toy in cell 3" in done.stderr


def test_a_lesson_that_breaks_off_is_named_and_not_kept(tmp_path):
    md = write_lesson(tmp_path, "models/toy", [("", CODE + "\n1 / 0")])
    store(md)
    done, _ = soaked(tmp_path, "1")
    assert done.returncode == 1
    assert "models/toy under FBM_SEED=1" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert soak.kept(md) == {}


def test_a_lesson_without_a_sound_notebook_is_not_soaked(tmp_path):
    write_lesson(tmp_path, "models/toy", [("", CODE)])
    done, _ = soaked(tmp_path, "1")
    assert done.returncode == 1 and "make lesson NAME=models/toy" in done.stderr and "[1/1]" not in done.stdout


def test_a_record_is_written_with_a_line_for_each_set_of_seeds_and_each_cell(tmp_path):
    md = stored(tmp_path)
    done, _ = soaked(tmp_path, "2")
    text = md.with_suffix(".soak.json").read_text()
    assert list(soak.kept(md)["margins"]) == ["1", "2"], done.stderr
    assert json.loads(text) == soak.kept(md)
    assert '\n  "2": {"lucky": -0.1, "sure": 0.3}\n' in text and '\n  "2": [[0.5, 0.52], [1.0, 1.0]]\n' in text
