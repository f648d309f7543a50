"""Mistakes of clipping each array by its own norm."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.clipping.mistakes.parts import (
    always,
    by_squares,
    factored,
    inverted,
    late,
    limited_by,
    mean_square,
    narrow_norm,
    norm_of,
    normalized,
    soft,
)
from nnspec.conformance.terms.formats import NARROW, cast
from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]
Lists = list[Array]


def _each(
    factor: Callable[[Lists, float, float], Any], gradients: Sequence[Array], max_norm: float
) -> Lists:
    """Return each array scaled by a factor of its own."""
    return [factored(factor, [g], max_norm)[0] for g in gradients]


@mistake("clip_by_norm/accuracy", "clipping/limit")
def takes_the_mean_square(gradients: Lists, *, max_norm: float) -> Lists:
    """Takes the root of the mean square for the norm."""
    return _each(limited_by(mean_square), gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clipping/limit")
def inverts_the_factor(gradients: Lists, *, max_norm: float) -> Lists:
    """Multiplies by the norm over the limit."""
    return _each(inverted, gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clipping/within")
def scales_always(gradients: Lists, *, max_norm: float) -> Lists:
    """Scales to the limit even if the norm is below it."""
    return [
        g if not np.any(g) else each
        for g, each in zip(gradients, _each(always, gradients, max_norm), strict=True)
    ]


@mistake("clip_by_norm/accuracy", "clip_by_norm/idempotence", "clipping/within")
def clips_smoothly(gradients: Lists, *, max_norm: float) -> Lists:
    """Divides by one plus the norm over the limit, a factor that is never 1."""
    return _each(soft, gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clipping/limit")
def clips_beyond_twice_the_limit(gradients: Lists, *, max_norm: float) -> Lists:
    """Clips only where the norm is more than twice the limit."""
    return _each(late, gradients, max_norm)


@mistake("clipping/zero", "clip_by_norm/accuracy")
def normalizes_before_it_scales(gradients: Lists, *, max_norm: float) -> Lists:
    """Divides by the norm first, which is 0/0 where the array is zero."""
    return _each(normalized, gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clip_by_norm/direction", "clipping/within")
def answers_magnitudes(gradients: Lists, *, max_norm: float) -> Lists:
    """Forgets the signs."""
    return [np.abs(g) for g in _each(limited_by(norm_of), gradients, max_norm)]


@mistake("clip_by_norm/accuracy", "clip_by_norm/own-norm")
def takes_the_joint_norm(gradients: Lists, *, max_norm: float) -> Lists:
    """Scales every array by the norm of all."""
    return factored(limited_by(norm_of), gradients, max_norm)


@mistake("clip_by_norm/accuracy", "clip_by_norm/own-norm", "clipping/limit", "clipping/neighbors")
def takes_the_norm_of_the_first_array(gradients: Lists, *, max_norm: float) -> Lists:
    """Computes the norm once, of the first array."""
    return factored(limited_by(lambda arrays: norm_of(arrays[:1])), gradients, max_norm)


@mistake("clip_by_norm/direction", "clip_by_norm/accuracy")
def takes_a_norm_for_every_row(gradients: Lists, *, max_norm: float) -> Lists:
    """Clips every row of a matrix by its own norm."""
    return [
        np.stack(_each(limited_by(norm_of), list(g), max_norm))
        if g.ndim > 1
        else _each(limited_by(norm_of), [g], max_norm)[0]
        for g in gradients
    ]


@mistake("clip_by_norm/accuracy", dtypes=NARROW, native=True)
def sums_in_sixteen_bits(gradients: Lists, *, max_norm: float) -> Lists:
    """Sums the squares in the narrow format, term after term."""
    return [
        cast(g.astype(np.float64) * min(1.0, max_norm / narrow_norm([g])), g.dtype.name)
        if np.any(g)
        else g
        for g in gradients
    ]


@mistake("clip_by_norm/range", native=True)
def squares_in_the_format(gradients: Lists, *, max_norm: float) -> Lists:
    """Squares in the format itself, where squares overflow and underflow."""
    return [by_squares([g], max_norm, 0.0)[0] for g in gradients]
