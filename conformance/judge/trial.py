"""A trial: one case put to one implementation for one clause, and the only ways to compare.

The trial counts its comparisons: a check that compared nothing is an error of ours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import steps as stepping
from nnspec.conformance.bounds.steps import Known
from nnspec.conformance.bounds.truth import true_answer, truth
from nnspec.conformance.bounds.words import LEVEL
from nnspec.conformance.judge import allowances, large, walks
from nnspec.conformance.judge.allowances import OWN_ROUNDING
from nnspec.conformance.judge.beside import after_a_step, beside
from nnspec.conformance.judge.breaks import broken, misshapen, placed
from nnspec.conformance.judge.errors import Compared, Comparison, Judged, Sample, compare
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.sources.thinned import Kept
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import Format
from nnspec.conformance.terms.nested import Array, flat, leaves, like, shapes, table, wide
from nnspec.conformance.terms.outcomes import Malformed
from nnspec.spec import Clause, Formula

# A message shows shapes in at most this many characters.
_LONG = 200


@dataclass
class Tally:
    """What a check compared.

    It counts the values, and keeps the largest error in ulp and as a share of its bound.
    """

    compared: int = 0
    worst_ulp: float = 0.0
    worst_ratio: float = 0.0
    measured: dict[str, Any] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    comparisons: list[Compared] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Trial:
    """An implementation, the case that is put to it, the clause that judges, and the tally.

    With a probability of at most `level`, a right implementation leaves limits that chance has a
    part in.
    """

    implementation: Implementation
    case: Case
    clause: Clause
    tally: Tally = field(default_factory=Tally)
    level: float = LEVEL

    def of(self, case: Case) -> "Trial":
        """Return the trial of another case for the same clause; both count in one tally."""
        return replace(self, case=case)

    def on(self, *arguments: Any) -> "Trial":
        """Return the trial of the case on other arguments."""
        return self.of(replace(self.case, arguments=arguments, truth=None, before=None))

    def under(self, **parameters: Any) -> "Trial":
        """Return the trial of the case under other parameters; those not named stay."""
        given = {**self.case.parameters, **parameters}
        return self.of(self.case.changed(parameters=given, truth=None))

    @property
    def compared(self) -> int:
        """How many values were compared."""
        return self.tally.compared

    @property
    def format(self) -> Format:
        """The format under test."""
        return self.implementation.format

    # --- what the clause allows ---

    def stated(self) -> Formula:
        """Return the clause's bound as a formula. Raises BoundError if it states none."""
        return allowances.formula(self.clause, self.case.operation)

    def bound(self) -> Array:
        """Return the clause's bound for every element of the answer, in the dtype under test.

        The bound is one vector where the operation answers several arrays.
        """
        declared = self.implementation.accumulates_in, self.implementation.multiplies_in
        return allowances.bound(self.clause.id, self.case, self.format.name, *declared)

    def allowed(self) -> Array:
        """Return the clause's bound and the truth's own error, together."""
        value, _, error = truth(self.case)
        return self.bound().reshape(value.shape) + error

    # --- answers ---

    def call(self) -> Any:
        """Return the operation's answer as it is, after the call that the case has before it."""
        case = self.case
        if case.before is not None:
            self.implementation.call(case.operation, case.before, case.parameters)
        return self.implementation.call(case.operation, case.arguments, case.parameters)

    def shape(self) -> Any:
        """Expect an answer of the right shape, and return it as float64.

        The check judges its values.
        """
        return wide(self.shaped(self.call(), shapes(true_answer(self.case))))

    def answer(self) -> Any:
        """Expect the answer within the clause's bound of the truth, and return it."""
        actual = self.shaped(self.call(), shapes(true_answer(self.case)))
        if self.case.many and self.case.truth is None:
            self._judge_many(actual)
            return actual
        value, low, own = truth(self.case)
        self.judge(actual, value, self.allowed() * OWN_ROUNDING, low=low, own=own)
        return actual

    def judge(
        self,
        actual: Any,
        value: Array,
        allowed: Array,
        *,
        low: Array | None = None,
        own: Array | None = None,
        kept: Sequence[Any] | None = None,
    ) -> None:
        """Expect every element of an answer within its allowance of a true value.

        The diagnosis keeps answer, value and allowance, or in their place what is `kept`. The value
        is off by `own` at most, a part of the allowance; where that part is not known, it may be
        all of it.
        """
        answered = flat(actual)
        value, allowed = (each.reshape(answered.shape) for each in (value, _spread(allowed, value)))
        low = np.zeros(value.shape) if low is None else low.reshape(answered.shape)
        judged = Judged(self.case, self.format, answered, value, low, allowed)
        self.tally.judged.append(kept[0] if kept else judged)
        nested = None if isinstance(actual, np.ndarray) else actual
        own = None if own is None else own.reshape(answered.shape)
        other = kept[1] if kept else None
        self._within(answered, value, low, allowed, nested=nested, own=own, kept=other)

    def _judge_many(self, actual: Any) -> None:
        """Expect each of many numbers within its allowance of the truth."""
        tally, implementation = self.tally, self.implementation
        question = large.Question(
            self.case,
            self.clause,
            self.format.name,
            implementation.accumulates_in,
            implementation.multiplies_in,
            actual,
            implementation.known,
        )
        found = large.judge(question)
        size = sum(array.size for array in leaves(actual))
        implementation.keep(Kept(found.near, size, found.wrong > 0))
        judged, compared = large.late(question)
        tally.judged.append(judged)
        tally.comparisons.append(compared)
        tally.compared += size
        tally.worst_ulp = max(tally.worst_ulp, found.ulp)
        tally.worst_ratio = max(tally.worst_ratio, found.share)
        if found.worst is None:
            return
        if found.infinite:
            tally.worst_ratio = np.inf
        raise large.broken(question, found)

    def repeated(self, *others: Any) -> None:
        """Expect the same answer before and after a call with other arguments.

        The first answer stays as it was.
        """
        first = self.answer()
        kept = flat(first).copy()
        self.on(*others).answer()
        self.near(flat(first), kept, 0, "an answer after the next call")
        self.answer()

    def steps(self) -> Any:
        """Expect each step of an optimizer within the clause's bound of its formula.

        Each step starts from the parameters that the optimizer yielded before it.
        """
        case, implementation = self.case, self.implementation
        answered, gradients = self._stepped()
        before = table([stepping.parameters(case), *answered[:-1]])
        points = table([asking.arguments[0] for asking in implementation.asked])
        formula = self.stated()
        looks_ahead = any(name == stepping.POINT for name, _ in formula.definitions)

        dtype, accumulates_in = self.format.name, implementation.accumulates_in
        asked = formula, case, gradients, before, dtype, accumulates_in
        found = partial(_followed, asked, looks_ahead=looks_ahead)
        theta, asked_at = found()
        kept = None
        if case.many:
            rows = walks.rows_of(answered, points, (theta, asked_at), implementation.known)
            if implementation.recorded:
                implementation.keep(walks.kept(self.format, rows, (theta, asked_at)))
            if implementation.known is not None:
                answered, points = like(rows[0].reshape(-1), answered), rows[1]
            kept = walks.late(case, self.format, rows, found)
        with after_a_step(case, before, gradients):
            self.judge(answered, theta.value, theta.error * OWN_ROUNDING, low=theta.low, kept=kept)
        what = "the point where the gradient was asked"
        other = kept[2] if kept else None
        self.near(points, asked_at.value, asked_at.error, what, low=asked_at.low, kept=other)
        return answered

    def mean(self) -> Any:
        """Expect two means of all errors, each in units of the clause's bound, within 1.

        In one, an error counts as positive where an answer is too large in magnitude: a factor
        shows there, whatever the signs of the answers. The other is the mean of the errors as they
        are. A truth counts if it is at least twice the smallest normal number and at most half the
        largest number: others may be flushed or overflow.
        """
        actual = self.shaped(self.call(), shapes(true_answer(self.case)))
        value, low, own = truth(self.case)
        unit, size = self.bound().reshape(value.shape), np.abs(value)
        counts = (unit > 0) & (size >= 2 * self.format.tiny) & (size <= self.format.maximum / 2)
        if not np.any(counts):
            return actual
        with np.errstate(all="ignore"):
            errors = ((flat(actual).reshape(value.shape) - value) - low)[counts] / unit[counts]
        limit = 1 + float(np.mean(own[counts] / unit[counts]))
        self._mean_within(errors * np.sign(value[counts]), limit, "mean error in magnitude")
        self._mean_within(errors, limit, "mean error")
        return actual

    def _mean_within(self, errors: Array, limit: float, what: str) -> None:
        found = float(np.mean(errors))
        self.tally.worst_ratio = float(np.fmax(self.tally.worst_ratio, abs(found) / limit))
        self.tally.compared += errors.size - 1
        self.between(np.asarray(found), -limit, limit, f"{what}, in units of the bound")

    def _stepped(self) -> tuple[Any, Array]:
        """Return the steps that an optimizer answers, and the gradients it was given.

        Raises Malformed if the steps have other shapes, or if there is not one gradient a step.
        """
        case = self.case
        start, count = stepping.parameters(case), stepping.count(case)
        answered = self.shaped(self.call(), [shapes(start)] * count)
        asked = len(self.implementation.asked)
        if asked != count:
            needed = f"in {count} steps; once a step was needed"
            raise Malformed(f"{case.operation} asked for the gradient {asked} times {needed}")
        return answered, table([asking.answer for asking in self.implementation.asked])

    def shaped(self, actual: Any, needed: Any) -> Any:
        """Return an answer that has the shapes that are needed. Raises Malformed if it has not."""
        if (came := shapes(actual)) != needed:
            raise Malformed(misshapen(self.case.operation, came, needed))
        return actual

    # --- comparisons ---

    def near(
        self,
        actual: NDArray[Any],
        value: Any,
        allowed: Any,
        what: str,
        *,
        low: Any = 0.0,
        kept: Compared | None = None,
    ) -> None:
        """Expect |actual - (value + low)| ≤ allowed in every element; `what` names it in reports.

        Raises Malformed if the two shapes do not fit: the answers to two calls should have one.
        """
        actual = np.asarray(actual, dtype=np.float64)
        try:
            value, allowed = _spread(value, actual), _spread(allowed, actual) * OWN_ROUNDING
        except ValueError:
            needed = f"{_abridged(np.shape(value))} was needed"
            raise Malformed(f"{what}: shape {_abridged(actual.shape)}; {needed}") from None
        self._within(actual, value, _spread(low, actual), allowed, what, kept=kept)

    def between(self, actual: NDArray[Any], low: Any, high: Any, what: str) -> None:
        """Expect low ≤ actual ≤ high in every element; `what` names it in the report.

        NaN is not between.
        """
        actual = np.asarray(actual, dtype=np.float64)
        low, high = (_spread(end, actual) for end in (low, high))
        nearest = np.clip(np.where(np.isnan(actual), np.inf, actual), low, high)
        zeros = np.zeros(actual.shape)
        self._within(actual, nearest, zeros, zeros, what, limit=True)

    def sign(self, actual: NDArray[Any], *, negative: NDArray[np.bool_] | bool) -> None:
        """Expect the sign bit of every element, of zeros too, to be set where `negative` is."""
        actual = np.asarray(actual, dtype=np.float64)
        negative = np.broadcast_to(np.asarray(negative), actual.shape)
        self.tally.compared += actual.size
        wrong = (np.signbit(actual) != negative) & ~np.isnan(actual)
        if np.any(wrong):
            wanted = np.copysign(actual, np.where(negative, -1.0, 1.0))
            zeros = np.zeros(actual.shape)
            compared = Comparison(zeros, zeros, wrong)
            raise broken(self.case, "", actual, wanted, compared, zeros + 1)

    def _within(
        self,
        actual: Array,
        value: Array,
        low: Array,
        allowed: Array,
        what: str = "",
        *,
        limit: bool = False,
        nested: Any = None,
        own: Array | None = None,
        kept: Compared | None = None,
    ) -> None:
        """Compare and count. Raises Broken if an element is wrong."""
        tally, fmt = self.tally, self.format
        tally.compared += actual.size
        with np.errstate(all="ignore"):
            compared = error, allowed, wrong = compare(fmt, actual, value, low, allowed)
            # How far beyond a limit a value is depends on the limit's rounding, which has no bound.
            own = (error if limit else allowed) if own is None else own
            tally.comparisons.append(kept or Compared(fmt, error, allowed, value, own))
            if not np.count_nonzero(error) and (allowed >= 0).all():
                return
            # 0 of an allowance of 0 is NaN in the first, and an answer to an infinite truth is NaN
            # in the second: neither is the worst.
            ratio, ulps = error / allowed, error / fmt.ulp(value)
            worst_ratio, worst_ulp = (
                float(np.fmax.reduce(each, axis=None, initial=0.0)) for each in (ratio, ulps)
            )
            if np.isinf(worst_ulp):
                worst_ulp = float(np.max(ulps, initial=0.0, where=np.isfinite(ulps)))
        tally.worst_ulp = max(tally.worst_ulp, worst_ulp)
        tally.worst_ratio = max(tally.worst_ratio, worst_ratio)
        if not np.count_nonzero(wrong):
            return
        if np.isinf(error).any():
            tally.worst_ratio = np.inf
        ulp = np.where(np.isfinite(value), fmt.ulp(value), 1.0)
        ended = broken(self.case, what, actual, value, compared, ulp)
        ended.details |= beside(self.case, ended.details["index"], (actual, value, wrong), nested)
        if nested is not None:
            ended = placed(ended, self.case.operation, nested)
        if limit:
            ended.details["limit"] = True
        raise ended

    # --- what is kept and never judged ---

    def sampled(self, values: Array, law: Callable[[Array], Array]) -> None:
        """Keep random numbers, in standard deviations of their law, for the pictures.

        `law` is the distribution function.
        """
        self.tally.samples.append(Sample(self.case, values, law))

    def measure(self, name: str, value: Any) -> None:
        """Record a choice that mathematics leaves open, for the report."""
        self.tally.measured[name] = value


def _followed(asked: tuple[Any, ...], *, looks_ahead: bool) -> tuple[Known, Known]:
    """Return the steps of a formula, and the points where they ask: at the parameters or ahead."""
    theta, point = stepping.follow(*asked)
    return theta, point if looks_ahead else point._replace(error=np.zeros(point.error.shape))


def _spread(value: Any, like: NDArray[Any]) -> Array:
    array = np.asarray(value, dtype=np.float64)
    return array if array.shape == like.shape else np.broadcast_to(array, like.shape)


def _abridged(shape: Any) -> str:
    text = str(shape)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
