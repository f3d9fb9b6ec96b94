"""Compare what a cell shows with what is stored of it, exactly.

Pictures are compared by their pixels, for processors compress one picture in several ways. All else must be the same text.
"""

import base64
import io
import re
from collections.abc import Iterator
from itertools import zip_longest

import numpy as np
from nbformat import NotebookNode
from PIL import Image

from tools.execute.text import brief, text_differences

PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/=\s]+)")
SHOWN = 5  # differences of one output that are spelled out


def differences(stored: list, fresh: list, *, timing: bool = False) -> list[str]:
    """Say where the fresh outputs of a cell differ from the stored ones.

    Parameters
    ----------
    stored, fresh : list of NotebookNode
        The outputs of one cell.
    timing : bool
        Whether they are durations or name hardware, so that only their kinds are compared.

    Returns
    -------
    list of str
        A sentence for each difference; empty if the outputs agree.
    """
    stored, fresh = join_streams(stored), join_streams(fresh)
    if wrong := other_kinds(stored, fresh):
        return wrong
    if timing:
        return []
    found = []
    for number, (old, new) in enumerate(zip(stored, fresh, strict=True), 1):
        new_data = data(new)
        for kind, value in data(old).items():
            rule = _picture if kind in ("image/png", "image/jpeg") else _tree
            said = list(rule(value, new_data[kind]))
            if len(said) > SHOWN:
                said[SHOWN:] = [f"and {len(said) - SHOWN} more differences"]
            found += [f"output {number} ({kind}): {sentence}" for sentence in said]
    return found


def other_kinds(stored: list[NotebookNode], fresh: list[NotebookNode]) -> list[str]:
    """Say that outputs are not of the kinds that are stored, and what unexpected text is; streams must be joined."""
    kinds, came = ([_kind(output) for output in outputs] for outputs in (stored, fresh))
    if kinds == came:
        return []
    new = [output for output in fresh if "text" in output and _kind(output) not in kinds]
    complaints = [f"{output.name} says: {output.text.strip()[:200]}" for output in new]
    return [f"stored {'; '.join(kinds) or 'no output'}, came {'; '.join(came) or 'no output'}", *complaints]


def join_streams(outputs: list) -> list[NotebookNode]:
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


def data(output: NotebookNode) -> dict[str, object]:
    """Return an output's forms, by MIME type; a stream has one, by its name."""
    return {output.name: output.text} if "text" in output else output.get("data", {})


def _kind(output: NotebookNode) -> str:
    """Return what sort of output it is, in words."""
    if output.output_type in ("stream", "error"):
        return output.get("name", "error")
    return f"{output.output_type} of {', '.join(sorted(output.data))}"


def _tree(old: object, new: object, path: str = "") -> Iterator[str]:
    """Compare values as JSON has them."""
    at = f"at {path}: " if path else ""
    match old, new:
        case dict(), dict() if old.keys() == new.keys():
            for key in old:
                yield from _tree(old[key], new[key], f"{path}.{key}".lstrip("."))
        case list(), list() if len(old) == len(new):
            for index, pair in enumerate(zip(old, new, strict=True)):
                yield from _tree(*pair, f"{path}[{index}]")
        case str(), str():
            yield from (at + said for said in _markup(old, new))
        case _:
            if repr(old) != repr(new):  # so that true is not 1, and nan is nan
                yield f"{at}stored {brief(old)}, came {brief(new)}"


def _markup(old: str, new: str) -> Iterator[str]:
    """Compare text with the pictures that may stand in it."""
    for index, pair in enumerate(zip_longest(PICTURE.findall(old), PICTURE.findall(new), fillvalue=""), 1):
        yield from (f"picture {index}: {said}" for said in _picture(*pair))
    yield from text_differences(PICTURE.sub("data:", old), PICTURE.sub("data:", new))


def _picture(old: str, new: str) -> Iterator[str]:
    """Compare two encoded pictures by their pixels, of 0 to 255."""
    if old == new:
        return
    try:
        pictures = [Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA") for encoded in (old, new)]
    except (OSError, ValueError, SyntaxError) as error:  # Pillow raises any of them for a damaged file
        yield f"stored and fresh picture differ, and one cannot be read: {error}"
        return
    if pictures[0].size != pictures[1].size:
        yield f"stored a picture of {pictures[0].size} pixels, came one of {pictures[1].size}"
        return
    ours, theirs = (np.asarray(picture, int) for picture in pictures)
    off = np.abs(ours - theirs).max()
    if off:
        yield f"stored and fresh picture differ by up to {off} of 255"
