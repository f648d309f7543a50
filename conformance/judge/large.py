"""Judges an answer of many numbers piece by piece: cheap tests first, the full bound where needed.

The outcome, the counts and the worst errors are those of one comparison of all numbers:

    1. An answer within the clause's bound of the reference's answer is right: what the clause
       allows is never less. Only a piece with another answer adds the reference's own error.
    2. In float64, whose roundings that error is as large as, the truth has 64 bits. Where they
       cannot decide, the piece is judged again by a truth of 100 bits.
    3. Without the reference's error a share of the bound is too large. The pieces with the largest
       shares are looked at again, until no other piece can have a larger one.

Truths and bounds are found again if a diagnosis, a picture or a verification asks for them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple
from typing import cast as typed

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import extended, truth
from nnspec.conformance.bounds.pieces import Piece, blank, joined, pieces
from nnspec.conformance.judge import allowances, breaks
from nnspec.conformance.judge.allowances import OWN_ROUNDING
from nnspec.conformance.judge.errors import Compared, Comparison, Judged, compare
from nnspec.conformance.sources.thinned import MOST
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, Format, cast
from nnspec.conformance.terms.nested import Array, flat, leaves, like, mapped
from nnspec.conformance.terms.outcomes import Broken
from nnspec.spec import Clause

# Numbers with a larger share of their bound are near to it.
NEAR = 0.25

# The part of the error of a truth of 64 bits that one of 100 bits has.
_SHARE = 2.0**-30 / extended.REMAINING


@dataclass(frozen=True, eq=False)
class Question:
    """An answer to a case of many numbers, as it came, and the bound that it has to keep.

    If it was recorded, some of its numbers may not be `known`: these count as right.
    """

    case: Case
    clause: Clause
    dtype: str
    accumulates_in: str
    multiplies_in: str
    answer: Any
    known: NDArray[np.bool_] | None = None

    @property
    def format(self) -> Format:
        """The format under test."""
        return FORMATS[self.dtype]

    @cached_property
    def known_parts(self) -> Any:
        """The marks of known numbers, 1 for each, in the shapes of the answer."""
        assert self.known is not None  # noqa: S101  some numbers are not known
        return like(self.known.astype(np.float64), self.answer)


class Wrong(NamedTuple):
    """The wrong answer that exceeds its bound most: its place in the flat vector, its numbers."""

    place: int
    answer: float
    truth: float
    error: float
    allowed: float
    share: float


@dataclass(frozen=True)
class Found:
    """What a comparison of many numbers found: how many are wrong, and the worst errors.

    `near` are the places of the worst, and of those nearest to their bound.
    """

    wrong: int
    worst: Wrong | None
    ulp: float
    share: float
    infinite: bool
    near: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Late:
    """One of the things that `make` makes, made again if somebody asks for a part of it.

    It stands for `Judged` or `Compared`, whose arrays would take the memory of many cases.
    """

    case: Case
    make: Callable[[], tuple[Any, ...]]
    place: int

    def __getattr__(self, name: str) -> Any:
        """Return a part of the thing."""
        return getattr(_made(self.make)[self.place], name)


# A diagnosis asks many times about a case, and then about the next.
@lru_cache(maxsize=1)
def _made(make: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
    with np.errstate(all="ignore"):
        return make()


class Near(NamedTuple):
    """Places of numbers, and their shares of their bounds; the worst have the share inf."""

    places: NDArray[np.int64]
    shares: Array


class _Seen(NamedTuple):
    """A piece: answers, truths hi + lo, the truths' own error, what is allowed, the comparison."""

    answer: Array
    value: Array
    low: Array
    own: Array
    compared: Comparison


@dataclass(frozen=True)
class _Summary:
    """What is kept of a piece. Its largest share of a bound is an estimate from above, or exact.

    An estimate comes with the clause's bound.
    """

    piece: Piece
    exact: bool
    wrong: int
    share: float = 0.0
    ulp: float = 0.0
    worst: Wrong | None = None
    infinite: bool = False
    bound: Array | None = None
    near: Near | None = None


def judge(question: Question) -> Found:
    """Compare all answers with their truths, piece by piece."""
    answer = mapped(np.ascontiguousarray, question.answer)
    truth.true_answer(question.case)
    seen: list[_Summary] = []
    largest = 0.0
    for piece in pieces(question.case):
        found = _summary(question, piece, answer)
        # The bounds of pieces that will not be looked at again are forgotten.
        seen.append(found if found.share > largest else replace(found, bound=None))
        largest = max(largest, found.share)
    share, close = _largest_share(question, seen, answer)
    wrong = [each.worst for each in seen if each.worst is not None]
    return Found(
        wrong=sum(each.wrong for each in seen),
        worst=min(wrong, key=lambda each: (-each.share, each.place), default=None),
        ulp=max((each.ulp for each in seen), default=0.0),
        share=share,
        infinite=any(each.infinite for each in seen),
        near=nearest([each.near for each in (*close, *seen) if each.near is not None]),
    )


