"""The part of the plan that a run asked for, as the header of its record says it."""

from collections.abc import Mapping
from typing import Any

from nnspec.conformance.run import shares

# So many selections are named in a sentence; report.json has them all.
_NAMED = 5


def complete(header: Mapping[str, Any]) -> bool:
    """Say whether a run asked for every case of its adapter, in every dtype that it declares."""
    if part_of(header) is not None:
        return False
    dtypes, only = _parts(header)
    return not only and (not dtypes or {*header["adapter"]["dtypes"]} <= {*dtypes})


def asked(header: Mapping[str, Any]) -> str:
    """Return in words which part of the plan a run asked for, "" if that is all of it."""
    if complete(header):
        return ""
    dtypes, only = _parts(header)
    named, more = ", ".join(only[:_NAMED]), len(only) - _NAMED
    selected = f"{named} and {more:,} more" if more > 0 else named
    inside = f"in {', '.join(dtypes)} only" if dtypes else ""
    part = part_of(header)
    share = f"part {part[0]} of {part[1]}" if part is not None else ""
    return ", ".join(filter(None, [share, f"only {selected}" if only else "", inside]))


def part_of(header: Mapping[str, Any]) -> shares.Part | None:
    """Return the part of the selected cases that a run was to judge, None if it was all."""
    text = header.get("selection", {}).get("part")
    return None if text is None else shares.read(text)


def _parts(header: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the selected dtypes and cases; without a selection, everything was asked."""
    selection = header.get("selection", {})
    return list(selection.get("dtypes", ())), list(selection.get("only", ()))
