"""What npm fetches is there completely or not at all, and is named without addresses."""

import pytest

from tools.site import assets

from .conftest import ROOT


def test_assets_are_complete_or_absent(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "TARGET", tmp_path / "_build" / "assets")

    def fail(folder, *arguments):
        raise RuntimeError("npm failed")

    monkeypatch.setattr(assets, "npm", fail)
    with pytest.raises(RuntimeError):
        assets.fetch()
    assert not list((tmp_path / "_build").iterdir())


def test_npm_says_what_is_wrong(tmp_path):
    with pytest.raises(RuntimeError, match="needs a network once"):
        assets.npm(tmp_path, "ci")


@pytest.mark.parametrize("name", ["assets", "lighthouse"])
def test_lock_names_no_address(name):
    assert "://" not in (ROOT / f"tools/site/{name}/package-lock.json").read_text("utf-8")
