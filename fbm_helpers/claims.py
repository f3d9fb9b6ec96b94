"""Claims: sentences about measured values that stop the book when they stop holding."""

import numbers
import os
import re
from collections.abc import Mapping, Sequence

import numpy as np

from ._arguments import expect
from ._display import emit
from .cards import in_html, in_text
from .conditions import nearness, read, spelled
from .seeding import seeds as default_seeds

MIME = "application/vnd.fbm.claim+json"


class ClaimFailed(AssertionError):
    """A claim does not hold on every seed."""


def claim(
    id: str,
    statement: str,
    values: Mapping[str, Sequence[float]],
    condition: str,
    *,
    unit: str = "",
    price: Mapping[str, Mapping[str, float]] | None = None,
    source: str | None = None,
) -> None:
    """State a claim about measured values, show it as a card, and raise when it does not hold on every seed.

    Parameters
    ----------
    id : str
        ``part/topic/name``, such as ``"training/batch_norm/deep-net-trains"``.
    statement : str
        The claim in one sentence.
    values : mapping of str to sequence of float
        For each variant, one finite value a seed; what ``trials(...)["accuracy"]`` returns. It knows its seeds; values that
        do not are taken for those of the first ones.
    condition : str
        Comparisons of variants, joined by ``and``, that must hold on *every* seed: ``"cnn - mlp > 0.1"``. A variant whose
        name is not a Python name stands in quotes: ``"'20 layers' < 0.2"``. Numbers, ``+ - * /`` and parentheses.
    unit : str
        What the values are: ``"test accuracy"``.
    price : mapping, optional
        What the improvement costs, as ``{"parameters": {"cnn": 38282, "mlp": 42570}}``.
    source : str, optional
        Key of the paper in the book's bibliography.

    Raises
    ------
    ClaimFailed
        If the condition fails on a seed. The card is shown first. With the environment variable ``FBM_SOAK`` set the
        failure is recorded and not raised.
    ValueError
        If the id, the values or the condition are not of the form above.
    """
    expect(re.fullmatch(r"[a-z0-9_]+/[a-z0-9_]+/[a-z0-9-]+", id), "id", "'part/topic/name' in lower case", repr(id))
    try:
        variants = {name: [float(value) for value in column] for name, column in values.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"values: expected a number a seed for each variant, got {values!r} ({error})") from None
    lengths = {name: len(column) for name, column in variants.items()}
    count = min(lengths.values(), default=0)
    paired = count > 0 and len(set(lengths.values())) == 1
    expect(paired, "values", "one value a seed for each variant", f"{lengths} values")
    for name, column in variants.items():
        expect(np.isfinite(column).all(), "values", "finite numbers", f"{column} for {name!r}")
    seeds = getattr(values, "seeds", None) or default_seeds(count)
    comparisons = read(condition, variants)
    try:
        price = {what: _costs(cost, variants) for what, cost in price.items()} if price else None
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"price: expected numbers by what is paid and by variant, got {price!r} ({error})") from None
    record = {
        "id": id,
        "statement": statement,
        "condition": condition,
        "holds": all(comparison.holds.all() for comparison in comparisons),
        "seeds": list(seeds),
        "variants": variants,
        "unit": unit,
        "price": price,
        "source": source,
    }
    text = in_text(record, comparisons)
    emit(in_html(record, comparisons), text, **{MIME: record})
    if not record["holds"] and not os.environ.get("FBM_SOAK"):
        raise ClaimFailed(text)


def margins(record: Mapping) -> list[float]:
    """Return how far each seed is from breaking a claim.

    Parameters
    ----------
    record : mapping
        A claim's record.

    Returns
    -------
    list of float
        For each seed the smallest distance to a threshold, in the claim's unit; negative where the claim fails.
    """
    return nearness(read(record["condition"], record["variants"])).tolist()


def card(record: Mapping) -> str:
    """Return a claim's card as HTML: a line that unfolds.

    Parameters
    ----------
    record : mapping
        A claim's record.

    Returns
    -------
    str
        A ``<details>``, open if the claim fails; its anchor is ``claim-`` and the id with ``/`` replaced by ``-``.
    """
    return in_html(record, read(record["condition"], record["variants"]))


def _costs(cost: Mapping[str, float], variants: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return costs as Python's numbers, which JSON can write, by the names of the variants."""
    plain = {}
    for name, given in cost.items():
        value = given.item() if hasattr(given, "item") else given
        expect(isinstance(value, numbers.Real), f"cost of {name!r}", "a number", repr(given))
        plain[spelled(name, variants)] = value
    return plain
