"""Mistakes of sigmoid and tanh: overflow, cancellation, derivatives of the wrong argument."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.activations.mistakes.parts import (
    flushed,
    off_by,
    right_sigmoid,
    widened,
)
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]


# --- sigmoid -------------------------------------------------------------------------------------


@mistake("sigmoid/accuracy", dtypes=("float64", "float32", "bfloat16"))
def shifts_tanh(x: Array) -> Array:
    """Computes (1 + tanh(x/2))/2, which cancels in the left tail."""
    return 0.5 * (1 + np.tanh(0.5 * x))


@mistake("sigmoid/accuracy", "sigmoid/symmetry", "sigmoid/infinities")
def divides_infinity_by_infinity(x: Array) -> Array:
    """Computes e^x/(1 + e^x), which is NaN where e^x overflows."""
    return np.exp(x) / (1 + np.exp(x))


@mistake("sigmoid/accuracy")
def is_piecewise_linear(x: Array) -> Array:
    """Computes the "hard" sigmoid min(1, max(0, x/6 + 1/2))."""
    return np.clip(x / 6 + 0.5, 0, 1)


@mistake("sigmoid/accuracy")
def answers_tanh(x: Array) -> Array:
    """Answers with the other sigmoid, tanh."""
    return np.tanh(x)


@mistake("sigmoid/accuracy", dtypes=("float64", "float32", "bfloat16"), native=True)
def rounds_the_exponent_to_base_two(x: Array) -> Array:
    """Computes e^-x as 2^(-x·log₂e) with the product rounded, so that the error grows with |x|."""
    power = np.exp2(widened(cast(-np.abs(widened(x)) * np.log2(np.e), x.dtype.name)))
    return np.where(widened(x) >= 0, 1, power) / (1 + power)


@mistake("sigmoid/precision", native=True)
def uses_a_coarse_exponential(x: Array) -> Array:
    """Uses an exponential that is off by a few ulp of the answer."""
    return off_by(right_sigmoid(widened(x)), x)


@mistake("sigmoid/range", native=True)
def overshoots_one(x: Array) -> Array:
    """Uses a rational approximation that comes to rest just above 1."""
    s = right_sigmoid(widened(x))
    return np.where(s > 0.9, off_by(s, x), s)


@mistake("sigmoid/monotonicity", "sigmoid/accuracy")
def gives_up_in_the_tails(x: Array) -> Array:
    """Answers one half once its exponential overflows, as a mis-ordered vector minimum does."""
    return np.where(np.abs(x) > 10.5, 0.5, right_sigmoid(x))


@mistake("sigmoid/accuracy", "sigmoid/symmetry", "sigmoid/infinities")
def turns_overflow_into_nan(x: Array) -> Array:
    """Computes 1/(1 + e^-x) with an exponential that overflows to NaN, as on some GPUs."""
    e = np.exp(-x)
    return 1 / (1 + np.where(np.isinf(e), np.nan, e))


@mistake("sigmoid/accuracy", dtypes=("float64", "float32"))
def looks_its_answer_up_in_a_table(x: Array) -> Array:
    """Looks the answer up in a table of all float16 numbers, whatever the argument's format."""
    return right_sigmoid(x.astype(np.float16).astype(x.dtype))


@mistake("sigmoid/nan")
def clips_its_argument(x: Array) -> Array:
    """Clips the argument with fmin and fmax against overflow, which turns NaN into a number."""
    return right_sigmoid(np.fmin(np.fmax(x, -80), 80))


@mistake("sigmoid/subnormal-inputs", native=True)
def multiplies_by_a_reciprocal(x: Array) -> Array:
    """Restores the sign as x·(1/|x|), whose reciprocal overflows for subnormal numbers."""
    sign = x * (1 / np.abs(x))
    return 0.5 + widened(sign) * (right_sigmoid(np.abs(widened(x))) - 0.5)


@mistake("sigmoid/gradual-underflow", native=True)
def flushes_its_answer(x: Array) -> Array:
    """Runs in a processor mode that flushes subnormal answers to 0."""
    return flushed(right_sigmoid(widened(x)), x)


@mistake("sigmoid_vjp/accuracy", "sigmoid_vjp/precision")
def differentiates_the_output(x: Array, cotangent: Array) -> Array:
    """Applies the derivative to the output, s = sigmoid(sigmoid(x)), as if it were the input."""
    s = right_sigmoid(right_sigmoid(x))
    return cotangent * s * (1 - s)


@mistake("sigmoid_vjp/accuracy", "sigmoid_vjp/saturation")
def differentiates_tanh(x: Array, cotangent: Array) -> Array:
    """Computes 1 - s², the derivative of the other sigmoid."""
    return cotangent * (1 - right_sigmoid(x) ** 2)


@mistake("sigmoid_vjp/precision", native=True)
def subtracts_the_output_from_one(x: Array, cotangent: Array) -> Array:
    """Computes s(1 - s) from a rounded s, which cancels in the right tail."""
    s = widened(cast(right_sigmoid(widened(x)), x.dtype.name))
    return widened(cotangent) * s * (1 - s)


@mistake("sigmoid_vjp/infinities", "sigmoid_vjp/accuracy")
def divides_by_an_infinite_square(x: Array, cotangent: Array) -> Array:
    """Computes e^-x/(1 + e^-x)², which is ∞/∞ at -inf and wherever e^-x overflows."""
    return cotangent * np.exp(-x) / (1 + np.exp(-x)) ** 2


