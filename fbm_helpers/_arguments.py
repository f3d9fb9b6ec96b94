"""What an argument must be, said the same way everywhere."""

import numbers


def expect(holds: object, name: str, wanted: str, got: object, error: type[Exception] = ValueError) -> None:
    """Raise ``error`` unless ``holds``, and say which argument it was about, what was ``wanted`` of it and what was ``got``."""
    if not holds:
        raise error(f"{name}: expected {wanted}, got {got}")


def whole(least: int, **arguments: object) -> None:
    """Raise ``ValueError``, with the argument's name, unless each of ``arguments`` is a whole number from ``least`` up."""
    for name, value in arguments.items():
        counts = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        expect(counts and value >= least, name, f"a whole number from {least} up", repr(value))
