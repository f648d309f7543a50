"""Mistakes of clipping element by element."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]
Lists = list[Array]


@mistake("clip_by_value/accuracy", "clipping/limit")
def clips_below_only(gradients: Lists, *, limit: float) -> Lists:
    """Clips numbers below the negative limit, and leaves those above the limit."""
    return [np.maximum(g, -limit) for g in gradients]


@mistake("clip_by_value/accuracy")
def drops_what_exceeds(gradients: Lists, *, limit: float) -> Lists:
    """Answers 0 where the limit is exceeded."""
    return [np.where(np.abs(g) > limit, 0, g) for g in gradients]


@mistake("clip_by_value/accuracy", "clip_by_value/infinities")
def scales_by_the_largest_element(gradients: Lists, *, limit: float) -> Lists:
    """Divides everything by the largest element, so that the direction stays."""
    largest = max(float(np.max(np.abs(g), initial=0)) for g in gradients)
    return [g * (limit / largest) if largest > limit else g for g in gradients]


@mistake("clip_by_value/accuracy", "clipping/within", "clipping/zero")
def answers_the_limit_with_the_sign(gradients: Lists, *, limit: float) -> Lists:
    """Answers plus or minus the limit, whatever the magnitude."""
    return [np.copysign(limit, g) for g in gradients]


@mistake("clip_by_value/accuracy", "clip_by_value/idempotence", "clipping/within")
def squashes_smoothly(gradients: Lists, *, limit: float) -> Lists:
    """Squashes by g/(1 + |g|/limit), which moves numbers within the limit too."""
    return [g / (1 + np.abs(g) / limit) if limit else g * 0 for g in gradients]


@mistake("clip_by_value/accuracy", "clipping/limit")
def clips_to_twice_the_limit(gradients: Lists, *, limit: float) -> Lists:
    """Takes the limit for half of the interval's half."""
    return [np.clip(g, -2 * limit, 2 * limit) for g in gradients]


@mistake("clip_by_value/infinities")
def takes_infinity_for_nan(gradients: Lists, *, limit: float) -> Lists:
    """Answers NaN to infinities."""
    return [np.where(np.isinf(g), np.nan, np.clip(g, -limit, limit)) for g in gradients]
