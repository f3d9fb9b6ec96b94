"""The workflows of CI."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_actions_are_pinned():
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        for action in re.findall(r"uses: (\S+)", path.read_text("utf-8")):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), f"{path.name}: {action}"
