"""Activations and their derivatives; every `Accuracy` bound below is proved against interval arithmetic by tests/truth."""

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, axis_of, each_element, each_row, like, number, real

__all__ = [
    "identity",
    "identity_vjp",
    "leaky_relu",
    "leaky_relu_vjp",
    "log_softmax",
    "log_softmax_vjp",
    "relu",
    "relu_vjp",
    "sigmoid",
    "sigmoid_vjp",
    "softmax",
    "softmax_vjp",
    "step",
    "tanh",
    "tanh_vjp",
]

# Where e^-a leaves the normal range it is split into e^-700 · e^(700 - a), and once more beyond 1400: no factor is subnormal on its own.
_FAR = 700.0
_EXP_FAR = float(np.exp(-_FAR))


def step(x: ArrayLike) -> Array:
    """Unit step, the activation of the perceptron.

    Formula
        step(x) = 1 if x > 0 else 0.
    Shapes
        x: any shape; answer like x.
    Accuracy
        `0`: exact.
    Edge cases
        step(0) = step(-0.0) = 0; NaN gives NaN, of which x > 0 makes 0 in 0.4 of the time.
    Raises
        TypeError if x does not hold real numbers.
    Source
        M. Minsky, S. Papert, "Perceptrons" (1969), section 1.2: the sum has to be greater than the threshold.
    """
    return each_element(lambda x: np.sign(np.maximum(x, 0.0)), real("x", x))


def sigmoid(x: ArrayLike) -> Array:
    """Logistic sigmoid.

    Formula
        sigmoid(x) = 1/(1 + e^-x), computed as 1/(1 + e) where x ≥ 0 and e/(1 + e) where x < 0, with e = e^-|x|: the
        exponential never overflows and the left tail keeps its relative accuracy.
    Shapes
        x: any shape; answer like x.
    Accuracy
        `3*ulp(y)`; 2.45 ulp measured.
    Edge cases
        -inf gives 0, inf gives 1, NaN gives NaN; the answer is subnormal for x < -708.4 and 0 for x < -745.2.
    Raises
        TypeError if x does not hold real numbers.
    Source
        P.-F. Verhulst, Mémoires de l'Académie de Bruxelles 18 (1845); the rearrangement is N. Higham, "What is the
        logistic function?" (2021).
    """
    with np.errstate(under="ignore"):
        # The numerator is 1 = e^0 where x ≥ 0 and e where x < 0.
        return each_element(
            lambda x: np.exp(np.minimum(x, 0.0)) / (1.0 + np.exp(-np.abs(x))), real("x", x)
        )


def sigmoid_vjp(x: ArrayLike, cotangent: ArrayLike) -> Array:
    """Gradient of ⟨cotangent, sigmoid(x)⟩ with respect to x.

    Formula
        cotangent · s(1 - s), s = sigmoid(x), computed as cotangent · e/(1 + e)², e = e^-|x|: neither s nor 1 - s is
        formed, so nothing cancels in either tail.
    Shapes
        x: any shape; cotangent and answer like x.
    Accuracy
        `6*ulp(y)`; 4.93 ulp measured.
    Edge cases
        ±inf gives 0 for a finite cotangent; NaN gives NaN.
    Raises
        TypeError if an argument does not hold real numbers, ValueError if the shapes differ.
    Source
        Y. LeCun et al., "Efficient BackProp" (1998), doi:10.1007/3-540-49430-8_2.
    """
    x = real("x", x)
    return each_element(
        lambda x, cotangent: _bell(np.abs(x), cotangent, 1.0),
        x,
        like("cotangent", cotangent, "x", x),
    )


def tanh(x: ArrayLike) -> Array:
    """Hyperbolic tangent.

    Formula
        tanh(x) = (e^x - e^-x)/(e^x + e^-x); the quotient overflows, so the value is numpy.tanh's.
    Shapes
        x: any shape; answer like x.
    Accuracy
        `2.5*ulp(y)`; 1.20 ulp measured with AVX2 or AVX-512, 2.18 without.
    Edge cases
        ±inf gives ±1, -0.0 gives -0.0, NaN gives NaN.
    Raises
        TypeError if x does not hold real numbers.
    Source
        Y. LeCun et al., "Efficient BackProp" (1998), doi:10.1007/3-540-49430-8_2.
    """
    return np.tanh(real("x", x))


