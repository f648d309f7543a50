"""Carries out one task of a sweep: asks a range of numbers, and judges the answers in pieces."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.judge import judge
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.pages.layouts import kinds
from nnspec.conformance.run.plan import checks
from nnspec.conformance.search.findings import (
    Findings,
    clause_findings,
    lowest,
    merged,
    nothing,
    unanswered,
    worse,
)
from nnspec.conformance.search.misrounded import Remainder
from nnspec.conformance.search.ranges import CALL, PATIENCE, halves
from nnspec.conformance.search.sweep import Sweep, judges, outside, surely
from nnspec.conformance.sources.description import Call, Description, Source
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast, dtype_of
from nnspec.conformance.terms.outcomes import (
    CONFORMS,
    VACUOUS,
    Absent,
    Died,
    Ended,
    Malformed,
    TimedOut,
)
from nnspec.spec import Clause, clauses

# Inputs of one pass of the judgement: enough to spread the cost of a pass, and few enough for the
# caches. Measured.
PIECE = 2**17


def carry_out(
    sweep: Sweep,
    source: Source,
    first: int,
    count: int,
    calling: Callable[[int], None] = lambda _: None,
) -> Findings:
    """Return the findings on a range of bit patterns; raises Absent without the operation.

    `calling` is told the first pattern of each call before it is made.
    """
    running = _Task(sweep, source, calling)
    running.run(first, count)
    return {**running.found, "covered": [[first, first + count - 1]]}


class _Task:
    """The sweep of one range, and what it has found so far."""

    def __init__(self, sweep: Sweep, source: Source, calling: Callable[[int], None]) -> None:
        self._sweep, self._source, self._calling = sweep, source, calling
        self._implementation = Implementation(source, sweep.dtype)
        self._bits = np.dtype(f"u{dtype_of(sweep.dtype).itemsize}")
        self._steps = np.arange(min(CALL, sweep.size), dtype=self._bits)
        self._asked, self._piece = np.empty_like(self._steps), np.empty_like(self._steps[:PIECE])
        self._kinds = kinds(sweep.format)
        self._judges = {kind: judges(sweep.operation, kind) for _, kind in self._kinds}
        accuracy = f"{sweep.operation}/accuracy"
        self._measured = {
            kind
            for kind, about in self._judges.items()
            if any(clause.id == accuracy for clause in about)
        }
        gradual = clauses().get(f"{sweep.operation}/gradual-underflow")
        self._gradual = gradual if gradual is not None and gradual.id in checks() else None
        self._fatal = 0
        self.found = nothing()

    def run(self, first: int, count: int) -> None:
        """Sweep a range, call by call."""
        for start in range(first, first + count, CALL):
            self._call(start, min(CALL, first + count - start))

    def _numbers(self, first: int, size: int, memory: NDArray[Any]) -> NDArray[Any]:
        """Return consecutive numbers of the format in memory that is kept for them."""
        numbers = memory[:size]
        np.add(self._steps[:size], self._bits.type(first), out=numbers)
        return numbers.view(dtype_of(self._sweep.dtype))

    def _call(self, first: int, size: int) -> None:
        """Ask and judge the answers to consecutive numbers; a range without an answer is halved."""
        self._calling(first)
        x, began = self._numbers(first, size, self._asked), time.perf_counter_ns()
        try:
            answers = self._implementation.call(
                self._sweep.operation, self._sweep.arguments(x), self._sweep.parameters
            )
            if not isinstance(answers, np.ndarray) or answers.shape != x.shape:
                shape = answers.shape if isinstance(answers, np.ndarray) else "of a list"
                message = (
                    f"{self._sweep.operation} answered with shape {shape}; {x.shape} was needed"
                )
                raise Malformed(message)
        except Absent:
            raise
        except Ended as ended:
            self.found["nanoseconds"]["implementation"] += time.perf_counter_ns() - began
            self._fatal += isinstance(ended, (Died, TimedOut))
            parts = halves(first, size)
            if len(parts) > 1 and self._fatal < PATIENCE:
                for part in parts:
                    self._call(*part)
            else:
                self.found = merged(
                    self.found, unanswered(first, size, ended.outcome, ended.message)
                )
            return
        self.found["nanoseconds"]["implementation"] += time.perf_counter_ns() - began
        if np.may_share_memory(answers, x):
            answers = answers.copy()
        with np.errstate(all="ignore"):
            for kind, start, end in self._pieces(first, size):
                # Once more, for the implementation may have computed in place.
                x = self._numbers(first + start, end - start, self._piece)
                self._judge(kind, first + start, x, np.ascontiguousarray(answers[start:end]))

    def _pieces(self, first: int, size: int) -> Iterator[tuple[str, int, int]]:
        """Yield the places of numbers of one kind, in pieces that the caches hold."""
        ends = [pattern for pattern, _ in self._kinds[1:]] + [self._sweep.size]
        for (begin, kind), end in zip(self._kinds, ends, strict=True):
            low, high = max(begin, first) - first, min(end, first + size) - first
            for start in range(low, high, PIECE):
                yield kind, start, min(start + PIECE, high)

    def _judge(self, kind: str, first: int, x: NDArray[Any], answers: NDArray[Any]) -> None:
        """Judge the answers to consecutive numbers of one kind."""
        sweep, began = self._sweep, time.perf_counter_ns()
        truth = getattr(reference, sweep.operation)(*sweep.arguments(x), **sweep.parameters)
        known = time.perf_counter_ns()
        self.found["nanoseconds"]["reference"] += known - began
        rounded = cast(truth, sweep.dtype)
        left = Remainder(
            sweep.format,
            first,
            x,
            answers,
            truth,
            rounded,
            np.flatnonzero(answers.view(self._bits) != rounded.view(self._bits)),
        )
        clauses = self._judges[kind]
        for clause in clauses:
            self._clause(clause)["judged"] += x.size
        if kind in self._measured:
            self._measure(left)
        if left.places.size:
            self._differences(left)
            if kind == "zero":
                self._zeros(left)
            else:
                for clause in clauses:
                    self._violations(clause, left)
        if (
            kind == "normal"
            and self._gradual is not None
            and rounded.min() < sweep.format.tiny
            and np.any(rounded)
        ):
            subnormal = (np.abs(rounded) < sweep.format.tiny) & (rounded != 0)
            self._clause(self._gradual)["judged"] += int(np.count_nonzero(subnormal))
            self._violations(self._gradual, left.part(subnormal[left.places]))
        self.found["nanoseconds"]["judging"] += time.perf_counter_ns() - known

    def _clause(self, clause: Clause) -> Findings:
        found: Findings = self.found["clauses"].setdefault(clause.id, clause_findings())
        return found

    def _measure(self, left: Remainder) -> None:
        """Count the errors by their size, and keep the worst."""
        exact = int(np.count_nonzero(left.all_answers == left.all_truths))
        rounded = left.all_answers.size - left.places.size
        if left.places.size:
            small = np.abs(left.truth) < 2 * self._sweep.format.tiny
            for name, some in (
                (("bottom", left.part(small)), ("histogram", left.part(~small)))
                if np.any(small)
                else (("histogram", left),)
            ):
                if some.places.size:
                    counts = some.counts()
                    exact -= counts[0]
                    self._count(name, counts)
                    before = self.found["worst"][name]
                    if before is None or some.worst > float(before["ulp"]):
                        self.found["worst"][name] = some.example(int(np.argmax(some.ulps)))
        self._count("histogram", [exact, rounded - exact])

    def _count(self, name: str, counts: Sequence[int]) -> None:
        for place, more in enumerate(counts):
            self.found[name][place] += more

    def _differences(self, left: Remainder) -> None:
        """Count the answers that are not of the kind that the rounded truth is."""
        if left.worst < np.inf and np.all(left.answer):
            return
        answer, rounded = left.answer, left.all_rounded[left.places].astype(np.float64)
        nan, infinite = (np.isnan(answer), np.isnan(rounded)), (np.isinf(answer), np.isinf(rounded))
        differ = (
            nan[0] & ~nan[1],
            ~nan[0] & nan[1],
            infinite[0] & np.isfinite(rounded),
            infinite[1] & ~nan[0] & (answer != rounded),
            (answer == 0) & (rounded == 0),
            (answer == 0) & (rounded != 0) & ~nan[1],
        )
        for found, mask in zip(self.found["specials"].values(), differ, strict=True):
            if np.any(mask):
                at = left.first + int(left.places[np.argmax(mask)])
                found["count"] += int(np.count_nonzero(mask))
                found["first"] = at if found["first"] is None else min(found["first"], at)

    def _violations(self, clause: Clause, left: Remainder) -> None:
        """Put the answers that are not surely right to a clause's bound; keep the wrong ones."""
        sure = surely(clause, self._sweep.operation, self._sweep.dtype)
        if left.worst <= sure:
            return
        some = left.part(left.ulps > sure)
        wrong = outside(clause, self._sweep, some.x, some.answer, some.truth)
        if np.any(wrong):
            self._record(clause, some.part(wrong))

    def _zeros(self, left: Remainder) -> None:
        """Put each answer to a zero to the checks of its clauses: some speak of signs."""
        for place in range(left.places.size):
            one = left.part(np.arange(left.places.size) == place)
            # Twice, for the checks see zeros in pairs.
            twice = one.x.repeat(2)
            source = _Replayed(
                self._source.description, cast(one.answer.repeat(2), self._sweep.dtype)
            )
            for clause in self._judges["zero"]:
                case = Case(
                    "sweep",
                    self._sweep.operation,
                    self._sweep.arguments(twice),
                    self._sweep.parameters,
                )
                planned = Planned(
                    clause, checks()[clause.id], self._sweep.operation, self._sweep.dtype, case
                )
                attempt = judge.attempt(planned, source)
                if attempt.outcome == VACUOUS:
                    raise RuntimeError(attempt.message)
                if attempt.outcome != CONFORMS:
                    self._record(clause, one)

    def _record(self, clause: Clause, wrong: Remainder) -> None:
        found, patterns = self._clause(clause), wrong.first + wrong.places
        edges = np.flatnonzero(np.diff(patterns) != 1)
        firsts, lasts = (
            patterns[np.concatenate([[0], edges + 1])],
            patterns[np.concatenate([edges, [-1]])],
        )
        ranges = [[int(first), int(last)] for first, last in zip(firsts, lasts, strict=True)]
        if (
            found["ranges"]
            and found["number"] == len(found["ranges"])
            and found["ranges"][-1][1] + 1 == ranges[0][0]
        ):
            ranges[0][0] = found["ranges"].pop()[0]
            found["number"] -= 1
        found["wrong"] += patterns.size
        found["number"] += len(ranges)
        found["ranges"] = lowest([*found["ranges"], *ranges])
        found["worst"] = worse(found["worst"], wrong.example(int(np.argmax(wrong.ulps))))


@dataclass
class _Replayed:
    """A source that has answered already."""

    description: Description
    answer: NDArray[Any]

    def foresee(self, calls: Sequence[Call]) -> None:
        """It has answered."""

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the answer, whatever is asked."""
        del operation, arrays, parameters
        return self.answer

    def again(self, call: Call, *, times: int, calls: int) -> list[Any]:
        """Return the answer alone: a sweep asks nothing again."""
        del call, times, calls
        return [self.answer]
