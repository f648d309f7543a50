"""Balls that enclose a value, and the two float64 that they round to: rising precision leaves one
way to round, which proves it right.

Arb (in python-flint) encloses each value in a ball; when both of its ends round to the same
number, so does the truth (A. Ziv 1991,
doi:10.1145/114697.116813). A truth that lies on a tie but for a term like e^(-1e300) would never
resolve: at the last precision the
ball's midpoint is rounded instead, and hi + lo is still within 2^-4000 of the truth, relative to
the largest number involved.
"""

import math
from collections.abc import Callable, Iterable

import numpy as np
from flint import arb, ctx
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Balls = NDArray[np.object_]
Pair = tuple[Array, Array]

# Nearly every value is decided at 128 bits. Where a term underflows beside one near the top of
# the range, about 2,200 are needed.
_PRECISIONS = (128, 640, 2048, 4096)

# The logit of a class that is masked.
NEVER = arb(-math.inf)


def balls(values: ArrayLike) -> Balls:
    """Return float64 numbers as an array of exact balls, of any shape."""
    array = np.asarray(values, dtype=np.float64)
    found = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        found[place] = arb(float(array[place]))
    return found


def each(function: Callable[..., arb]) -> Callable[..., Balls]:
    """Return a function of balls as one of arrays of balls, broadcast against each other."""
    vectorized = np.vectorize(function, otypes=[object])

    def applied(*arrays: Balls) -> Balls:
        shape = np.broadcast_shapes(*(np.shape(array) for array in arrays))
        return (
            np.asarray(vectorized(*arrays), dtype=object)
            if np.prod(shape)
            else np.empty(shape, dtype=object)
        )

    return applied


def floats(array: Balls) -> Array:
    """Return the midpoints of balls in float64, where a callback is asked."""
    found = np.empty(np.shape(array))
    for place in np.ndindex(found.shape):
        found[place] = float(np.asarray(array, dtype=object)[place].mid())
    return found


def exponential(x: arb) -> arb:
    """Enclose e^x for x ≤ 0; where Arb's exponents would come to their end it is some number
    between 0 and e^(-10^9)."""
    return arb(0).union(arb(-(10**9)).exp()) if NEVER < x < -(10**9) else x.exp()


def rounded(count: int, balls: Callable[[Iterable[int]], Iterable[arb]]) -> Pair:
    """Return hi and lo of `count` values; balls(places) encloses the values at these places at the
    precision of the moment."""
    hi, lo = np.zeros(count), np.zeros(count)
    undecided = list(range(count))
    for precision in _PRECISIONS:
        left = []
        with ctx.workprec(precision):
            for place, ball in zip(undecided, balls(undecided), strict=True):
                if not (ball.is_finite() or ball.is_exact()):
                    message = f"no finite enclosure at {precision} bits: {ball}"
                    raise ArithmeticError(message)
                high = float(ball.lower())
                rest = ball - high
                low = float(rest.lower())
                if high == float(ball.upper()) and (low == float(rest.upper()) or math.isinf(high)):
                    hi[place], lo[place] = high, 0.0 if math.isinf(high) else low
                elif precision == _PRECISIONS[-1]:
                    hi[place] = high = float(ball.mid())
                    lo[place] = float(ball.mid() - high)
                else:
                    left.append(place)
        undecided = left
        if not undecided:
            break
    # A ball around 0 has two ends that round to zeros of either sign; its zero is the positive one.
    return hi + 0.0, lo + 0.0
