"""The findings of a sweep on a range of inputs, as plain JSON.

The findings on two ranges merge, in any order, into the findings on both. They hold only whole
numbers and examples, so that the merge is exact:

    covered      the ranges of bit patterns [first, last] that were swept; neighbors are joined
    histogram    answers to normal numbers and zeros, counted by their error in ulp: one count for
                 each of `EDGES`, and one for larger errors
    bottom       the same counts of the answers whose truth is below twice the smallest normal
                 number, if they are not the correctly rounded truth; `histogram` leaves these out,
                 because a single flush to zero is an error of millions of ulp there
    worst        the answer with the largest error in each of the two; null if every answer is the
                 correctly rounded truth
    clauses      for each clause: the inputs that it judged, the wrong answers and their ranges, all
                 counted, the first ranges, and the worst answer
    specials     how often the answer and the truth differ in kind, and the first input of each
    unanswered   the inputs without an answer and their ranges, both counted, and the first ranges,
                 each with its outcome and message
    nanoseconds  the time spent in the implementation, in the reference, and in judging
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

Findings = dict[str, Any]

# Upper edges of the bins of the histogram, in ulp: 0 is exact, and up to 0.5 is correctly rounded.
# One more bin counts larger errors and answers that are not numbers.
EDGES = (0.0, 0.5, *(2.0**power for power in range(32)))

# How an answer and the truth can differ in kind. The first four are always wrong. The sweep counts
# the last two; a clause may judge them.
SPECIALS = (
    "nan for a number",
    "number for nan",
    "infinity for a finite number",
    "finite number for an infinity",
    "zero of the other sign",
    "zero for a number",
)

# So many wrong ranges are kept, those with the lowest patterns. The others are only counted.
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
    """Return the findings on a clause without any wrong answer."""
    return {"judged": judged, "wrong": 0, "number": 0, "ranges": [], "worst": None}


def unanswered(first: int, count: int, outcome: str, message: str) -> Findings:
    """Return the findings on a range without an answer: the outcome and its message.

    The range is not covered yet.
    """
    found = nothing()
    found["unanswered"] = {
        "inputs": count,
        "number": 1,
        "ranges": [[first, first + count - 1, outcome, message]],
    }
    return found


def merged(left: Findings, right: Findings) -> Findings:
    """Return the findings on both ranges. Raises ValueError if an input is in both."""
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
    """Return the findings on all ranges. Raises ValueError if an input is in two of them."""
    found = nothing()
    for one in each:
        found = merged(found, one)
    return found


def worse(left: Findings | None, right: Findings | None) -> Findings | None:
    """Return the example with the larger error; on a tie, the one with the lower pattern.

    Any example is worse than None.
    """
    if left is None or right is None:
        return right if left is None else left
    return min(left, right, key=lambda example: (-float(example["ulp"]), example["pattern"]))


def lowest(ranges: list[list[Any]]) -> list[list[Any]]:
    """Return the `KEPT` ranges with the lowest patterns."""
    return sorted(ranges)[:KEPT]


def inputs(found: Findings) -> int:
    """Return the number of inputs that were swept."""
    return sum(last - first + 1 for first, last in found["covered"])


def neighbors_joined(ranges: Iterable[list[int]]) -> list[list[int]]:
    """Return ranges in ascending order; ranges that touch become one."""
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
