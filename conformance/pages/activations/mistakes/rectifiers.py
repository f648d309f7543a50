"""Mistakes of step, the rectifiers and the identity: at zero, of slopes, with special numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.activations.mistakes.parts import flushed, widened
from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]


# --- step ----------------------------------------------------------------------------------------


@mistake("step/accuracy")
def answers_the_sign(x: Array) -> Array:
    """Answers -1 below zero, as the sign function does."""
    return np.sign(x)


@mistake("step/zero")
def answers_a_half_at_zero(x: Array) -> Array:
    """Takes the symmetric convention of the Heaviside function."""
    return np.heaviside(x, 0.5)


@mistake("step/infinities")
def halves_one_and_the_sign(x: Array) -> Array:
    """Computes (1 + x/|x|)/2, which is ∞/∞ at infinities, and takes the 0/0 at 0 for 0."""
    return np.nan_to_num((1 + x / np.abs(x)) / 2)


@mistake("step/nan")
def compares_with_nan(x: Array) -> Array:
    """Compares and casts, so that NaN is not greater than 0 and becomes 0."""
    return np.where(x > 0, 1.0, 0.0)


# --- rectifiers ----------------------------------------------------------------------------------


@mistake("relu/accuracy", native=True)
def averages_with_the_magnitude(x: Array) -> Array:
    """Computes (x + |x|)/2 in the format itself, which overflows near its end."""
    return (x + np.abs(x)) / 2


@mistake("relu/accuracy")
def stops_at_six(x: Array) -> Array:
    """Computes relu6, min(max(0, x), 6), or three for small nets."""
    return np.clip(x, 0, 3)


@mistake("relu/infinities")
def multiplies_by_a_mask(x: Array) -> Array:
    """Computes x·(x > 0), which is NaN at -inf.

    Fix: choose by np.maximum or np.where; 0 times infinity is NaN.
    """
    return x * (x > 0)


@mistake("relu/nan")
def compares_nan_with_zero(x: Array) -> Array:
    """Computes x > 0 ? x : 0, which answers 0 to NaN."""
    return np.where(x > 0, x, 0)


@mistake("relu/signed-zero")
def passes_minus_zero(x: Array) -> Array:
    """Computes x < 0 ? 0 : x, which passes -0 on."""
    return np.where(x < 0, 0, x)


@mistake("relu/subnormal-inputs", native=True)
def flushes_small_numbers(x: Array) -> Array:
    """Runs in a processor mode that takes subnormal numbers for 0."""
    return np.maximum(flushed(widened(x), x), 0)


@mistake("relu_vjp/accuracy")
def masks_by_the_cotangent(x: Array, cotangent: Array) -> Array:
    """Stops negative cotangents, as guided backpropagation does."""
    return np.where((x > 0) & (cotangent > 0), cotangent, 0)


@mistake("relu_vjp/accuracy")
def multiplies_by_the_output(x: Array, cotangent: Array) -> Array:
    """Multiplies the cotangent by relu(x) instead of its derivative."""
    return cotangent * np.maximum(x, 0)


@mistake("relu_vjp/at-zero")
def extrapolates_at_the_knee(x: Array, cotangent: Array) -> Array:
    """Patches the knee with a polynomial and answers 3/2 there."""
    return np.where(x == 0, 1.5 * cotangent, np.where(x > 0, cotangent, 0))


@mistake("relu_vjp/infinities", "relu_vjp/at-zero")
def divides_the_output_by_the_input(x: Array, cotangent: Array) -> Array:
    """Computes the slope as relu(x)/x, which is ∞/∞ at inf and 0/0 at 0."""
    return cotangent * (np.maximum(x, 0) / x)


@mistake("relu_vjp/nan")
def casts_nan_to_an_integer(x: Array, cotangent: Array) -> Array:
    """Takes the slope as the integer min(max(⌈x⌉, 0), 1): NaN becomes the smallest integer."""
    return cotangent * np.where(np.isnan(x), np.iinfo(np.int32).min, np.clip(np.ceil(x), 0, 1))


@mistake("leaky_relu/accuracy")
def takes_the_maximum(x: Array, *, negative_slope: float) -> Array:
    """Computes max(slope·x, x), another function where the slope is above 1."""
    return np.maximum(negative_slope * x, x)


@mistake("leaky_relu/accuracy")
def ignores_its_slope(x: Array, *, negative_slope: float) -> Array:
    """Uses a slope of 0.01, whatever was asked for."""
    return np.where(x > 0, x, 0.01 * x)


@mistake("leaky_relu/accuracy")
def leaks_upwards(x: Array, *, negative_slope: float) -> Array:
    """Computes relu(x) + slope·relu(-x): negative inputs leak with the wrong sign."""
    return np.maximum(x, 0) + negative_slope * np.maximum(-x, 0)


@mistake("leaky_relu/subnormal-inputs", native=True)
def finds_no_small_number_below_zero(x: Array, *, negative_slope: float) -> Array:
    """Compares x ≥ 0 in a processor mode whose comparisons take subnormal numbers for 0."""
    return np.where(flushed(widened(x), x) >= 0, widened(x), negative_slope * widened(x))


@mistake("leaky_relu/infinities")
def adds_two_masked_terms(x: Array, *, negative_slope: float) -> Array:
    """Computes (x > 0)·x + (x ≤ 0)·slope·x, which is NaN at ±inf."""
    return (x > 0) * x + (x <= 0) * negative_slope * x


@mistake("leaky_relu/nan")
def takes_nan_for_zero(x: Array, *, negative_slope: float) -> Array:
    """Computes max(x, 0) + slope·min(x, 0) with fmax and fmin, which answer 0 to NaN."""
    return np.fmax(x, 0) + negative_slope * np.fmin(x, 0)


@mistake("leaky_relu_vjp/accuracy")
def masks_by_the_output(x: Array, cotangent: Array, *, negative_slope: float) -> Array:
    """Reads the sign off the output, as in-place kernels do: wrong for slopes of 0 and below."""
    y = np.where(x > 0, x, negative_slope * x)
    return np.where(y >= 0, cotangent, negative_slope * cotangent)


@mistake("leaky_relu_vjp/accuracy")
def forgets_its_slope(x: Array, cotangent: Array, *, negative_slope: float) -> Array:
    """Passes 0.01 of the cotangent for negative inputs, whatever slope was asked for."""
    return np.where(x > 0, cotangent, 0.01 * cotangent)


@mistake("leaky_relu_vjp/at-zero")
def counts_zero_on_both_sides(x: Array, cotangent: Array, *, negative_slope: float) -> Array:
    """Adds the masks x ≥ 0 and x ≤ 0, which overlap at 0."""
    return (x >= 0) * cotangent + (x <= 0) * negative_slope * cotangent


@mistake("leaky_relu_vjp/subnormal-inputs", native=True)
def finds_no_small_number_left_of_zero(
    x: Array, cotangent: Array, *, negative_slope: float
) -> Array:
    """Passes the cotangent if x ≥ 0, in a mode whose comparisons take subnormal numbers for 0."""
    return np.where(
        flushed(widened(x), x) >= 0, widened(cotangent), negative_slope * widened(cotangent)
    )


@mistake("leaky_relu_vjp/nan", "leaky_relu_vjp/at-zero")
def adds_two_open_masks(x: Array, cotangent: Array, *, negative_slope: float) -> Array:
    """Adds the masks x > 0 and x < 0, which are both false at 0 and at NaN."""
    return (x > 0) * cotangent + (x < 0) * negative_slope * cotangent


@mistake("leaky_relu_vjp/infinities")
def divides_what_leaks_by_the_input(x: Array, cotangent: Array, *, negative_slope: float) -> Array:
    """Computes the slope as leaky_relu(x)/x, which is ∞/∞ at infinities."""
    return cotangent * (np.where(x > 0, x, negative_slope * x) / x)


@mistake("identity/accuracy")
def passes_through_fewer_bits(x: Array) -> Array:
    """Passes its input through a format of four bits less."""
    step = np.ldexp(1.0, np.frexp(x)[1] - 3)
    return np.rint(x / step) * step


@mistake("identity/accuracy")
def negates(x: Array) -> Array:
    """Answers -x."""
    return -x


@mistake("identity/signed-zero")
def adds_zero(x: Array) -> Array:
    """Computes x + 0, which turns -0 into 0."""
    return x + 0.0


@mistake("identity_vjp/accuracy")
def answers_one(x: Array, cotangent: Array) -> Array:
    """Answers the derivative, 1, without the cotangent."""
    return np.ones_like(cotangent)


@mistake("identity_vjp/special-inputs")
def adds_nothing_of_the_input(x: Array, cotangent: Array) -> Array:
    """Adds 0·x to the cotangent for its shape and dtype, which is NaN at infinities and NaN."""
    return cotangent + 0 * x
