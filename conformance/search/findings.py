"""What a sweep found on a range of inputs, as plain JSON that merges: the findings on two ranges give those on both, in any order.

Findings hold whole numbers and examples alone, so that merging is exact:

    covered      the ranges of bit patterns [first, last] that were swept, neighbors joined
    histogram    answers to normal numbers and zeros by their error in ulp, one count for each of `EDGES` and one beyond
    bottom       those whose truth is below twice the smallest normal number, where they are not the correctly rounded truth:
                 one flush to zero is worth millions of ulp there, and they are not in `histogram`
    worst        of either, the answer that is furthest off; none where all are the correctly rounded truth
    clauses      for each clause how many inputs it judged, how many were wrong, in how many ranges, the first ranges, the worst
    specials     how often an answer and the truth differ in kind, each with its first input
    unanswered   inputs that had no answer: how many, in how many ranges, and the first ranges with what happened
    nanoseconds  spent in the implementation, in the reference, and in judging
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

Findings = dict[str, Any]

# Upper edges of the bins of the histogram, in ulp: 0 is exact, up to 0.5 correctly rounded. Beyond stands what is further off or no number.
EDGES = (0.0, 0.5, *(2.0**power for power in range(32)))

# Kinds in which an answer and the truth can differ. The first four are wrong by themselves; the last two are counted, and judged
# where a clause says so.
SPECIALS = (
    "nan for a number",
    "number for nan",
    "infinity for a finite number",
    "finite number for an infinity",
    "zero of the other sign",
    "zero for a number",
)

# Wrong ranges that are kept, those with the lowest patterns; the others are counted.
KEPT = 256


def nothing() -> Findings:
    """Return the findings on no input at all."""
    return {
        "covered": [],
        "histogram": [0] * (len(EDGES) + 1),
        "bottom": [0] * (len(EDGES) + 1),
        "worst": {"histogram": None, "bottom": None},
        "clauses": {},
        "specials": {name: {"count": 0, "first": None} for name in SPECIALS},
        "unanswered": {"inputs": 0, "number": 0, "ranges": []},
        "nanoseconds": {"implementation": 0, "reference": 0, "judging": 0},
    }


def clause_findings(judged: int = 0) -> Findings:
    """Return what is found of a clause before anything is wrong."""
    return {"judged": judged, "wrong": 0, "number": 0, "ranges": [], "worst": None}


def unanswered(first: int, count: int, outcome: str, message: str) -> Findings:
    """Return the findings on a range that had no answer, with what happened instead; it does not count as covered yet."""
    found = nothing()
    found["unanswered"] = {
        "inputs": count,
        "number": 1,
        "ranges": [[first, first + count - 1, outcome, message]],
    }
    return found


def merged(left: Findings, right: Findings) -> Findings:
    """Return the findings on both; ValueError where an input is in both."""
    return {
        "covered": _joined(left["covered"], right["covered"]),
        **{
            name: [a + b for a, b in zip(left[name], right[name], strict=True)]
            for name in ("histogram", "bottom")
        },
        "worst": {name: worse(left["worst"][name], right["worst"][name]) for name in left["worst"]},
        "clauses": {
            name: _of_clause(
                left["clauses"].get(name, clause_findings()),
                right["clauses"].get(name, clause_findings()),
            )
            for name in sorted(left["clauses"] | right["clauses"])
        },
        "specials": {
            name: _of_special(left["specials"][name], right["specials"][name]) for name in SPECIALS
        },
        "unanswered": {
            **{
                name: left["unanswered"][name] + right["unanswered"][name]
                for name in ("inputs", "number")
            },
            "ranges": lowest([*left["unanswered"]["ranges"], *right["unanswered"]["ranges"]]),
        },
        "nanoseconds": {
            name: left["nanoseconds"][name] + right["nanoseconds"][name]
            for name in left["nanoseconds"]
        },
    }


def whole(each: Iterable[Findings]) -> Findings:
    """Return the findings on all; ValueError where an input is in two of them."""
    found = nothing()
    for one in each:
        found = merged(found, one)
    return found


def worse(left: Findings | None, right: Findings | None) -> Findings | None:
    """Return the worse of two examples, the one with the lower pattern where both are as bad; none counts as good."""
    if left is None or right is None:
        return right if left is None else left
    return min(left, right, key=lambda example: (-float(example["ulp"]), example["pattern"]))


def lowest(ranges: list[list[Any]]) -> list[list[Any]]:
    """Return as many ranges as are kept, those with the lowest patterns."""
    return sorted(ranges)[:KEPT]


def inputs(found: Findings) -> int:
    """Return how many inputs were swept."""
    return sum(last - first + 1 for first, last in found["covered"])


def neighbors_joined(ranges: Iterable[list[int]]) -> list[list[int]]:
    """Return ranges in ascending order, those that touch as one."""
    joined: list[list[int]] = []
    for first, last in sorted(ranges):
        if joined and first == joined[-1][1] + 1:
            joined[-1][1] = last
        else:
            joined.append([first, last])
    return joined


def _joined(left: list[list[int]], right: list[list[int]]) -> list[list[int]]:
    found = neighbors_joined([*left, *right])
    for (_, last), (first, _) in pairwise(found):
        if first <= last:
            message = f"the bit patterns from {first:#x} to {last:#x} were swept twice"
            raise ValueError(message)
    return found


def _of_clause(left: Findings, right: Findings) -> Findings:
    return {
        **{name: left[name] + right[name] for name in ("judged", "wrong", "number")},
        "ranges": lowest([*left["ranges"], *right["ranges"]]),
        "worst": worse(left["worst"], right["worst"]),
    }


def _of_special(left: Findings, right: Findings) -> Findings:
    firsts = [each["first"] for each in (left, right) if each["first"] is not None]
    return {"count": left["count"] + right["count"], "first": min(firsts, default=None)}
