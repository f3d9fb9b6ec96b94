"""What an argument must be, said the same way everywhere."""

from __future__ import annotations

import numbers


def whole(least: int, **arguments: object) -> None:
    """Raise ``ValueError``, with the argument's name, unless each of ``arguments`` is a whole number from ``least`` up."""
    for name, value in arguments.items():
        if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name}: expected a whole number from {least} up, got {value!r}")
