"""Activations made of straight pieces, and their derivatives: step, rectifiers, identity."""

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, each_element, like, number, real

__all__ = [
    "identity",
    "identity_vjp",
    "leaky_relu",
    "leaky_relu_vjp",
    "relu",
    "relu_vjp",
    "step",
]


def step(x: ArrayLike) -> Array:
    """Unit step, the activation of the perceptron.

    Formula
        step(x) = 1 if x > 0 else 0.
    Shapes
        x: any shape; answer like x.
    Accuracy
        `0`: exact.
    Edge cases
        step(0) = step(-0.0) = 0; NaN gives NaN, but x > 0 turns it into 0, in 0.4 of the time.
    Raises
        TypeError if x does not hold real numbers.
    Source
        M. Minsky, S. Papert, "Perceptrons" (1969), section 1.2: the sum must be greater than the
        threshold.
    """
    return each_element(lambda x: np.sign(np.maximum(x, 0.0)), real("x", x))


def relu(x: ArrayLike) -> Array:
    """Rectified linear unit.

    Formula
        relu(x) = max(0, x).
    Shapes
        x: any shape; answer like x.
    Accuracy
        `0`: exact.
    Edge cases
        -0.0 gives 0.0, but numpy.maximum(x, 0) gives either zero, in 0.3 of the time. NaN gives
        NaN; inf gives inf.
    Raises
        TypeError if x does not hold real numbers.
    Source
        V. Nair, G. Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML
        2010.
    """
    # The sum turns -0.0 into 0.0.
    return each_element(lambda x: np.maximum(x, 0.0) + 0.0, real("x", x))


def relu_vjp(x: ArrayLike, cotangent: ArrayLike) -> Array:
    """Gradient of ⟨cotangent, relu(x)⟩ with respect to x; at 0, one element of [0, 1].

    Formula
        cotangent where x > 0, else 0.
    Shapes
        x: any shape; cotangent and answer like x.
    Accuracy
        `0`: exact if x is not 0. At x = 0 any value between 0 and cotangent is right; this function
        gives 0.
    Edge cases
        NaN in x gives NaN, but where(x > 0, cotangent, 0) gives 0, in 0.65 of the time. An infinite
        cotangent gives 0 for x ≤ 0, but cotangent · (x > 0) gives NaN, in 0.24 of the time.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if the shapes differ.
    Source
        D. Bertoin et al., "Numerical influence of ReLU'(0) on backpropagation", NeurIPS 2021,
        arXiv:2106.12915.
    """
    x = real("x", x)
    cotangent = like("cotangent", cotangent, "x", x)
    return each_element(
        lambda x, cotangent: np.where(np.isnan(x), x, np.where(x > 0, cotangent, 0.0)), x, cotangent
    )


def leaky_relu(x: ArrayLike, *, negative_slope: float) -> Array:
    """Leaky rectified linear unit.

    Formula
        x where x > 0, else negative_slope · x. max(negative_slope · x, x) takes 0.15 of the time,
        but is another function for slopes outside [0, 1], and for slope 0 NumPy makes it NaN at
        inf.
    Shapes
        x: any shape; answer like x.
    Units
        negative_slope is a number, the gain of negative inputs (0.1 in many courses, 0.01 in the
        paper).
    Accuracy
        `ulp(y)/2`: one rounding.
    Edge cases
        NaN gives NaN. -inf gives -inf for a positive negative_slope, inf for a negative one, NaN
        for 0.
    Raises
        TypeError if x does not hold real numbers or negative_slope is not a real number. ValueError
        if negative_slope is not finite.
    Source
        A. Maas, A. Hannun, A. Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic
        Models", ICML 2013.
    """
    x = real("x", x)
    slope = number("negative_slope", negative_slope)
    with np.errstate(all="ignore"):
        return each_element(lambda x: np.where(x > 0, x, slope * x), x)


def leaky_relu_vjp(x: ArrayLike, cotangent: ArrayLike, *, negative_slope: float) -> Array:
    """Gradient of ⟨cotangent, leaky_relu(x)⟩ with respect to x; at 0, the negative side's.

    Formula
        cotangent where x > 0, else negative_slope · cotangent.
    Shapes
        x: any shape; cotangent and answer like x.
    Units
        negative_slope as in leaky_relu.
    Accuracy
        `ulp(y)/2`: one rounding, if x is not 0. At x = 0 this function takes the negative side.
    Edge cases
        NaN in x gives NaN; without the test for NaN the function would take 0.7 of its time.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if the shapes differ or the
        slope is not finite.
    Source
        A. Maas, A. Hannun, A. Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic
        Models", ICML 2013.
    """
    x = real("x", x)
    cotangent = like("cotangent", cotangent, "x", x)
    slope = number("negative_slope", negative_slope)
    with np.errstate(all="ignore"):
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
        TypeError if an argument does not hold real numbers. ValueError if the shapes differ.
    Source
        C. Bishop, "Pattern Recognition and Machine Learning" (2006), section 5.3.
    """
    return like("cotangent", cotangent, "x", real("x", x)).copy()
