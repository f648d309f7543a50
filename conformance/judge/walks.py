"""Many steps of many parameters: what is kept of their judgement, and what is written of them."""

from collections.abc import Callable
from typing import cast as typed

import numpy as np

from nnspec.conformance.bounds.steps import Known
from nnspec.conformance.judge.allowances import OWN_ROUNDING
from nnspec.conformance.judge.errors import Compared, Judged, compare
from nnspec.conformance.judge.large import NEAR, Late, Near, nearest, ranked
from nnspec.conformance.sources.thinned import Kept, Mask
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import Format, cast
from nnspec.conformance.terms.nested import Array, table

# Steps, and the points where they ask for the gradient: a row a step.
Rows = tuple[Array, Array]


def rows_of(
    steps: list[list[Array]], points: Array, found: tuple[Known, Known], known: Mask | None
) -> Rows:
    """Return steps and points as rows. The truth stands for numbers that nobody knows."""
    rows = table(steps)
    if known is None:
        return rows, points
    there = known.reshape(rows.shape)
    theta, asked_at = found
    return np.where(there, rows, theta.value), np.where(there, points, asked_at.value)


def kept(fmt: Format, rows: Rows, found: tuple[Known, Known]) -> Kept:
    """Return the parameters that decide: some step of theirs is near its bound or beyond it."""
    near, wrong = [], False
    for answer, known in zip(rows, found, strict=True):
        with np.errstate(all="ignore"):
            value, low, bound = known
            compared = compare(fmt, answer, value, low, bound * OWN_ROUNDING)
            share = (compared.error / compared.allowed).reshape(-1)
            shares = ranked(share, compared.wrong.reshape(-1))
            ulps = (compared.error / fmt.ulp(known.value)).reshape(-1)
        # The largest error in ulp that a result tells is finite.
        ulps[~np.isfinite(ulps)] = 0.0
        wrong |= bool(compared.wrong.any())
        places = np.flatnonzero(shares > NEAR)
        rounded = cast(known.value.reshape(-1)[places], fmt.name).astype(np.float64)
        places = places[answer.reshape(-1)[places] != rounded]
        # Wrong answers go first, and the largest share is the largest of theirs.
        worst = np.array([np.argmax(np.nan_to_num(share, nan=0.0)), np.argmax(ulps)])
        near.append(Near(worst, np.full(2, np.inf)))
        near.append(Near(places, shares[places]))
    return Kept(nearest(near), rows[0].shape[1], wrong)


def late(
    case: Case,
    fmt: Format,
    rows: Rows,
    find: Callable[[], tuple[Known, Known]],
) -> tuple[Judged, Compared, Compared]:
    """Return what a diagnosis and a verification may ask of steps and points, to be made then.

    `find` finds their truths and bounds again.
    """

    def make() -> tuple[Judged, Compared, Compared]:
        steps, points = zip(rows, find(), strict=True)
        answer, (value, low, error) = steps
        vectors = (each.reshape(-1) for each in (answer, value, low, error * OWN_ROUNDING))
        return Judged(case, fmt, *vectors), _compared(fmt, *steps), _compared(fmt, *points)

    judged, steps, points = (Late(case, make, place) for place in range(3))
    return typed("Judged", judged), typed("Compared", steps), typed("Compared", points)


def _compared(fmt: Format, answer: Array, known: Known) -> Compared:
    value, low, bound = known
    error, allowed, _ = compare(fmt, answer, value, low, bound * OWN_ROUNDING)
    return Compared(fmt, error, allowed, value, allowed)
