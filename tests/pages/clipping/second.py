"""The page `clipping` again: norms as running sums in the format itself, factors rounded to it,
and quotients where a product would do."""

import numpy as np

from tests.pages.rounding import running_sum


def _norm(arrays):
    terms = np.concatenate([np.square(array).ravel() for array in arrays] or [np.zeros(0)])
    return np.sqrt(running_sum(terms, 0)[0]) if terms.size else terms.dtype.type(0)


def _divided(arrays, max_norm, size):
    if not size > max_norm:
        return [array + array.dtype.type(0) for array in arrays]
    return [
        np.asarray(array / (size / size.dtype.type(max_norm))).astype(array.dtype)
        for array in arrays
    ]


def clip_by_value(gradients, *, limit):
    return [
        np.where(g > limit, limit, np.where(g < -limit, -limit, g)).astype(g.dtype)
        for g in gradients
    ]


def clip_by_norm(gradients, *, max_norm):
    with np.errstate(all="ignore"):
        return [_divided([g], max_norm, _norm([g]))[0] for g in gradients]


def clip_by_global_norm(gradients, *, max_norm):
    with np.errstate(all="ignore"):
        return _divided(gradients, max_norm, _norm(gradients))


def clip_by_global_norm_epsilon(gradients, *, max_norm, epsilon):
    with np.errstate(all="ignore"):
        size = _norm(gradients)
        return _divided(gradients, max_norm, size + size.dtype.type(epsilon))