def tanh_vjp(x: ArrayLike, cotangent: ArrayLike) -> Array:
    """Gradient of ⟨cotangent, tanh(x)⟩ with respect to x.

    Formula
        cotangent · (1 - tanh²x), computed as cotangent · 4e/(1 + e)², e = e^-2|x|: 1 - tanh² cancels in both tails.
    Shapes
        x: any shape; cotangent and answer like x.
    Accuracy
        `6*ulp(y)`; 5.04 ulp measured.
    Edge cases
        ±inf gives 0 for a finite cotangent; NaN gives NaN.
    Raises
        TypeError if an argument does not hold real numbers, ValueError if the shapes differ.
    Source
        Y. LeCun et al., "Efficient BackProp" (1998), doi:10.1007/3-540-49430-8_2.
    """
    x = real("x", x)
    with np.errstate(over="ignore"):
        return each_element(
            lambda x, cotangent: _bell(2.0 * np.abs(x), cotangent, 4.0),
            x,
            like("cotangent", cotangent, "x", x),
        )


def relu(x: ArrayLike) -> Array:
    """Rectified linear unit.

    Formula
        relu(x) = max(0, x).
    Shapes
        x: any shape; answer like x.
    Accuracy
        `0`: exact.
    Edge cases
        -0.0 gives 0.0, for which numpy.maximum(x, 0) gives either zero in 0.3 of the time; NaN gives NaN; inf gives inf.
    Raises
        TypeError if x does not hold real numbers.
    Source
        V. Nair, G. Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML 2010.
    """
    # The sum makes 0.0 of -0.0.
    return each_element(lambda x: np.maximum(x, 0.0) + 0.0, real("x", x))


def relu_vjp(x: ArrayLike, cotangent: ArrayLike) -> Array:
    """Gradient of ⟨cotangent, relu(x)⟩ with respect to x; at 0 one choice out of the subdifferential [0, 1].

    Formula
        cotangent where x > 0, else 0.
    Shapes
        x: any shape; cotangent and answer like x.
    Accuracy
        `0`: exact, away from x = 0, where any value between 0 and cotangent is right and this function gives 0.
    Edge cases
        NaN in x gives NaN, for which where(x > 0, cotangent, 0) gives 0 in 0.65 of the time; an infinite cotangent is cut off like
        any other, where cotangent · (x > 0), in 0.24 of the time, is NaN.
    Raises
        TypeError if an argument does not hold real numbers, ValueError if the shapes differ.
    Source
        D. Bertoin et al., "Numerical influence of ReLU'(0) on backpropagation", NeurIPS 2021, arXiv:2106.12915.
    """
    x = real("x", x)
    cotangent = like("cotangent", cotangent, "x", x)
    return each_element(
        lambda x, cotangent: np.where(np.isnan(x), x, np.where(x > 0, cotangent, 0.0)), x, cotangent
    )


def leaky_relu(x: ArrayLike, *, negative_slope: float) -> Array:
    """Leaky rectified linear unit.

    Formula
        x where x > 0, else negative_slope · x; for 0 ≤ negative_slope ≤ 1 this is max(negative_slope · x, x), which takes 0.15 of
        the time, is another function for steeper slopes, and with NumPy NaN at inf for slope 0.
    Shapes
        x: any shape; answer like x.
    Units
        negative_slope is a number, the gain of negative inputs (0.1 in many courses, 0.01 in the paper).
    Accuracy
        `ulp(y)/2`: one rounding.
    Edge cases
        NaN gives NaN; -inf gives -inf, inf or NaN as negative_slope is positive, negative or zero.
    Raises
        TypeError if x does not hold real numbers or negative_slope is none, ValueError if it is not finite.
    Source
        A. Maas, A. Hannun, A. Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", ICML 2013.
    """
    x = real("x", x)
    slope = number("negative_slope", negative_slope)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return each_element(lambda x: np.where(x > 0, x, slope * x), x)


def leaky_relu_vjp(x: ArrayLike, cotangent: ArrayLike, *, negative_slope: float) -> Array:
    """Gradient of ⟨cotangent, leaky_relu(x)⟩ with respect to x; at 0 one choice out of the subdifferential.

    Formula
        cotangent where x > 0, else negative_slope · cotangent.
    Shapes
        x: any shape; cotangent and answer like x.
    Units
        negative_slope as in leaky_relu.
    Accuracy
        `ulp(y)/2`: one rounding, away from x = 0, where this function takes the negative side.
    Edge cases
        NaN in x gives NaN; without a look for it the function would take 0.7 of its time.
    Raises
        TypeError if an argument does not hold real numbers, ValueError if the shapes differ or the slope is not finite.
    Source
        A. Maas, A. Hannun, A. Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", ICML 2013.
    """
    x = real("x", x)
    cotangent = like("cotangent", cotangent, "x", x)
    slope = number("negative_slope", negative_slope)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return each_element(
            lambda x, cotangent: np.where(
                np.isnan(x), x, np.where(x > 0, cotangent, slope * cotangent)
            ),
            x,
            cotangent,
        )


