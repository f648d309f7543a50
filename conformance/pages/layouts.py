"""The material of named inputs: numbers of every format, every 16-bit number, layouts in memory."""

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.draws import uniform
from nnspec.conformance.terms.formats import FORMATS, NARROW, Format, cast, dtype_of
from nnspec.conformance.terms.nested import mapped

Make = Callable[[str, str], Iterator[Case]]

# Every set by its page and the name that the page's clauses give it: the function's, with dashes.
SETS: dict[str, dict[str, Make]] = {}

# The lengths at which kernels are judged. Eight registers of 512 bits hold 128 numbers of float32,
# in which most kernels compute. In the other formats they hold 64 of 64 bits, and two hold 64 of 16
# bits. A loop that is unrolled so often meets each of its remainders; two lengths are beyond.
LENGTHS = range(1, 131)
_LENGTHS_ELSEWHERE = range(1, 67)

# Around the widths of vector registers kernels change from their main loop to their remainder. A
# library that compiles for each shape, in seconds, is asked at these lengths only.
FEW_LENGTHS = (1, 2, 7, 8, 9, 15, 16, 17, 33)


# Shapes of one, two, four and five dimensions, beside which a page has one of three.
RANKS = ((6,), (5, 4), (2, 3, 2, 4), (2, 3, 5, 4, 3))


def every_axis(shapes: Sequence[tuple[int, ...]]) -> Iterator[tuple[str, tuple[int, ...], int]]:
    """Yield each axis of each shape, from the front and from the back, and a name before it.

    Pages take an inner axis from the back for one of many: a compiler has seen it from the front.
    """
    for shape in shapes:
        dimensions = len(shape)
        for axis in (*range(dimensions), *range(-1, -1 - dimensions, -1)):
            yield f"axis{axis:+d}-of-{dimensions}", shape, axis


def named(make: Make) -> Make:
    """Enter a set of inputs for the page of its module, under its function's name."""
    page = make.__module__.partition(".pages.")[2].partition(".")[0]
    SETS.setdefault(page, {})[make.__name__.replace("_", "-")] = make
    return make


def dyadic(shape: Sequence[int], offset: int = 0) -> NDArray[np.float64]:
    """Return numbers of [-4, 4) that every format holds: multiples of 1/32 by Weyl's sequence."""
    end = offset + math.prod(shape)
    return (
        _BEGINNING[offset:end].copy() if end <= _BEGINNING.size else _weyl(offset, end)
    ).reshape(shape)


def _weyl(start: int, end: int) -> NDArray[np.float64]:
    k = np.arange(start, end, dtype=np.int64)
    return (k * 2654435761 % 2**32) // 2**24 / 32.0 - 4.0


# Nearly all sets are made of these, again and again.
_BEGINNING = _weyl(0, 2**13)


def scattered(key: str, shape: Sequence[int], low: float, high: float) -> NDArray[np.float64]:
    """Return numbers from low to high with full significands, drawn by a key.

    Differences of neighbors in Weyl's sequence take three values, and their rounding errors would
    not be as good as independent.
    """
    return (low + high) / 2 + (high - low) / 2 * uniform(key, shape)


