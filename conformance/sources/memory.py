"""Memory that the suite shares with a process, for arrays that are too large for a line.

It consists of two files without names: the suite writes into the first, the process into the
second. Nobody has to remove them, because the system frees them with the last process that holds
them, however it ends.
"""

import math
import os
import sys
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.sources.messages import MessageError, is_shape, shown
from nnspec.conformance.terms.formats import dtype_of

# The arrays of one line have so many bytes at most: a file may have holes, and tell any length.
_MOST = 2**26

# The arrays of a file begin at multiples of this: no array shares a line of a cache with another.
_ALIGNED = 64


class Memory:
    """The two files, as the suite holds them."""

    def __init__(self) -> None:
        self.descriptors = nameless(), nameless()

    def names(self) -> dict[str, str]:
        """Return the names under which the started process opens them."""
        requests, replies = (f"/dev/fd/{each}" for each in self.descriptors)
        return {"requests": requests, "replies": replies}

    def close(self) -> None:
        """Let go of the files."""
        for each in self.descriptors:
            with suppress(OSError):
                os.close(each)


class Writer:
    """Puts the arrays of a line into a file, one behind the other."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._next = descriptor, 0

    def begin(self) -> None:
        """Begin a line: the arrays of the line before have been read."""
        self._next = 0

    def put(self, array: NDArray[Any]) -> dict[str, Any]:
        """Write the elements of an array in C order; return the key that says where they are."""
        place, rest = self._next, array.reshape(-1).view(np.uint8).data
        self._next += -(-rest.nbytes // _ALIGNED) * _ALIGNED
        at = place
        while rest:
            written = os.pwrite(self._descriptor, rest, at)
            at, rest = at + written, rest[written:]
        return {"place": place}


def fetched(value: Any, descriptor: int) -> Any:
    """Return a value of JSON in which arrays that lie in a file stand as arrays.

    Raises MessageError if the file does not hold them, or if they are too large together.
    """
    return _fetched(value, descriptor, [_MOST])


def _fetched(value: Any, descriptor: int, left: list[int]) -> Any:
    """Do so, with as many bytes as are left for the line."""
    if isinstance(value, list):
        return [_fetched(item, descriptor, left) for item in value]
    if not isinstance(value, dict):
        return value
    if "place" in value and "data" not in value:
        return {**value, "array": _read(value, descriptor, left)}
    return {name: _fetched(item, descriptor, left) for name, item in value.items()}


def _read(message: dict[str, Any], descriptor: int, left: list[int]) -> NDArray[Any]:
    shape: Any = message.get("shape")
    place: Any = message["place"]
    if not is_shape(shape) or type(place) is not int or place < 0:
        raise MessageError(f"{shown(message)} where dtype, shape and place were needed")
    try:
        dtype = dtype_of(str(message.get("dtype")))
    except ValueError as error:
        raise MessageError(f"an array that cannot be read: {error}") from None
    needed = math.prod(shape) * dtype.itemsize
    # Before it is allocated: a program may name any shape.
    left[0] -= needed
    if left[0] < 0:
        raise MessageError(f"arrays of more than {_MOST} bytes in one line")
    held = os.fstat(descriptor).st_size - place
    if held < needed:
        raise MessageError(
            f"an array of {needed} bytes in a place where the file has {max(held, 0)}"
        )
    array: NDArray[Any] = np.empty(shape, dtype)
    rest, at = array.reshape(-1).view(np.uint8).data, place
    while rest:
        count = os.preadv(descriptor, [rest], at)
        if not count:
            raise MessageError("an array in a file that became shorter")
        at, rest = at + count, rest[count:]
    return array if sys.byteorder == "little" else array.byteswap()


def nameless() -> int:
    """Return the descriptor of a new file that has no name, in memory where the system can."""
    create = getattr(os, "memfd_create", None)
    if create is not None:
        with suppress(OSError):
            return int(create("nnspec"))
    with TemporaryFile() as file:
        return os.dup(file.fileno())
