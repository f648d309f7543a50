"""`badge.json`: the verdict for shields.io (https://shields.io/badges/endpoint-badge)."""

import json

from nnspec import reference
from nnspec.conformance.reports.printing import NAME, printable
from nnspec.conformance.reports.terminal import edition_of
from nnspec.conformance.run import known
from nnspec.conformance.run.record import BREAKING, CONFORMING, NONE, Record
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS

_COLORS = {CONFORMING: "brightgreen", BREAKING: "red", NONE: "lightgrey"}

# Green says that the adapter's whole plan conforms. The run of a part has a color without green;
# yellowish is a plan of which the adapter leaves cases out.
_PARTIAL, _LESS = "blue", "yellowgreen"

# What fails as in the baseline fails.
_KNOWN = "orange"


def text(record: Record) -> str:
    """Return badge.json: the edition, and how many of the offered MUST cases conform."""
    badge = {
        "schemaVersion": 1,
        "label": f"nnspec {edition_of(record)}",
        "message": record.verdict if record.verdict == NONE else _counted(record),
        "color": _color(record),
    }
    return json.dumps(badge, indent=1) + "\n"


def _counted(record: Record) -> str:
    """Return the counts that the verdict follows from, and all that was not asked or answered."""
    must = record.counts("MUST")
    offered = sum(must.values()) - must[ABSENT]
    parts = [f"{must[CONFORMS]:,} of {offered:,} MUST cases conform{record.qualification}"]
    operations, unanswered = record.header["adapter"]["operations"], sum(record.unanswered.values())
    named = sum(name in operations for name in reference.__all__)
    if unanswered:
        parts.append(f"{unanswered:,} absent")
    if named < len(reference.__all__):
        parts.append(f"{named} of {len(reference.__all__)} operations")
    if "baseline" in record.header:
        beside = known.counts(record.header, record.results)
        parts.append(f"{beside['known']:,} failures known, {beside['new']:,} new")
    if asked := printable(record.asked, NAME):
        parts.append(f"asked {asked}")
    return ", ".join(parts)


def _color(record: Record) -> str:
    if record.verdict == BREAKING and not record.new:
        return _KNOWN
    if record.verdict != CONFORMING:
        return _COLORS[record.verdict]
    if not record.complete:
        return _PARTIAL
    return _LESS if record.reduced else _COLORS[CONFORMING]
