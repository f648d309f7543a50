"""The words that a program is run with: those of the language of bounds in float64, and more.

Edits put in words that no clause needs: the sign of a number, the logarithm of 1 + v, and sums,
means and extremes along other axes than the operation's. `sum_all` runs over all elements,
`sum_first` and `sum_last` over one axis.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from nnspec.conformance.bounds import words
from nnspec.conformance.bounds.rounding import Arithmetic
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.nested import Array

_FLOAT64 = FORMATS["float64"]

_REDUCTIONS: Mapping[str, Callable[..., Any]] = {
    "sum": np.add.reduce,
    "mean": np.mean,
    "max": np.maximum.reduce,
    "min": np.minimum.reduce,
}

# The axes that a reduction may be taken along by mistake: all, and one from an end.
AXES: Mapping[str, tuple[int, ...] | None] = {
    "all": None,
    "first": (0,),
    "second": (1,),
    "last": (-1,),
}


# The words that only give an array the shape that fits.
SHAPES = ("channel", "vector", "column")

# The words that state a law, or draw by one: their values are no arrays.
LAWS = ("N", "U", "cut", "shuffled", "drawn", "counted", "pieces")

# The words that make one number of many.
REDUCTIONS = tuple(_REDUCTIONS)


def _reducing(function: Callable[..., Any], axes: tuple[int, ...] | None) -> Callable[..., Any]:
    return lambda values: function(values, axis=axes, keepdims=True)


OWN: Mapping[str, Any] = {
    "sign": np.sign,
    "log1p": np.log1p,
    "cos": np.cos,
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
    return {**words.vocabulary(arithmetic), **OWN, "norm": _norm}


def _norm(values: Array) -> Any:
    return np.sqrt(np.add.reduce(np.square(values), axis=None))
