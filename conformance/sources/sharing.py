"""Arrays of one call that share memory: one array given twice, and views that overlap.

A message has the elements of each array. It also names the memory in which an array lies, and its
place there. A process can lay the arrays out as they lie here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.nested import leaves

# The number of a memory among those of a call, and a place in it, in elements.
Place = tuple[int, int]


def places(arrays: Sequence[Any]) -> dict[int, Place]:
    """Return where the arrays of a call lie that share memory with another one, by their ids.

    Arrays that are not contiguous never count: a view with gaps may share no element with another.
    """
    found = [
        (array.__array_interface__["data"][0], array)
        for array in leaves(arrays)
        if array.size and array.flags.c_contiguous
    ]
    if len(found) == 1:
        return {}
    by_address = sorted(found, key=lambda pair: pair[0])
    starts = {
        id(array): group[0][0]
        for group in _overlapping(by_address)
        if len(group) > 1
        for _, array in group
    }
    # The system decides which memory lies first, and the message must not depend on it.
    numbers: dict[int, int] = {}
    return {
        id(array): (
            numbers.setdefault(starts[id(array)], len(numbers)),
            (address - starts[id(array)]) // array.itemsize,
        )
        for address, array in found
        if id(array) in starts
    }


def shares(arrays: Sequence[Any]) -> bool:
    """Say whether two arrays of a call share memory, or a callback answers with its argument."""
    return any(getattr(each, "itself", False) for each in arrays) or bool(places(arrays))


def _overlapping(
    found: list[tuple[int, NDArray[Any]]],
) -> Iterator[list[tuple[int, NDArray[Any]]]]:
    """Yield arrays in order of their addresses, together if each begins before others end."""
    group: list[tuple[int, NDArray[Any]]] = []
    end = 0
    for address, array in found:
        if group and address >= end:
            yield group
            group = []
        group.append((address, array))
        end = max(end, address + array.nbytes)
    yield group


class Memories:
    """The memories of a call's message, in which its arrays are laid out as they lay there."""

    def __init__(self, arguments: Any) -> None:
        self._sizes: dict[int, int] = {}
        self._made: dict[int, NDArray[Any]] = {}
        self._arrays: dict[tuple[Any, ...], NDArray[Any]] = {}
        for message in _messages(arguments):
            number, first = message["shared"]
            count = int(np.prod(message["shape"], dtype=np.int64))
            self._sizes[number] = max(self._sizes.get(number, 0), first + count)

    def laid_out(self, array: NDArray[Any], message: Mapping[str, Any]) -> NDArray[Any]:
        """Return an array in its memory; two of one place and one shape are the very same."""
        number, first = message["shared"]
        key = number, first, array.shape
        if key not in self._arrays:
            memory = self._made.setdefault(number, np.empty(self._sizes[number], array.dtype))
            view = memory[first : first + array.size].reshape(array.shape)
            view[...] = array
            self._arrays[key] = view
        return self._arrays[key]


def _messages(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a call's arguments that say where an array lies."""
    if isinstance(value, dict):
        if "shared" in value:
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from _messages(item)
