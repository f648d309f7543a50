"""What named inputs are made of: numbers that every format holds, in an order without pattern, laid out in memory in every way."""

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.answers import mapped
from conformance.checking import Case

Make = Callable[[str, str], Iterator[Case]]

# Every set by its page and the name that the page's clauses give it: the function's, with dashes.
SETS: dict[str, dict[str, Make]] = {}


def named(make: Make) -> Make:
    """Enter a set of inputs for the page of its module, under its function's name."""
    SETS.setdefault(make.__module__.rpartition(".")[2], {})[make.__name__.replace("_", "-")] = make
    return make


def dyadic(shape: Sequence[int], offset: int = 0) -> NDArray[np.float64]:
    """Return numbers of [-4, 4) that every format holds exactly: multiples of 1/32 in an order without pattern (Weyl's sequence)."""
    k = np.arange(offset, offset + math.prod(shape), dtype=np.int64)
    return ((k * 2654435761 % 2**32) // 2**24 / 32.0 - 4.0).reshape(shape)


def rearranged(case: Case) -> Iterator[Case]:
    """Yield a case with its arrays in Fortran order, as strided views into the middle of memory, reversed, and read-only."""
    for name, layout in (("fortran", _fortran), ("strided", _strided), ("reversed", _reversed), ("read-only", _read_only)):
        arguments = tuple(mapped(layout, argument) for argument in case.arguments)
        yield dataclasses.replace(case, name=f"{case.name}-{name}".lstrip("-"), arguments=arguments)


def _fortran(array: NDArray[Any]) -> NDArray[Any]:
    # An array without dimensions would get one.
    return np.asfortranarray(array) if array.ndim else array


def _strided(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view of every second row and every third column of a larger array, beginning behind its first element."""
    if not array.ndim:
        return array
    steps = (2,) * (array.ndim - 1) + (3,)
    wide = np.zeros([length * step + 2 for length, step in zip(array.shape, steps, strict=True)])
    wide.fill(0 if array.dtype.kind == "i" else np.nan)
    memory = wide.astype(array.dtype)
    view = memory[tuple(slice(step - 1, step - 1 + length * step, step) for length, step in zip(array.shape, steps, strict=True))]
    view[...] = array
    return view


def _reversed(array: NDArray[Any]) -> NDArray[Any]:
    backward = (slice(None, None, -1),) * array.ndim
    return np.ascontiguousarray(array[backward])[backward] if array.ndim else array


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    copy = array.copy()
    copy.flags.writeable = False
    return copy
