"""The page `activations` in ball arithmetic: formulas, limits at infinities and the meaning of
NaN, stated a second time on purpose."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import ArrayLike

from tests.truth.balls import NEVER, Array, Pair, exponential, rounded


def answer(operation: str, arguments: Sequence[ArrayLike], parameters: dict[str, Any]) -> Pair:
    """Return the true answer of an operation of the page as (hi, lo)."""
    arrays = [np.asarray(argument, dtype=np.float64) for argument in arguments]
    if any(array.shape != arrays[0].shape for array in arrays):
        shapes = [array.shape for array in arrays]
        message = f"the arguments of {operation} must have one shape; got {shapes}"
        raise ValueError(message)
    return (
        _by_rows(operation, arrays, **parameters)
        if operation in _ROWS
        else _ELEMENTWISE[operation](*arrays, **parameters)
    )


# --- one element at a time ------------------------------------------------------------


def _step(x: Array) -> Pair:
    return _exactly(np.where(np.isnan(x), x, _right_of_knee(x)))


def _relu(x: Array) -> Pair:
    return _exactly(np.where(np.isnan(x) | _right_of_knee(x), x, 0.0))


def _relu_vjp(x: Array, cotangent: Array) -> Pair:
    return _exactly(np.where(np.isnan(x), x, np.where(_right_of_knee(x), cotangent, 0.0)))


def _identity(x: Array) -> Pair:
    return _exactly(x)


def _identity_vjp(_: Array, cotangent: Array) -> Pair:
    return _exactly(cotangent)


def _leaky_relu(x: Array, negative_slope: float) -> Pair:
    return _bent(x, x, negative_slope)


def _leaky_relu_vjp(x: Array, cotangent: Array, negative_slope: float) -> Pair:
    return _bent(x, cotangent, negative_slope)


def _sigmoid(x: Array) -> Pair:
    limits = np.where(np.isnan(x), x, np.where(x > 0, 1.0, 0.0))
    return _each(_logistic, limits, x)


def _sigmoid_vjp(x: Array, cotangent: Array) -> Pair:
    return _sign_of(
        cotangent, _each(lambda v, c: c * _bell(abs(v)), _scaled(cotangent, x), x, cotangent)
    )


def _tanh(x: Array) -> Pair:
    return _sign_of(x, _each(arb.tanh, np.sign(x), x))


def _tanh_vjp(x: Array, cotangent: Array) -> Pair:
    return _sign_of(
        cotangent,
        _each(lambda v, c: 4 * c * _bell(2 * abs(v)), _scaled(cotangent, x), x, cotangent),
    )


def _logistic(x: arb) -> arb:
    e = exponential(-abs(x))
    return (1 if x > 0 else e) / (1 + e)


def _bell(a: arb) -> arb:
    """Return e^-a/(1 + e^-a)², the logistic density, for a ≥ 0; at 2|x| it is a quarter of 1 -
    tanh²x."""
    e = exponential(-a)
    return e / (1 + e) ** 2


def _right_of_knee(x: Array) -> np.ndarray:
    """Tell where the slope is that of positive x. At 0 the derivative is any number between the
    two slopes: a choice, made here alone."""
    return x > 0


def _bent(x: Array, value: Array, slope: float) -> Pair:
    """Return value right of the knee, slope · value left of it, NaN where x is NaN."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        rounded = slope * value
    hi, lo = _sign_of(rounded, _each(lambda v: slope * v, rounded, value))
    kept = _right_of_knee(x) | np.isnan(x)
    return np.where(kept, np.where(np.isnan(x), x, value), hi), np.where(kept, 0.0, lo)


