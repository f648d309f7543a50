"""The page `clipping` by every form of its formulas that a careful library would choose.

Each function computes in the format of its arrays, and sums in float32 at least.
"""

import numpy as np

from tests.pages.rounding import running_sum


def _norm(arrays, kind):
    squares = [np.square(array).reshape(-1) for array in arrays]
    joined = np.concatenate([*squares, np.zeros(1, kind)])
    return kind(np.sqrt(running_sum(joined, 0)[0]))


def _scaled(scale):
    """Return a form from scale(array, size, limit), which clips where the norm is too large."""

    def clip_by_norm(gradients, *, max_norm):
        return [_of(scale, [array], max_norm, 0.0)[0] for array in gradients]

    def clip_by_global_norm(gradients, *, max_norm):
        return _of(scale, gradients, max_norm, 0.0)

    def clip_by_global_norm_epsilon(gradients, *, max_norm, epsilon):
        return _of(scale, gradients, max_norm, epsilon)

    forms = clip_by_norm, clip_by_global_norm, clip_by_global_norm_epsilon
    for form in forms:
        form.__name__ = scale.__name__
    return forms


def _of(scale, gradients, max_norm, epsilon):
    if not gradients:
        return []
    kind = gradients[0].dtype.type
    size = _norm(gradients, kind) + kind(epsilon)
    if not size > kind(max_norm):
        return [array.copy() for array in gradients]
    return [np.asarray(scale(array, size, kind(max_norm))) for array in gradients]


def times_the_factor(array, size, limit):
    return array * (limit / size)


def over_the_quotient(array, size, limit):
    return array / (size / limit)


def times_the_limit_over_the_norm(array, size, limit):
    return array * limit / size


def times_the_reciprocal(array, size, limit):
    return array * (limit * (array.dtype.type(1) / size))


_FORMS = zip(
    *map(
        _scaled,
        (
            times_the_factor,
            over_the_quotient,
            times_the_limit_over_the_norm,
            times_the_reciprocal,
        ),
    ),
    strict=True,
)

FORMS = dict(
    zip(("clip_by_norm", "clip_by_global_norm", "clip_by_global_norm_epsilon"), _FORMS, strict=True)
)
