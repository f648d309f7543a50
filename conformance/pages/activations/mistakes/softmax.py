"""Mistakes of softmax: shifts, sums, axes and masks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.activations.mistakes.parts import (
    epsilon_of,
    exponentials,
    flushed,
    narrow_sum,
    off_by,
    right_log_softmax,
    right_sigmoid,
    right_softmax,
    right_softmax_vjp,
    share,
    widened,
)
from nnspec.conformance.terms.formats import NARROW, cast
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]


_ROWS = (
    "softmax/accuracy",
    "softmax_vjp/accuracy",
    "log_softmax/accuracy",
    "log_softmax_vjp/accuracy",
)


@spoiling(*_ROWS, dtypes=("float64", "float32", "float16"))
def leaves_out_all_but_1024_classes(operation: Operation) -> Operation:
    """Answers rows as if they had no more than 1,024 classes."""

    def answer(*arrays: Array, axis: int) -> Array:
        found = operation(*(np.moveaxis(array, axis, -1)[..., :1024] for array in arrays), axis=-1)
        missing = arrays[0].shape[axis] - found.shape[-1]
        return np.moveaxis(np.pad(found, [(0, 0)] * (found.ndim - 1) + [(0, missing)]), -1, axis)

    return answer


@mistake("softmax/finiteness", "softmax/shift-invariance")
def exponentiates_without_a_shift(x: Array, *, axis: int) -> Array:
    """Computes e^x / Σ e^x as it stands, which overflows and underflows.

    Fix: subtract the maximum of each row before np.exp.
    """
    return share(np.exp(x), axis)


@mistake("softmax/finiteness")
def shifts_by_the_minimum(x: Array, *, axis: int) -> Array:
    """Subtracts the minimum of the row instead of its maximum."""
    return share(np.exp(x - x.min(axis=axis, keepdims=True)), axis)


@mistake("softmax/finiteness")
def shifts_by_the_mean(x: Array, *, axis: int) -> Array:
    """Subtracts the mean of the row instead of its maximum."""
    return share(np.exp(x - x.sum(axis=axis, keepdims=True) / x.shape[axis]), axis)


@mistake("softmax/shift-invariance", "softmax/accuracy")
def divides_by_the_maximum(x: Array, *, axis: int) -> Array:
    """Divides the logits by their largest magnitude instead of subtracting the maximum."""
    return share(np.exp(x / (np.abs(x).max(axis=axis, keepdims=True) + 1)), axis)


@mistake("softmax/row-independence", "activations/neighbors")
def takes_the_maximum_over_the_whole_batch(x: Array, *, axis: int) -> Array:
    """Subtracts the maximum of the whole array, so that rows far below it become 0/0.

    Fix: take the maximum along the axis, with keepdims=True.
    """
    return share(np.exp(x - x.max()), axis)


@mistake("softmax/accuracy", "softmax/sum", "softmax/row-independence")
def sums_over_the_whole_batch(x: Array, *, axis: int) -> Array:
    """Divides by the sum over the whole array instead of the row."""
    e = exponentials(x, axis)
    return e / (e.sum() if x.ndim > 1 else 2 * e.sum())


@mistake("softmax/axes")
def always_takes_the_first_axis(x: Array, *, axis: int) -> Array:
    """Always works along the first axis."""
    return right_softmax(x, 0)


@mistake("softmax/axes")
def flattens_from_the_axis_on(x: Array, *, axis: int) -> Array:
    """Normalizes over all axes from the given one on, as ONNX did before operator set 13."""
    flat = x.reshape(int(np.prod(x.shape[: axis % x.ndim])), -1)
    return right_softmax(flat, -1).reshape(x.shape)


@mistake("softmax/accuracy", "softmax/one-class", native=True)
def adds_epsilon_to_the_sum(x: Array, *, axis: int) -> Array:
    """Divides by Σ e^(x - max) plus a constant against division by zero, which cannot occur."""
    e = exponentials(widened(x), axis)
    return e / (e.sum(axis=axis, keepdims=True) + epsilon_of(x))


@mistake("softmax/accuracy")
def clips_probabilities(x: Array, *, axis: int) -> Array:
    """Clips the answer away from 0 and 1."""
    return np.clip(right_softmax(x, axis), 1e-3, 1 - 1e-3)


@mistake("softmax/accuracy", "softmax/shift-invariance")
def clips_logits(x: Array, *, axis: int) -> Array:
    """Clips the logits to [-10, 10] against overflow."""
    return share(np.exp(np.clip(x, -10, 10)), axis)


@mistake("softmax/accuracy", "softmax/range", "softmax/one-class")
def answers_the_logarithm(x: Array, *, axis: int) -> Array:
    """Answers log softmax."""
    return right_log_softmax(x, axis)


@mistake("softmax/accuracy", "softmax/every-input-counts")
def scales_by_the_square_root_of_n(x: Array, *, axis: int) -> Array:
    """Divides the logits by the square root of their number, as attention does."""
    return right_softmax(x / np.sqrt(x.shape[axis]), axis)


@mistake("softmax/accuracy", "softmax/sum", "softmax/every-input-counts")
def takes_one_sigmoid_a_class(x: Array, *, axis: int) -> Array:
    """Answers a sigmoid for each class: the classes do not compete."""
    return right_sigmoid(x)


@mistake("softmax/accuracy", "softmax/every-input-counts")
def answers_the_winner(x: Array, *, axis: int) -> Array:
    """Answers 1 for the largest logit and 0 for the others."""
    return share((x == x.max(axis=axis, keepdims=True)).astype(x.dtype), axis)


@mistake("softmax/accuracy", "softmax/permutation", "softmax/every-input-counts")
def leaves_out_the_last_class(x: Array, *, axis: int) -> Array:
    """Leaves the last class out of the sum."""
    e = np.moveaxis(exponentials(x, axis), axis, -1)
    return np.moveaxis(e / e[..., :-1].sum(axis=-1, keepdims=True), -1, axis)


@mistake("softmax/accuracy", "softmax/permutation")
def divides_by_the_running_sum(x: Array, *, axis: int) -> Array:
    """Divides each term by the sum up to it, which is still running."""
    e = exponentials(x, axis)
    return e / np.cumsum(e, axis=axis)


@mistake("softmax/range", native=True)
def multiplies_by_a_coarse_reciprocal(x: Array, *, axis: int) -> Array:
    """Multiplies by an approximate reciprocal of the sum, which is a little too large."""
    return off_by(right_softmax(widened(x), axis), x)


@mistake("softmax/accuracy", dtypes=NARROW, native=True)
def accumulates_in_its_own_format(x: Array, *, axis: int) -> Array:
    """Forms the sum in the 16-bit format of its arguments instead of float32."""
    e = exponentials(widened(x), axis)
    return e / narrow_sum(e, x, axis)


@mistake("softmax/accuracy")
def forgets_to_rescale_between_blocks(x: Array, *, axis: int) -> Array:
    """Shifts each block of 1,024 by its own maximum, and adds up the sums as they are."""
    x = np.moveaxis(x, axis, -1)
    blocks = [x[..., start : start + 1024] for start in range(0, x.shape[-1], 1024)]
    total = sum(
        (exponentials(block, -1).sum(axis=-1, keepdims=True) for block in blocks),
        np.zeros_like(x[..., :1]),
    )
    return np.moveaxis(np.exp(x - x.max(axis=-1, keepdims=True, initial=-np.inf)) / total, -1, axis)


@mistake("softmax/shift-invariance", native=True)
def subtracts_a_rounded_logarithm(x: Array, *, axis: int) -> Array:
    """Computes exp(x - log Σ e^x) with the logarithm rounded at the size of x."""
    m = widened(x).max(axis=axis, keepdims=True)
    return np.exp(
        widened(x)
        - widened(
            cast(m + np.log(np.exp(widened(x) - m).sum(axis=axis, keepdims=True)), x.dtype.name)
        )
    )


@mistake("softmax/nan")
def skips_nan_in_the_sum(x: Array, *, axis: int) -> Array:
    """Skips NaN in the maximum and in the sum."""
    e = np.exp(x - np.fmax.reduce(x, axis=axis, keepdims=True))
    return e / np.nansum(e, axis=axis, keepdims=True)


@mistake("softmax/masked")
def subtracts_infinity_from_infinity(x: Array, *, axis: int) -> Array:
    """Subtracts the minimum first, which is -inf in a masked row."""
    y = x - x.min(axis=axis, keepdims=True)
    return right_softmax(y, axis)


@mistake("softmax/fully-masked")
def answers_zeros_for_an_empty_row(x: Array, *, axis: int) -> Array:
    """Answers a fully masked row with zeros."""
    return np.where(np.isneginf(x.max(axis=axis, keepdims=True)), 0, right_softmax(x, axis))


@mistake("softmax/fully-masked")
def replaces_minus_infinity(x: Array, *, axis: int) -> Array:
    """Replaces -inf by a large negative number, so that a fully masked row becomes uniform."""
    return right_softmax(np.where(np.isneginf(x), -1e30, x), axis)


@spoiling("softmax/finiteness", "log_softmax/finiteness")
def shifts_along_the_last_axis_alone(operation: Operation) -> Operation:
    """Leaves the shift out along every other axis, as a vectorized kernel for those did."""

    def answer(x: Array, *, axis: int) -> Array:
        with np.errstate(all="ignore"):
            overflows = np.isinf(np.exp(x)).any(axis=axis, keepdims=True) & (
                axis not in (-1, x.ndim - 1)
            )
            return np.where(overflows, x.dtype.type(np.nan), operation(x, axis=axis))

    return answer


@mistake("softmax/nan", "softmax/fully-masked")
def takes_a_row_with_nan_for_masked(x: Array, *, axis: int) -> Array:
    """Answers zeros where a maximum that skips NaN is -inf: to a row of NaN and -inf too."""
    return np.where(
        np.isneginf(np.fmax.reduce(x, axis=axis, keepdims=True)), 0, right_softmax(x, axis)
    )


@mistake("softmax/positive-infinity")
def takes_infinity_for_a_number(x: Array, *, axis: int) -> Array:
    """Replaces inf by a large number, so that two of them share their row."""
    return right_softmax(np.where(np.isposinf(x), 1e30, x), axis)


@mistake("softmax/gradual-underflow", native=True)
def flushes_small_probabilities(x: Array, *, axis: int) -> Array:
    """Runs in a processor mode that flushes subnormal answers to 0."""
    return flushed(right_softmax(widened(x), axis), x)


@mistake("softmax_vjp/accuracy", "softmax_vjp/jacobian", "softmax_vjp/zero-sum", "softmax_vjp/axes")
def multiplies_by_the_diagonal(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Multiplies by s(1 - s), the Jacobian's diagonal, as if softmax acted on single elements."""
    s = right_softmax(x, axis)
    return cotangent * s * (1 - s)