def _scaled(cotangent: Array, x: Array) -> Array:
    """Return the limit of cotangent · density where either is not finite: the density is 0 at the
    infinities and positive elsewhere."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isnan(x), x, cotangent * np.where(np.isinf(x), 0.0, 1.0))


def _exactly(value: Array) -> Pair:
    return np.array(value), np.zeros(np.shape(value))


def _sign_of(signed: Array, pair: Pair) -> Pair:
    """Give a zero of hi the sign of `signed`, as odd functions do: a ball has no signed zero."""
    hi, lo = pair
    return np.where(hi == 0, np.copysign(hi, signed), hi), lo


def _each(function: Callable[..., arb], limits: Array, *arrays: Array) -> Pair:
    """Round function(element, …) where every element is finite, and take `limits` elsewhere."""
    finite = np.logical_and.reduce([np.isfinite(array) for array in arrays])
    elements = list(zip(*(array[finite].tolist() for array in arrays), strict=True))
    hi, lo = np.array(limits), np.zeros(np.shape(limits))
    hi[finite], lo[finite] = rounded(
        len(elements), lambda wanted: (function(*map(arb, elements[place])) for place in wanted)
    )
    return hi, lo


# --- one row at a time ----------------------------------------------------------------


def _by_rows(operation: str, arrays: list[Array], axis: int) -> Pair:
    moved = [np.moveaxis(array, axis, -1) for array in arrays]
    shape = moved[0].shape
    rows = [array.reshape(-1, shape[-1]) if array.size else array.reshape(0, 1) for array in moved]
    pairs = [_row(operation, *(row.tolist() for row in each)) for each in zip(*rows, strict=True)]
    hi, lo = (
        np.array([pair[part] for pair in pairs], dtype=np.float64).reshape(shape) for part in (0, 1)
    )
    return np.moveaxis(hi, -1, axis), np.moveaxis(lo, -1, axis)


def _row(operation: str, x: list[float], cotangent: list[float] | None = None) -> Pair:
    if cotangent is not None and not all(map(math.isfinite, cotangent)):
        message = f"the cotangent of {operation} must be finite: nothing says what the others give"
        raise ValueError(message)
    if any(map(math.isnan, x)) or math.isinf(max(x)):
        # What is larger than inf, what is the largest of -inf alone: without an answer for one
        # logit there is none for its row.
        return _exactly(np.full(len(x), np.nan))
    given = (x,) if cotangent is None else (x, cotangent)

    def balls(wanted: Iterable[int]) -> list[arb]:
        answer = _ROWS[operation](*([arb(value) for value in values] for values in given))
        return [answer[place] for place in wanted]

    return rounded(len(x), balls)


def _exponentials(x: list[arb]) -> list[arb]:
    """Return e^(x - the largest x), which is exactly 1 at every maximum and 0 at -inf."""
    largest = max(x, key=float)
    return [exponential(value - largest) for value in x]


def _softmax(x: list[arb]) -> list[arb]:
    e = _exponentials(x)
    total = sum(e, arb())
    return [value / total for value in e]


def _softmax_vjp(x: list[arb], cotangent: list[arb]) -> list[arb]:
    # Softmax ignores a constant in the cotangent: less the first one, a constant cotangent gives
    # 0 exactly, at any precision.
    e, c = _exponentials(x), [value - cotangent[0] for value in cotangent]
    total = sum(e, arb())
    weighted = sum((value * factor for value, factor in zip(e, c, strict=True)), arb())
    return [
        value * (total * factor - weighted) / total**2 for value, factor in zip(e, c, strict=True)
    ]


def _log_softmax(x: list[arb]) -> list[arb]:
    e, largest = _exponentials(x), max(range(len(x)), key=lambda place: float(x[place]))
    others = sum(e[:largest] + e[largest + 1 :], arb())
    return [value if value == NEVER else value - x[largest] - others.log1p() for value in x]


def _log_softmax_vjp(x: list[arb], cotangent: list[arb]) -> list[arb]:
    e, total_cotangent = _exponentials(x), sum(cotangent, arb())
    total = sum(e, arb())
    return [
        factor - value * total_cotangent / total for value, factor in zip(e, cotangent, strict=True)
    ]


_ELEMENTWISE: dict[str, Callable[..., Pair]] = {
    "identity": _identity,
    "identity_vjp": _identity_vjp,
    "leaky_relu": _leaky_relu,
    "leaky_relu_vjp": _leaky_relu_vjp,
    "relu": _relu,
    "relu_vjp": _relu_vjp,
    "sigmoid": _sigmoid,
    "sigmoid_vjp": _sigmoid_vjp,
    "step": _step,
    "tanh": _tanh,
    "tanh_vjp": _tanh_vjp,
}

_ROWS: dict[str, Callable[..., list[arb]]] = {
    "log_softmax": _log_softmax,
    "log_softmax_vjp": _log_softmax_vjp,
    "softmax": _softmax,
    "softmax_vjp": _softmax_vjp,
}
