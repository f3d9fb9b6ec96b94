"""The colors of figures can be read, light and dark."""

import re

import pytest

from .conftest import ROOT


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colors_can_be_read(mode):
    css = (ROOT / "book/_static/fbm.css").read_text("utf-8")
    block = re.search(rf'html\[data-theme="{mode}"\] {{(.*?)}}', css, re.DOTALL)[1]
    colors = dict(re.findall(r"--fbm-(\w+): (#\w{6});", block))
    for ground in ("ground", "box"):
        for name in ("ink", "muted", "holds", "fails", *(f"c{i}" for i in range(6))):
            low, high = sorted((luminance(colors[name]), luminance(colors[ground])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{name} on {ground}"
