"""The result of a sweep as JSON: the file `sweep-….json`, which sweep.schema.json describes."""

import json
from collections.abc import Mapping
from typing import Any

from nnspec.conformance.run.record import BREAKING, CONFORMING, NONE
from nnspec.conformance.search.findings import EDGES, Findings, inputs
from nnspec.conformance.terms.operations import clause_of

VERSION = 1


def document(header: Mapping[str, Any], found: Findings) -> dict[str, Any]:
    """Return the result as JSON values; the header names the sweep and counts its inputs."""
    denied = [
        identifier
        for identifier, each in broken(found, "MUST").items()
        if identifier not in header["expected_failures"]
    ]
    done, planned = inputs(found), header["planned"]
    objections = (
        [] if done == planned else [f"{planned} inputs were planned and {done} are accounted for"]
    )
    failed = bool(denied or found["unanswered"]["inputs"])
    verdict = BREAKING if failed else NONE if objections else CONFORMING
    summary = {
        "verdict": verdict,
        "objections": objections,
        "complete": done == header["inputs"],
        "inputs": done,
        "judged": found["clauses"].get(f"{header['operation']}/accuracy", {"judged": 0})["judged"],
        "worst_ulp": worst_ulp(found),
        "must": sum(each["wrong"] for each in broken(found, "MUST").values()),
        "should": sum(each["wrong"] for each in broken(found, "SHOULD").values()),
    }
    return {
        "sweep": VERSION,
        "header": dict(header),
        "findings": found,
        "edges": list(EDGES),
        "summary": summary,
    }


def text(result: Mapping[str, Any]) -> str:
    """Return the text of the result's file."""
    return json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def status(result: Mapping[str, Any]) -> int:
    """Return the exit status: 0 conforms, 1 breaks, 2 no verdict."""
    return {CONFORMING: 0, BREAKING: 1, NONE: 2}[result["summary"]["verdict"]]


def broken(found: Findings, level: str) -> dict[str, Findings]:
    """Return the findings on each clause of a level that at least one answer breaks."""
    return {
        name: each
        for name, each in found["clauses"].items()
        if each["wrong"] and clause_of(name).level == level
    }


def worst_ulp(found: Findings) -> float | str:
    """Return the largest error in ulp, without the bottom of the range.

    It is 0.5 if all inexact answers are correctly rounded.
    """
    worst = found["worst"]["histogram"]
    if worst is not None:
        ulp: float | str = worst["ulp"]
        return ulp
    return 0.5 if found["histogram"][1] else 0.0
