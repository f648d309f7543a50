"""Gradient clipping by value and by norm; no norm overflows or underflows."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, number, real

__all__ = ["clip_by_global_norm", "clip_by_global_norm_epsilon", "clip_by_norm", "clip_by_value"]


def clip_by_value(gradients: Sequence[ArrayLike], *, limit: float) -> list[Array]:
    """Clip every element to [-limit, limit]; the direction of the gradient changes.

    Formula
        min(max(g, -limit), limit).
    Shapes
        gradients: a list of arrays of any shapes; answer a list like it.
    Units
        limit in those of the gradients.
    Accuracy
        `0`: exact.
    Edge cases
        ±inf gives ±limit; NaN stays NaN; limit 0 gives zeros; an empty list stays empty.
    Raises
        TypeError if gradients is not a list of arrays of real numbers, or limit is not a number.
        ValueError if limit is negative or not finite.
    Source
        T. Mikolov, "Statistical Language Models Based on Neural Networks", thesis, Brno (2012),
        section 3.2.2.
    """
    arrays = _arrays(gradients)
    limit = _limit("limit", limit)
    return [np.asarray(np.clip(g, -limit, limit)) for g in arrays]


def clip_by_norm(gradients: Sequence[ArrayLike], *, max_norm: float) -> list[Array]:
    """Clip each array by its own Euclidean norm; its direction stays.

    Formula
        g · min(1, max_norm/‖g‖) for each array g, computed as in clip_by_global_norm; BLAS's nrm2
        is fifty times as fast, but as accurate only where it sums in 80 bits.
    Shapes
        gradients: a list of arrays of any shapes; answer a list like it.
    Units
        max_norm in those of the gradients.
    Accuracy
        `3*ulp(y)`; 2.00 ulp measured.
    Edge cases
        As for clip_by_global_norm, array by array.
    Raises
        TypeError if gradients is not a list of arrays of real numbers, or max_norm is not a number.
        ValueError if max_norm is negative or not finite.
    Source
        R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural
        networks", ICML 2013, arXiv:1211.5063, algorithm 1, layer by layer.
    """
    arrays = _arrays(gradients)
    max_norm = _limit("max_norm", max_norm)
    return [_scaled([g], max_norm, 0.0)[0] for g in arrays]


def clip_by_global_norm(gradients: Sequence[ArrayLike], *, max_norm: float) -> list[Array]:
    """Clip all arrays by their joint Euclidean norm; the direction of the whole gradient stays.

    Formula
        g · min(1, max_norm/‖gradients‖), ‖gradients‖ = √(Σ_g Σ_i g_i²), computed by math.hypot from
        the gradients divided by a power of two near the largest of them. numpy.linalg.norm is a
        hundred times as fast, but its squares overflow from 1.4e154 on and lose all digits below
        1.5e-162, and it is off by 2.3 u. BLAS's nrm2 is fifty times as fast, but as accurate as
        math.hypot only where it sums in 80 bits.
    Shapes
        gradients: a list of arrays of any shapes; answer a list like it.
    Units
        max_norm in those of the gradients.
    Accuracy
        `3*ulp(y)`; 2.00 ulp measured.
    Edge cases
        If the norm is at most max_norm, the gradients stay as they are, to the last bit; a norm of
        0 does at max_norm 0 too. An infinity gives NaN for itself and 0 for every finite element.
        NaN gives NaN for all: no factor is right for them.
    Raises
        TypeError if gradients is not a list of arrays of real numbers, or max_norm is not a number.
        ValueError if max_norm is negative or not finite.
    Source
        R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural
        networks", ICML 2013, arXiv:1211.5063, algorithm 1.
    """
    return _scaled(_arrays(gradients), _limit("max_norm", max_norm), 0.0)


def clip_by_global_norm_epsilon(
    gradients: Sequence[ArrayLike], *, max_norm: float, epsilon: float
) -> list[Array]:
    """Clip all arrays by their joint Euclidean norm plus epsilon.

    Formula
        g · min(1, max_norm/(‖gradients‖ + epsilon)), the norm as in clip_by_global_norm.
    Shapes
        gradients: a list of arrays of any shapes; answer a list like it.
    Units
        max_norm and epsilon in those of the gradients.
    Accuracy
        `4*ulp(y)`; 2.38 ulp measured.
    Edge cases
        As for clip_by_global_norm, with ‖gradients‖ + epsilon in the place of the norm.
    Raises
        TypeError if gradients is not a list of arrays of real numbers, or max_norm or epsilon is
        not a number. ValueError if max_norm or epsilon is negative or not finite.
    Source
        R. Pascanu, T. Mikolov, Y. Bengio, ICML 2013, arXiv:1211.5063, algorithm 1, guarded against
        division by zero.
    """
    return _scaled(_arrays(gradients), _limit("max_norm", max_norm), _limit("epsilon", epsilon))


def _scaled(arrays: list[Array], max_norm: float, epsilon: float) -> list[Array]:
    """Return arrays · min(1, max_norm/(norm + epsilon)).

    The norm and the factor are each a number near 1 times a power of two.
    """
    largest = max([epsilon, *(float(np.max(np.abs(g), initial=0.0)) for g in arrays)])
    if any(np.isnan(g).any() for g in arrays):
        return [np.full(g.shape, np.nan) for g in arrays]
    exponent = math.frexp(largest)[1]
    with np.errstate(all="ignore"):
        norm = math.hypot(
            *(value for g in arrays for value in np.ldexp(g, -exponent).ravel().tolist())
        )
        norm += math.ldexp(epsilon, -exponent)
        if norm == 0 or _at_most(norm, exponent, max_norm):
            return [g.copy() for g in arrays]
        mantissa, power = math.frexp(max_norm / norm)
        return [np.asarray(np.ldexp(g * mantissa, power - exponent)) for g in arrays]


def _at_most(norm: float, exponent: int, max_norm: float) -> bool:
    """Say whether norm · 2^exponent ≤ max_norm without a power that is out of range."""
    (mantissa, power), (limit, limit_power) = math.frexp(norm), math.frexp(max_norm)
    return (
        math.isfinite(norm)
        and max_norm > 0
        and (power + exponent, mantissa) <= (limit_power, limit)
    )


def _arrays(gradients: Sequence[ArrayLike]) -> list[Array]:
    """Return the gradients in float64. Raises TypeError if they are not a list or tuple."""
    if not isinstance(gradients, (list, tuple)):
        message = f"gradients must be a list or tuple of arrays; got {type(gradients).__name__}"
        raise TypeError(message)
    return [real(f"gradients[{place}]", g) for place, g in enumerate(gradients)]


def _limit(name: str, value: float) -> float:
    """Return a number. Raises ValueError if it is negative or not finite."""
    if number(name, value) < 0:
        message = f"{name} must not be negative; got {value}"
        raise ValueError(message)
    return float(value)
