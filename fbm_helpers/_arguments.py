"""What an argument must be, said the same way everywhere."""

import math
import numbers


def expect(holds: object, name: str, wanted: str, got: object, error: type[Exception] = ValueError) -> None:
    """Raise ``error`` unless ``holds``, and say which argument it was about, what was ``wanted`` of it and what was ``got``."""
    if not holds:
        raise error(f"{name}: expected {wanted}, got {got}")


def whole(least: int, most: float = math.inf, **arguments: object) -> None:
    """Raise ``ValueError``, with the argument's name, unless each of ``arguments`` is a whole number in these bounds."""
    bounds = f"from {least} up" if most == math.inf else f"from {least} to {most}"
    for name, value in arguments.items():
        counts = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        expect(counts and least <= value <= most, name, f"a whole number {bounds}", repr(value))


def positive(**arguments: object) -> None:
    """Raise ``ValueError``, with the argument's name, unless each of ``arguments`` is a number above zero."""
    for name, value in arguments.items():
        counts = isinstance(value, numbers.Real) and not isinstance(value, bool)
        expect(counts and value > 0, name, "a number above 0", repr(value))
