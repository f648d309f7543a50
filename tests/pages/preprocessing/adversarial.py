"""The page `preprocessing`: random bits with means near and far, of every length that sums change
their order at; spectra of 25 % gaps."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.truth.adversarial import significands

Array = NDArray[np.float64]

# Rows of train and features: around the blocks of NumPy's sums and of LAPACK's routines; wide
# ones among them.
_TABLES = ((2, 5), (3, 5), (9, 17), (40, 6), (129, 4), (1000, 3))
_SPECTRA = ((2, 6, 1), (5, 4, 4), (8, 5, 3), (4, 12, 3), (33, 7, 7), (40, 34, 4), (200, 5, 5))

# The mean in deviations.
_OFFSETS = (0.0, 1.0, 2.0**10, 2.0**26, -(2.0**40))


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield the arguments and parameters of calls whose answers hold at least 40,000 numbers
    together."""
    bits = np.random.PCG64(20267)
    yield from _moments(bits) if operation in ("center", "standardize") else _components(bits)


def _moments(bits: np.random.PCG64) -> Iterator[tuple[list[Array], dict[str, Any]]]:
    for rows, features in _TABLES:
        for offset in _OFFSETS:
            mean = offset * (1 + _uniform(bits, (features,)) / 4)
            scales = np.ldexp(1.0, (bits.random_raw(features) % 40).astype(np.int64) - 20)
            train, data = (
                scales * (_uniform(bits, (count, features)) + mean)
                for count in (rows, 1200 // features)
            )
            yield [train, data], {"axes": (0,)}
    for axes in ((0, 2, 3), (0,), (0, 1, -1)):
        train, data = _uniform(bits, (5, 3, 4, 7)), _uniform(bits, (16, 3, 4, 7))
        yield [train + 3.0, data + 3.0], {"axes": axes}
    train = np.repeat(_uniform(bits, (1, 500)), 11, axis=0) * 100.0
    train[::2, 250:] = np.nextafter(train[::2, 250:], np.inf) + np.spacing(train[::2, 250:]) * 1024
    yield [train, train[:3] + _uniform(bits, (3, 500))], {"axes": (0,)}


def _components(bits: np.random.PCG64) -> Iterator[tuple[list[Array], dict[str, Any]]]:
    for number, (rows, features, components) in enumerate(_SPECTRA):
        for offset in _OFFSETS:
            ratio = (1.12, 2.0, 8.0)[number % 3]
            left, right = (
                _orthonormal(_uniform(bits, (length, components)), constant=length == rows)
                for length in (rows, features)
            )
            deviations = ratio ** -np.arange(components)
            mean = offset * _uniform(bits, (features,))
            train = left * deviations @ right.T + mean
            data = _uniform(bits, (1200 // components, features)) + mean
            yield [train, data], {"components": components}


def _orthonormal(columns: Array, *, constant: bool) -> Array:
    """Return orthonormal columns, orthogonal to the constant where asked, by Gram and Schmidt's
    process, twice."""
    found: list[Array] = [np.full(len(columns), len(columns) ** -0.5)] if constant else []
    for column in columns.T:
        rest = column
        for other in found * 2:
            rest = rest - float(np.sum(rest * other)) * other
        found.append(rest / float(np.sum(rest * rest)) ** 0.5)
    return np.array(found[int(constant) :]).T


def _uniform(bits: np.random.PCG64, shape: tuple[int, ...]) -> Array:
    """Return numbers of (-1, 1) with full significands, the same on every machine."""
    raw = bits.random_raw(int(np.prod(shape))).reshape(shape)
    return significands(bits, np.ldexp((raw >> np.uint64(11)).astype(np.float64), -52) - 1.0)
