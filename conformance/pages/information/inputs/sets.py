"""The inputs of the page `information`: distributions in 64ths, which sum to 1 in every format."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.layouts import (
    LENGTHS,
    RANKS,
    every_axis,
    named,
    of_every_length,
    rearranged,
    scattered,
)
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NARROW, cast
from nnspec.conformance.terms.operations import arguments_of, parameters_of

Array = NDArray[np.float64]

_FIRST = (
    np.array(
        [
            [1, 2, 4, 8, 16, 33],
            [33, 16, 8, 4, 2, 1],
            [11, 10, 11, 11, 10, 11],
            [3, 5, 7, 9, 17, 23],
            [60, 0.5, 0.5, 1, 1, 1],
        ]
    )
    / 64
)
_SECOND = (
    np.array(
        [
            [8, 8, 16, 16, 8, 8],
            [1, 1, 2, 4, 8, 48],
            [11, 11, 10, 10, 11, 11],
            [23, 17, 9, 7, 5, 3],
            [1, 1, 1, 0.5, 0.5, 60],
        ]
    )
    / 64
)


# Of 10,000 classes so many have the probability 2⁻¹³ and the others 2⁻¹⁴, which sum to 1.
_HEAVY = 6384


def filled(
    operation: str,
    name: str,
    p: Any,
    q: Any,
    dtype: str,
    axis: int = -1,
    epsilon: float | None = None,
) -> Case:
    """Return the case of an operation on p, and on q and epsilon where it takes them."""
    arrays = [
        np.asarray(p, dtype=np.float64),
        np.broadcast_to(np.asarray(q, dtype=np.float64), np.shape(p)),
    ]
    return Case(
        name,
        operation,
        tuple(cast(array, dtype) for array in arrays[: len(arguments_of(operation))]),
        {"axis": axis, **clipping(operation, dtype, epsilon)},
    )


def clipping(operation: str, dtype: str, epsilon: float | None = None) -> dict[str, float]:
    """Return the parameter of a clip: the machine epsilon of the format, unless it is given."""
    machine = 2 * FORMATS[dtype].u
    chosen = machine if epsilon is None else epsilon
    return {"epsilon": chosen} if "epsilon" in parameters_of(operation) else {}


def shares(shape: Sequence[int], offset: int = 0) -> Array:
    """Return positive multiples of 1/64 below 2 without pattern, which do not sum to 1."""
    k = np.arange(offset, offset + int(np.prod(shape)), dtype=np.int64)
    return ((1 + k * 2654435761 % 2**32 // 2**25) / 64.0).reshape(shape)


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """Five pairs of distributions over six classes, some alike, some with their weight apart."""
    yield filled(operation, "everyday", _FIRST, _SECOND, dtype)


@named
def zeros(operation: str, dtype: str) -> Iterator[Case]:
    """Distributions with classes of probability 0, where q has it too and where it has not."""
    p = np.array([[0, 16, 16, 32, 0, 0], [32, 0, 0, 0, 0, 32], [0, 0, 63, 1, 0, 0]]) / 64
    q = np.array([[8, 16, 8, 16, 16, 0], [16, 0, 16, 0, 0, 32], [0, 0, 32, 16, 16, 0]]) / 64
    yield filled(operation, "zeros", p, q, dtype)


@named
def one_hot(operation: str, dtype: str) -> Iterator[Case]:
    """One-hot p at every class, and q without zeros."""
    yield filled(operation, "one-hot", np.eye(6), _FIRST[[0, 1, 2, 3, 0, 1]], dtype)


@named
def nearly_certain(operation: str, dtype: str) -> Iterator[Case]:
    """Probabilities next to 1, from 1 - u to 15/16, beside the remainder."""
    gaps = np.ldexp(
        1.0, -np.arange(4, FORMATS[dtype].precision + 1, 4 if dtype == "float64" else 1)
    )
    p = np.stack([1 - gaps, gaps], axis=1)
    yield filled(operation, "nearly-certain", p, p[::-1], dtype)


@named
def narrow(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, 16,384 rows of four numbers without pattern, p in [1/4, 1/2), q in [1/16, 1/8).

    All terms of a sum have one sign, so that nothing cancels.
    """
    if dtype in NARROW:
        shape = (16_384, 4)
        p = scattered("p", shape, 0.25, 0.5)
        q = scattered("q", shape, 0.0625, 0.125)
        yield filled(operation, "narrow", p, q, dtype)