def identity(x: ArrayLike) -> Array:
    """Identity, the activation of a regression's last layer.

    Formula
        identity(x) = x.
    Shapes
        x: any shape; answer like x, never x itself.
    Accuracy
        `0`: exact.
    Raises
        TypeError if x does not hold real numbers.
    Source
        C. Bishop, "Pattern Recognition and Machine Learning" (2006), section 5.1.
    """
    return real("x", x).copy()


def identity_vjp(x: ArrayLike, cotangent: ArrayLike) -> Array:
    """Gradient of ⟨cotangent, identity(x)⟩ with respect to x.

    Formula
        cotangent.
    Shapes
        x: any shape; cotangent and answer like x.
    Accuracy
        `0`: exact.
    Raises
        TypeError if an argument does not hold real numbers, ValueError if the shapes differ.
    Source
        C. Bishop, "Pattern Recognition and Machine Learning" (2006), section 5.3.
    """
    return like("cotangent", cotangent, "x", real("x", x)).copy()


def softmax(x: ArrayLike, *, axis: int) -> Array:
    """Softmax along one axis.

    Formula
        y_i = e^(x_i) / Σ_j e^(x_j), computed as e_i / Σ e_j with e_i = e^(d_i)·(1 + l_i), d_i + l_i = x_i - max x exactly:
        the plain difference alone costs |d_i|/2 ulp once it is exponentiated.
    Shapes
        x: one axis or more; answer like x.
    Accuracy
        `(28 + log2(n))*u*y + 2*eta`; 22 ulp measured at n = 127, where 126 terms of half an ulp are lost one by one, 6 on ordinary rows.
    Edge cases
        -inf gives 0; a row of -inf alone, a row with inf and a row with NaN are NaN; an empty axis stays empty.
    Raises
        TypeError if x does not hold real numbers or axis is no integer, ValueError if x has no such axis.
    Source
        J. Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs" (1990),
        doi:10.1007/978-3-642-76153-9_28; error analysis: P. Blanchard, D. Higham, N. Higham, IMA J. Numer. Anal. 41
        (2021), doi:10.1093/imanum/draa038.
    """
    x = real("x", x)
    axis = axis_of(x, axis)
    return each_row(lambda x: _softmax(x, axis), x, axis=axis)


def softmax_vjp(x: ArrayLike, cotangent: ArrayLike, *, axis: int) -> Array:
    """Gradient of ⟨cotangent, softmax(x)⟩ with respect to x: the Jacobian diag(s) - s sᵀ applied to cotangent.

    Formula
        s · (cotangent - Σ_j s_j cotangent_j), s = softmax(x).
    Shapes
        x: one axis or more; cotangent and answer like x.
    Accuracy
        `(64 + 3*log2(n))*u*s*(abs(cotangent) + sum(s*abs(cotangent))) + 4*eta*(n + abs(cotangent) + sum(abs(cotangent)))`
        with `s = softmax(x)`: the difference may cancel, and the bound is its condition; 0.51 of it measured.
    Edge cases
        A row that softmax answers with NaN is NaN; 2·Σ|cotangent| must be in range.
    Raises
        TypeError if an argument does not hold real numbers, ValueError if the shapes differ or x has no such axis.
    Source
        J. Bridle (1990), doi:10.1007/978-3-642-76153-9_28.
    """
    x = real("x", x)
    cotangent = like("cotangent", cotangent, "x", x)
    axis = axis_of(x, axis)
    s = softmax(x, axis=axis)
    with np.errstate(under="ignore", invalid="ignore"):
        return each_row(
            lambda s, cotangent: s * (cotangent - _sum(s * cotangent, axis)),
            s,
            cotangent,
            axis=axis,
        )


