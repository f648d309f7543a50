"""The pictures of a report, as a few plain numbers.

They show errors over the inputs, steps beside the true steps, and weights beside their law.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import steps
from nnspec.conformance.bounds.truth import true_answer
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.errors import Judged, compare, in_ulp
from nnspec.conformance.judge.judge import Attempt
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, leaves, wide
from nnspec.conformance.terms.operations import OPERATIONS

Attempts = Sequence[tuple[Planned, Attempt]]
Picture = Mapping[str, Any]

# More bins than this would be narrower than a line.
_BINS = 120

# A trajectory shows this many parameters: more cannot be told apart. Its run has at least so many
# steps, because fewer make no line, and at most so many, because more blur.
_SERIES = 3
_FEWEST = 5
_LONGEST = 100

# Weights are counted in bins of an eighth of a standard deviation, out to four of them.
_EDGES = np.arange(-32, 33) / 8.0

# A picture can show this many digits.
_DIGITS = 4


def pictures(attempts: Attempts) -> list[Picture]:
    """Return the pictures for one operation and dtype: usually one, none if no answer came."""
    planned = attempts[0][0]
    found = (_errors(attempts), _trajectory(attempts), _histogram(attempts))
    return [
        {"operation": planned.operation, "dtype": planned.dtype, **picture}
        for picture in found
        if picture is not None
    ]


def _errors(attempts: Attempts) -> dict[str, Any] | None:
    """Return the largest error of the accuracy clause and its bound, bin by bin of inputs."""
    planned = attempts[0][0]
    clause = f"{planned.operation}/accuracy"
    judged = [each for case, given in attempts if case.clause.id == clause for each in given.judged]
    if not OPERATIONS[planned.operation].elementwise or not judged:
        return None
    x, error, bound, wrong = (
        np.concatenate(columns) for columns in zip(*map(_measured, judged), strict=True)
    )
    if not bound.any() and not error.any():
        return None
    order = np.argsort(x, kind="stable")
    bins = np.array_split(order, min(_BINS, order.size))
    # A bin shows its largest error; if some of its answers are wrong, the largest among these.
    worst = [each[np.lexsort((error[each], wrong[each]))[-1]] for each in bins]
    return {
        "kind": "error",
        "clause": clause,
        "count": int(x.size),
        "edges": [*_short(x[[each[0] for each in bins]]), *_short(x[order[-1:]])],
        "error": _short(error[worst]),
        "bound": _short(bound[worst]),
        "wrong": [place for place, index in enumerate(worst) if wrong[index]],
    }


def _measured(judged: Judged) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Return an answer's inputs, errors and bounds in ulp, and which errors exceed the bound."""
    with np.errstate(all="ignore"):
        error, allowed, wrong = compare(
            judged.format, judged.answer, judged.truth, judged.low, judged.allowed
        )
    x: Array = wide(judged.case.arguments[0])
    ulps, bounds = (in_ulp(judged.format, each, judged.truth) for each in (error, allowed))
    return x.ravel(), ulps.ravel(), bounds.ravel(), wrong.ravel()


def _trajectory(attempts: Attempts) -> dict[str, Any] | None:
    """Return a few parameters step by step beside the true ones.

    They come from a failing case if there is one, else from the longest readable case.
    """
    if not OPERATIONS[attempts[0][0].operation].steps:
        return None
    runs = [
        (case, each)
        for case, given in attempts
        for each in given.judged
        if _FEWEST <= steps.count(each.case) <= _LONGEST
    ]
    own = [
        (case, each)
        for case, each in runs
        if case.clause.operation == each.case.operation and case.clause.id.endswith("/accuracy")
    ]
    if not own:
        return None
    planned, judged = max(
        own, key=lambda pair: (not pair[1].right.all(), steps.count(pair[1].case))
    )
    start = flat(steps.parameters(judged.case))
    answer, truth = (_rows(start, flat(each)) for each in (judged.answer, true_answer(judged.case)))
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.nan_to_num(np.max(np.abs(answer - truth), axis=0), nan=np.inf, posinf=np.inf)
    travelled = np.ptp(truth, axis=0)
    chosen = sorted(np.lexsort((travelled, apart))[-_SERIES:])
    names = _names(judged.case)
    return {
        "kind": "trajectory",
        "clause": planned.clause.id,
        "case": planned.case.name,
        "steps": list(range(len(truth))),
        "series": [
            {"name": names[i], "answer": _short(answer[:, i]), "truth": _short(truth[:, i])}
            for i in chosen
        ],
    }


def _rows(start: Array, after: Array) -> Array:
    return np.vstack([start, after.reshape(-1, start.size)])


def _names(case: Case) -> list[str]:
    """Return a name for each parameter: the number of its array and its index there."""
    arrays = list(leaves(steps.parameters(case)))
    return [
        f"params[{number}]" + (f"[{', '.join(map(str, index))}]" if index else "")
        for number, array in enumerate(arrays)
        for index in np.ndindex(array.shape)
    ]


def _histogram(attempts: Attempts) -> dict[str, Any] | None:
    """Return the shares of the weights in fixed bins beside the shares that their law predicts."""
    drawn = [(case, sample) for case, given in attempts for sample in given.samples]
    if not drawn:
        return None
    planned, sample = max(drawn, key=lambda pair: pair[1].values.size)
    counts, _ = np.histogram(sample.values[np.isfinite(sample.values)], _EDGES)
    due = np.diff(sample.law(_EDGES))
    kept = np.flatnonzero((counts > 0) | (due > 0))
    first, last = (int(kept[0]), int(kept[-1]) + 1) if kept.size else (0, due.size)
    count = sample.values.size
    return {
        "kind": "histogram",
        "clause": planned.clause.id,
        "case": planned.case.name,
        "count": count,
        "beyond": count - int(counts.sum()),
        "edges": _short(_EDGES[first : last + 1]),
        "share": _short(counts[first:last] / count),
        "due": _short(due[first:last]),
    }


def _short(values: Array) -> list[float]:
    """Return numbers with the digits that a picture can show.

    The largest number of a format keeps all digits: rounded up it would be infinite.
    """
    rounded = (float(f"{value:.{_DIGITS}g}") for value in values.tolist())
    return [
        short if math.isfinite(short) else value
        for short, value in zip(rounded, values.tolist(), strict=True)
    ]