@named
def uniform(operation: str, dtype: str) -> Iterator[Case]:
    """Uniform distributions over 2, 8, 64 and 1,024 classes."""
    for count in (2, 8, 64, 1024):
        yield filled(
            operation,
            f"uniform-{count}",
            np.full((2, count), 1 / count),
            np.full(count, 1 / count),
            dtype,
        )


@named
def many_classes(operation: str, dtype: str) -> Iterator[Case]:
    """6,384 classes of probability 2⁻¹³ and 3,616 of 2⁻¹⁴, heavy ones first in p and last in q."""
    p = np.where(np.arange(10_000) < _HEAVY, 2.0**-13, 2.0**-14)
    yield filled(operation, "many-classes", p[None, :], p[None, ::-1], dtype)


@named
def close(operation: str, dtype: str) -> Iterator[Case]:
    """Pairs that differ by a few units in the last place, and by more and more of them."""
    step = float(FORMATS[dtype].ulp(0.25))
    units = step * np.array([1.0, -1.0, 2.0, -2.0])
    sizes = [
        size for size in (1.0, 4.0, 32.0, 2.0**10, 2.0**20, 2.0**40) if size * step * 2 <= 2.0**-4
    ]
    yield filled(operation, "close", 0.25 + np.stack([size * units for size in sizes]), 0.25, dtype)
    yield filled(
        operation,
        "close-swapped",
        np.full((len(sizes), 4), 0.25),
        0.25 + np.stack([size * units for size in sizes]),
        dtype,
    )


@named
def equal(operation: str, dtype: str) -> Iterator[Case]:
    """The same distribution twice, with zeros too."""
    p = np.concatenate([_FIRST, np.eye(6)[:2], [[0, 0.5, 0, 0.25, 0.25, 0]]])
    yield filled(operation, "equal", p, p, dtype)


@named
def lopsided(operation: str, dtype: str) -> Iterator[Case]:
    """Pairs whose two divergences are far apart."""
    p = np.array([[60, 1, 1, 2], [1, 1, 1, 61], [32, 16, 8, 8]]) / 64
    q = np.array([[16, 16, 16, 16], [32, 16, 8, 8], [61, 1, 1, 1]]) / 64
    yield filled(operation, "lopsided", p, q, dtype)


@named
def impossible(operation: str, dtype: str) -> Iterator[Case]:
    """A q of 0 where p is not, at one class and at several, and where p is 0 too."""
    p = np.array([[32, 16, 16, 0], [64, 0, 0, 0], [1, 1, 2, 60], [0, 0, 32, 32]]) / 64
    q = np.array([[32, 32, 0, 0], [0, 32, 32, 0], [0, 0, 0, 64], [0, 0, 32, 32]]) / 64
    yield filled(operation, "impossible", p, q, dtype)
    if clipping(operation, dtype):
        yield filled(operation, "impossible-sixteenth", p, q, dtype, epsilon=1 / 16)


@named
def certain(operation: str, dtype: str) -> Iterator[Case]:
    """One-hot p, and q that is 1 at the same class, clipped at three ends."""
    for name, epsilon in _ends(dtype):
        yield filled(operation, f"certain-{name}", np.eye(6), np.eye(6), dtype, epsilon=epsilon)


@named
def epsilons(operation: str, dtype: str) -> Iterator[Case]:
    """Shares at both ends of the clip and on both sides of them, for three ends."""
    for name, epsilon in _ends(dtype):
        q = np.array([0, epsilon / 2, 2 * epsilon, 1 - epsilon, 1 - epsilon / 2, 1])
        rows = [np.roll(q, place) for place in range(len(_FIRST))]
        yield filled(operation, f"epsilon-{name}", _FIRST, rows, dtype, epsilon=epsilon)


