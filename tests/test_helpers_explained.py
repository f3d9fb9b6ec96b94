"""What the helpers offer is explained."""

import inspect
import re

import pytest

import fbm_helpers as fbm

PUBLIC = {name: getattr(fbm, name) for name in fbm.__all__ if callable(getattr(fbm, name))} | {
    f"costs.{name}": member
    for name, member in inspect.getmembers(fbm.costs, inspect.isfunction)
    if member.__module__ == fbm.costs.__name__ and not name.startswith("_")
}


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_public_has_a_summary_and_explains_each_parameter(name):
    words = inspect.getdoc(PUBLIC[name])
    summary, *_ = words.split("\n\n")
    assert summary.endswith((".", "::")) and len(summary) < 300
    if inspect.isfunction(PUBLIC[name]):
        section = re.search(r"Parameters\n-{10}\n(.*?)(?=\n\n\w+\n---|\Z)", words, re.DOTALL)
        explained = section[1] if section else ""
        heads = "\n".join(line for line in explained.splitlines() if line and not line.startswith(" "))
        parameters = inspect.signature(PUBLIC[name]).parameters
        assert [p for p in parameters if not re.search(rf"(?<!\w){p}(?!\w)", heads)] == []