def product(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the product of a matrix with a matrix or a vector, to the same last bit everywhere.

    Every product and every sum is rounded for itself, and the sums run in order. A library's kernel
    fuses and reorders them as the processor likes it.
    """
    terms = (np.multiply.outer(*pair) for pair in zip(first.T, second, strict=True))
    return np.asarray(reduce(np.add, terms, np.zeros(())))


def signs(count: int) -> NDArray[np.float64]:
    """Return so many signs, +1 and -1 in turns."""
    return np.asarray(1.0 - 2.0 * (np.arange(count) % 2), dtype=np.float64)


def kinds(fmt: Format) -> list[tuple[int, str]]:
    """Return the kinds of numbers in the order of their bit patterns, with their first patterns."""
    fraction = fmt.precision - 1
    infinity = int(cast(np.inf, fmt.name).view(f"u{dtype_of(fmt.name).itemsize}"))
    sign = infinity + (1 << fraction)
    firsts = [
        (0, "zero"),
        (1, "subnormal"),
        (1 << fraction, "normal"),
        (infinity, "infinite"),
        (infinity + 1, "nan"),
    ]
    return [(half + first, kind) for half in (0, sign) for first, kind in firsts]


def every(dtype: str, *wanted: str) -> NDArray[Any]:
    """Return all numbers of some kinds of a 16-bit format, in the order of their bits.

    Of a wider format no number is returned.
    """
    patterns = np.zeros(0, np.uint16)
    if dtype in NARROW:
        borders = itertools.pairwise([*kinds(FORMATS[dtype]), (1 << 16, "")])
        patterns = np.concatenate(
            [
                np.arange(first, end, dtype=np.uint16)
                for (first, kind), (end, _) in borders
                if kind in wanted
            ]
        )
    return patterns.view(dtype_of(dtype)) if patterns.size else np.zeros(0, dtype_of(dtype))


def exhausted(
    build: Callable[[str, str, NDArray[Any], str], Case],
    operation: str,
    name: str,
    dtype: str,
    *kinds: str,
) -> Iterator[Case]:
    """Yield the case of all numbers of some kinds, if the format has 16 bits."""
    if (numbers := every(dtype, *kinds)).size:
        yield build(operation, name, numbers, dtype)


def held(values: Any, dtype: str) -> NDArray[Any]:
    """Return values rounded to a format, and values of the format as a copy to the last bit.

    A cast could make one NaN of all NaNs.
    """
    array = np.asarray(values)
    return array.copy(order="K") if array.dtype == dtype_of(dtype) else cast(array, dtype)


def rearranged(case: Case) -> Iterator[Case]:
    """Yield a case with its arrays in Fortran order, as strided views, reversed, and read-only."""
    for name, layout in (
        ("fortran", _fortran),
        ("strided", _strided),
        ("reversed", _reversed),
        ("read-only", _read_only),
    ):
        arguments = tuple(mapped(layout, argument) for argument in case.arguments)
        yield dataclasses.replace(case, name=f"{case.name}-{name}".lstrip("-"), arguments=arguments)


def lengths_in(dtype: str) -> range:
    """Return the lengths at which kernels are judged in a format."""
    return LENGTHS if dtype == "float32" else _LENGTHS_ELSEWHERE


def of_every_length(case: Case, dtype: str, shortest: int = LENGTHS[0]) -> Iterator[Case]:
    """Yield a case at every length of a format, from the shortest one that its operation takes.

    The longest axes are cut. From one length to the next every number moves a place on, so that an
    earlier answer that was left in memory is wrong.
    """
    for length in range(shortest, lengths_in(dtype).stop):
        arguments = tuple(mapped(partial(_cut, length), argument) for argument in case.arguments)
        yield Case(
            f"length-{length}",
            case.operation,
            arguments,
            case.parameters,
            one_of_many=length not in FEW_LENGTHS,
        )


def _cut(length: int, array: NDArray[Any]) -> NDArray[Any]:
    """Return an array with its longest axes cut to a length; other arrays stay as they are."""
    if LENGTHS[-1] not in array.shape:
        return array
    shape = [length if each == LENGTHS[-1] else each for each in array.shape]
    numbers = array.reshape(-1)
    return np.concatenate([numbers[length:], numbers[:length]])[: math.prod(shape)].reshape(shape)


def _fortran(array: NDArray[Any]) -> NDArray[Any]:
    # An array without dimensions would get one.
    return np.asfortranarray(array) if array.ndim else array


def _strided(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view of every second row and third column, behind the start of its memory."""
    if not array.ndim:
        return array
    steps = (2,) * (array.ndim - 1) + (3,)
    wide = np.zeros([length * step + 2 for length, step in zip(array.shape, steps, strict=True)])
    wide.fill(0 if array.dtype.kind == "i" else np.nan)
    memory = wide.astype(array.dtype)
    view = memory[
        tuple(
            slice(step - 1, step - 1 + length * step, step)
            for length, step in zip(array.shape, steps, strict=True)
        )
    ]
    view[...] = array
    return view


def _reversed(array: NDArray[Any]) -> NDArray[Any]:
    backward = (slice(None, None, -1),) * array.ndim
    return np.ascontiguousarray(array[backward])[backward] if array.ndim else array


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    copy = array.copy()
    copy.flags.writeable = False
    return copy
