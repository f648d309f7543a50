"""What the reference accepts: real arrays and numbers, each refused with the name, the need and the find in one line."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def real(name: str, value: ArrayLike) -> Array:
    """Return `value` as float64, exactly; TypeError where a value of its type could be lost on the way."""
    array = np.asarray(value)
    if array.size == 0 and not isinstance(value, np.ndarray):
        return array.astype(np.float64)
    if not np.can_cast(array.dtype, np.float64):
        message = f"{name} must hold real numbers that fit into float64; got dtype {array.dtype}"
        raise TypeError(message)
    return array.astype(np.float64)


def like(name: str, value: ArrayLike, other_name: str, other: Array) -> Array:
    """Return `value` as float64 with the shape of `other`; ValueError names both shapes."""
    array = real(name, value)
    if array.shape != other.shape:
        message = f"{name} must have the shape of {other_name}, {other.shape}; got {array.shape}"
        raise ValueError(message)
    return array


def number(name: str, value: Any) -> float:
    """Return the finite real number `value`; TypeError or ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        message = f"{name} must be a real number; got {type(value).__name__}"
        raise TypeError(message)
    if not math.isfinite(value):
        message = f"{name} must be finite; got {value}"
        raise ValueError(message)
    return float(value)


def axis_of(array: Array, axis: Any) -> int:
    """Return `axis` counted from the front; TypeError for no integer, ValueError where the array has no such axis."""
    if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
        message = f"axis must be an integer; got {type(axis).__name__}"
        raise TypeError(message)
    if not -array.ndim <= axis < array.ndim:
        message = f"axis must be an axis of x, which has {array.ndim} dimensions; got {axis}"
        raise ValueError(message)
    return int(axis) % array.ndim