def log_softmax(x: ArrayLike, *, axis: int) -> Array:
    """Logarithm of softmax along one axis.

    Formula
        y_i = x_i - log Σ_j e^(x_j), computed as d_i - (log1p(r) - l_i) with d_i + l_i = x_i - max x exactly and r the sum of
        e^(x_j - max x) without its largest term: all terms have one sign, so the answer is relatively accurate even
        where it is nearly 0 (log_softmax([0, -40])[0] = -4.25e-18).
    Shapes
        x: one axis or more; answer like x.
    Accuracy
        `(32 + log2(n))*u*abs(y) + 2*n*eta`; 4.9 ulp measured on normal answers.
    Edge cases
        -inf gives -inf; a row of -inf alone, a row with inf and a row with NaN are NaN; an empty axis stays empty.
    Raises
        TypeError if x does not hold real numbers or axis is no integer, ValueError if x has no such axis.
    Source
        P. Blanchard, D. Higham, N. Higham, IMA J. Numer. Anal. 41 (2021), doi:10.1093/imanum/draa038, with the
        difference in two parts (T. Dekker 1971, doi:10.1007/BF01397083).
    """
    x = real("x", x)
    axis = axis_of(x, axis)
    return each_row(lambda x: _log_softmax(x, axis), x, axis=axis) if x.shape[axis] else x.copy()


def log_softmax_vjp(x: ArrayLike, cotangent: ArrayLike, *, axis: int) -> Array:
    """Gradient of ⟨cotangent, log_softmax(x)⟩ with respect to x.

    Formula
        cotangent - s · Σ_j cotangent_j, s = softmax(x).
    Shapes
        x: one axis or more; cotangent and answer like x.
    Accuracy
        `(64 + 2*log2(n))*u*(abs(cotangent) + s*sum(abs(cotangent))) + 4*eta*(1 + sum(abs(cotangent)))`
        with `s = softmax(x)`: the difference may cancel, and the bound is its condition; 0.2 of it measured. With SciPy's softmax it
        takes 0.7 of the time and loses 500 ulp, here 2.4, where cotangent is 0 and x hundreds below the largest.
    Edge cases
        A row that softmax answers with NaN is NaN; 2·Σ|cotangent| must be in range.
    Raises
        TypeError if an argument does not hold real numbers, ValueError if the shapes differ or x has no such axis.
    Source
        C. Bishop, "Pattern Recognition and Machine Learning" (2006), section 5.3.
    """
    x = real("x", x)
    cotangent = like("cotangent", cotangent, "x", x)
    axis = axis_of(x, axis)
    s = softmax(x, axis=axis)
    with np.errstate(under="ignore", invalid="ignore"):
        return each_row(
            lambda s, cotangent: cotangent - s * _sum(cotangent, axis), s, cotangent, axis=axis
        )


def _bell(a: Array, cotangent: Array, factor: float) -> Array:
    """Return cotangent · factor · e/(1 + e)² with e = e^-a, a ≥ 0, right also where e alone is subnormal and cotangent is large."""
    far, farther = a > _FAR, a > 2 * _FAR
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        part = np.exp(np.where(farther, 2 * _FAR, np.where(far, _FAR, 0.0)) - a)
        scale = np.where(far, _EXP_FAR, 1.0)
        plus_one = 1.0 + part * scale
        return (
            cotangent
            * scale
            * np.where(farther, _EXP_FAR, 1.0)
            * (factor * part / (plus_one * plus_one))
        )


def _softmax(x: Array, axis: int) -> Array:
    exponentials, _, _ = _shifted_exponentials(x, axis)
    with np.errstate(under="ignore", invalid="ignore"):
        return exponentials / _sum(exponentials, axis)


def _log_softmax(x: Array, axis: int) -> Array:
    exponentials, d, tail = _shifted_exponentials(x, axis)
    largest = np.expand_dims(np.argmax(x, axis=axis), axis)
    np.put_along_axis(
        exponentials,
        largest,
        np.where(np.isnan(np.take_along_axis(d, largest, axis)), np.nan, 0.0),
        axis,
    )
    with np.errstate(under="ignore", invalid="ignore"):
        return d - (np.log1p(_sum(exponentials, axis)) - tail)


def _shifted_exponentials(x: Array, axis: int) -> tuple[Array, Array, Array]:
    """Return e^(x - max), and x - max in two parts (d, l) that sum to it exactly."""
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        d = x - largest
        virtual = d - x
        tail = (x - (d - virtual)) + (-largest - virtual)
        tail = np.where(np.isfinite(d), tail, 0.0)
        return np.exp(d) * (1.0 + tail), d, tail


def _sum(terms: Array, axis: int) -> Array:
    """Sum along an axis in NumPy's pairwise order, which it keeps to only where that axis is contiguous."""
    return np.expand_dims(np.ascontiguousarray(np.moveaxis(terms, axis, -1)).sum(axis=-1), axis)
