"""Write what the site tells of all lessons: the records of their claims; seconds, versions and soaks of their executions."""

from pathlib import Path

from tools.book.lessons import find, name
from tools.execute import cache, soak
from tools.files import replace_json


def write_reports() -> None:
    """Write ``_build/claims.json`` and ``_build/status.json`` from what is remembered of the executions."""
    records = {md: record for md in find() if (record := cache.last(md))}
    told = [{"lesson": name(md), **claim} for md, record in records.items() for claim in record["claims"]]
    status = {
        name(md): {
            "seconds": r["seconds"],
            "cores": r["cores"],
            "executed": r["executed"],
            "processor": r["processor"],
            "differs": r["differs"],
            **r["versions"],
            "claims": len(r["claims"]),
            "soak": soak.summary(md),
        }
        for md, r in records.items()
    }
    replace_json(Path.cwd() / "_build" / "claims.json", told)
    replace_json(Path.cwd() / "_build" / "status.json", status)
