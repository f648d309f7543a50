"""Factors, right and wrong, by which gradients are scaled."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import cast

Array = NDArray[Any]
Lists = list[Array]


def factored(
    factor: Callable[[Lists, float, float], Any],
    gradients: Sequence[Array],
    max_norm: float,
    epsilon: float = 0.0,
) -> Lists:
    """Return gradients · factor(gradients, max_norm, epsilon), computed in float64."""
    wide = [g.astype(np.float64) for g in gradients]
    with np.errstate(all="ignore"):
        by = factor(wide, max_norm, epsilon)
        return [cast(g * by, given.dtype.name) for g, given in zip(wide, gradients, strict=True)]


def _flat(arrays: Iterable[Array]) -> Array:
    return np.concatenate([np.zeros(0), *(array.ravel() for array in arrays)])


def norm_of(arrays: Iterable[Array]) -> Any:
    """Return the joint norm of arrays."""
    return np.sqrt(np.sum(np.square(_flat(arrays))))


def limited_by(norm: Callable[[Lists], Any]) -> Callable[[Lists, float, float], Any]:
    """Return the right factor of a wrong norm."""

    def factor(gradients: Lists, max_norm: float, epsilon: float) -> Any:
        size = norm(gradients) + epsilon
        return max_norm / size if size > max_norm else 1.0

    return factor


def squared_norm(gradients: Lists) -> Any:
    """Return the square of the norm."""
    return norm_of(gradients) ** 2


def mean_square(gradients: Lists) -> Any:
    """Return the root of the mean square."""
    return norm_of(gradients) / np.sqrt(max(_flat(gradients).size, 1))


def inverted(gradients: Lists, max_norm: float, epsilon: float) -> Any:
    """Return the factor turned round."""
    return max(1.0, (norm_of(gradients) + epsilon) / max_norm)


def always(gradients: Lists, max_norm: float, epsilon: float) -> Any:
    """Return the factor that brings every norm to the limit."""
    return max_norm / (norm_of(gradients) + epsilon)


def soft(gradients: Lists, max_norm: float, epsilon: float) -> Any:
    """Return a factor that is never 1."""
    return max_norm / (norm_of(gradients) + epsilon + max_norm)


def late(gradients: Lists, max_norm: float, epsilon: float) -> Any:
    """Return the factor, and 1 up to twice the limit."""
    size = norm_of(gradients) + epsilon
    return max_norm / size if size > 2 * max_norm else 1.0


def normalized(gradients: Lists, max_norm: float, _: float) -> Any:
    """Return the factor min(norm, max_norm)/norm as it comes of two roundings, 0/0 at 0."""
    norm = norm_of(gradients)
    return (1 / norm) * min(norm, max_norm)


def narrow_norm(gradients: Sequence[Array]) -> float:
    """Return the norm, every square and every partial sum rounded to the format."""
    total = gradients[0].dtype.type(0)
    with np.errstate(over="ignore", under="ignore"):
        for g in gradients:
            for value in g.ravel():
                total = total + value * value
    return float(np.sqrt(np.float64(total)))


def by_squares(gradients: Sequence[Array], max_norm: float, epsilon: float) -> Lists:
    """Return clipped gradients, every square rounded to their format."""
    kind = gradients[0].dtype.type
    total = sum(float(np.float64((g * g).astype(np.float64).sum())) for g in gradients)
    size = float(kind(np.sqrt(float(kind(total))))) + epsilon
    return [
        cast(g.astype(np.float64) * (max_norm / size), g.dtype.name) if size > max_norm else g
        for g in gradients
    ]