def ranked(shares: Array, wrong: NDArray[np.bool_]) -> Array:
    """Return shares of bounds by which numbers are chosen: wrong ones go first."""
    return np.where(wrong, np.finfo(float).max, np.nan_to_num(shares))


def nearest(found: Sequence[Near]) -> NDArray[np.int64]:
    """Return the places of the numbers that are nearest to their bounds, as many as are kept."""
    if not found:
        return np.zeros(0, dtype=np.int64)
    places, shares = (np.concatenate(each) for each in zip(*found, strict=True))
    if places.size > MOST:
        places = places[np.argpartition(-shares, MOST)[:MOST]]
    return np.unique(places)


def late(question: Question) -> tuple[Judged, Compared]:
    """Return what the diagnosis and what a verification may ask of an answer, to be made then."""
    judged, compared = (Late(question.case, partial(_again, question), place) for place in (0, 1))
    return typed("Judged", judged), typed("Compared", compared)


def _again(question: Question) -> tuple[Judged, Compared]:
    """Return all numbers of a comparison, as one comparison of all of them would have them."""
    case, answer = question.case, mapped(np.ascontiguousarray, question.answer)
    whole = [blank(answer) for _ in range(5)]
    for piece in pieces(case):
        _, value, low, own, compared = _closely(question, piece, answer)
        for numbers, target in zip(
            (value, low, own, compared.error, compared.allowed), whole, strict=True
        ):
            piece.put(numbers, target)
    value, low, own, error, allowed = map(joined, whole)
    judged = Judged(case, question.format, flat(question.answer), value, low, allowed)
    return judged, Compared(question.format, error, allowed, value, own)


def _summary(question: Question, piece: Piece, answer: Any) -> _Summary:
    """Look at a piece, closely if its answers are not surely right."""
    with np.errstate(all="ignore"):
        cheap = None if truth.in_float64(question.case) else _cheaply(question, piece, answer)
        seen = _closely(question, piece, answer) if cheap is None else cheap
        return _summed_up(question, piece, seen, exact=cheap is None)


def _cheaply(question: Question, piece: Piece, answer: Any) -> _Seen | None:
    """Return a piece whose answers are all within the clause's bound, None for any other."""
    expected = piece.of(truth.true_answer(question.case))
    given, value = flat(piece.of(answer)), flat(expected)
    bound = _bound(question, piece, expected).reshape(value.shape)
    error = given - value
    np.abs(error, out=error)
    # A comparison with NaN is false.
    right = error <= bound
    if np.count_nonzero(right) < right.size:
        return None
    compared = _known(question, piece, Comparison(error, bound, ~right))
    return _Seen(given, value, value, value, compared)


def _closely(question: Question, piece: Piece, answer: Any, bound: Array | None = None) -> _Seen:
    """Return a piece with the full bound, by the truth that can decide."""
    case = piece.case
    expected = piece.of(truth.true_answer(question.case))
    given = flat(piece.of(answer))
    with np.errstate(all="ignore"):
        known = truth.of_reference(case, expected)
        if not truth.in_float64(question.case):
            return _by(question, piece, given, expected, known, bound)
        found = truth.in_extended(case, *known)
        if found is not None:
            # The share of an answer is that of its clause's bound, as with 100 bits.
            hi, lo, own = found
            held = own < known[2]
            allowed = np.where(held, own * _SHARE, own)
            seen = _by(question, piece, given, expected, (hi, lo, allowed))._replace(own=own)
            if not _undecided(seen, held):
                return seen
        sharp = truth.in_pairs(case, *known)
        # Of a piece that is too large for pairs, 64 bits are the best truth.
        taken = sharp[0] is not known[0]
        return _by(question, piece, given, expected, sharp if taken or found is None else found)


def _by(
    question: Question,
    piece: Piece,
    given: Array,
    expected: Any,
    known: tuple[Array, Array, Array],
    bound: Array | None = None,
) -> _Seen:
    """Compare the answers of a piece with a truth."""
    value, low, own = (each.reshape(given.shape) for each in known)
    if bound is None:
        bound = _bound(question, piece, like(value, expected)).reshape(value.shape)
    compared = compare(question.format, given, value, low, (bound + own) * OWN_ROUNDING)
    return _Seen(given, value, low, own, _known(question, piece, compared))


def _known(question: Question, piece: Piece, compared: Comparison) -> Comparison:
    """Return a comparison in which numbers that nobody knows are right, without an error."""
    if question.known is None:
        return compared
    known = flat(piece.of(question.known_parts)).reshape(compared.error.shape) > 0
    return Comparison(
        np.where(known, compared.error, 0.0), compared.allowed, compared.wrong & known
    )


