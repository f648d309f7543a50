"""Cases of many numbers in pieces, each of which fits a processor's cache.

A bound takes some dozen passes over its numbers. In memory each pass waits for the numbers, in a
cache it does not. A case is cut between numbers that know nothing of each other: elements, rows,
channels. A case whose numbers all belong together is one piece.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds.truth import true_answer
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, leaves
from nnspec.conformance.terms.operations import OPERATIONS, axes_of

# Numbers in a piece: so many that a pass costs more than the call that makes it.
_PIECE = 2**14

# On these pages an axis that no sum runs along parts numbers that know nothing of each other.
_PAGES = ("activations", "information", "losses", "normalization", "preprocessing")


@dataclass(frozen=True)
class Piece:
    """A part of a case: its numbers are those of `places` along `axes`, one for each array.

    An axis is None where the array belongs to every piece. The axes of the answer come last, one
    for each of its arrays. With `elements`, arrays are cut as vectors.
    """

    case: Case
    axes: tuple[int | None, ...]
    places: slice
    elements: bool

    def of(self, answer: Any) -> Any:
        """Return the part of an answer to the whole case: an array, or a list of arrays."""
        if not any(axis is not None for axis in self.axes):
            return answer
        if isinstance(answer, np.ndarray):
            return self._of(answer, self.axes[0])
        return [self._of(*each) for each in zip(answer, self.axes, strict=True)]

    def put(self, numbers: Array, answer: Any) -> None:
        """Put the numbers of the piece, a flat vector, where they belong in an answer."""
        start = 0
        for part in leaves(self.of(answer)):
            part[...] = numbers.reshape(-1)[start : start + part.size].reshape(part.shape)
            start += part.size

    def positions(self, places: NDArray[np.int64], answer: Any) -> NDArray[np.int64]:
        """Return where numbers of the piece's flat vector stand in that of an answer."""
        found = np.empty(places.shape, dtype=np.int64)
        before = start = 0
        for array, axis in zip(leaves(answer), self.axes, strict=True):
            part = self._of(array, axis)
            here = (places >= start) & (places < start + part.size)
            index = list(np.unravel_index(places[here] - start, part.shape or (1,)))
            if axis is not None:
                index[axis] = index[axis] + self.places.start
            shape = (array.size,) if self.elements else array.shape or (1,)
            found[here] = before + np.ravel_multi_index(tuple(index), shape)
            before, start = before + array.size, start + part.size
        return found

    def _of(self, array: NDArray[Any], axis: int | None) -> NDArray[Any]:
        return _part(array, axis, self.places, elements=self.elements)


def pieces(case: Case) -> Iterator[Piece]:
    """Yield the pieces of a case, one if it cannot be cut."""
    answer = true_answer(case)
    first = next(leaves(case.arguments), None)
    axis = None if first is None or case.same_as is not None else _free(case, first)
    arrays = list(leaves(answer))
    if first is None or axis is None:
        yield Piece(case, (None,) * len(arrays), slice(0), elements=False)
        return
    elements = OPERATIONS[case.operation].elementwise
    whole = [each.reshape(-1) for each in case.arguments] if elements else case.arguments
    given = [_axis(case, first, axis, each) for each in case.arguments]
    axes = tuple(_axis(case, first, axis, each) for each in arrays)
    length = first.size if elements else first.shape[axis]
    step = max(1, _PIECE // max(1, first.size // length))
    for start in range(0, length, step):
        places = slice(start, min(start + step, length))
        arguments = tuple(
            _part(array, along, places, elements=False)
            for array, along in zip(whole, given, strict=True)
        )
        yield Piece(replace(case, arguments=arguments), axes, places, elements)


def _free(case: Case, first: NDArray[Any]) -> int | None:
    """Return the longest axis that no sum runs along, None if there is no such axis."""
    operation = OPERATIONS[case.operation]
    if operation.elementwise:
        return 0
    axes = axes_of(case.operation, case.arguments, case.parameters)
    if operation.page not in _PAGES or operation.wide or axes is None:
        return None
    summed = {axis % first.ndim for axis in axes}
    free = [axis for axis in range(first.ndim) if axis not in summed and first.shape[axis] > 1]
    return max(free, key=lambda axis: first.shape[axis], default=None)


def _axis(case: Case, first: NDArray[Any], axis: int, array: Any) -> int | None:
    """Return the axis of an array that runs beside an axis of the first argument.

    An array is like the first argument, or has lost the axes of the sums.
    """
    if OPERATIONS[case.operation].elementwise:
        return 0
    axes = axes_of(case.operation, case.arguments, case.parameters) or ()
    summed = [each % first.ndim for each in axes]
    if array.ndim == first.ndim:
        return axis
    if array.ndim == first.ndim - len(summed):
        return axis - sum(each < axis for each in summed)
    return None


def _part(array: NDArray[Any], axis: int | None, places: slice, *, elements: bool) -> NDArray[Any]:
    if axis is None:
        return array
    if elements:
        return array.reshape(-1)[places]
    return array[(slice(None),) * axis + (places,)]


def blank(answer: Any) -> Any:
    """Return arrays of float64 in C order, of the shapes of an answer, for `put` to fill."""
    if isinstance(answer, np.ndarray):
        return np.empty(answer.shape)
    return [np.empty(array.shape) for array in leaves(answer)]


def joined(answer: Any) -> Array:
    """Return what was put, as `flat` returns an answer."""
    return answer if isinstance(answer, np.ndarray) else flat(answer)
