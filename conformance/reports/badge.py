"""`badge.json`: the verdict for shields.io (https://shields.io/badges/endpoint-badge)."""

import json

from nnspec.conformance.reports.terminal import edition_of
from nnspec.conformance.run.record import BREAKING, CONFORMING, NONE, Record
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS

_COLORS = {CONFORMING: "brightgreen", BREAKING: "red", NONE: "lightgrey"}


def text(record: Record) -> str:
    """Return badge.json: the edition, and how many of the offered MUST cases conform."""
    must = record.counts("MUST")
    offered = sum(must.values()) - must[ABSENT]
    said = (
        record.verdict
        if record.verdict == NONE
        else f"{must[CONFORMS]:,} of {offered:,} MUST cases conform{record.qualification}"
    )
    badge = {
        "schemaVersion": 1,
        "label": f"nnspec {edition_of(record)}",
        "message": said,
        "color": _COLORS[record.verdict],
    }
    return json.dumps(badge, indent=1) + "\n"