@mistake("sigmoid_vjp/nan")
def clips_before_differentiating(x: Array, cotangent: Array) -> Array:
    """Clips the argument with fmin and fmax, which turns NaN into a number."""
    s = right_sigmoid(np.fmin(np.fmax(x, -80), 80))
    return cotangent * s * (1 - s)


@mistake("sigmoid_vjp/subnormal-inputs", native=True)
def multiplies_by_a_reciprocal_of_x(x: Array, cotangent: Array) -> Array:
    """Restores the sign of σ(|x|) twice as x·(1/|x|), which overflows for subnormal numbers."""
    sign = widened(x * (1 / np.abs(x)))
    s = right_sigmoid(np.abs(widened(x)))
    return widened(cotangent) * s * (1 - s) * sign * sign


# --- tanh ----------------------------------------------------------------------------------------


@mistake("tanh/accuracy", dtypes=("float64", "float32", "bfloat16"))
def doubles_the_sigmoid(x: Array) -> Array:
    """Computes 2·sigmoid(2x) - 1, which cancels near 0."""
    return 2 * right_sigmoid(2 * x) - 1


@mistake("tanh/accuracy", "tanh/infinities")
def divides_differences_of_exponentials(x: Array) -> Array:
    """Computes (e^x - e^-x)/(e^x + e^-x) as it stands, which is NaN where e^x overflows."""
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


@mistake("tanh/accuracy")
def divides_by_its_magnitude(x: Array) -> Array:
    """Restores the sign as x/|x|, which is NaN at 0."""
    return np.tanh(np.abs(x)) * (x / np.abs(x))


@mistake("tanh/accuracy")
def halves_its_argument(x: Array) -> Array:
    """Forgets the factor 2: computes 2·sigmoid(x) - 1, which is tanh(x/2)."""
    return np.tanh(0.5 * x)


@mistake("tanh/accuracy")
def is_the_clipped_identity(x: Array) -> Array:
    """Computes the "hard" tanh min(1, max(-1, x))."""
    return np.clip(x, -1, 1)


@mistake("tanh/precision", native=True)
def uses_a_coarse_approximation(x: Array) -> Array:
    """Uses a rational approximation that is off by a few ulp."""
    return off_by(np.tanh(widened(x)), x)


@mistake("tanh/range", native=True)
def overshoots_plus_and_minus_one(x: Array) -> Array:
    """Uses a rational approximation that comes to rest just beyond ±1."""
    t = np.tanh(widened(x))
    return np.where(np.abs(t) > 0.9, off_by(t, x), t)


@mistake("tanh/monotonicity", "tanh/accuracy")
def stops_at_its_last_seam(x: Array) -> Array:
    """Answers 0 beyond the range of its approximation."""
    return np.where(np.abs(x) > 9.5, 0, np.tanh(x))


@mistake("tanh/symmetry", "tanh/oddness", "tanh/accuracy")
def forgets_to_restore_the_sign(x: Array) -> Array:
    """Computes tanh(|x|) and does not put the sign back."""
    return np.tanh(np.abs(x))


@mistake("tanh/nan")
def clips_its_argument_to_twenty(x: Array) -> Array:
    """Clips the argument with fmin and fmax, which turns NaN into a number."""
    return np.tanh(np.fmin(np.fmax(x, -20), 20))


@mistake("tanh/subnormal-inputs", native=True)
def flushes_small_arguments(x: Array) -> Array:
    """Runs in a processor mode that takes subnormal numbers for 0."""
    return np.tanh(flushed(widened(x), x))


@mistake("tanh_vjp/accuracy", "tanh_vjp/precision", "tanh_vjp/saturation")
def adds_the_square(x: Array, cotangent: Array) -> Array:
    """Computes 1 + t², the derivative of the tangent, which never saturates."""
    return cotangent * (1.5 + np.tanh(x) ** 2 / 2)


@mistake("tanh_vjp/precision", native=True)
def subtracts_the_square_from_one(x: Array, cotangent: Array) -> Array:
    """Computes 1 - t² from a rounded t, which cancels in both tails."""
    t = widened(cast(np.tanh(widened(x)), x.dtype.name))
    return widened(cotangent) * (1 - t * t)


@mistake("tanh_vjp/infinities")
def divides_infinite_exponentials(x: Array, cotangent: Array) -> Array:
    """Computes 4/(e^x + e^-x)² as 4·e^2x/(e^2x + 1)², which is ∞/∞ at inf."""
    return cotangent * 4 * np.exp(2 * x) / (np.exp(2 * x) + 1) ** 2


@mistake("tanh_vjp/nan")
def clips_to_twenty_before_differentiating(x: Array, cotangent: Array) -> Array:
    """Clips the argument with fmin and fmax, which turns NaN into a number."""
    return cotangent * (1 - np.tanh(np.fmin(np.fmax(x, -20), 20)) ** 2)


@mistake("tanh_vjp/subnormal-inputs", native=True)
def divides_small_numbers_that_were_flushed(x: Array, cotangent: Array) -> Array:
    """Computes tanh x/(sinh x cosh x), 0/0 in a mode that takes subnormal numbers for 0."""
    small = flushed(widened(x), x)
    return np.where(
        np.abs(small) < 1,
        np.tanh(small) / (np.sinh(small) * np.cosh(small)),
        1 - np.tanh(small) ** 2,
    ) * widened(cotangent)
