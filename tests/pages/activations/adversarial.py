"""The page `activations`: elements at the branches of formulas and kernels, and rows of every
length that sums change their order at."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.operations import arguments_of, parameters_of
from tests.truth.adversarial import significands

Array = NDArray[np.float64]

_LOG_2 = 0.6931471805599453

# Where formulas and kernels change over: e^x leaves the range or the normal range (also of
# float32 and float16), a sigmoid rounds to 1,
# tanh changes from a polynomial to a quotient, and halves of these for tanh and its derivative.
_BRANCHES = (
    745.1332191019412, 744.4400719213812, 709.782712893384, 708.3964185322641, 700.0,
    372.5666095509706, 354.8913564466920, 354.1982092661320, 350.0, 103.97207708399179,
    88.72283905206835, 87.33654475055310, 44.0, 37.42994775023705, 36.7368005696771,
    22.0, 19.061547465398498, 18.7149737451, 17.32867951399863, 16.635532333438686,
    11.090354888959125, 9.704060527839234, 8.31776616671934, 1.0, 0.625,
    0.5493061443340548, _LOG_2, _LOG_2 / 2, 0.25,
)  # fmt: skip

# x and cotangent where a long random search met the largest errors of sigmoid, tanh and their
# derivatives, on one kernel or another.
_WORST_KNOWN = (
    (-4.1477069675845835, 1.0),
    (-5.542775689173602, 1.0),
    (0.5022035125453983, 1.0),
    (0.23108545141942427, 1.0),
    (-5.426189939506701, 1.78318742230925),
    (7.255086253480925, 1.84118373381835),
)

# NumPy sums fewer than 8 terms in one loop, up to 128 in eight, and more by halves: 127 terms
# take the most roundings one after the other.
_LENGTHS = (*range(1, 34), 100, 127, 128, 135, 1000)

# Gaps below the winner at which e^-gap is lost beside 1, term after term, or lies halfway between
# two subnormal numbers.
_LOSING_GAPS = (36.7368005696771, 37.0, 36.8, 744.0346069613, 36.04365338911715, 743.0)

# Sums of cotangents stay finite below this size: 2,048 of them fit under the largest number.
_HUGE_EXPONENT = 1012


def inputs(operation: str) -> Iterator[tuple[list[Array], dict[str, Any]]]:
    """Yield the arguments and parameters of calls that hold at least 40,000 elements together."""
    count = len(arguments_of(operation))
    if "axis" in parameters_of(operation):
        for number, length in enumerate(_LENGTHS):
            arrays = _rows(length)[:count]
            # Every third length lies along the first axis, so that sums are formed over strided
            # memory too.
            yield (
                ([array.T for array in arrays], {"axis": 0})
                if number % 3 == 2
                else (list(arrays), {"axis": -1})
            )
    elif "negative_slope" in parameters_of(operation):
        for slope in (0.1, -1.5, 2.0**-1040):
            yield list(_elements()[:count]), {"negative_slope": slope}
    else:
        yield list(_elements()[:count]), {}


@lru_cache(maxsize=1)
def _elements() -> tuple[Array, Array]:
    """Return x and cotangents: around branch points and thresholds, dense around 0, in the tails,
    of every exponent and bit pattern."""
    bits = np.random.PCG64(20261)
    numbers = np.arange(-32, 33)
    branches = _around(
        np.array(_BRANCHES), np.concatenate([numbers, numbers * 2**20, numbers * 2**40])
    )
    thresholds = np.concatenate([_thresholds(name) for name in FORMATS])
    positive = np.concatenate([
        branches,
        thresholds,
        _uniform(bits, 6000) * 750.0,
        _uniform(bits, 4000) * 40.0,
        _uniform(bits, 4000) * 2.0,
        np.ldexp(1.0 + _uniform(bits, 2200), np.arange(2200) % 1100 - 1090),
        np.ldexp(1.0 + _uniform(bits, 3000), np.arange(3000) % 60 - 50),
    ])  # fmt: skip
    patterns = bits.random_raw(6000).view(np.float64)
    x = np.concatenate([[0.0], positive, [-0.0], -positive, patterns])
    x = x[np.isfinite(x)]
    known_x, known_cotangents = np.transpose(_WORST_KNOWN)
    return np.concatenate([x, known_x]), np.concatenate([_cotangents(x.size), known_cotangents])


def _cotangents(count: int) -> Array:
    """Return cotangents of both signs: ordinary ones, of every exponent, the largest and the
    smallest."""
    bits = np.random.PCG64(20262)
    exponents = np.array(
        [0, 1, -3, 1023, 0, 512, -512, 1022, -1022, -1060, 0, 300, -300, 1000, -40, 40]
    )
    drawn = np.ldexp(1.0 + _uniform(bits, count), np.resize(exponents, count))
    spread = np.ldexp(
        1.0 + _uniform(bits, count), (bits.random_raw(count) % 2098).astype(np.int64) - 1074
    )
    return np.where(np.arange(count) % 5 == 4, spread, drawn) * _signs(bits, count)


def _thresholds(name: str) -> Array:
    """Return where e^x overflows, underflows or vanishes beside 1 in a format, halves and doubles,
    with neighbors there and in float64."""
    fmt = FORMATS[name]
    low, bits = fmt.minimum_exponent, fmt.precision
    places = (
        np.array([2 - low, -low, -low + bits - 1, -low + bits, bits, bits + 1, bits // 2 + 1, 1])
        * _LOG_2
    )
    places = np.concatenate(
        [places, [fmt.u, fmt.u**0.5, 2.0 ** -(bits // 3), 1.0, fmt.maximum, fmt.tiny]]
    )
    scaled = np.concatenate(
        [places * 0.5, places, places * (1.0 - fmt.u), np.minimum(places, fmt.maximum / 2) * 2.0]
    )
    grid = np.round(scaled / fmt.ulp(scaled)) * fmt.ulp(scaled)
    with np.errstate(over="ignore"):
        neighbors = (grid[:, None] + np.arange(-3, 4) * fmt.ulp(grid)[:, None]).ravel()
    return np.concatenate(
        [neighbors[(neighbors > 0) & (neighbors <= fmt.maximum)], _around(scaled, np.arange(-3, 4))]
    )


@lru_cache(maxsize=None)
def _rows(length: int) -> tuple[Array, Array]:
    """Return rows of logits and of cotangents: ordinary, wide, tied, nearly equal, shifted, with
    one winner, nearly vanishing, any bits,
    far below the only one that has a cotangent.
    """
    count = max(2, 48 // length) if length > 33 else 6
    bits = np.random.PCG64(length)

    def uniform(low: float, high: float) -> Array:
        drawn = low + _uniform(bits, count * length).reshape(count, length) * (high - low)
        return significands(bits, drawn)

    def integers(below: int) -> Array:
        return (bits.random_raw(count * length) % below).astype(np.float64).reshape(count, length)

    winner = np.where(np.arange(length) == integers(length)[:, :1], 0.0, 1.0)
    patterns = bits.random_raw(count * length).view(np.float64).reshape(count, length)
    bases = np.resize([1.0, -64.0, 1e4, -(2.0**40), 2.0**-6, 1e300], count)[:, None]
    kinds: Sequence[Array] = (
        uniform(-8, 8),
        uniform(-750, 0),
        uniform(-40, 40),
        integers(3) - 1,
        bases + integers(8) * FORMATS["float64"].ulp(bases),
        uniform(-8, 8) + np.resize([1e4, -1e4, 2.0**40, -(2.0**30), 1e15, -1e6], count)[:, None],
        winner * uniform(-745, -1),
        winner * uniform(-745.2, -735),
        winner * uniform(-36, -18),
        np.where(np.arange(length) == 0, 0.0, -np.array(_LOSING_GAPS)[:, None]),
        np.where(np.isfinite(patterns), patterns, 0.0),
    )
    x = np.concatenate(kinds)
    # No cotangent of its own covers what a far logit loses where its difference from the largest
    # is rounded.
    first = np.arange(length) == 0
    far, alone = (
        np.where(first, uniform(0, 8), uniform(-700, -200)),
        np.where(first, uniform(1, 2), 0.0),
    )
    return np.concatenate([x, far]), np.concatenate([_row_cotangents(x.shape), alone])


def _row_cotangents(shape: tuple[int, ...]) -> Array:
    """Return rows of cotangents: ordinary, huge, tiny, mixed, constant, and constant or cancelling
    in pairs but for their last bits."""
    bits = np.random.PCG64(shape[1] + 1000)
    size = shape[0] * shape[1]
    ordinary = ((1.0 + _uniform(bits, size)) * _signs(bits, size)).reshape(shape)
    exponents = (bits.random_raw(size) % (_HUGE_EXPONENT + 1074)).astype(np.int64).reshape(
        shape
    ) - 1074
    pairs = np.where(np.arange(shape[1]) % 2 == 0, 1.0, -1.0)
    kinds = np.stack([
        ordinary,
        np.ldexp(ordinary, _HUGE_EXPONENT),
        np.ldexp(ordinary, -1060),
        np.ldexp(ordinary, exponents),
        np.ldexp(ordinary, exponents % 64 - 32),
        np.repeat(ordinary[:, :1], shape[1], axis=1),
        1.0 + ordinary * 2.0**-48,
        pairs + ordinary * 2.0**-48,
    ])  # fmt: skip
    return kinds[np.arange(shape[0]) % len(kinds), np.arange(shape[0])]


def _uniform(bits: np.random.PCG64, count: int) -> Array:
    """Return multiples of 2^-53 in [0, 1), made of the generator's bits alone."""
    return (bits.random_raw(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _signs(bits: np.random.PCG64, count: int) -> Array:
    return np.where(bits.random_raw(count) % 2 == 0, 1.0, -1.0)


def _around(values: Array, steps: NDArray[np.int64]) -> Array:
    """Return the positive numbers that lie `steps` float64 numbers away from each of the positive
    `values`."""
    neighbors = (values.view(np.int64)[:, None] + steps).ravel().view(np.float64)
    return neighbors[np.isfinite(neighbors) & (neighbors > 0)]
