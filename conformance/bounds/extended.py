"""The formulas of the operations with 64 bits: what is true to a part of a rounding of float64.

A pair costs some hundred nanoseconds a number, an x86 processor's extended precision a tenth of
that. So a truth of many numbers is taken here first, and in pairs where these bits cannot decide.
Other processors have no such format; there every number is taken in pairs.

The library's functions err by at most an ulp of the format, 2⁻⁶³ of their result. Sums are formed
by neighbors, so that 2²⁰ terms err by 20 of its roundings. The reference's stated error is that of
the same formula with the unit roundoff 2⁻⁵³, and counts at least one rounding: 2⁻⁶ of it remains.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import formulas, language
from nnspec.spec import Formula

# The numbers of the extended format. NumPy's name for them is another format elsewhere.
Extended = NDArray[np.longdouble]

# The part of the reference's stated error that remains.
REMAINING = 2.0**-6

_BITS = 63
_AVAILABLE = np.finfo(np.longdouble).nmant == _BITS

_Axes = tuple[int, ...] | None


class _MissingError(Exception):
    """These numbers are to be taken in pairs."""


@lru_cache(maxsize=None)
def formula_of(operation: str) -> Formula | None:
    """Return the formula of an operation, None where only pairs can take it.

    A matrix product in this format takes as long as one in pairs.
    """
    stated = formulas.formula_of(operation) if _AVAILABLE else None
    if stated is None or language.names_of(stated) & {"excess", "mlp"}:
        return None
    expressions = [stated.expression, *(expression for _, expression in stated.definitions)]
    return None if any("@" in expression for expression in expressions) else stated


def evaluated(
    stated: Formula, quantities: Mapping[str, Any], axes: _Axes
) -> tuple[Any, Any] | None:
    """Return what a formula says of these quantities as hi + lo, None where only pairs can tell.

    Of several answers both are lists.
    """
    names = {name: _exact(value) for name, value in quantities.items()}
    words = _vocabulary(axes, np.ndim(quantities["x"]) if "x" in quantities else 2)
    try:
        with np.errstate(all="ignore"):
            if "gradients" in names:
                words = language.with_one_norm(words, names)
                of_each = [{**names, "g": g} for g in names["gradients"]]
                found: Any = [language.defined(stated, each, words) for each in of_each]
            else:
                found = language.defined(stated, names, words)
            return _split(found)
    except _MissingError:
        return None


def _split(found: Any) -> tuple[Any, Any]:
    """Return numbers as float64 rounds them, and the rest of them."""
    if isinstance(found, (list, tuple)):
        high, low = zip(*map(_split, found), strict=True)
        return list(high), list(low)
    rounded = np.asarray(found, dtype=np.float64)
    return rounded, np.asarray(found - rounded, dtype=np.float64)


def _exact(value: Any) -> Any:
    """Return numbers, arrays and lists of them in the format; leave the rest alone."""
    if isinstance(value, (list, tuple)):
        return [_exact(item) for item in value]
    numbers = isinstance(value, (int, float, np.ndarray, np.number)) and not isinstance(value, bool)
    return np.asarray(value, dtype=np.longdouble) if numbers else value


def _vocabulary(axes: _Axes, dimensions: int) -> dict[str, Any]:
    """Return what the words of the language stand for among these numbers."""
    channels = (-1, *(1,) * (dimensions - 2))

    def total(values: Extended) -> Extended:
        return _total(values, axes)

    def mean(values: Extended) -> Extended:
        sums = total(values)
        return np.asarray(sums / (values.size / max(sums.size, 1)))

    return {
        "__builtins__": {},
        "sum": total,
        "others": lambda values: _others(values, total),
        "mean": mean,
        "max": _extreme(np.maximum, -np.inf, axes),
        "min": _extreme(np.minimum, np.inf, axes),
        "where": np.where,
        "abs": np.abs,
        "sqrt": np.sqrt,
        "exp": np.exp,
        "expm1": np.expm1,
        "log": np.log,
        "log1p": np.log1p,
        "norm": _norm,
        "T": lambda values: np.swapaxes(values, -1, -2),
        "one_hot": lambda labels, like: np.asarray(
            np.arange(like.shape[-1]) == labels[..., None], dtype=np.longdouble
        ),
        "channel": lambda values: values.reshape(channels),
        "vector": lambda values: values.reshape(-1),
        "column": lambda values: values[..., None],
        "column_sums": lambda values: _total(values, (0,)).reshape(values.shape[1:]),
        "identity": lambda values: values,
        "sigmoid": _sigmoid,
    }


def _total(values: Extended, axes: _Axes) -> Extended:
    """Return the sum along axes, or of all, with the reduced axes kept.

    NumPy adds the numbers of a row by neighbors, and rows one after the other.
    """
    along = tuple(range(values.ndim)) if axes is None else tuple(a % values.ndim for a in axes)
    kept = [1 if axis in along else length for axis, length in enumerate(values.shape)]
    rows = np.moveaxis(values, along, range(-len(along), 0))
    count = int(np.prod([values.shape[axis] for axis in along]))
    rows = np.ascontiguousarray(rows).reshape(-1, count)
    return np.asarray(np.add.reduce(rows, axis=1)).reshape(kept)


def _others(values: Extended, total: Callable[[Extended], Extended]) -> Extended:
    """Return the sum of all other numbers of a row, none of them negative.

    A number of half the sum or less is taken from it. The one that is larger is left out.
    """
    if np.any(values < 0):
        raise _MissingError
    sums = total(values)
    large = values + values > sums
    return np.where(large, total(np.where(large, 0, values)), sums - values)


def _extreme(pick: np.ufunc, least: float, axes: _Axes) -> Callable[..., Any]:
    def extreme(values: Any, *others: Any) -> Any:
        if others:
            return pick(values, *others)
        return pick.reduce(values, axis=axes, keepdims=True, initial=np.longdouble(least))

    return extreme


def _norm(values: Any) -> Any:
    parts = values if isinstance(values, list) else [values]
    return np.sqrt(sum((_total(part * part, None).reshape(()) for part in parts), start=0.0))


def _sigmoid(x: Extended) -> Extended:
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x > 0, 1, e) / (1 + e))
