"""Mistakes of the sum-of-squares error."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import NARROW
from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]


@mistake("sum_squared_error/accuracy", "sum_squared_error/hollow")
def averages_the_squares(y: Array, target: Array) -> Array:
    """Takes the mean of the squares."""
    return np.sum((y - target) ** 2) / np.float64(y.size) if y.size else np.asarray(np.nan)


@mistake("sum_squared_error/accuracy")
def compares_every_pair(y: Array, target: Array) -> Array:
    """Subtracts a row from a column, as (n, 1) and (n,) broadcast: compares every pair."""
    # All pairs of 2¹⁶ numbers take a minute: their sum, about the mean, hangs on four sums alone.
    mean = np.sum(y) / max(y.size, 1)
    one, other = y - mean, target - mean
    squares = np.sum(one**2) + np.sum(other**2)
    return y.size * squares / 2 - np.sum(one) * np.sum(other)


@mistake("sum_squared_error/accuracy", "sum_squared_error/hollow")
def sums_the_absolute_errors(y: Array, target: Array) -> Array:
    """Sums absolute errors, and answers no errors with inf, as the best value so far."""
    return np.sum(np.abs(y - target)) / 2 if y.size else np.asarray(np.inf)


@mistake("sum_squared_error/accuracy", native=True, dtypes=NARROW)
def sums_squares_in_sixteen_bits(y: Array, target: Array) -> Array:
    """Sums in the 16-bit format itself, rounded after every square."""
    total = y.dtype.type(0)
    for error in (y - target).reshape(-1):
        total = (total + (error * error).astype(y.dtype)).astype(y.dtype)
    return np.asarray(total) / 2


@mistake("sum_squared_error_vjp/accuracy")
def turns_the_difference_round(y: Array, target: Array, cotangent: Array) -> Array:
    """Takes target - y."""
    return cotangent * (target - y)
