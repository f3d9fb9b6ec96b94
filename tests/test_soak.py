"""Soaking tells how often claims hold under fresh seeds, keeps what it found, and changes no notebook."""

from tests.miniature import run, store, write_lesson
from tools.run import soak

CODE = """import fbm_helpers as fbm
a = [0.6 if seed < 2000 else 0.4 for seed in fbm.seeds(3)]
fbm.claim("models/toy/lucky", "A beats B.", {"a": a, "b": [0.5, 0.5, 0.5]}, "a - b > 0", unit="accuracy")
fbm.claim("models/toy/sure", "A beats C.", {"a": a, "c": [0.1, 0.1, 0.1]}, "a - c > 0", unit="accuracy")"""


def told(done):
    return {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line.startswith("models/toy/")}


def test_a_claim_that_holds_under_lucky_seeds_only_is_counted(tmp_path):
    md = write_lesson(tmp_path, "models/toy", [("", CODE)])
    store(md)
    before = md.with_suffix(".ipynb").read_bytes()
    done = run(tmp_path, "tools.run.soak", "2")
    assert done.returncode == 1, done.stderr
    assert told(done) == {"models/toy/lucky": ["1/2", "-0.1"], "models/toy/sure": ["2/2", "0.3"]}
    assert md.with_suffix(".ipynb").read_bytes() == before


def test_what_was_found_is_kept_until_the_code_changes(tmp_path):
    md = write_lesson(tmp_path, "models/toy", [("", CODE)])
    run(tmp_path, "tools.run.soak", "1")
    found = soak.kept(tmp_path)["models/toy"]
    assert found["margins"] == {"1": {"lucky": 0.1, "sure": 0.5}}
    assert found["code"] == soak.code(md)
    run(tmp_path, "tools.run.soak", "1", "--start", "2")
    assert list(soak.kept(tmp_path)["models/toy"]["margins"]) == ["1", "2"]
    md = write_lesson(tmp_path, "models/toy", [("", CODE.replace("a - b > 0", "a - b > -1"))])
    done = run(tmp_path, "tools.run.soak", "1", "--start", "2")
    assert done.returncode == 0, done.stderr
    assert told(done) == {"models/toy/lucky": ["1/1", "0.9"], "models/toy/sure": ["1/1", "0.3"]}


def test_a_lesson_that_breaks_off_is_named_and_not_kept(tmp_path):
    write_lesson(tmp_path, "models/toy", [("", CODE + "\n1 / 0")])
    done = run(tmp_path, "tools.run.soak", "1")
    assert done.returncode == 1
    assert "models/toy under FBM_SEED=1" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert soak.kept(tmp_path) == {}
