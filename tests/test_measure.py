"""Measurements: a script runs with pinned arithmetic, its record is complete, and a page's question for a value is answered."""

import os

import pytest

from tests.miniature import ROOT, run, write_measurement
from tools.execute import measure

VALUES = {"best": {"He": 0.5, "BatchNorm": 0.75}, "rate": 0.01, "each": [1, 2]}


def test_every_measurement_of_the_book_has_a_record_of_its_script_as_it_is():
    assert measure.scripts(ROOT) and measure.problems(ROOT) == []


def test_a_missing_record_and_one_of_an_older_script_are_named(tmp_path):
    write_measurement(tmp_path, "kept", VALUES)
    script = write_measurement(tmp_path, "older", VALUES)
    script.write_text("# changed", "utf-8")
    (script.parent / "planned.py").touch()
    assert measure.problems(tmp_path) == [
        "older was measured before its script changed; make measure NAME=older",
        "planned was not measured; make measure NAME=planned",
    ]


def test_the_command_writes_what_was_measured_with_where_and_how(tmp_path):
    script = write_measurement(tmp_path, "own", {})
    told = "{'MKL_CBWR': os.environ['MKL_CBWR']}"
    script.write_text(f"import json, os\n\nprint(json.dumps({{'seeds': [7], 'values': {told}}}))\n", "utf-8")
    done = run(tmp_path, "tools.execute.measure", "own")
    assert done.returncode == 0, done.stderr
    record = measure.kept(script)
    assert record["values"] == {"MKL_CBWR": "COMPATIBLE"} and record["seeds"] == [7]
    assert record["machine"]["cores"] == os.cpu_count() and record["command"] == "make measure NAME=own"
    assert all(record["versions"][which] for which in ("python", "torch", "numpy"))
    assert measure.problems(tmp_path) == [] and {"commit", "date", "code"} <= record.keys()


@pytest.mark.parametrize("wrong", ["raise SystemExit(3)", "print(1); 1 / 0", "print('accuracy 0.9')", "print('{}')"])
def test_a_script_that_fails_leaves_the_record_as_it_was(tmp_path, wrong):
    script = write_measurement(tmp_path, "own", VALUES)
    before = script.with_suffix(".json").read_text("utf-8")
    script.write_text(wrong, "utf-8")
    assert run(tmp_path, "tools.execute.measure", "own").returncode != 0
    assert script.with_suffix(".json").read_text("utf-8") == before


def test_other_seeds_and_unknown_names_are_refused(tmp_path):
    write_measurement(tmp_path, "own", VALUES)
    assert "FBM_SEED" in run(tmp_path, "tools.execute.measure", "own", FBM_SEED="3").stderr
    assert "own" in run(tmp_path, "tools.execute.measure", "other").stderr


@pytest.mark.parametrize(
    ("reference", "shown"),
    [("own/best/BatchNorm", "0.75"), ("own/best/BatchNorm:.3f", "0.750"), ("own/rate:g", "0.01")],
)
def test_a_value_is_found_by_its_keys_and_formatted(tmp_path, reference, shown):
    write_measurement(tmp_path, "own", VALUES)
    assert measure.value(reference, tmp_path) == shown


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("other/best", "no record of a measurement 'other'; there are: own"),
        ("planned/best", "no record of a measurement 'planned'; there are: own"),
        ("own/worst", "own/worst: no 'worst'; there is: best, rate, each"),
        ("own/rate/He", "own/rate/He: no 'He'; there is: the value 0.01"),
        ("own/best", "own/best: no single value; there is: He, BatchNorm"),
        ("own/each", "own/each: no single value; there is: 1, 2"),
    ],
)
def test_an_unknown_value_is_refused_with_what_there_is(tmp_path, reference, said):
    (write_measurement(tmp_path, "own", VALUES).parent / "planned.py").touch()
    with pytest.raises(measure.Unknown) as raised:
        measure.value(reference, tmp_path)
    assert str(raised.value).endswith(said)