def _undecided(seen: _Seen, held: NDArray[np.bool_]) -> bool:
    """Say whether 100 bits might judge an answer otherwise, where the truth has 64."""
    error, allowed, _ = seen.compared
    apart = np.abs(error - allowed)
    return bool(np.any((apart <= 2 * seen.own.reshape(error.shape)) & held.reshape(error.shape)))


def _bound(question: Question, piece: Piece, expected: Any) -> Array:
    stated = allowances.formula(question.clause, question.case.operation)
    return truth.evaluated(
        stated,
        piece.case,
        expected,
        question.dtype,
        question.accumulates_in,
        question.multiplies_in,
    )


def _summed_up(question: Question, piece: Piece, seen: _Seen, *, exact: bool) -> _Summary:
    error, allowed, wrong = seen.compared
    count = int(np.count_nonzero(wrong))
    if not np.count_nonzero(error) and (allowed >= 0).all():
        return _Summary(piece, exact=True, wrong=count)
    # 0 of an allowance of 0 is NaN in the first, and an answer to an infinite truth is NaN in the
    # second: neither is the worst.
    shares, ulps = error / allowed, error / question.format.ulp(seen.value)
    share, ulp = (float(np.fmax.reduce(each, axis=None, initial=0.0)) for each in (shares, ulps))
    if np.isinf(ulp):
        ulp = float(np.max(ulps, initial=0.0, where=np.isfinite(ulps)))
    infinite = count > 0 and bool(np.isinf(error).any())
    worst = _worst(question, piece, seen, shares) if count else None
    worst_ones = [int(np.argmax(each == most)) for each, most in ((shares, share), (ulps, ulp))]
    near = _near(question, piece, seen, shares, np.array(worst_ones))
    bound = None if exact else allowed
    return _Summary(piece, exact, count, share, ulp, worst, infinite, bound, near)


def _near(
    question: Question, piece: Piece, seen: _Seen, shares: Array, worst: NDArray[np.int64]
) -> Near:
    """Return the numbers of a piece near their bounds or beyond, and the worst ones of each kind.

    The truth as it rounds to the format is not among them: no number is nearer.
    """
    shares = shares.reshape(-1)
    places = np.flatnonzero(~(shares <= NEAR))
    rounded = cast(seen.value.reshape(-1)[places], question.dtype).astype(np.float64)
    places = places[seen.answer.reshape(-1)[places] != rounded]
    shares = ranked(shares, seen.compared.wrong.reshape(-1))
    if places.size > MOST:
        places = places[np.argpartition(-shares[places], MOST)[:MOST]]
    # A worst number may be far from its bound.
    found = Near(
        np.concatenate((places, worst)),
        np.concatenate((shares[places], np.full(worst.size, np.inf))),
    )
    answer = truth.true_answer(question.case)
    return found._replace(places=piece.positions(found.places, answer))


def _worst(question: Question, piece: Piece, seen: _Seen, shares: Array) -> Wrong:
    """Return the wrong answer with the largest share of its bound, the first of equals."""
    error, allowed, wrong = (each.reshape(-1) for each in seen.compared)
    shares = np.where(np.isfinite(shares), shares, np.finfo(float).max).reshape(-1)
    place = int(np.argmax(np.where(wrong, shares, -1.0)))
    numbers = (seen.answer, seen.value, error, allowed, shares)
    return Wrong(
        int(piece.positions(np.array([place]), truth.true_answer(question.case))[0]),
        *(float(each.reshape(-1)[place]) for each in numbers),
    )


def _largest_share(
    question: Question, seen: Iterable[_Summary], answer: Any
) -> tuple[float, list[_Summary]]:
    """Return the largest share of a bound, and the pieces that were looked at again for it.

    An estimate from above ends the search where no other piece has a larger one.
    """
    largest, close = 0.0, []
    for each in sorted(seen, key=lambda each: -each.share):
        if each.share <= largest:
            break
        exact = each
        if not each.exact:
            with np.errstate(all="ignore"):
                again = _closely(question, each.piece, answer, each.bound)
                exact = _summed_up(question, each.piece, again, exact=True)
            close.append(exact)
        largest = max(largest, exact.share)
    return largest, close


def broken(question: Question, found: Found) -> Broken:
    """Return the failure that shows the worst of the wrong answers."""
    worst, case, answer = found.worst, question.case, question.answer
    assert worst is not None  # noqa: S101  some answer is wrong
    finite = np.isfinite(worst.truth)
    ulp = float(question.format.ulp(worst.truth)) if finite else 1.0
    shown = breaks.Numbers(worst.answer, worst.truth, worst.error, worst.allowed, ulp)
    if isinstance(answer, np.ndarray):
        index = tuple(int(each) for each in np.unravel_index(worst.place, answer.shape))
        return breaks.broken_at(case, "", index, answer.shape, shown, found.wrong)
    size = sum(array.size for array in leaves(answer))
    ended = breaks.broken_at(case, "", (worst.place,), (size,), shown, found.wrong)
    return breaks.placed(ended, case.operation, answer)