@named
def unclipped(operation: str, dtype: str) -> Iterator[Case]:
    """Five pairs of distributions, q times 3 with a share far below u, and an epsilon of 0."""
    q = np.where(np.arange(6) == 1, FORMATS[dtype].u / 4, 3 * _SECOND)
    yield filled(operation, "unclipped", _FIRST, q, dtype, epsilon=0.0)


def _ends(dtype: str) -> list[tuple[str, float]]:
    """Return ends of a clip and their names: every format holds them, and 1 less each of them."""
    return [("machine", 2 * FORMATS[dtype].u), ("thirty-second", 1 / 32), ("quarter", 1 / 4)]


@named
def joint(operation: str, dtype: str) -> Iterator[Case]:
    """Joint distributions of variables with two and four values, conditional ones exact."""
    rows = (
        np.array(
            [
                [[8, 8, 8, 8], [4, 4, 8, 16]],
                [[1, 1, 2, 4], [14, 28, 7, 7]],
                [[48, 0, 0, 0], [4, 4, 8, 0]],
            ]
        )
        / 64
    )
    for number, table in enumerate(rows):
        yield filled(
            operation, f"joint-{number + 1}", table.reshape(1, 8), table.reshape(1, 8), dtype
        )


@named
def mixtures(operation: str, dtype: str) -> Iterator[Case]:
    """Pairs of pairs, one below the other: the first half of the rows is mixed with the second."""
    yield filled(operation, "mixtures", _FIRST[:4], _SECOND[:4], dtype)


@named
def unnormalized(operation: str, dtype: str) -> Iterator[Case]:
    """Rows that sum to more than 1, to less, and to 1 in p alone."""
    p, q = (
        np.concatenate([4 * _FIRST, _FIRST / 4, _FIRST]),
        np.concatenate([_SECOND, _SECOND, 2 * _SECOND]),
    )
    yield filled(operation, "unnormalized", p, q, dtype)


@named
def lengths(operation: str, dtype: str) -> Iterator[Case]:
    """Three distributions over every number of classes, unnormalized."""
    shape = (3, LENGTHS[-1])
    yield from of_every_length(
        filled(operation, "", shares(shape), shares(shape, 500), dtype), dtype
    )


@named
def axes(operation: str, dtype: str) -> Iterator[Case]:
    """Every axis of arrays of one to five dimensions, from the front and from the back."""
    for axis in (0, 1, 2, -1, -2, -3):
        yield filled(
            operation, f"axis{axis:+d}", shares((4, 3, 5)), shares((4, 3, 5), 500), dtype, axis=axis
        )
    for name, shape, axis in every_axis(RANKS):
        case = filled(operation, name, shares(shape), shares(shape, 500), dtype, axis=axis)
        yield case.changed(one_of_many=axis < -1)


@named
def shapes(operation: str, dtype: str) -> Iterator[Case]:
    """One to five dimensions, some of length one; clips at the machine epsilon and at 1/4."""
    for shape in ((6,), (1, 5), (5, 1), (2, 3, 4), (2, 1, 3, 2), (2, 1, 3, 1, 2)):
        name = f"shape-{'x'.join(map(str, shape))}"
        p, q = shares(shape, 3), shares(shape, 700)
        yield filled(operation, name, p, q, dtype)
        if clipping(operation, dtype):
            yield filled(operation, f"{name}-quarter", p, q, dtype, epsilon=1 / 4)


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """The same numbers in Fortran order, strided, reversed, and read-only."""
    yield from rearranged(filled(operation, "", shares((6, 10)), shares((6, 10), 500), dtype))


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """Distributions with zeros, in a 3-d array."""
    p = np.where(np.arange(6) % 3 == 1, 0, shares((3, 5, 6)))
    yield filled(operation, "twice", p, shares((3, 5, 6), 500), dtype)


@named
def hollow(operation: str, dtype: str) -> Iterator[Case]:
    """Distributions over no classes."""
    yield filled(operation, "hollow", np.ones((2, 0)), np.ones((2, 0)), dtype)
