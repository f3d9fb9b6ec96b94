"""How a text names a source of the bibliography, and where it can be read."""

from pybtex.database import Entry


def author_year(entry: Entry) -> str:
    """Return how a text names a source, such as "Ioffe and Szegedy, 2015".

    Parameters
    ----------
    entry : pybtex.database.Entry
        The source.

    Returns
    -------
    str
        Up to two authors and the year.
    """
    persons = entry.persons["author"]
    names = [" ".join(map(str, person.rich_prelast_names + person.rich_last_names)) for person in persons]
    authors = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{authors}, {entry.fields['year']}"


def address(entry: Entry) -> str:
    """Return where a source can be read, or nothing."""
    fields = entry.fields
    if "doi" in fields:
        return f"https://doi.org/{fields['doi']}"
    if fields.get("archiveprefix", "").lower() == "arxiv":
        return f"https://arxiv.org/abs/{fields['eprint']}"
    return fields.get("url", "")
