"""Mistakes of the page `activations`: what students, kernels and rewrites get wrong, and every one of them is rejected."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.everywhere.mistakes.memory import owner_of
from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]

# --- of every operation ------------------------------------------------------------------------------------------------------------


@spoiling("activations/purity")
def answers_for_the_last_call(operation: Operation) -> Operation:
    """Adds to what it answered before instead of overwriting it."""
    kept: dict[tuple[int, ...], Array] = {}

    def answer(*arrays: Array, **parameters: Any) -> Array:
        found = operation(*arrays, **parameters)
        with np.errstate(over="ignore", invalid="ignore"):
            # Where the answer is 0 a sum of zeros would hide the mistake; the memory held something else to begin with.
            kept[found.shape] = kept.get(found.shape, np.ones_like(found)) + found
        return kept[found.shape]

    return answer


@spoiling("activations/lengths")
def stops_after_a_thousand(operation: Operation) -> Operation:
    """Answers the first thousand elements, as many as its scratch memory holds."""

    def answer(*arrays: Array, **parameters: Any) -> Array:
        found = operation(*arrays, **parameters)
        found.reshape(-1)[1000:] = np.nan
        return found

    return answer


@spoiling("activations/layouts")
def forgets_where_a_view_begins(operation: Operation) -> Operation:
    """Follows the strides of a view, but from the beginning of the memory that it is a view of."""

    def from_the_start(x: Array) -> Array:
        owner = owner_of(x)
        if min(x.strides, default=0) < 0 or owner.size <= x.size:
            return x
        return np.lib.stride_tricks.as_strided(owner.reshape(-1), x.shape, x.strides)

    return lambda *arrays, **parameters: operation(*map(from_the_start, arrays), **parameters)


@spoiling(
    "activations/layouts",
    operations=("identity_vjp", "leaky_relu_vjp", "relu_vjp", "sigmoid_vjp", "tanh_vjp"),
)
def pairs_arguments_in_memory_order(operation: Operation) -> Operation:
    """Walks through both arguments in the order of their own memory, and lays the answer out like x."""

    def answer(x: Array, cotangent: Array, **parameters: Any) -> Array:
        order = "F" if x.flags.f_contiguous and not x.flags.c_contiguous else "C"
        found = operation(x.ravel(order="K"), cotangent.ravel(order="K"), **parameters)
        return found.reshape(x.shape, order=order)

    return answer


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


# --- step --------------------------------------------------------------------------------------------------------------------------


@mistake("step/accuracy")
def answers_the_sign(x: Array) -> Array:
    """Answers -1 below zero, as the sign function does."""
    return np.sign(x)


@mistake("step/accuracy")
def fires_below_the_threshold(x: Array) -> Array:
    """Fires for negative inputs: the comparison is the wrong way round."""
    return np.where(x < 0, 1.0, 0.0)


@mistake("step/zero")
def fires_at_zero(x: Array) -> Array:
    """Uses ≥ where the perceptron has >."""
    return np.where(x >= 0, 1.0, 0.0)


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


# --- sigmoid -----------------------------------------------------------------------------------------------------------------------


@mistake("sigmoid/accuracy")
def forgets_the_minus(x: Array) -> Array:
    """Computes 1/(1 + e^x)."""
    return 1 / (1 + np.exp(x))


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
    power = np.exp2(_wide(cast(-np.abs(_wide(x)) * np.log2(np.e), x.dtype.name)))
    return np.where(_wide(x) >= 0, 1, power) / (1 + power)


@mistake("sigmoid/precision", native=True)
def uses_a_coarse_exponential(x: Array) -> Array:
    """Uses an exponential that is off by a few ulp of the answer."""
    return _off_by(_sigmoid(_wide(x)), x)


@mistake("sigmoid/range", native=True)
def overshoots_one(x: Array) -> Array:
    """Uses a rational approximation that comes to rest just above 1."""
    s = _sigmoid(_wide(x))
    return np.where(s > 0.9, _off_by(s, x), s)


@mistake("sigmoid/monotonicity", "sigmoid/accuracy")
def gives_up_in_the_tails(x: Array) -> Array:
    """Answers one half beyond the overflow of its exponential, as a mis-ordered vector minimum does."""
    return np.where(np.abs(x) > 10.5, 0.5, _sigmoid(x))


@mistake("sigmoid/accuracy", "sigmoid/symmetry", "sigmoid/infinities")
def turns_overflow_into_nan(x: Array) -> Array:
    """Computes 1/(1 + e^-x) with an exponential that is NaN where it overflows, as some graphics processors have."""
    e = np.exp(-x)
    return 1 / (1 + np.where(np.isinf(e), np.nan, e))


@mistake("sigmoid/accuracy", dtypes=("float64", "float32"))
def looks_its_answer_up_in_a_table(x: Array) -> Array:
    """Looks its answer up in a table of all numbers of float16, whatever the format of its argument."""
    return _sigmoid(x.astype(np.float16).astype(x.dtype))


@mistake("sigmoid/nan")
def clips_its_argument(x: Array) -> Array:
    """Clips the argument with fmin and fmax against overflow, which turns NaN into a number."""
    return _sigmoid(np.fmin(np.fmax(x, -80), 80))


@mistake("sigmoid/subnormal-inputs", native=True)
def multiplies_by_a_reciprocal(x: Array) -> Array:
    """Restores the sign as x·(1/|x|), whose reciprocal overflows for subnormal numbers."""
    sign = x * (1 / np.abs(x))
    return 0.5 + _wide(sign) * (_sigmoid(np.abs(_wide(x))) - 0.5)


@mistake("sigmoid/gradual-underflow", native=True)
def flushes_its_answer(x: Array) -> Array:
    """Runs in a processor mode that flushes subnormal answers to 0."""
    return _flushed(_sigmoid(_wide(x)), x)


@mistake("sigmoid_vjp/accuracy", "sigmoid_vjp/precision")
def differentiates_the_output(x: Array, cotangent: Array) -> Array:
    """Applies the derivative to the output, s = sigmoid(sigmoid(x)), as if it were the input."""
    s = _sigmoid(_sigmoid(x))
    return cotangent * s * (1 - s)


@mistake("sigmoid_vjp/accuracy")
def forgets_one_factor(x: Array, cotangent: Array) -> Array:
    """Multiplies by s instead of s(1 - s)."""
    return cotangent * _sigmoid(x)


@mistake("sigmoid_vjp/accuracy")
def forgets_the_cotangent(x: Array, cotangent: Array) -> Array:
    """Answers s(1 - s) without the cotangent."""
    return _sigmoid(x) * (1 - _sigmoid(x))


@mistake("sigmoid_vjp/accuracy")
def differentiates_the_input(x: Array, cotangent: Array) -> Array:
    """Computes x(1 - x), the derivative in terms of the output, from the input."""
    return cotangent * x * (1 - x)


@mistake("sigmoid_vjp/accuracy", "sigmoid_vjp/saturation")
def differentiates_tanh(x: Array, cotangent: Array) -> Array:
    """Computes 1 - s², the derivative of the other sigmoid."""
    return cotangent * (1 - _sigmoid(x) ** 2)


@mistake("sigmoid_vjp/precision", native=True)
def subtracts_the_output_from_one(x: Array, cotangent: Array) -> Array:
    """Computes s(1 - s) from a rounded s, which cancels in the right tail."""
    s = _wide(cast(_sigmoid(_wide(x)), x.dtype.name))
    return _wide(cotangent) * s * (1 - s)


@mistake("sigmoid_vjp/infinities", "sigmoid_vjp/accuracy")
def divides_by_an_infinite_square(x: Array, cotangent: Array) -> Array:
    """Computes e^-x/(1 + e^-x)², which is ∞/∞ at -inf and wherever e^-x overflows."""
    return cotangent * np.exp(-x) / (1 + np.exp(-x)) ** 2


@mistake("sigmoid_vjp/nan")
def clips_before_differentiating(x: Array, cotangent: Array) -> Array:
    """Clips the argument with fmin and fmax, which turns NaN into a number."""
    s = _sigmoid(np.fmin(np.fmax(x, -80), 80))
    return cotangent * s * (1 - s)


@mistake("sigmoid_vjp/subnormal-inputs", native=True)
def multiplies_by_a_reciprocal_of_x(x: Array, cotangent: Array) -> Array:
    """Differentiates σ(|x|) and restores the sign twice as x·(1/|x|), whose reciprocal overflows for subnormal numbers."""
    sign = _wide(x * (1 / np.abs(x)))
    s = _sigmoid(np.abs(_wide(x)))
    return _wide(cotangent) * s * (1 - s) * sign * sign


# --- tanh --------------------------------------------------------------------------------------------------------------------------


@mistake("tanh/accuracy", dtypes=("float64", "float32", "bfloat16"))
def doubles_the_sigmoid(x: Array) -> Array:
    """Computes 2·sigmoid(2x) - 1, which cancels near 0."""
    return 2 * _sigmoid(2 * x) - 1


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
    return _off_by(np.tanh(_wide(x)), x)


@mistake("tanh/range", native=True)
def overshoots_plus_and_minus_one(x: Array) -> Array:
    """Uses a rational approximation that comes to rest just beyond ±1."""
    t = np.tanh(_wide(x))
    return np.where(np.abs(t) > 0.9, _off_by(t, x), t)


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
    return np.tanh(_flushed(_wide(x), x))


@mistake("tanh_vjp/accuracy")
def forgets_the_square(x: Array, cotangent: Array) -> Array:
    """Computes 1 - t instead of 1 - t²."""
    return cotangent * (1 - np.tanh(x))


@mistake("tanh_vjp/accuracy")
def differentiates_the_hyperbolic_output(x: Array, cotangent: Array) -> Array:
    """Applies the derivative to the output, tanh(tanh(x)), as if it were the input."""
    return cotangent * (1 - np.tanh(np.tanh(x)) ** 2)


@mistake("tanh_vjp/accuracy")
def takes_the_input_for_the_output(x: Array, cotangent: Array) -> Array:
    """Computes 1 - x², the derivative in terms of the output, from the input."""
    return cotangent * (1 - x**2)


@mistake("tanh_vjp/accuracy")
def leaves_out_the_cotangent(x: Array, cotangent: Array) -> Array:
    """Answers 1 - t² without the cotangent."""
    return 1 - np.tanh(x) ** 2


@mistake("tanh_vjp/accuracy", "tanh_vjp/precision", "tanh_vjp/saturation")
def adds_the_square(x: Array, cotangent: Array) -> Array:
    """Computes 1 + t², the derivative of the tangent, which never saturates."""
    return cotangent * (1.5 + np.tanh(x) ** 2 / 2)


@mistake("tanh_vjp/precision", native=True)
def subtracts_the_square_from_one(x: Array, cotangent: Array) -> Array:
    """Computes 1 - t² from a rounded t, which cancels in both tails."""
    t = _wide(cast(np.tanh(_wide(x)), x.dtype.name))
    return _wide(cotangent) * (1 - t * t)


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
    """Computes tanh x/(sinh x cosh x), 0/0 in a processor mode that takes subnormal numbers for 0."""
    small = _flushed(_wide(x), x)
    return np.where(
        np.abs(small) < 1,
        np.tanh(small) / (np.sinh(small) * np.cosh(small)),
        1 - np.tanh(small) ** 2,
    ) * _wide(cotangent)


# --- rectifiers --------------------------------------------------------------------------------------------------------------------


@mistake("relu/accuracy")
def answers_the_magnitude(x: Array) -> Array:
    """Answers |x|."""
    return np.abs(x)


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
    """Computes x·(x > 0), which is NaN at -inf."""
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
    return np.maximum(_flushed(_wide(x), x), 0)


@mistake("relu_vjp/accuracy")
def masks_by_the_cotangent(x: Array, cotangent: Array) -> Array:
    """Stops negative cotangents, as guided backpropagation does."""
    return np.where((x > 0) & (cotangent > 0), cotangent, 0)


@mistake("relu_vjp/accuracy")
def passes_everything(x: Array, cotangent: Array) -> Array:
    """Passes the cotangent on for negative inputs too."""
    return cotangent + 0 * x


@mistake("relu_vjp/accuracy")
def answers_the_mask(x: Array, cotangent: Array) -> Array:
    """Answers 1 where x > 0, without the cotangent."""
    return np.where(x > 0, 1.0, 0.0)


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
    """Takes the slope as the integer min(max(⌈x⌉, 0), 1): a NaN that is cast to an integer is the smallest one there is."""
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
    """Computes x ≥ 0 ? x : slope·x in a processor mode whose comparisons take subnormal numbers for 0."""
    return np.where(_flushed(_wide(x), x) >= 0, _wide(x), negative_slope * _wide(x))


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
    """Reads the sign off the output, as in-place kernels do: wrong for slopes that are negative, all ones for slope 0."""
    y = np.where(x > 0, x, negative_slope * x)
    return np.where(y >= 0, cotangent, negative_slope * cotangent)


@mistake("leaky_relu_vjp/accuracy")
def leaks_through_the_wrong_side(x: Array, cotangent: Array, *, negative_slope: float) -> Array:
    """Multiplies by the slope for positive inputs."""
    return np.where(x > 0, negative_slope * cotangent, cotangent)


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
    """Passes the cotangent where x ≥ 0, in a processor mode whose comparisons take subnormal numbers for 0."""
    return np.where(_flushed(_wide(x), x) >= 0, _wide(cotangent), negative_slope * _wide(cotangent))


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


@mistake("identity_vjp/accuracy")
def answers_the_input(x: Array, cotangent: Array) -> Array:
    """Answers x instead of the cotangent."""
    return x


# --- softmax -----------------------------------------------------------------------------------------------------------------------


@mistake("softmax/finiteness", "softmax/shift-invariance")
def exponentiates_without_a_shift(x: Array, *, axis: int) -> Array:
    """Computes e^x / Σ e^x as it stands, which overflows and underflows."""
    return _share(np.exp(x), axis)


@mistake("softmax/finiteness")
def shifts_by_the_minimum(x: Array, *, axis: int) -> Array:
    """Subtracts the minimum of the row instead of its maximum."""
    return _share(np.exp(x - x.min(axis=axis, keepdims=True)), axis)


@mistake("softmax/finiteness")
def shifts_by_the_mean(x: Array, *, axis: int) -> Array:
    """Subtracts the mean of the row instead of its maximum."""
    return _share(np.exp(x - x.sum(axis=axis, keepdims=True) / x.shape[axis]), axis)


@mistake("softmax/shift-invariance", "softmax/accuracy")
def divides_by_the_maximum(x: Array, *, axis: int) -> Array:
    """Divides the logits by their largest magnitude instead of subtracting the maximum."""
    return _share(np.exp(x / (np.abs(x).max(axis=axis, keepdims=True) + 1)), axis)


@mistake("softmax/row-independence")
def takes_the_maximum_over_the_whole_batch(x: Array, *, axis: int) -> Array:
    """Subtracts the maximum of the whole array, so that rows far below it become 0/0."""
    return _share(np.exp(x - x.max()), axis)


@mistake("softmax/accuracy", "softmax/sum", "softmax/row-independence")
def sums_over_the_whole_batch(x: Array, *, axis: int) -> Array:
    """Divides by the sum over the whole array instead of the row."""
    e = _exponentials(x, axis)
    return e / (e.sum() if x.ndim > 1 else 2 * e.sum())


@mistake("softmax/axes")
def always_takes_the_first_axis(x: Array, *, axis: int) -> Array:
    """Always works along the first axis."""
    return _softmax(x, 0)


@mistake("softmax/axes")
def always_takes_the_last_axis(x: Array, *, axis: int) -> Array:
    """Always works along the last axis."""
    return _softmax(x, -1)


@mistake("softmax/axes")
def flattens_from_the_axis_on(x: Array, *, axis: int) -> Array:
    """Flattens all axes from the one asked for and normalizes over them together, as ONNX did before operator set 13."""
    flat = x.reshape(int(np.prod(x.shape[: axis % x.ndim])), -1)
    return _softmax(flat, -1).reshape(x.shape)


@mistake("softmax/accuracy", "softmax/sum")
def forgets_to_normalize(x: Array, *, axis: int) -> Array:
    """Answers e^(x - max) without dividing by the sum."""
    return _exponentials(x, axis)


@mistake("softmax/accuracy", "softmax/one-class", native=True)
def adds_epsilon_to_the_sum(x: Array, *, axis: int) -> Array:
    """Divides by Σ e^(x - max) plus a constant against division by zero, which cannot occur."""
    e = _exponentials(_wide(x), axis)
    return e / (e.sum(axis=axis, keepdims=True) + _epsilon(x))


@mistake("softmax/accuracy")
def clips_probabilities(x: Array, *, axis: int) -> Array:
    """Clips the answer away from 0 and 1."""
    return np.clip(_softmax(x, axis), 1e-3, 1 - 1e-3)


@mistake("softmax/accuracy", "softmax/shift-invariance")
def clips_logits(x: Array, *, axis: int) -> Array:
    """Clips the logits to [-10, 10] against overflow."""
    return _share(np.exp(np.clip(x, -10, 10)), axis)


@mistake("softmax/accuracy")
def applies_softmax_twice(x: Array, *, axis: int) -> Array:
    """Applies softmax to its own answer, as a loss that takes logits does when it is given probabilities."""
    return _softmax(_softmax(x, axis), axis)


@mistake("softmax/accuracy", "softmax/range", "softmax/one-class")
def answers_the_logarithm(x: Array, *, axis: int) -> Array:
    """Answers log softmax."""
    return _log_softmax(x, axis)


@mistake("softmax/accuracy")
def uses_base_two(x: Array, *, axis: int) -> Array:
    """Uses powers of two instead of e."""
    return _share(np.exp2(x - x.max(axis=axis, keepdims=True)), axis)


@mistake("softmax/accuracy", "softmax/every-input-counts")
def scales_by_the_square_root_of_n(x: Array, *, axis: int) -> Array:
    """Divides the logits by the square root of their number, as attention does."""
    return _softmax(x / np.sqrt(x.shape[axis]), axis)


@mistake("softmax/accuracy")
def negates_its_logits(x: Array, *, axis: int) -> Array:
    """Computes e^-x / Σ e^-x, the soft minimum."""
    return _softmax(-x, axis)


@mistake("softmax/accuracy", "softmax/sum")
def normalizes_by_the_euclidean_norm(x: Array, *, axis: int) -> Array:
    """Divides by the square root of the sum of squares."""
    e = _exponentials(x, axis)
    return e / np.sqrt((e * e).sum(axis=axis, keepdims=True))


@mistake("softmax/accuracy", "softmax/sum", "softmax/every-input-counts")
def takes_one_sigmoid_a_class(x: Array, *, axis: int) -> Array:
    """Answers a sigmoid for each class: the classes do not compete."""
    return _sigmoid(x)


@mistake("softmax/accuracy", "softmax/every-input-counts")
def answers_the_winner(x: Array, *, axis: int) -> Array:
    """Answers 1 for the largest logit and 0 for the others."""
    return _share((x == x.max(axis=axis, keepdims=True)).astype(x.dtype), axis)


@mistake("softmax/accuracy", "softmax/permutation", "softmax/every-input-counts")
def leaves_out_the_last_class(x: Array, *, axis: int) -> Array:
    """Leaves the last class out of the sum."""
    e = np.moveaxis(_exponentials(x, axis), axis, -1)
    return np.moveaxis(e / e[..., :-1].sum(axis=-1, keepdims=True), -1, axis)


@mistake("softmax/accuracy", "softmax/permutation")
def divides_by_the_running_sum(x: Array, *, axis: int) -> Array:
    """Divides each term by the sum up to it, which is still running."""
    e = _exponentials(x, axis)
    return e / np.cumsum(e, axis=axis)


@mistake("softmax/range", native=True)
def multiplies_by_a_coarse_reciprocal(x: Array, *, axis: int) -> Array:
    """Multiplies by an approximate reciprocal of the sum, which is a little too large."""
    return _off_by(_softmax(_wide(x), axis), x)


@mistake("softmax/accuracy", dtypes=("float16", "bfloat16"), native=True)
def accumulates_in_its_own_format(x: Array, *, axis: int) -> Array:
    """Forms the sum in the 16-bit format of its arguments instead of float32."""
    e = _exponentials(_wide(x), axis)
    return e / _narrow_sum(e, x, axis)


@mistake("softmax/accuracy")
def forgets_to_rescale_between_blocks(x: Array, *, axis: int) -> Array:
    """Sums in blocks of 1,024, each shifted by its own maximum, and adds them up as if the shifts were one."""
    x = np.moveaxis(x, axis, -1)
    blocks = [x[..., start : start + 1024] for start in range(0, x.shape[-1], 1024)]
    total = sum(
        (_exponentials(block, -1).sum(axis=-1, keepdims=True) for block in blocks),
        np.zeros_like(x[..., :1]),
    )
    return np.moveaxis(np.exp(x - x.max(axis=-1, keepdims=True, initial=-np.inf)) / total, -1, axis)


@mistake("softmax/shift-invariance", native=True)
def subtracts_a_rounded_logarithm(x: Array, *, axis: int) -> Array:
    """Computes exp(x - log Σ e^x) with the logarithm rounded at the size of x."""
    m = _wide(x).max(axis=axis, keepdims=True)
    return np.exp(
        _wide(x)
        - _wide(cast(m + np.log(np.exp(_wide(x) - m).sum(axis=axis, keepdims=True)), x.dtype.name))
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
    return _softmax(y, axis)


@mistake("softmax/fully-masked")
def answers_zeros_for_an_empty_row(x: Array, *, axis: int) -> Array:
    """Answers a fully masked row with zeros."""
    return np.where(np.isneginf(x.max(axis=axis, keepdims=True)), 0, _softmax(x, axis))


@mistake("softmax/fully-masked")
def replaces_minus_infinity(x: Array, *, axis: int) -> Array:
    """Replaces -inf by a large negative number, so that a fully masked row becomes uniform."""
    return _softmax(np.where(np.isneginf(x), -1e30, x), axis)


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
    return np.where(np.isneginf(np.fmax.reduce(x, axis=axis, keepdims=True)), 0, _softmax(x, axis))


@mistake("softmax/positive-infinity")
def answers_the_limit(x: Array, *, axis: int) -> Array:
    """Answers 1 to inf and 0 to the rest of its row."""
    return _softmax(np.where(np.isposinf(x), 1e30, x), axis)


@mistake("softmax/gradual-underflow", native=True)
def flushes_small_probabilities(x: Array, *, axis: int) -> Array:
    """Runs in a processor mode that flushes subnormal answers to 0."""
    return _flushed(_softmax(_wide(x), axis), x)


@mistake("softmax_vjp/accuracy", "softmax_vjp/jacobian", "softmax_vjp/zero-sum", "softmax_vjp/axes")
def multiplies_by_the_diagonal(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Multiplies by s(1 - s), the Jacobian's diagonal, as if softmax acted on one element at a time."""
    s = _softmax(x, axis)
    return cotangent * s * (1 - s)


