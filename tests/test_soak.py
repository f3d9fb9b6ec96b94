"""Soaking tells how often claims hold under fresh seeds, and changes nothing."""

import json

from tests.miniature import run, store, write_lesson

CODE = """import fbm_helpers as fbm
a = [0.6 if seed < 2000 else 0.4 for seed in fbm.seeds(3)]
fbm.claim("models/toy/lucky", "A beats B.", {"a": a, "b": [0.5, 0.5, 0.5]}, "a - b > 0", unit="accuracy")
fbm.claim("models/toy/sure", "A beats C.", {"a": a, "c": [0.1, 0.1, 0.1]}, "a - c > 0", unit="accuracy")"""


def test_a_claim_that_holds_under_lucky_seeds_only_is_counted(tmp_path):
    md = write_lesson(tmp_path, "models/toy", [("", CODE)])
    store(md)
    before = md.with_suffix(".ipynb").read_bytes()
    done = run(tmp_path, "tools.soak", "2")
    assert done.returncode == 1, done.stderr
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line.startswith("models/toy/")}
    assert rows == {"models/toy/lucky": ["1/2", "-0.1"], "models/toy/sure": ["2/2", "0.3"]}
    claims = json.loads((tmp_path / "_build" / "soak.json").read_text())["claims"]
    assert [(claim["held"], claim["of"]) for claim in claims] == [(1, 2), (2, 2)]
    assert md.with_suffix(".ipynb").read_bytes() == before
