"""Initial weights: each docstring specifies the law of the draws, never the stream of numbers."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnspec.reference.arrays import Array, number

__all__ = [
    "constant",
    "kaiming_normal",
    "kaiming_truncated_normal",
    "kaiming_uniform",
    "normal",
    "xavier_fan_in_normal",
    "xavier_normal",
    "xavier_truncated_normal",
    "xavier_uniform",
    "zeros",
]

_DTYPES = ("float64", "float32", "float16", "bfloat16")
_SEEDS = 2**32

# The truncated laws cut a normal law at so many of its standard deviations; of a standard deviation
# of 1 the second number remains.
_CUT = 2.0
_REMAINING = math.sqrt(
    1.0
    - _CUT
    * math.exp(-_CUT * _CUT / 2.0)
    * math.sqrt(2.0 / math.pi)
    / math.erf(_CUT / math.sqrt(2.0))
)


def zeros(shape: Sequence[int], *, dtype: str) -> Array:
    """Zeros: right for biases; weights that start at 0 never break a layer's symmetry.

    Formula
        w = 0.
    Shapes
        shape: any; answer of that shape.
    Units
        dtype names the format that the caller rounds to; the answer is in float64.
    Accuracy
        `0`: exact.
    Edge cases
        A shape that contains 0 gives an empty array, () an array without dimensions.
    Raises
        TypeError if shape does not hold whole numbers. ValueError if one of them is negative or
        dtype is unknown.
    Source
        I. Goodfellow, Y. Bengio, A. Courville, "Deep Learning" (2016), section 8.4.
    """
    return np.zeros(_shape(shape, dtype))


def constant(shape: Sequence[int], *, value: float, dtype: str) -> Array:
    """One value everywhere.

    Formula
        w = value.
    Shapes
        shape: any; answer of that shape.
    Units
        dtype as in zeros.
    Accuracy
        `0`: exact.
    Edge cases
        As zeros.
    Raises
        As zeros, and TypeError or ValueError if value is not a finite number.
    Source
        I. Goodfellow, Y. Bengio, A. Courville, "Deep Learning" (2016), section 8.4.
    """
    return np.full(_shape(shape, dtype), number("value", value))


def normal(shape: Sequence[int], *, std: float, seed: int, dtype: str) -> Array:
    """Normal weights of a given standard deviation.

    Formula
        w ~ N(0, std²), independent: std · z with z from
        numpy.random.Generator(PCG64(seed)).standard_normal.
    Shapes
        shape: any; answer of that shape.
    Units
        std is the standard deviation, not the variance; seed is a whole number of [0, 2³²); dtype
        as in zeros.
    Accuracy
        `0`: z comes from the generator, whose law is normal to its 53 bits; the product is rounded
        once.
    Edge cases
        std = 0 gives zeros; empty shapes as zeros.
    Raises
        As zeros. TypeError or ValueError if std is not a finite number of at least 0, or seed not a
        whole number in [0, 2³²).
    Source
        A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet Classification with Deep Convolutional
        Neural Networks" (2012), section 5: std = 0.01.
    """
    std = number("std", std)
    if std < 0:
        message = f"std must be at least 0; got {std}"
        raise ValueError(message)
    with np.errstate(all="ignore"):
        return std * _generator(seed).standard_normal(_shape(shape, dtype))


def xavier_fan_in_normal(fan_in: int, fan_out: int, *, seed: int, dtype: str) -> Array:
    """Xavier's initialization as often taught: linear units keep the variance of their inputs.

    Formula
        w ~ N(0, 1/fan_in), independent, drawn as in normal.
    Shapes
        answer (fan_in, fan_out).
    Units
        seed and dtype as in normal.
    Accuracy
        `0`: as in normal.
    Raises
        TypeError if a fan is not a whole number. ValueError if it is below 1. For seed and dtype as
        normal.
    Source
        Y. LeCun et al., "Efficient BackProp" (1998), doi:10.1007/3-540-49430-8_2, section 4.6.
    """
    return _normal(fan_in, fan_out, 1 / _fan("fan_in", fan_in), seed, dtype)


def xavier_normal(fan_in: int, fan_out: int, *, seed: int, dtype: str) -> Array:
    """Xavier's (Glorot's) initialization: a compromise between forward and backward variance.

    Formula
        w ~ N(0, 2/(fan_in + fan_out)), independent, drawn as in normal.
    Shapes
        answer (fan_in, fan_out).
    Units
        seed and dtype as in normal.
    Accuracy
        `0`: as in normal.
    Raises
        As xavier_fan_in_normal.
    Source
        X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
        networks", AISTATS 2010, equation 12.
    """
    return _normal(fan_in, fan_out, _xavier(fan_in, fan_out), seed, dtype)


def xavier_uniform(fan_in: int, fan_out: int, *, seed: int, dtype: str) -> Array:
    """Xavier's (Glorot's) initialization by a uniform law: "normalized initialization".

    Formula
        w ~ U(-a, a), a = √(6/(fan_in + fan_out)), independent: a(2U - 1) with U from
        numpy.random.Generator(PCG64(seed)).random; the variance is a²/3.
    Shapes
        answer (fan_in, fan_out).
    Units
        seed and dtype as in normal.
    Accuracy
        `0`: U is a multiple of 2⁻⁵³, and the product is rounded once.
    Raises
        As xavier_fan_in_normal.
    Source
        X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
        networks", AISTATS 2010, equation 16.
    """
    return _uniform(fan_in, fan_out, _xavier(fan_in, fan_out), seed, dtype)


def kaiming_normal(
    fan_in: int, fan_out: int, *, negative_slope: float, seed: int, dtype: str
) -> Array:
    """Kaiming's (He's) initialization: (leaky) rectifiers keep the mean square of their inputs.

    Formula
        w ~ N(0, 2/((1 + negative_slope²) · fan_in)), independent, drawn as in normal.
    Shapes
        answer (fan_in, fan_out).
    Units
        negative_slope is that of the rectifier, 0 for relu; seed and dtype as in normal.
    Accuracy
        `0`: as in normal.
    Edge cases
        A negative_slope whose square leaves the range gives zeros.
    Raises
        As xavier_fan_in_normal, and TypeError or ValueError if negative_slope is not a finite
        number.
    Source
        K. He et al., "Delving Deep into Rectifiers", ICCV 2015, arXiv:1502.01852, equations 10 and
        15.
    """
    return _normal(fan_in, fan_out, _kaiming(fan_in, negative_slope), seed, dtype)


def kaiming_uniform(
    fan_in: int, fan_out: int, *, negative_slope: float, seed: int, dtype: str
) -> Array:
    """Kaiming's (He's) initialization by a uniform law.

    Formula
        w ~ U(-a, a), a = √(6/((1 + negative_slope²) · fan_in)), independent, drawn as in
        xavier_uniform.
    Shapes
        answer (fan_in, fan_out).
    Units
        negative_slope as in kaiming_normal; seed and dtype as in normal.
    Accuracy
        `0`: as in xavier_uniform.
    Edge cases
        As kaiming_normal.
    Raises
        As kaiming_normal.
    Source
        K. He et al., "Delving Deep into Rectifiers", ICCV 2015, arXiv:1502.01852, equations 10 and
        15, for the variance.
    """
    return _uniform(fan_in, fan_out, _kaiming(fan_in, negative_slope), seed, dtype)


def xavier_truncated_normal(fan_in: int, fan_out: int, *, seed: int, dtype: str) -> Array:
    """Xavier's (Glorot's) initialization by a normal law without tails.

    Formula
        w = s z, z ~ N(0, 1) given |z| ≤ 2, s² = 2/((fan_in + fan_out) · 0.7737…): s gives the
        variance back that the cut takes. z = Φ⁻¹(Φ(-2) + (Φ(2) - Φ(-2)) U) with U as in
        xavier_uniform.
    Shapes
        answer (fan_in, fan_out).
    Units
        seed and dtype as in normal.
    Accuracy
        `0`: Φ⁻¹'s rounding moves the law by a few parts in 10¹⁶.
    Raises
        As xavier_fan_in_normal.
    Source
        X. Glorot, Y. Bengio, AISTATS 2010, for the variance; N. Johnson, S. Kotz, N. Balakrishnan,
        "Continuous Univariate Distributions" 1 (1994), section 13.10.1, for that of a cut normal
        law.
    """
    return _truncated(fan_in, fan_out, _xavier(fan_in, fan_out), seed, dtype)


def kaiming_truncated_normal(
    fan_in: int, fan_out: int, *, negative_slope: float, seed: int, dtype: str
) -> Array:
    """Kaiming's (He's) initialization by a normal law without tails.

    Formula
        w = s z, z ~ N(0, 1) given |z| ≤ 2, s² = 2/((1 + negative_slope²) · fan_in · 0.7737…), drawn
        as in xavier_truncated_normal.
    Shapes
        answer (fan_in, fan_out).
    Units
        negative_slope as in kaiming_normal; seed and dtype as in normal.
    Accuracy
        `0`: as in xavier_truncated_normal.
    Edge cases
        As kaiming_normal.
    Raises
        As kaiming_normal.
    Source
        K. He et al., "Delving Deep into Rectifiers", ICCV 2015, arXiv:1502.01852, for the variance;
        N. Johnson, S. Kotz, N. Balakrishnan (1994), section 13.10.1.
    """
    return _truncated(fan_in, fan_out, _kaiming(fan_in, negative_slope), seed, dtype)


def _xavier(fan_in: int, fan_out: int) -> float:
    return 2 / (_fan("fan_in", fan_in) + _fan("fan_out", fan_out))


def _kaiming(fan_in: int, negative_slope: float) -> float:
    slope = number("negative_slope", negative_slope)
    # A product out of range is infinite; a power raises OverflowError.
    return 2 / ((1 + slope * slope) * _fan("fan_in", fan_in))


def _normal(fan_in: int, fan_out: int, variance: float, seed: int, dtype: str) -> Array:
    return math.sqrt(variance) * _generator(seed).standard_normal(_fans(fan_in, fan_out, dtype))


def _uniform(fan_in: int, fan_out: int, variance: float, seed: int, dtype: str) -> Array:
    return math.sqrt(3 * variance) * (
        2 * _generator(seed).random(_fans(fan_in, fan_out, dtype)) - 1
    )


def _truncated(fan_in: int, fan_out: int, variance: float, seed: int, dtype: str) -> Array:
    # Importing SciPy takes two thirds of the time of importing the reference.
    from scipy import special  # noqa: PLC0415

    below, above = special.ndtr([-_CUT, _CUT])
    z = special.ndtri(
        below + (above - below) * _generator(seed).random(_fans(fan_in, fan_out, dtype))
    )
    return np.asarray(math.sqrt(variance) / _REMAINING * z, dtype=np.float64)


def _generator(seed: Any) -> np.random.Generator:
    """Return the generator of a seed. Raises TypeError or ValueError if it is out of range."""
    if not 0 <= _whole("seed", seed) < _SEEDS:
        message = f"seed must be in [0, 2**32); got {seed}"
        raise ValueError(message)
    return np.random.Generator(np.random.PCG64(int(seed)))


def _fans(fan_in: Any, fan_out: Any, dtype: Any) -> tuple[int, int]:
    """Return the shape of weights. Raises TypeError or ValueError if a fan or dtype is wrong."""
    first, second = _shape((_fan("fan_in", fan_in), _fan("fan_out", fan_out)), dtype)
    return first, second


def _fan(name: str, value: Any) -> int:
    if _whole(name, value) < 1:
        message = f"{name} must be at least 1; got {value}"
        raise ValueError(message)
    return int(value)


def _shape(shape: Any, dtype: Any) -> tuple[int, ...]:
    """Return a shape as a tuple. Raises TypeError or ValueError if it or dtype is wrong."""
    if dtype not in _DTYPES:
        message = f"dtype must be one of {', '.join(_DTYPES)}; got {dtype!r}"
        raise ValueError(message)
    if not isinstance(shape, (tuple, list)):
        message = f"shape must be a tuple of whole numbers; got {type(shape).__name__}"
        raise TypeError(message)
    lengths = tuple(_whole("every length of shape", length) for length in shape)
    if any(length < 0 for length in lengths):
        message = f"every length of shape must be at least 0; got {lengths}"
        raise ValueError(message)
    return lengths


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        message = f"{name} must be a whole number; got {type(value).__name__}"
        raise TypeError(message)
    return int(value)
