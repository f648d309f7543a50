"""The differences of a written report and of the one that follows from the recorded answers."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nnspec.conformance.judge.elsewhere import Span
from nnspec.conformance.run import environment
from nnspec.conformance.terms.outcomes import VACUOUS

# What a result says whatever the last bits of the libraries beneath. Its measurements have spans.
_COARSE = (
    "clause",
    "level",
    "operation",
    "case",
    "dtype",
    "outcome",
    "expected",
    "compared",
    "measured",
    "rerun",
)

# The parts of a report that a search found.
_SEARCHED = ("exploration", "smaller")

# The spans of the measurements of each case, by the case's id and the measurement's name.
Possible = Mapping[str, Mapping[str, Span]]

# A value that is longer is shortened where an inconsistency is told.
_LONG = 120


# What stands where a key does not: null is a value.
NOTHING = object()


def compared(
    written: dict[str, Any],
    follows: dict[str, Any],
    possible: Possible | None = None,
    partly: frozenset[str] = frozenset(),
) -> Iterator[str]:
    """Yield every difference of two reports.

    A report of another machine has measurements that are `possible` here, and other messages. A
    case that is `partly` recorded may have another message, diagnosis and picture.
    What a search found, and how one shrank a case, is left out always: the calls of a search are
    not recorded.
    """
    written = {name: value for name, value in written.items() if name not in _SEARCHED}
    if possible is not None:
        yield from _impossible(written["results"], possible)
        written, follows = _coarsened(written), _coarsened(follows)
    written, follows = (_parted(_settled(each), partly) for each in (written, follows))
    for part in dict.fromkeys([*written, *follows]):
        if part != "results":
            yield from different(part, written.get(part, NOTHING), follows.get(part, NOTHING))
    names = [[_name(result) for result in each["results"]] for each in (written, follows)]
    counts = [Counter(each) for each in names]
    for name in dict.fromkeys(names[0] + names[1]):
        if counts[0][name] != counts[1][name]:
            yield (
                f"{name} stands {counts[0][name]} times among the results; "
                f"{counts[1][name]} follow from the recorded answers"
            )
    if counts[0] == counts[1] and names[0] != names[1]:
        yield "the results stand in another order than they were planned in"
    again = dict(zip(names[1], follows["results"], strict=True))
    for name, result in zip(names[0], written["results"], strict=True):
        if name in again:
            yield from different(name, result, again[name])


def unlike(
    written: dict[str, Any], follows: dict[str, Any], partly: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Yield where a report of another machine differs in what may differ there, in any digit."""
    here = {name: follows["header"].get(name) for name in environment.found()}
    there = {name: value for name, value in written.items() if name not in _SEARCHED}
    yield from compared({**there, "header": {**there["header"], **here}}, follows, None, partly)


def _impossible(results: Sequence[dict[str, Any]], possible: Possible) -> Iterator[str]:
    """Yield the measurements that no truth has which the reference's bounds leave."""
    for result in results:
        for measurement, span in possible.get(_name(result), {}).items():
            if float(result[measurement]) not in span:
                yield (
                    f"{_name(result)}.{measurement} is {shown(result[measurement])}; "
                    f"from the recorded answers follows a number from {span}"
                )


def _settled(document: dict[str, Any]) -> dict[str, Any]:
    """Return a report without the frames of the suite's own errors: a replay has other frames."""
    results = [
        {name: value for name, value in result.items() if name != "details"}
        if result["outcome"] == VACUOUS
        else result
        for result in document["results"]
    ]
    return {**document, "results": results}


def _parted(document: dict[str, Any], partly: frozenset[str]) -> dict[str, Any]:
    """Return a report without what all numbers of the `partly` recorded cases would have to tell.

    Their largest errors are recorded, and only messages, diagnoses and pictures need the others.
    """
    if not partly:
        return document
    kept = (*_COARSE, "worst_ulp", "worst_ratio")
    results, touched = [], set()
    for result in document["results"]:
        if _name(result) in partly:
            touched.add((result["operation"], result["dtype"]))
            results.append({name: result[name] for name in kept if name in result})
        else:
            results.append(result)
    pictures = [
        each for each in document["pictures"] if (each["operation"], each["dtype"]) not in touched
    ]
    operations = {operation for operation, _ in touched}
    told = [each for each in document["diagnoses"] if each["operation"] not in operations]
    return {**document, "results": results, "pictures": pictures, "diagnoses": told}


def _coarsened(document: dict[str, Any]) -> dict[str, Any]:
    header = {
        name: value for name, value in document["header"].items() if name not in environment.found()
    }
    results = [
        {name: result[name] for name in _COARSE if name in result} for result in document["results"]
    ]
    return {**document, "header": header, "results": results, "pictures": [], "diagnoses": []}


def _name(result: Mapping[str, Any]) -> str:
    dtype = result["dtype"]
    return f"{result['clause']}[{result['case']}{f',{dtype}' if dtype else ''}]"


def different(
    where: str, written: Any, follows: Any, source: str = "from the recorded answers follows"
) -> Iterator[str]:
    """Yield the innermost places where two values of JSON differ."""
    if isinstance(written, dict) and isinstance(follows, dict):
        for name in dict.fromkeys([*written, *follows]):
            yield from different(
                f"{where}.{name}", written.get(name, NOTHING), follows.get(name, NOTHING), source
            )
    elif repr(written) != repr(follows):
        yield f"{where} is {shown(written)}; {source} {shown(follows)}"


def shown(value: Any) -> str:
    """Return a value as a message shows it, shortened where it is long."""
    if value is NOTHING:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
