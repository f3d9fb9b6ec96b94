"""Compare what a cell shows with what is stored of it: numbers within a tolerance, all else exactly.

Texts by `tools.run.text`, drawings in them by `tools.run.drawing`, records entry by entry, pictures by their pixels.
"""

import base64
import io
import re
from collections.abc import Callable, Iterator

import numpy as np
from nbformat import NotebookNode
from PIL import Image

from tools.book.lessons import tags
from tools.run.drawing import drawing_differences
from tools.run.text import TIGHT, Tolerance, brief, close, text_differences

PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/=\s]+)")
DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
SHOWN = 5  # differences of one output that are spelled out


def tolerance(cell: NotebookNode) -> Tolerance | None:
    """Read a cell's tolerance from its tags.

    Parameters
    ----------
    cell : NotebookNode
        A code cell. The tags ``rtol-0.02``, ``atol-0.005`` and ``drawn-0.1`` say how far numbers may be off; ``timing``
        says that the output is a duration or names hardware.

    Returns
    -------
    Tolerance or None
        ``None`` if only the kinds of outputs can be compared.
    """
    if "timing" in tags(cell):
        return None
    own = dict(tag.split("-", 1) for tag in tags(cell) if re.match("rtol-|atol-|drawn-", tag))
    return TIGHT._replace(**{which: float(value) for which, value in own.items()})


def differences(stored: list, fresh: list, within: Tolerance | None = TIGHT) -> list[str]:
    """Say where the fresh outputs of a cell differ from the stored ones.

    Parameters
    ----------
    stored, fresh : list of NotebookNode
        The outputs of one cell.
    within : Tolerance or None
        How far numbers may be off; ``None`` compares only the kinds of outputs.

    Returns
    -------
    list of str
        A sentence for each difference; empty if the outputs agree.
    """
    stored, fresh = _join_streams(stored), _join_streams(fresh)
    kinds, came = [_kind(o) for o in stored], [_kind(o) for o in fresh]
    if kinds != came:
        complaints = [f"{o.name} says: {o.text.strip()[:200]}" for o in fresh if _kind(o) not in kinds and "text" in o]
        return [f"stored {'; '.join(kinds) or 'no output'}, came {'; '.join(came) or 'no output'}", *complaints]
    if within is None:
        return []
    found = []
    for number, (old, new) in enumerate(zip(stored, fresh, strict=True), 1):
        old_data, new_data = ({o.name: o.text} if "text" in o else o.data for o in (old, new))
        for kind, value in old_data.items():
            rule = _picture if kind in ("image/png", "image/jpeg") else _tree
            said = list(rule(value, new_data[kind], within))
            if len(said) > SHOWN:
                said[SHOWN:] = [f"and {len(said) - SHOWN} more differences"]
            found += [f"output {number} ({kind}): {sentence}" for sentence in said]
    return found


def _join_streams(outputs: list) -> list[NotebookNode]:
    """Join streams of one name: where one print ends and the next begins is chance."""
    joined, streams = [], {}
    for output in outputs:
        if output.output_type == "stream" and output.name in streams:
            streams[output.name].text += output.text
            continue
        output = NotebookNode(output)
        if output.output_type == "stream":
            streams[output.name] = output
        joined.append(output)
    return joined


def _kind(output: NotebookNode) -> str:
    """Return what sort of output it is, in words."""
    if output.output_type in ("stream", "error"):
        return output.get("name", "error")
    return f"{output.output_type} of {', '.join(sorted(output.data))}"


def _tree(old: object, new: object, within: Tolerance, path: str = "") -> Iterator[str]:
    """Compare values as JSON has them."""
    at = f"at {path}: " if path else ""
    match old, new:
        case dict(), dict() if old.keys() == new.keys():
            for key in old:
                yield from _tree(old[key], new[key], within, f"{path}.{key}".lstrip("."))
        case list(), list() if len(old) == len(new):
            for index, pair in enumerate(zip(old, new, strict=True)):
                yield from _tree(*pair, within, f"{path}[{index}]")
        case str(), str():
            yield from (at + said for said in _markup(old, new, within))
        case (float(), int() | float()) | (int(), float()) if not isinstance(old, bool) and not isinstance(new, bool):
            if not close(old, new, within):
                yield f"{at}stored {old}, came {new}"
        case _:
            if type(old) is not type(new) or old != new:
                yield f"{at}stored {brief(old)}, came {brief(new)}"


def _markup(old: str, new: str, within: Tolerance) -> Iterator[str]:
    """Compare text with the pictures and drawings that may stand in it."""
    yield from _apart(PICTURE, "picture", old, new, within, _picture)
    old, new = PICTURE.sub("data:", old), PICTURE.sub("data:", new)
    yield from _apart(DRAWING, "drawing", old, new, within, drawing_differences)
    yield from text_differences(DRAWING.sub("<svg>", old), DRAWING.sub("<svg>", new), within)


def _apart(pattern: re.Pattern, what: str, old: str, new: str, within: Tolerance, rule: Callable) -> Iterator[str]:
    """Compare the parts of two texts that match a pattern, by a rule of their own."""
    ours, theirs = pattern.findall(old), pattern.findall(new)
    if len(ours) != len(theirs):
        yield f"stored {len(ours)} {what}s, came {len(theirs)}"
        return
    for index, pair in enumerate(zip(ours, theirs, strict=True), 1):
        yield from (f"{what} {index}: {said}" for said in rule(*pair, within))


def _picture(old: str, new: str, within: Tolerance) -> Iterator[str]:
    """Compare two encoded pictures by their pixels, of 0 to 255."""
    try:
        pictures = [Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA") for data in (old, new)]
    except (OSError, ValueError, SyntaxError) as error:  # Pillow raises any of them for a damaged file
        yield f"a picture cannot be read: {error}"
        return
    if pictures[0].size != pictures[1].size:
        yield f"stored a picture of {pictures[0].size} pixels, came one of {pictures[1].size}"
        return
    ours, theirs = (np.asarray(picture, float) for picture in pictures)
    off = np.abs(ours - theirs).mean(axis=(0, 1)).max()
    if off > max(within.rtol * 255, 0.5):
        yield f"stored and fresh picture differ by {off:.2f} of 255 on average"
