"""Every kind of computation gives the digits that are kept; a processor that disagrees is named with the kind."""

import json
import sys

import pytest

from tools.execute import portable
from tools.execute.arithmetic import exact

RECORD = {"versions": portable.versions(), "fingerprint": {"glyphs": "a1", "exp": "b2"}, "agreed": {}}


@pytest.fixture
def record(tmp_path, monkeypatch):
    """A record of two kinds, in place of the kept one."""
    path = tmp_path / "portable.json"
    path.write_text(json.dumps(RECORD))
    monkeypatch.setattr(portable, "KEPT", path)
    return path


@pytest.mark.skipif(not exact(), reason="another arithmetic")
def test_this_processor_computes_what_is_kept():
    wanted, found = portable.kept()["fingerprint"], portable.fingerprint([sys.executable], {})
    assert portable.kept()["versions"] == portable.versions()
    assert {kind: found.get(kind) for kind in wanted} == wanted and found.keys() == wanted.keys()


def test_a_processor_that_agrees_is_remembered(record):
    assert portable.judge("One", RECORD["fingerprint"]) == []
    assert list(json.loads(record.read_text())["agreed"]) == ["One"]


@pytest.mark.parametrize("found", [{"glyphs": "a1", "exp": "c3"}, {"glyphs": "a1"}])
def test_a_kind_that_differs_or_is_missing_is_named_and_not_remembered(found, record):
    (said,) = portable.judge("One", found)
    assert said.startswith("One: exp: kept b2, came ")
    assert json.loads(record.read_text())["agreed"] == {}


def test_a_fingerprint_of_other_versions_is_not_compared(record):
    record.write_text(json.dumps(RECORD | {"versions": {"torch": "1"}}))
    (said,) = portable.judge("One", RECORD["fingerprint"])
    assert "--rewrite" in said


def test_the_pins_are_what_makes_it_agree(monkeypatch):
    monkeypatch.setattr(
        portable, "pinned", lambda: {"PATH": "", "ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"}
    )
    found = portable.fingerprint([sys.executable], {})
    wanted = portable.kept()["fingerprint"]
    assert sum(found[kind] != wanted[kind] for kind in wanted) > 10
