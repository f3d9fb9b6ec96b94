"""The status page tells what was executed, where, and what came of it."""

import json

from bs4 import BeautifulSoup

from tests.miniature import write_measurement
from tools.site.ext import status

from .conftest import STATUS


def told(measured):
    """Return the text of the page, and the rows of its tables."""
    article = BeautifulSoup(measured.page("book/measured"), "html.parser").article
    rows = [
        [" ".join(cell.get_text().split()) for cell in row.find_all("td")] for row in article.select(".fbm-status tr")
    ]
    return " ".join(article.get_text().split()), [row for row in rows if any(row)]


def test_executions_evidence_and_soaks_are_told(measured, build, monkeypatch):
    monkeypatch.setattr(status, "exact", lambda: True)
    assert build()[0] == ""
    text, rows = told(measured)
    assert "1 lessons, 3 seconds in all, on A processor, with Python 3, torch 2, torchvision 0, numpy 2." in text
    assert "compared to the last digit with the stored ones, which the lessons show. None differ." in text
    assert rows == [
        ["A topic", "2026-01-01", "3.2", "1"],
        ["Another", "all 2 (2026-01-03)", "A topic (2026-01-04)"],
        ["A topic", "20, until 2026-01-02", "2 of 3", "-0.01 (wins)", "1 of 20"],
    ]


def test_what_differs_and_what_is_not_known_is_told(measured, build, monkeypatch):
    monkeypatch.setattr(status, "exact", lambda: False)
    measured.write("_build/status.json", json.dumps({"part/topic": STATUS | {"differs": [3, 7], "soak": None}}))
    measured.write("tools/execute/portable.json", json.dumps({"fingerprint": {}, "agreed": {}}))
    assert build()[0] == ""
    text, rows = told(measured)
    assert "are of another arithmetic" in text and "within what seeds do. A topic differs in code cells 3, 7." in text
    assert "None differ" not in text and "make portable" not in text
    assert rows[1:] == [["A topic", "none since its code changed", "", "", ""]]


def test_measurements_are_told_with_what_changed_since(measured, build):
    write_measurement(measured.folder, "kept", {})
    script = write_measurement(measured.folder, "older", {})
    script.write_text(script.read_text("utf-8") + "# changed\n", "utf-8")
    (script.parent / "planned.py").touch()
    assert build()[0] == ""
    _, rows = told(measured)
    assert rows[-2:] == [
        ["kept", "2026-01-05", "A processor", "the same"],
        ["older", "2026-01-05", "A processor", "changed since"],
    ]