@mistake("softmax_vjp/accuracy", "softmax_vjp/jacobian", "softmax_vjp/zero-sum", "softmax_vjp/axes")
def forgets_the_inner_product(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Answers s·cotangent without subtracting the inner product."""
    return _softmax(x, axis) * cotangent


@mistake("softmax_vjp/accuracy", "softmax_vjp/jacobian", "softmax_vjp/zero-sum")
def subtracts_without_weights(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Subtracts Σ cotangent instead of Σ s·cotangent."""
    return _softmax(x, axis) * (cotangent - cotangent.sum(axis=axis, keepdims=True))


@mistake("softmax_vjp/accuracy", "softmax_vjp/zero-sum")
def takes_the_inner_product_over_the_batch(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Takes the inner product over the whole array instead of the row."""
    s = _softmax(x, axis)
    return s * (cotangent - (s * cotangent).sum() * (1 if x.ndim > 1 else 2))


@mistake("softmax_vjp/accuracy", "softmax_vjp/jacobian")
def adds_the_inner_product(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Adds the inner product instead of subtracting it."""
    s = _softmax(x, axis)
    return s * (cotangent + (s * cotangent).sum(axis=axis, keepdims=True))


@mistake("softmax_vjp/accuracy", "softmax_vjp/jacobian")
def doubles_the_gradient(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Answers twice the gradient."""
    return 2 * _softmax_vjp(x, cotangent, axis)


@mistake("softmax_vjp/accuracy", "softmax_vjp/jacobian")
def takes_logits_for_probabilities(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Uses x where softmax(x) is meant."""
    return x * (cotangent - (x * cotangent).sum(axis=axis, keepdims=True))


@mistake("softmax_vjp/accuracy", "softmax_vjp/jacobian", "softmax_vjp/axes")
def answers_the_gradient_of_the_logarithm(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Answers the gradient of log_softmax."""
    return cotangent - _softmax(x, axis) * cotangent.sum(axis=axis, keepdims=True)


@mistake("softmax_vjp/accuracy", dtypes=("float16",), native=True)
def sums_products_in_its_own_format(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Forms the inner product in float16 instead of float32."""
    s = _softmax(_wide(x), axis)
    return s * (_wide(cotangent) - _narrow_sum(s * _wide(cotangent), x, axis))


@mistake("softmax_vjp/finiteness")
def exponentiates_again_without_a_shift(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Computes the probabilities once more in the backward pass, and without the shift."""
    s = _share(np.exp(x), axis)
    return s * (cotangent - (s * cotangent).sum(axis=axis, keepdims=True))


@mistake("softmax_vjp/axes")
def takes_the_last_axis_backwards(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Takes the inner product along the last axis, whatever axis was asked for."""
    s = _softmax(x, axis)
    return s * (cotangent - (s * cotangent).sum(axis=-1, keepdims=True))


@mistake("softmax_vjp/masked")
def multiplies_masked_logits_by_zero(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Forms Σ softmax·x on the way, in which 0·∞ is NaN."""
    s = _softmax(x, axis)
    return _softmax_vjp(x, cotangent, axis) + 0 * (s * x).sum(axis=axis, keepdims=True)


@mistake("softmax_vjp/nan")
def takes_nan_for_no_gradient(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Replaces NaN in the gradient by 0, as a guard against it does."""
    return np.nan_to_num(_softmax_vjp(x, cotangent, axis))


# --- log_softmax -------------------------------------------------------------------------------------------------------------------


@mistake("log_softmax/accuracy")
def takes_the_logarithm_of_softmax(x: Array, *, axis: int) -> Array:
    """Computes log(softmax(x)), which is -inf where softmax underflows."""
    return np.log(_softmax(x, axis))


@mistake("log_softmax/accuracy")
def adds_epsilon_inside_the_logarithm(x: Array, *, axis: int) -> Array:
    """Computes log(softmax(x) + ε), which stops falling at log ε."""
    return np.log(_softmax(x, axis) + 1e-3)


@mistake("log_softmax/accuracy", "log_softmax/one-class", native=True)
def adds_epsilon_to_the_exponentials(x: Array, *, axis: int) -> Array:
    """Computes d - log(ε + Σ e^d), and so answers a single class with -ε."""
    d = _wide(x) - _wide(x).max(axis=axis, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=axis, keepdims=True) + _epsilon(x))


@mistake("log_softmax/accuracy", "log_softmax/range", "log_softmax/one-class")
def answers_the_probability(x: Array, *, axis: int) -> Array:
    """Answers softmax without the logarithm."""
    return _softmax(x, axis)


@mistake("log_softmax/accuracy", dtypes=("float16", "bfloat16"), native=True)
def sums_exponentials_in_its_own_format(x: Array, *, axis: int) -> Array:
    """Forms the sum in the 16-bit format of its arguments instead of float32."""
    d = _wide(x) - _wide(x).max(axis=axis, keepdims=True)
    return d - np.log(_narrow_sum(np.exp(d), x, axis))


@mistake("log_softmax/accuracy")
def takes_the_binary_logarithm(x: Array, *, axis: int) -> Array:
    """Answers in bits instead of nats."""
    return _log_softmax(x, axis) / np.log(2.0)


@mistake("log_softmax/accuracy", "log_softmax/shift-invariance", "log_softmax/axes")
def forgets_the_logarithm_of_the_sum(x: Array, *, axis: int) -> Array:
    """Answers x - max without subtracting log Σ e^(x - max)."""
    return x - x.max(axis=axis, keepdims=True)


@mistake("log_softmax/accuracy", "log_softmax/shift-invariance")
def forgets_the_shift_in_the_difference(x: Array, *, axis: int) -> Array:
    """Computes x - log Σ e^(x - max): the maximum is subtracted inside the sum only."""
    m = x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x - m).sum(axis=axis, keepdims=True))


@mistake("log_softmax/finiteness", "log_softmax/shift-invariance")
def sums_exponentials_without_a_shift(x: Array, *, axis: int) -> Array:
    """Computes x - log Σ e^x as it stands, which overflows and underflows."""
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


@mistake("log_softmax/shift-invariance", native=True)
def rounds_the_logarithm_at_the_size_of_x(x: Array, *, axis: int) -> Array:
    """Computes x - (max + log Σ e^(x - max)): the parenthesis is rounded at the size of x."""
    m = _wide(x).max(axis=axis, keepdims=True)
    return _wide(x) - _wide(
        cast(m + np.log(np.exp(_wide(x) - m).sum(axis=axis, keepdims=True)), x.dtype.name)
    )


@mistake("log_softmax/precision", native=True)
def takes_the_logarithm_of_one_and_a_little(x: Array, *, axis: int) -> Array:
    """Computes d - log Σ e^d with the sum rounded to the format: the winner's digits are lost, and soon all of them."""
    d = _wide(x) - _wide(x).max(axis=axis, keepdims=True)
    return d - np.log(_wide(cast(np.exp(d).sum(axis=axis, keepdims=True), x.dtype.name)))


@mistake("log_softmax/row-independence")
def takes_one_maximum_for_all_rows(x: Array, *, axis: int) -> Array:
    """Subtracts the maximum of the whole array, so that rows far below it underflow."""
    d = x - x.max()
    return d - np.log(np.exp(d).sum(axis=axis, keepdims=True))


@mistake("log_softmax/axes")
def keeps_to_the_last_axis(x: Array, *, axis: int) -> Array:
    """Always works along the last axis."""
    return _log_softmax(x, -1)


@mistake("log_softmax/masked")
def multiplies_minus_infinity_by_zero(x: Array, *, axis: int) -> Array:
    """Forms Σ softmax·x on the way, in which 0·∞ is NaN."""
    s = _softmax(x, axis)
    return _log_softmax(x, axis) + 0 * (s * x).sum(axis=axis, keepdims=True)


@mistake("log_softmax/nan")
def skips_nan_in_the_row(x: Array, *, axis: int) -> Array:
    """Skips NaN in the maximum and in the sum."""
    d = x - np.fmax.reduce(x, axis=axis, keepdims=True)
    return d - np.log(np.nansum(np.exp(d), axis=axis, keepdims=True))


@mistake("log_softmax_vjp/accuracy")
def assumes_that_cotangents_sum_to_one(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Answers cotangent - s, right only where the cotangents of a row sum to one."""
    return cotangent - _softmax(x, axis)


@mistake("log_softmax_vjp/accuracy", "log_softmax_vjp/axes")
def answers_the_gradient_of_softmax(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Answers the gradient of softmax."""
    return _softmax_vjp(x, cotangent, axis)


@mistake("log_softmax_vjp/accuracy", "log_softmax_vjp/zero-sum", "log_softmax_vjp/axes")
def forgets_the_sum(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Answers (1 - s)·cotangent, the diagonal of the Jacobian alone."""
    return cotangent * (1 - _softmax(x, axis))


@mistake("log_softmax_vjp/accuracy", "log_softmax_vjp/zero-sum")
def averages_the_cotangents(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Uses the mean of the cotangents where their sum is meant."""
    return cotangent - _softmax(x, axis) * cotangent.mean(axis=axis, keepdims=True)


@mistake("log_softmax_vjp/accuracy", "log_softmax_vjp/zero-sum")
def sums_cotangents_over_the_batch(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Sums the cotangents of the whole array instead of the row."""
    return cotangent - _softmax(x, axis) * cotangent.sum() * (1 if x.ndim > 1 else 2)


@mistake("log_softmax_vjp/accuracy", dtypes=("float16", "bfloat16"), native=True)
def sums_cotangents_in_its_own_format(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Sums the cotangents in the 16-bit format of its arguments instead of float32."""
    return _wide(cotangent) - _softmax(_wide(x), axis) * _narrow_sum(_wide(cotangent), x, axis)


@mistake("log_softmax_vjp/finiteness")
def divides_by_softmax(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Follows the chain rule through log(softmax(x)) and divides 0 by 0 where softmax underflows."""
    return _softmax_vjp(x, cotangent / _softmax(x, axis), axis)


@mistake("log_softmax_vjp/axes")
def sums_along_the_last_axis(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Sums the cotangents along the last axis, whatever axis was asked for."""
    return cotangent - _softmax(x, axis) * cotangent.sum(axis=-1, keepdims=True)


@mistake("log_softmax_vjp/masked")
def forms_zero_times_infinity(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Forms Σ softmax·x on the way, in which 0·∞ is NaN."""
    s = _softmax(x, axis)
    return (
        cotangent
        - s * cotangent.sum(axis=axis, keepdims=True)
        + 0 * (s * x).sum(axis=axis, keepdims=True)
    )


@mistake("log_softmax_vjp/nan")
def replaces_nan_by_zero(x: Array, cotangent: Array, *, axis: int) -> Array:
    """Replaces NaN in the gradient by 0, as a guard against it does."""
    return np.nan_to_num(cotangent - _softmax(x, axis) * cotangent.sum(axis=axis, keepdims=True))


# --- the right parts of wrong implementations --------------------------------------------------------------------------------------


def _sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def _exponentials(x: Array, axis: int) -> Array:
    return np.exp(x - x.max(axis=axis, keepdims=True))


def _share(terms: Array, axis: int) -> Array:
    return terms / terms.sum(axis=axis, keepdims=True)


def _softmax(x: Array, axis: int) -> Array:
    return _share(_exponentials(x, axis), axis)


def _log_softmax(x: Array, axis: int) -> Array:
    d = x - x.max(axis=axis, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=axis, keepdims=True))


def _softmax_vjp(x: Array, cotangent: Array, axis: int) -> Array:
    s = _softmax(x, axis)
    return s * (cotangent - (s * cotangent).sum(axis=axis, keepdims=True))


def _wide(x: Array) -> Array:
    return x.astype(np.float64)


def _narrow_sum(terms: Array, x: Array, axis: int) -> Array:
    """Add terms one after another, each sum rounded to the format of x."""
    sums = np.add.accumulate(cast(terms, x.dtype.name), axis=axis)
    return _wide(np.take(sums, [-1], axis=axis))


def _off_by(y: Array, x: Array) -> Array:
    """Return y, off by six ulp of the format of x."""
    return y + np.sign(y) * 6 * FORMATS[x.dtype.name].ulp(y)


def _flushed(y: Array, x: Array) -> Array:
    """Return y with the subnormal numbers of the format of x replaced by 0."""
    return np.where(np.abs(y) < FORMATS[x.dtype.name].tiny, 0, y)


def _epsilon(x: Array) -> float:
    """Return a small number that the format of x still sees beside 1."""
    return {"float64": 1e-12, "float32": 1e-5}.get(x.dtype.name, 0.1)
