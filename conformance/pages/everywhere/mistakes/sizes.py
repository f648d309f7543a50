"""Mistakes of kernels for long arrays: an index ends, or a last element is lost."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from nnspec.conformance.pages import families
from nnspec.conformance.pages.everywhere.mistakes.digits import operations_with, page_with
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import Operation, Rule, spoiling
from nnspec.conformance.terms.nested import leaves, mapped

# Cases of this many elements take long. A kernel's index is the same in every format.
_IN_ONE_FORMAT = ("float32",)

_BITS_16 = 2**16 - 1


def _beyond(
    length: int, dtypes: Sequence[str] = NAMES
) -> Callable[[Callable[[Operation], Operation]], Rule]:
    """Declare a way to spoil the operations whose ladder has a length beyond this one."""
    asked = [each for each in operations_with("sizes") if largest(each) > length]
    return spoiling(properties=("sizes",), dtypes=dtypes, operations=asked)


def largest(operation: str) -> int:
    """Return the largest length of an operation's ladder, 0 without a family."""
    of_page = families.family(page_with("sizes", operation))
    dimensions = {} if of_page is None else of_page.dimensions(operation)
    return max((each.rungs[-1] for each in dimensions.values()), default=0)


@_beyond(16)
def loses_the_last_of_more_than_16(operation: Operation) -> Operation:
    """Has a kernel for more than 16 elements, which leaves the last one as memory held it."""
    return losing_the_last(operation, lambda length: length > 16)


@_beyond(256)
def loses_the_last_of_more_than_256(operation: Operation) -> Operation:
    """Has a kernel for more than 256 elements, which leaves the last one as memory held it."""
    return losing_the_last(operation, lambda length: length > 256)


@_beyond(4095)
def loses_the_last_of_4096_and_more(operation: Operation) -> Operation:
    """Has a kernel for 4,096 elements and more, which leaves the last one as memory held it."""
    return losing_the_last(operation, lambda length: length > 4095)


@_beyond(2**16, _IN_ONE_FORMAT)
def loses_the_last_of_more_than_65536(operation: Operation) -> Operation:
    """Has a kernel for more than 65,536 elements, which leaves the last one as memory held it."""
    return losing_the_last(operation, lambda length: length > 2**16)


@_beyond(_BITS_16, _IN_ONE_FORMAT)
def counts_in_16_bits(operation: Operation) -> Operation:
    """Counts the elements in 16 bits: beyond 65,535 of them it starts from 0 again."""
    return _losing(
        operation, lambda length: slice(length & _BITS_16 if length > _BITS_16 else length, length)
    )


def losing_the_last(operation: Operation, at: Callable[[int], bool]) -> Operation:
    """Return an operation that leaves the last element as memory held it, at some lengths."""
    return _losing(operation, lambda length: slice(length - at(length), length))


def _losing(operation: Operation, places: Callable[[int], slice]) -> Operation:
    """Return an operation that loses places of the longest dimension of its arguments.

    An answer without that dimension is lost whole: it sums over the places.
    """

    def answer(*arguments: Any, **parameters: Any) -> Any:
        length = max(_lengths(arguments), default=1)
        lost = places(length)

        def spoiled(found: Any) -> Any:
            if lost.start == lost.stop:
                return found
            spoilt, held = found.copy(), 0 if found.dtype.kind in "iu" else np.nan
            if length in found.shape:
                np.moveaxis(spoilt, found.shape.index(length), 0)[lost] = held
            else:
                spoilt[...] = held
            return spoilt

        return mapped(spoiled, operation(*arguments, **parameters))

    return answer


def _lengths(arguments: Any) -> Iterator[int]:
    """Yield the lengths of arrays, of lists of arrays, and of shapes, and the numbers of steps."""
    for each in arguments:
        if isinstance(each, int):
            yield each
        elif isinstance(each, tuple):
            yield from (int(length) for length in each if isinstance(length, int))
        elif isinstance(each, list):
            yield len(each)
    for array in leaves(arguments):
        yield from array.shape
