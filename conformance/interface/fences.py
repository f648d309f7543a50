"""Arguments of a function that nobody trusts, in memory of ours, between two fences.

A function that writes beside an argument is told so, and one that reads there finds NaN. Arguments
of one form lie in the same memory from call to call, and are the same tensors. A function that
knows an argument again by its identity or address answers with an earlier answer.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.sources.sharing import places
from nnspec.conformance.terms.nested import mapped
from nnspec.conformance.terms.outcomes import Malformed

# Bytes on each side. A block of 1,024 numbers that begins at the last element ends inside.
_BYTES = 8192

# All bits are set: NaN in each format of numbers, −1 in one of integers.
_FENCE = 0xFF

# Larger arguments get memory of their own in each call.
_KEPT = 2**20


class Fences:
    """The memory of the arguments of one function, and the tensors that have been made of it."""

    def __init__(self) -> None:
        self._memories: dict[tuple[int, str, tuple[int, ...]], NDArray[np.uint8]] = {}
        self._views: dict[int, NDArray[Any]] = {}
        self._put: list[tuple[NDArray[Any], NDArray[Any], NDArray[np.uint8]]] = []
        self.tensors: dict[int, Any] = {}

    def given(self, arguments: Sequence[Any]) -> list[Any]:
        """Return arguments with each array between fences.

        Arrays that share memory, or that have gaps, stay as they are: their memory is the matter.
        """
        self._put = []
        sharing = places(arguments)
        known: dict[int, NDArray[Any]] = {}

        def fenced(array: NDArray[Any]) -> NDArray[Any]:
            if id(array) in sharing or not array.size or not array.flags.c_contiguous:
                return array
            if id(array) not in known:
                known[id(array)] = self._fenced(array, len(known))
            return known[id(array)]

        return [mapped(fenced, each) for each in arguments]

    def settle(self, operation: str) -> None:
        """Hand what a function wrote to its arguments over to the arrays that it was meant for.

        Raises Malformed if it wrote beside one of them.
        """
        for array, inside, memory in self._put:
            if inside.tobytes() != array.tobytes():
                array[...] = inside
            before, behind = memory[:_BYTES], memory[_BYTES + array.nbytes :]
            spoiled = [bool((each != _FENCE).any()) for each in (before, behind)]
            if any(spoiled):
                memory.fill(_FENCE)
                where = "before" if spoiled[0] else "behind"
                message = f"{operation} wrote to memory {where} an argument of {array.shape}"
                raise Malformed(message)

    def tensor(self, array: NDArray[Any], make: Any) -> Any:
        """Return the tensor of an array between fences, the same one as the last time."""
        if not any(array is inside for _, inside, _ in self._put) or array.nbytes > _KEPT:
            return make(array)
        place = array.ctypes.data
        known = self.tensors.get(place)
        if known is None or not _is_of(known, array):
            known = self.tensors[place] = make(array)
        return known

    def _fenced(self, array: NDArray[Any], place: int) -> NDArray[Any]:
        key = place, array.dtype.name, array.shape
        memory = self._memories.get(key)
        if memory is None:
            memory = np.full(array.nbytes + 2 * _BYTES, _FENCE, dtype=np.uint8)
            if array.nbytes <= _KEPT:
                self._memories[key] = memory
        inside = self._view(memory, array)
        inside[...] = array
        self._put.append((array, inside, memory))
        return inside

    def _view(self, memory: NDArray[np.uint8], array: NDArray[Any]) -> NDArray[Any]:
        """Return the same view of a memory as the last time, unless a function has changed it."""
        known = self._views.get(memory.ctypes.data)
        if known is None or (known.shape, known.dtype) != (array.shape, array.dtype):
            known = _of(memory, array)
            if array.nbytes <= _KEPT:
                self._views[memory.ctypes.data] = known
        return known


def _of(memory: NDArray[np.uint8], array: NDArray[Any]) -> NDArray[Any]:
    """Return the part of a memory between its fences, in the form of an array."""
    within = memory[_BYTES : _BYTES + array.nbytes]
    return within.view(array.dtype).reshape(array.shape)


def _is_of(tensor: Any, array: NDArray[Any]) -> bool:
    """Say whether a tensor is as it was made of an array: its function may have changed it."""
    form = tensor.data_ptr(), tuple(tensor.shape), str(tensor.dtype), tensor.requires_grad
    return form == (array.ctypes.data, array.shape, f"torch.{array.dtype.name}", False)