@mistake("softmax_vjp/accuracy", "softmax_vjp/zero-sum")
def takes_the_inner_product_over_the_batch(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Takes the inner product over the whole array instead of the row."""
    s = right_softmax(x, axis)
    return s * (cotangent - (s * cotangent).sum() * (1 if x.ndim > 1 else 2))


@mistake("softmax_vjp/accuracy", "softmax_vjp/jacobian", "softmax_vjp/axes")
def answers_the_gradient_of_the_logarithm(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Answers the gradient of log_softmax."""
    return cotangent - right_softmax(x, axis) * cotangent.sum(axis=axis, keepdims=True)


@mistake("softmax_vjp/accuracy", dtypes=("float16",), native=True)
def sums_products_in_its_own_format(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Forms the inner product in float16 instead of float32."""
    s = right_softmax(widened(x), axis)
    return s * (widened(cotangent) - narrow_sum(s * widened(cotangent), x, axis))


@mistake("softmax_vjp/finiteness")
def exponentiates_again_without_a_shift(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Computes the probabilities once more in the backward pass, and without the shift."""
    s = share(np.exp(x), axis)
    return s * (cotangent - (s * cotangent).sum(axis=axis, keepdims=True))


@mistake("softmax_vjp/masked")
def multiplies_masked_logits_by_zero(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Forms Σ softmax·x on the way, in which 0·∞ is NaN."""
    s = right_softmax(x, axis)
    return right_softmax_vjp(x, cotangent, axis) + 0 * (s * x).sum(axis=axis, keepdims=True)


@mistake("softmax_vjp/nan")
def takes_nan_for_no_gradient(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Replaces NaN in the gradient by 0, as a guard against it does."""
    return np.nan_to_num(right_softmax_vjp(x, cotangent, axis))
