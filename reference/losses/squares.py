"""Half the sum of squared errors, and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, like, real
from nnspec.reference.sums import sum_of_products

__all__ = ["sum_squared_error", "sum_squared_error_vjp"]


def sum_squared_error(y: ArrayLike, target: ArrayLike) -> Array:
    """Half the sum of the squared errors.

    Formula
        E = ½ Σ (y - t)², each half of a square rounded and their sum rounded once.
    Shapes
        y: any shape; target like y; answer: ().
    Accuracy
        `5*u*abs(y) + n*eta`; 0.58 of it measured.
    Edge cases
        The error of an empty array is 0; NaN gives NaN. It is inf only if E is beyond the range.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if the shapes differ.
    Source
        D. Rumelhart, G. Hinton, R. Williams (1986), doi:10.1038/323533a0, equation 3.
    """
    y = real("y", y)
    with np.errstate(all="ignore"):
        errors = (y - like("target", target, "y", y)).reshape(1, -1)
        return np.asarray(sum_of_products(errors, 0.5 * errors)[0])


def sum_squared_error_vjp(y: ArrayLike, target: ArrayLike, cotangent: ArrayLike) -> Array:
    """Gradient of half the sum of the squared errors.

    Formula
        ȳ = cotangent (y - t).
    Shapes
        y: any shape; target like y; cotangent: (); answer like y.
    Accuracy
        `4*u*abs(y) + tiny`; 0.49 of it measured.
    Edge cases
        Where y - t is beyond the range, the answer is infinite.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if the shapes differ.
    Source
        D. Rumelhart, G. Hinton, R. Williams (1986), doi:10.1038/323533a0, equation 4.
    """
    y = real("y", y)
    target, cotangent = (
        like("target", target, "y", y),
        like("cotangent", cotangent, "the error", np.zeros(())),
    )
    with np.errstate(all="ignore"):
        slopes = np.asarray(y - target)
        slopes *= cotangent
    return slopes
