"""The failures that a run shares with its baseline: they are known, and do not set its exit status.

A failure is known if the baseline has the same case with the same outcome. That makes no run
conform: the verdict, the report and the badge tell of every failure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS

if TYPE_CHECKING:
    from nnspec.conformance.run.record import Discovery, Exploration, Result


@dataclass(frozen=True)
class Compared:
    """What the MUST cases of a run are beside a baseline.

    The `known` fail in both, the `new` in the run alone. Of cases that fail in the baseline, the
    `mended` conform now, and the `absent` are not answered now; these two are ids.
    """

    known: tuple["Result", ...]
    new: tuple["Result", ...]
    mended: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def compared(header: Mapping[str, Any], results: Sequence["Result"]) -> Compared:
    """Return what failures are beside the baseline of a header; without one, all are new."""
    failing = [each for each in results if each.failed and each.level == "MUST"]
    if "baseline" not in header:
        return Compared((), tuple(failing))
    failed = header["baseline"]["failed"]
    known = {each.id for each in failing if failed.get(each.id) == each.outcome}
    outcomes = {each.id: each.outcome for each in results}
    return Compared(
        tuple(each for each in failing if each.id in known),
        tuple(each for each in failing if each.id not in known),
        tuple(each for each in failed if outcomes.get(each) == CONFORMS),
        tuple(each for each in failed if outcomes.get(each) == ABSENT),
    )


def is_new(header: Mapping[str, Any], results: Sequence["Result"], passes: Iterable[str]) -> bool:
    """Say whether a MUST fails, or an expected failure passes, that does not in the baseline."""
    before = header.get("baseline", {}).get("passes", ())
    return bool(compared(header, results).new) or any(each not in before for each in passes)


def status(header: Mapping[str, Any], explored: "Exploration | None") -> int:
    """Return the exit status of a search: 1 a MUST is violated that is not known, 2, or 0."""
    if explored is None:
        return 0
    denying = [each for each in explored.found if each.denies]
    if denying and all(_is_known(header, each) for each in denying):
        return 0
    return explored.status


def _is_known(header: Mapping[str, Any], discovery: "Discovery") -> bool:
    """Say whether a discovery breaks a clause that the baseline breaks too, in that dtype."""
    result = discovery.result
    suffix = f",{result.dtype}]" if result.dtype else "]"
    return any(
        each.startswith(f"{result.clause}[")
        and each.endswith(suffix)
        and (
            result.clause.startswith(f"{result.operation}/")
            or each.startswith(f"{result.clause}[{result.operation}.")
        )
        for each in header.get("baseline", {}).get("failed", {})
    )


def counts(header: Mapping[str, Any], results: Sequence["Result"]) -> dict[str, int]:
    """Return how many failures are known and new, and how many cases are mended or absent."""
    return {name: len(found) for name, found in vars(compared(header, results)).items()}


def summary(header: Mapping[str, Any], results: Sequence["Result"]) -> dict[str, dict[str, int]]:
    """Return the part of a summary that tells of the baseline, an empty one if there is none."""
    return {"baseline": counts(header, results)} if "baseline" in header else {}


def lines(header: Mapping[str, Any], results: Sequence["Result"]) -> Iterator[str]:
    """Yield what there is to say of a run beside its baseline, a line for each clause."""
    if "baseline" not in header:
        return
    found, baseline = compared(header, results), header["baseline"]
    yield f"the baseline is the report of {baseline['started']}, {baseline['sha256'][:12]}"
    for words, ids in (
        ("known", [each.id for each in found.known]),
        ("new", [each.id for each in found.new]),
        ("mended", found.mended),
        ("absent now", found.absent),
    ):
        for clause, (first, count) in _by_clause(ids).items():
            more = f" and {count - 1:,} more" if count > 1 else ""
            yield f"{words}: {clause}, {first}{more}"
    for each in baseline["changed"]:
        yield f"new, whatever the baseline says: {each} has another text now"


def _by_clause(ids: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Return of each clause the first case, and how many there are."""
    found: dict[str, tuple[str, int]] = {}
    for each in ids:
        clause, _, case = each.partition("[")
        first, count = found.get(clause, (case.removesuffix("]"), 0))
        found[clause] = first, count + 1
    return found
