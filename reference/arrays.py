"""The reference accepts real arrays and numbers; an error names what was needed and what came."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

# A block of so many elements stays in the cache, with the temporaries of a formula.
_BLOCK = 2**13

# float64 holds all integers up to this one.
_EXACT = 2**53


def real(name: str, value: ArrayLike) -> Array:
    """Return `value` as float64, exactly; an array of float64 is returned itself.

    Raises TypeError if float64 cannot hold all values of its type, if an integer is beyond ±2⁵³, or
    if rows differ in length. Callers neither write to the array nor return it.

    """
    try:
        array = np.asarray(value)
    except ValueError:
        message = f"{name} must hold real numbers in rows of one length; got rows that differ"
        raise TypeError(message) from None
    # NumPy's kernels differ in their last bits for strided memory, so a strided array is packed.
    if array.dtype == np.float64 and array.flags.carray:
        return array
    if array.size == 0 and not isinstance(value, np.ndarray):
        return array.astype(np.float64)
    if not np.can_cast(array.dtype, np.float64):
        message = f"{name} must hold real numbers that fit into float64; got dtype {array.dtype}"
        raise TypeError(message)
    if array.dtype in (np.int64, np.uint64) and array.size:
        largest = max(int(array.max()), int(array.min()), key=abs)
        if abs(largest) > _EXACT:
            message = f"{name} must hold real numbers that fit into float64; got {largest}"
            raise TypeError(message)
    with np.errstate(all="ignore"):  # signaling NaN is NaN
        return array.astype(np.float64)


def like(name: str, value: ArrayLike, other_name: str, other: Array) -> Array:
    """Return `value` as float64. Raises ValueError if its shape is not the shape of `other`."""
    array = real(name, value)
    if array.shape != other.shape:
        message = f"{name} must have the shape of {other_name}, {other.shape}; got {array.shape}"
        raise ValueError(message)
    return array


@np.errstate(all="ignore")
def each_element(function: Callable[..., Array], *arrays: Array) -> Array:
    """Apply an elementwise function to arrays of one shape, block by block.

    The answer is the same to the last bit. What NumPy was told to do at overflow, underflow or NaN
    does not matter.

    """
    flat = (array.reshape(-1) for array in arrays)
    return each_row(function, *flat, axis=None).reshape(arrays[0].shape)


def each_row(function: Callable[..., Array], *arrays: NDArray[Any], axis: int | None) -> Array:
    """Apply a function along an axis of arrays of one length, block by block.

    `axis` is None for an elementwise function. Along axis 0 there is only one block.
    """
    length, size = len(arrays[0]), arrays[0].size
    if size <= _BLOCK or axis == 0:
        return function(*arrays)
    rows = max(1, _BLOCK * length // size)
    answer = np.empty(0)
    for start in range(0, length, rows):
        part = function(*(array[start : start + rows] for array in arrays))
        if not start:
            answer = np.empty((length, *part.shape[1:]))
        answer[start : start + rows] = part
    return answer


def two_difference(a: Array, b: Array) -> tuple[Array, Array, bool]:
    """Return a - b as two parts: the difference as it rounds, and the rest of it, exactly.

    Say as well whether all differences are finite; where one is not, the rest is 0 (O. Møller 1965,
    D. Knuth 1969; T. Dekker 1971, doi:10.1007/BF01397083).
    """
    # A row for each number of b would slow down each of two operations more than this copy.
    spread = np.empty_like(a)
    spread[...] = b
    difference = a - spread
    virtual = difference - a
    rest = difference - virtual
    np.subtract(a, rest, out=rest)
    virtual += spread
    rest -= virtual
    finite = not math.isnan(largest(rest))
    if not finite:
        rest[np.isnan(rest)] = 0.0
    return difference, rest, finite


# NumPy finds the place of a number in a third of the time that `maximum.reduce` takes.


def largest(x: Array) -> float:
    """Return the largest number, or NaN if there is one, or 0 if there is no number."""
    return x.item(x.argmax()) if x.size else 0.0


def least(x: Array) -> float:
    """Return the least number, or NaN if there is one, or inf if there is no number."""
    return x.item(x.argmin()) if x.size else math.inf


def number(name: str, value: Any) -> float:
    """Return `value` as a float, exactly.

    Raises TypeError if it is no number, ValueError if it is not finite or an integer beyond ±2⁵³.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        message = f"{name} must be a real number; got {type(value).__name__}"
        raise TypeError(message)
    if isinstance(value, (int, np.integer)) and abs(int(value)) > _EXACT:
        message = f"{name} must be a number that fits into float64; got an integer beyond 2⁵³"
        raise ValueError(message)
    if not math.isfinite(value):
        message = f"{name} must be finite; got {value}"
        raise ValueError(message)
    return float(value)


def axis_of(array: Array, axis: Any) -> int:
    """Return `axis` counted from the front.

    Raises TypeError if it is not an integer, ValueError if the array has no such axis.
    """
    if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
        message = f"axis must be an integer; got {type(axis).__name__}"
        raise TypeError(message)
    if not -array.ndim <= axis < array.ndim:
        message = f"axis must be an axis of x, which has {array.ndim} dimensions; got {axis}"
        raise ValueError(message)
    return int(axis) % array.ndim
