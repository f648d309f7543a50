"""Arguments of losses: a row of numbers and a label for each sample."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.reference.arrays import Array, real

__all__ = ["labels", "rows"]


def rows(name: str, values: ArrayLike) -> Array:
    """Return a matrix with a row a sample and at least one class. Raises ValueError if it is none.

    Raises TypeError if it does not hold real numbers.
    """
    array = real(name, values)
    if array.ndim != 2 or not array.shape[1]:  # noqa: PLR2004  rows and classes
        message = (
            f"{name} must be a matrix with one row a sample and at least one class; "
            f"got shape {array.shape}"
        )
        raise ValueError(message)
    return array


def labels(values: ArrayLike, beside: Array) -> NDArray[np.int64]:
    """Return the label of each row of a matrix.

    Raises TypeError if the labels are no integers. Raises ValueError if there is not one a row, or
    if one is not that of a column.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and array.size:
        message = f"labels must hold integers; got dtype {array.dtype}"
        raise TypeError(message)
    if array.shape != beside.shape[:1] or np.any((array < 0) | (array >= beside.shape[1])):
        needed = f"{beside.shape[0]} integers in [0, {beside.shape[1]})"
        message = f"labels must be {needed}; got {array.tolist()}"
        raise ValueError(message)
    return array.astype(np.int64)
