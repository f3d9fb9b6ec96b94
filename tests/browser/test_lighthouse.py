"""Lighthouse, which `make test` runs last and alone, finds what it is there to find."""

from pathlib import Path

from tools.site import lighthouse
from tools.site.serve import serve

POOR = '<html><head></head><body><img src="data:,"><p style="color: #ddd">pale</p></body></html>'


def test_a_poor_page_falls_short(tmp_path, browser):
    (tmp_path / "page.html").write_text(POOR)
    script = lighthouse.install(Path(lighthouse.ROOT, "_build", "lighthouse"))
    with serve(tmp_path) as home:
        found = lighthouse.judge(script, f"{home}page.html")
    assert {"accessibility", "seo"} <= set(lighthouse.short(found))
    assert found["speed"] > 0


def test_the_best_run_counts_and_a_good_one_suffices(monkeypatch):
    scores = iter([80, 99, 88, 85, 87, 86, 84])
    monkeypatch.setattr(
        lighthouse, "judge", lambda *_: dict.fromkeys(lighthouse.LEAST, 100) | {"performance": next(scores)}
    )
    assert lighthouse.best(Path(), "", 1.0)["performance"] == 99
    assert lighthouse.best(Path(), "", 1.0)["performance"] == 88
    assert next(scores, None) is None
