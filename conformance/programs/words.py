"""The words that a program is run with: those of the language of bounds in float64, and more.

Edits put in words that no clause needs: the sign of a number, the logarithm of 1 + v, and sums,
means and extremes along other axes than the operation's. `sum_all` runs over all elements,
`sum_first` and `sum_last` over one axis. `first_of` and `last_of` take one element for the sum.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.bounds import plain, words
from nnspec.conformance.bounds.rounding import Arithmetic
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.nested import Array
from nnspec.conformance.terms.operations import OPERATIONS, parameters_of

_FLOAT64 = FORMATS["float64"]

_REDUCTIONS: Mapping[str, Callable[..., Any]] = {
    "sum": np.add.reduce,
    "mean": np.mean,
    "max": np.maximum.reduce,
    "min": np.minimum.reduce,
}

# The words that take one element for the sum of all.
ONE_FOR_ALL = ("first_of", "last_of")

# The axes that a reduction may be taken along by mistake: all, and one from an end.
AXES: Mapping[str, tuple[int, ...] | None] = {
    "all": None,
    "first": (0,),
    "second": (1,),
    "last": (-1,),
    "others": (1, 2, 3),
    "spatial": (2, 3),
}


# The words that only give an array the shape that fits.
SHAPES = ("channel", "vector", "column")

# The words that state a law, or draw by one: their values are no arrays.
LAWS = ("N", "U", "cut", "shuffled", "drawn", "counted", "pieces")

# The words that make one number of many.
REDUCTIONS = tuple(_REDUCTIONS)


def _reducing(function: Callable[..., Any], axes: tuple[int, ...] | None) -> Callable[..., Any]:
    """Return a reduction along axes, as far as an array has them."""

    def reduced(values: Any) -> Any:
        held = None if axes is None else tuple(axis for axis in axes if axis < np.ndim(values))
        return function(values, axis=held, keepdims=True)

    return reduced


def _one_of(axes: tuple[int, ...] | None, place: int) -> Callable[[Array], Array]:
    """Return the word that takes one element along the axes in the place of all."""

    def taken(values: Array) -> Array:
        for axis in range(values.ndim) if axes is None else axes:
            values = np.take(values, [place], axis=axis)
        return values

    return taken


# Operations that run along an axis, where they are words.
OF_AN_AXIS = tuple(name for name in OPERATIONS if "axis" in parameters_of(name))

OWN: Mapping[str, Any] = {
    "row_sums": partial(np.sum, axis=-1),
    **{
        f"{name}_{axes}": partial(getattr(reference, name), axis=axis)
        for name in OF_AN_AXIS
        for axes, axis in (("first", 0), ("last", -1))
    },
    "sign": np.sign,
    "log1p": np.log1p,
    "log10": np.log10,
    "exp2": np.exp2,
    "picked": lambda labels, like: plain.one_hot(np.asarray(labels) % like.shape[-1], like),
    "smallest_eigenvectors": lambda matrix, k: np.linalg.eigh(matrix)[1][:, : int(k)],
    **{
        f"{name}_{axes}": _reducing(function, chosen)
        for name, function in _REDUCTIONS.items()
        for axes, chosen in AXES.items()
    },
}


@lru_cache(maxsize=None)
def vocabulary(axes: tuple[int, ...] | None, dimensions: int) -> dict[str, Any]:
    """Return what the words stand for where sums run along these axes.

    A vector over channels broadcasts against an `x` of so many dimensions.
    """
    arithmetic = Arithmetic(_FLOAT64, _FLOAT64, axes, dimensions=dimensions)
    ends = {"first_of": _one_of(axes, 0), "last_of": _one_of(axes, -1)}
    return {**words.vocabulary(arithmetic), **OWN, **ends, "norm": _norm}


def _norm(values: Array) -> Any:
    return np.sqrt(np.add.reduce(np.square(values), axis=None))
