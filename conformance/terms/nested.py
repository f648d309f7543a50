"""Nested lists of arrays, as operations take and answer them, and their flat vector.

The flat vector holds the elements of all arrays, one array after the other.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# So many shapes of a list are named, beside its last one.
_NAMED = 4


def leaves(value: Any) -> Iterator[NDArray[Any]]:
    """Yield the arrays of a value: itself or those in its nested lists; a number has no arrays."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            if isinstance(item, np.ndarray):
                yield item
            else:
                yield from leaves(item)


def mapped(function: Callable[[NDArray[Any]], Any], value: Any) -> Any:
    """Return a value with `function` applied to each of its arrays.

    Tuples of arrays become lists; numbers and callbacks stay as they are.
    """
    if isinstance(value, np.ndarray):
        return function(value)
    if isinstance(value, (list, tuple)) and any(
        isinstance(item, (np.ndarray, np.generic, list, tuple)) for item in value
    ):
        return [
            function(item) if isinstance(item, np.ndarray) else mapped(function, _array(item))
            for item in value
        ]
    return value


def _array(item: Any) -> Any:
    return np.asarray(item) if isinstance(item, np.generic) else item


def wide(value: Any) -> Any:
    """Return a value with its arrays in float64; arrays of integers stay as they are."""
    return mapped(lambda array: array if array.dtype.kind == "i" else _widened(array), value)


def flat(value: Any) -> Array:
    """Return the elements in float64: one array in its own shape, several arrays as one vector."""
    if isinstance(value, np.ndarray):
        return _widened(value)
    parts = [array.reshape(-1) for array in leaves(value)]
    if len({array.dtype for array in parts}) != 1:
        parts = [_widened(array) for array in parts]
    return _widened(np.concatenate(parts)) if parts else np.zeros(0)


def table(values: Sequence[Any]) -> Array:
    """Return values of equal shapes in float64, each as a row."""
    return flat(list(values)).reshape(len(values), -1) if values else np.zeros((0, 0))


def _widened(array: NDArray[Any]) -> Array:
    if array.dtype == np.float64:
        return array.copy(order="K")
    with np.errstate(invalid="ignore"):
        found = array.astype(np.float64)
        if array.dtype == np.float16:
            # NumPy keeps a signaling NaN, which warns in the next computation; a product quiets it.
            np.multiply(found, 1.0, out=found)
        return found


def shapes(value: Any) -> Any:
    """Return the shapes of a value's arrays, nested like the arrays."""
    return value.shape if isinstance(value, np.ndarray) else [shapes(item) for item in value]


def in_words(shape: Any) -> str:
    """Return shapes, nested as `shapes` returns them, in words: "a list of 2 arrays of shape (3,)".

    Of a long list of different shapes the first and the last ones are named.
    """
    if isinstance(shape, tuple):
        return f"an array of shape {shape}"
    if not shape:
        return "an empty list"
    count = len(shape)
    if all(isinstance(each, tuple) for each in shape):
        arrays = f"a list of {count} {'array' if count == 1 else 'arrays'}"
        if all(each == shape[0] for each in shape):
            return f"{arrays} of shape {shape[0]}"
        ends = [*map(str, shape[:_NAMED]), "…", str(shape[-1])]
        return f"{arrays} of shapes {', '.join(ends if count > _NAMED + 1 else map(str, shape))}"
    if all(each == shape[0] for each in shape):
        return f"{count} times {in_words(shape[0])}"
    return f"a list of {count} lists of arrays"


def like(vector: NDArray[Any], value: Any) -> Any:
    """Return the elements of a flat vector in the shapes and the nesting of a value."""
    start = 0

    def taken(item: Any) -> Any:
        nonlocal start
        if not isinstance(item, np.ndarray):
            return [taken(each) for each in item]
        start += item.size
        return vector[start - item.size : start].reshape(item.shape)

    return vector.reshape(value.shape) if isinstance(value, np.ndarray) else taken(value)


def position_of(position: int, value: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the path to the array with an element of the flat vector, and the index there."""
    if isinstance(value, np.ndarray):
        return (), tuple(int(each) for each in np.unravel_index(position, value.shape))
    for number, item in enumerate(value):
        size = sum(array.size for array in leaves(item))
        if position < size:
            path, index = position_of(position, item)
            return (number, *path), index
        position -= size
    message = f"there are not {position + 1} elements more"
    raise IndexError(message)
