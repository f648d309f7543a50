"""The page `activations` by every form of its formulas that a careful library would choose.

Each function computes in the format of its arrays, and sums in float32 at least.
"""

import numpy as np

from tests.pages.rounding import pairwise_sum, running_sum


def _shifted(x, axis):
    return x - x.max(axis=axis, keepdims=True, initial=-np.inf)


# --- sigmoid and tanh ---


def sigmoid_by_the_quotient(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_by_sides(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def tanh_itself(x):
    return np.tanh(x)


def tanh_by_expm1_of_minus(x):
    m = np.expm1(-2 * np.abs(x))
    return np.copysign(-m / (2 + m), x)


def tanh_by_expm1_of_plus(x):
    m = np.expm1(2 * np.minimum(np.abs(x), x.dtype.type(5)))
    return np.copysign(np.where(np.abs(x) < 5, m / (m + 2), x.dtype.type(1)), x)


def sigmoid_vjp_by_the_output(x, cotangent):
    s = sigmoid_by_the_quotient(x)
    return cotangent * (s * (1 - s))


def sigmoid_vjp_from_the_left(x, cotangent):
    s = sigmoid_by_sides(x)
    return (cotangent * s) * (1 - s)


def sigmoid_vjp_by_the_mirror(x, cotangent):
    return cotangent * sigmoid_by_the_quotient(x) * sigmoid_by_the_quotient(-x)


def sigmoid_vjp_by_the_exponential(x, cotangent):
    e = np.exp(-np.abs(x))
    return cotangent * (e / ((1 + e) * (1 + e)))


def tanh_vjp_by_the_square(x, cotangent):
    t = np.tanh(x)
    return cotangent * (1 - t * t)


def tanh_vjp_by_two_factors(x, cotangent):
    t = tanh_by_expm1_of_minus(x)
    return cotangent * ((1 - t) * (1 + t))


def tanh_vjp_by_the_exponential(x, cotangent):
    e = np.exp(-2 * np.abs(x))
    return cotangent * (4 * e / ((1 + e) * (1 + e)))


# --- softmax and its logarithm ---


def softmax_by_the_quotient(x, *, axis):
    e = np.exp(_shifted(x, axis))
    return e / running_sum(e, axis).astype(x.dtype)


def softmax_by_the_quotient_of_a_wide_sum(x, *, axis):
    e = np.exp(_shifted(x, axis))
    return e / pairwise_sum(e, axis)


def softmax_by_the_reciprocal(x, *, axis):
    e = np.exp(_shifted(x, axis))
    return e * (1 / pairwise_sum(e, axis))


def log_softmax_by_the_sum(x, *, axis):
    d = _shifted(x, axis)
    return d - np.log(running_sum(np.exp(d), axis).astype(x.dtype))


def log_softmax_by_a_wide_sum(x, *, axis):
    d = _shifted(x, axis)
    return d - np.log(pairwise_sum(np.exp(d), axis)).astype(x.dtype)


def softmax_by_its_logarithm(x, *, axis):
    return np.exp(log_softmax_by_the_sum(x, axis=axis).astype(x.dtype))


def softmax_vjp_of_the_difference(x, cotangent, *, axis):
    s = softmax_by_the_quotient(x, axis=axis)
    return s * (cotangent - pairwise_sum(s * cotangent, axis).astype(x.dtype))


def softmax_vjp_of_products(x, cotangent, *, axis):
    s = softmax_by_its_logarithm(x, axis=axis)
    product = s * cotangent
    return product - s * running_sum(product, axis).astype(x.dtype)


def log_softmax_vjp_by_softmax(x, cotangent, *, axis):
    s = softmax_by_the_quotient(x, axis=axis)
    return cotangent - s * pairwise_sum(cotangent, axis).astype(x.dtype)


def log_softmax_vjp_by_the_answer(x, cotangent, *, axis):
    s = softmax_by_its_logarithm(x, axis=axis)
    return cotangent - s * running_sum(cotangent, axis).astype(x.dtype)


# --- leaky rectifiers ---


def leaky_relu_of_a_rounded_slope(x, *, negative_slope):
    return np.where(x > 0, x, x * x.dtype.type(negative_slope))


def leaky_relu_vjp_of_a_rounded_slope(x, cotangent, *, negative_slope):
    return np.where(x > 0, cotangent, cotangent * x.dtype.type(negative_slope))


FORMS = {
    "sigmoid": (sigmoid_by_the_quotient, sigmoid_by_sides),
    "sigmoid_vjp": (
        sigmoid_vjp_by_the_output,
        sigmoid_vjp_from_the_left,
        sigmoid_vjp_by_the_mirror,
        sigmoid_vjp_by_the_exponential,
    ),
    "tanh": (tanh_itself, tanh_by_expm1_of_minus, tanh_by_expm1_of_plus),
    "tanh_vjp": (tanh_vjp_by_the_square, tanh_vjp_by_two_factors, tanh_vjp_by_the_exponential),
    "softmax": (
        softmax_by_the_quotient,
        softmax_by_the_quotient_of_a_wide_sum,
        softmax_by_the_reciprocal,
        softmax_by_its_logarithm,
    ),
    "softmax_vjp": (softmax_vjp_of_the_difference, softmax_vjp_of_products),
    "log_softmax": (log_softmax_by_the_sum, log_softmax_by_a_wide_sum),
    "log_softmax_vjp": (log_softmax_vjp_by_softmax, log_softmax_vjp_by_the_answer),
    "leaky_relu": (leaky_relu_of_a_rounded_slope,),
    "leaky_relu_vjp": (leaky_relu_vjp_of_a_rounded_slope,),
}
