"""The stored calls of the page `activations`: small ones, everyday and hard, chosen so that the
narrow formats hold most of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import FORMATS

Array = NDArray[np.float64]
Call = tuple[str, list[Any], dict[str, Any]]

_ROWS = ("log_softmax", "softmax")

# The first one stands for the operation; the others see few inputs, enough to tell that the
# parameter is read.
_SLOPES = {"slope-eighth": 0.125, "slope-two": 2.0, "slope-falling": -0.5}

# Kept as decimals, not computed: a logarithm's last bit depends on the machine.
_LOG_2 = 0.6931471805599453

_COTANGENTS = (1.0, -1.0, 0.5, 3.0, -0.25, 2.0, 1.5)


def vectors(operation: str) -> Iterator[Call]:
    """Yield the name, the arguments and the parameters of every stored call of an operation."""
    forward = operation.removesuffix("_vjp")
    derivative = forward != operation
    for name, x, parameters in _rows() if forward in _ROWS else _elementwise(forward):
        # At 0 the derivative of a function with a knee is a choice, and no truth.
        kept = x[x != 0] if derivative and forward in ("relu", "leaky_relu") else x
        yield name, [kept, np.resize(_COTANGENTS, kept.shape)] if derivative else [kept], parameters
    if derivative and forward not in _ROWS:
        yield (
            "cotangents",
            list(_sizes()),
            {"negative_slope": 0.125} if forward == "leaky_relu" else {},
        )


def _elementwise(operation: str) -> Iterator[tuple[str, Array, dict[str, Any]]]:
    for name, x in _elements().items():
        if operation == "leaky_relu":
            for slope_name, slope in list(_SLOPES.items())[: 3 if name == "everyday" else 1]:
                yield f"{name}-{slope_name}", x, {"negative_slope": slope}
        else:
            yield name, x, {}


def _rows() -> Iterator[tuple[str, Array, dict[str, Any]]]:
    for name, x in _row_sets().items():
        yield name, x, {"axis": -1}


def _elements() -> dict[str, Array]:
    k = np.arange(-32, 33)
    everyday = np.concatenate([k / 8.0, k / 32.0 + 0.015625])
    exponents = np.concatenate(
        [np.arange(-14, 16, 2), np.arange(-126, 128, 18), np.arange(-1022, 1024, 93)]
    )
    magnitudes = np.unique(
        np.concatenate([np.ldexp(1.0, exponents), np.ldexp(1.5, exponents)[1::3]])
    )
    thresholds = np.unique(np.concatenate([_thresholds(name) for name in FORMATS]))
    subnormal = np.concatenate(
        [
            np.ldexp(
                [1.0, 3.0, 2.0**20 - 1],
                FORMATS[name].minimum_exponent - FORMATS[name].precision + 1,
            )
            for name in FORMATS
        ]
    )
    subnormal = np.unique(
        np.concatenate([subnormal, [FORMATS["float64"].tiny - FORMATS["float64"].eta]])
    )
    return {
        "everyday": np.unique(everyday),
        "magnitudes": np.concatenate([-magnitudes[::-1], magnitudes]),
        "thresholds": np.concatenate([-thresholds[::-1], thresholds]),
        "special-subnormal": np.concatenate([-subnormal, subnormal]),
        "special-infinities": np.array([-np.inf, np.inf]),
        "special-nan": np.array([np.nan]),
    }


def _thresholds(name: str) -> Array:
    """Return where e^x overflows, underflows or vanishes beside 1 in a format, on the format's own
    grid, each with a neighbor."""
    fmt = FORMATS[name]
    low, bits = fmt.minimum_exponent, fmt.precision
    places = np.array([2 - low, -low, -low + bits - 1, bits, bits // 2 + 1]) * _LOG_2
    places = np.concatenate(
        [
            places,
            places[:4] / 2.0,
            [2.0 ** -(bits // 2), 2.0 ** -(bits // 3), fmt.maximum, fmt.tiny],
        ]
    )
    grid = np.round(places / fmt.ulp(places)) * fmt.ulp(places)
    return np.concatenate([grid, grid[:-2] + fmt.ulp(grid[:-2])])


def _sizes() -> tuple[Array, Array]:
    """Return a few x under cotangents of every size and both signs."""
    sizes = np.ldexp(1.0, [-1000, -100, -12, -7, 0, 7, 12, 100, 1000])
    x = np.array([-6.0, -0.25, 2.0, 9.0])
    cotangents = np.concatenate([[0.0], sizes, -1.5 * sizes])
    return np.repeat(x, cotangents.size), np.tile(cotangents, x.size)


def _row_sets() -> dict[str, Array]:
    def everyday(rows: int, columns: int) -> Array:
        k = np.arange(rows * columns)
        return ((k * 181 + columns * 7) % 257 / 32.0 - 4.0).reshape(rows, columns)

    gaps = np.array(
        [0.0, -1.0, -2.0, -5.0, -9.5, -10.0, -17.0, -40.0, -88.0, -104.0, -700.0, -745.0, -1000.0]
    )
    wins = np.array(
        [
            0.5,
            1.0,
            2.0,
            4.0,
            6.0,
            8.0,
            9.0,
            12.0,
            16.0,
            20.0,
            30.0,
            37.0,
            40.0,
            60.0,
            80.0,
            104.0,
            700.0,
            745.0,
        ]
    )
    bases = np.array([1.0, 64.0, -8.0, 2.0**-6])[:, None]
    steps = np.array([0.0, 1.0, -2.0, 3.0])
    close = np.concatenate([bases + steps * FORMATS[name].ulp(bases) for name in FORMATS])
    low = -np.inf
    return {
        "rows-of-1": np.array([[0.0], [3.5], [-100.0], [1000.0]]),
        "rows-of-2": everyday(12, 2),
        "rows-of-3": everyday(12, 3),
        "rows-of-7": everyday(8, 7),
        "rows-of-17": everyday(4, 17),
        "rows-of-64": everyday(2, 64),
        "wide": np.stack([gaps, gaps[::-1], np.roll(gaps, 5), gaps / 8, gaps / 64]),
        "winners": np.stack([np.zeros(wins.size), -wins], axis=1),
        "tied": np.array(
            [
                [0.0] * 6,
                [3.0] * 6,
                [1.0, 1.0, 0.0, 0.0, -2.0, 1.0],
                [-5.0, 2.0, 2.0, -5.0, 2.0, 2.0],
                [7.5, -7.5] * 3,
            ]
        ),
        "close": close,
        "shifted": np.concatenate(
            [
                np.round(everyday(2, 5)) * max(1.0, c / 2.0**7) + c
                for c in (128.0, 1024.0, 2.0**17, 2.0**40)
            ]
        ),
        "huge": np.concatenate(
            [
                fmt.maximum * np.array([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 1.0]])
                for fmt in FORMATS.values()
            ]
        ),
        "special-masked": np.array(
            [
                [0.0, low, 1.0, 2.0],
                [low, low, 3.0, low],
                [-1.0, 2.0, low, low],
                [low, -50.0, -50.5, low],
            ]
        ),
        "special-masked-fully": np.full((2, 3), low),
        "special-infinities": np.array(
            [[np.inf, 0.0, 1.0], [-2.0, np.inf, low], [np.inf, np.inf, 0.5]]
        ),
        "special-nan": np.array([[np.nan, 0.0, 1.0], [0.0, np.nan, low], [np.inf, 0.0, np.nan]]),
    }
