"""Tells from the answers of a matrix product how it rounds factors and sums, and what it flushes.

Three products are asked. Their rows have at most three numbers that are not 0, so the order of
summation does not matter: three numbers are added up in one of three orders, and each number
stands in each place. The numbers are exact in every format of factors, or show the format.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nnspec.conformance.terms.factors import FACTORS
from nnspec.conformance.terms.formats import FORMATS, Format
from nnspec.conformance.terms.nested import Array

# A matrix product in the dtype under test, of numbers that the dtype holds.
Product = Callable[[Array, Array], Array]

# Terms of a sum: more than a block or the lanes of a register hold.
_TERMS = 64

# Places of the three numbers: side by side, and far from each other.
_PLACES = ((0, 1, 2), (5, 30, 60))

# Three numbers in these orders: each pair of them stands in each pair of places.
_TURNS = ((0, 1, 2), (2, 0, 1), (1, 2, 0))

# Equal columns, so that a library takes a matrix product and no product with a vector.
_COLUMNS = 4

# The places of a factor on the left and on the right.
_LEFT, _RIGHT = 5, 30

# The places of factors whose product is below the normal range, of a factor below it, and of one
# beyond the range of float16.
_PRODUCT, _SUBNORMAL, _LARGE = 7, 9, 11
_BEYOND = 17

# A product with a subnormal factor: every accumulator holds it as a normal number.
_NORMAL = -8

# A number with this distance between its bits shows how many parts it is split into: after a part
# of 8 bits, the next bit is less than half an ulp of the part.
_APART = 9

# No product of a unit is further from the truth than this share of it.
_NEAR = 2.0**-3

# Sums of fewer bits are those of no unit: the answers say nothing.
_FEWEST = 5

UNDECIDED = "undecided"
KEPT, FLUSHED = "kept", "flushed"


@dataclass(frozen=True)
class Measured:
    """The bits of a factor and of a sum, and whether subnormal numbers become 0; None: undecided.

    A factor that shows all bits of the dtype has `factor_bits` of it. One is `ranged` if it has no
    range beyond that of float16.
    """

    dtype: str
    factor_bits: int | None
    sum_bits: int | None
    flushes: bool | None
    ranged: bool = False

    @property
    def factors(self) -> str:
        """The name of the format of factors: the widest whose bits were seen."""
        bits = self.factor_bits
        if bits is None:
            return UNDECIDED
        if bits >= FORMATS[self.dtype].precision:
            return self.dtype
        names = "bfloat16", "tf32", "bfloat16x2", "float32", "float64"
        fitting = [name for name in names if FACTORS[name].bits <= bits]
        widest = fitting[-1] if fitting else f"{bits} bits"
        return "float16" if widest == "tf32" and self.ranged else widest

    @property
    def sums(self) -> str:
        """The name of the format of sums, or the number of bits if it has no name."""
        if self.sum_bits is None:
            return UNDECIDED
        fitting = [each for each in FORMATS.values() if each.precision <= self.sum_bits]
        widest = max(fitting, key=lambda each: each.precision, default=None)
        exact = widest is not None and (
            widest.precision == self.sum_bits or widest.precision >= FORMATS["float32"].precision
        )
        return widest.name if widest and exact else f"{self.sum_bits} bits"

    @property
    def subnormal(self) -> str:
        """What becomes of subnormal numbers."""
        return {None: UNDECIDED, True: FLUSHED, False: KEPT}[self.flushes]


def measured(product: Product, dtype: str) -> Measured:
    """Ask a matrix product twice, and return what the answers show of its arithmetic."""
    fmt = FORMATS[dtype]
    with np.errstate(all="ignore"):
        sum_bits = _sum_bits(product, fmt)
        if sum_bits is None:
            return Measured(dtype, None, None, None)
        factor_bits = _factor_bits(product, fmt, sum_bits)
        return Measured(dtype, factor_bits, sum_bits, *_ranges(product, fmt, sum_bits))


# --- Sums ---


def _sum_bits(product: Product, fmt: Format) -> int | None:
    """Return how many bits a sum keeps: 1 + ε − 1 is ε in every order, as long as it holds 1 + ε.

    Of three numbers two are added up first. In one of three turns they are 1 and ε. A sum that
    keeps every ε has more bits than float32, and the next format is float64.
    """
    one, exponents = 2.0 ** _scale(fmt), _exponents(fmt)
    rows = []
    for exponent in exponents:
        terms = one, -one, one * 2.0**-exponent
        for places in _PLACES:
            for turn in _TURNS:
                row = np.zeros(_TERMS)
                row[list(places)] = [terms[number] for number in turn]
                rows.append(row)
    answer = product(np.array(rows), np.ones((_TERMS, _COLUMNS)))
    wanted = one * np.exp2(-np.array(exponents, dtype=np.float64))
    held = np.all(answer.reshape(len(exponents), -1) == wanted[:, None], axis=1)
    if np.all(held):
        return FORMATS["float64"].precision
    bits = 1 + exponents[_leading(held) - 1] if held[0] else 0
    return bits if bits >= _FEWEST else None


def _exponents(fmt: Format) -> list[int]:
    """Return the exponents of ε: every one to float32's, and those around wider formats."""
    narrow = list(range(1, 29))
    return narrow if fmt.precision <= 24 else [*narrow, 52, 53, 63, 64]  # noqa: PLR2004


def _scale(fmt: Format) -> int:
    """Return the exponent of a number whose sums with the smallest ε are normal in the dtype."""
    return 14 if fmt.name == "float16" else 0


def _leading(held: Sequence[bool] | Array) -> int:
    """Return how many values are true before the first one that is not."""
    return int(np.argmin(np.append(np.asarray(held, dtype=bool), [False])))


# --- Factors ---


def _factor_bits(product: Product, fmt: Format, sum_bits: int) -> int | None:
    """Ask for products with one factor of many bits, on either side.

    A factor's bit is seen if the product with it differs from that without it.
    """
    multiplier, numbers = _pairs(range(1, fmt.precision), fmt, sum_bits)
    x, weight = np.zeros((len(numbers) + 1, _TERMS)), np.zeros((_TERMS, len(numbers) + 1))
    x[:-1, _LEFT], weight[_LEFT, 0] = numbers, multiplier
    x[-1, _RIGHT], weight[_RIGHT, 1:] = multiplier, numbers
    answer = product(x, weight)
    sides = answer[:-1, 0], answer[-1, 1:]
    if not all(np.all(np.abs(side / (numbers * multiplier) - 1) <= _NEAR) for side in sides):
        return None
    return 1 + min(_leading(side[1::2] != side[::2]) for side in sides)


def _pairs(exponents: range, fmt: Format, sum_bits: int) -> tuple[float, Array]:
    """Return a multiplier, and for each exponent a number without and with that bit.

    If sums have all bits of the dtype, the multiplier is 1, and the numbers have bits that are far
    apart. Else the product of the number with 3 lies halfway between two sums, and is rounded down
    to even: the bit makes it round up. No format of factors has the number itself halfway between
    two of its own.
    """
    if sum_bits >= fmt.precision:
        without = [
            1 + sum(2.0**-place for place in range(_APART, exponent, _APART))
            for exponent in exponents
        ]
        multiplier = 1.0
    else:
        # 3c is 1 mod 4: the sums beside it are 3c − 1 and 3c + 1, and the first one is even.
        c = 2**sum_bits // 3 + 1
        c += (3 - c) % 4
        without = [c * 2.0 ** -(c.bit_length() - 1)] * len(exponents)
        multiplier = 1.5
    pairs = [(a, a + 2.0**-place) for a, place in zip(without, exponents, strict=True)]
    return multiplier, np.array(pairs).reshape(-1)


# --- Ranges ---


def _ranges(product: Product, fmt: Format, sum_bits: int) -> tuple[bool | None, bool]:
    """Return whether subnormal products and factors become 0, and whether a large factor is lost.

    A column of its own holds the large factor of a subnormal one: it may be infinite in the unit.
    """
    small, subnormal = _below(fmt, sum_bits), 2.0 ** (fmt.minimum_exponent - 2)
    beyond = 2.0**_BEYOND if fmt.maximum > 2.0**_BEYOND else 1.0
    x, weight = np.zeros((3, _TERMS)), np.zeros((_TERMS, 2))
    x[0, _PRODUCT], weight[_PRODUCT, 0] = small
    x[1, _SUBNORMAL], weight[_SUBNORMAL, 1] = subnormal, 2.0**_NORMAL / subnormal
    x[2, _LARGE], weight[_LARGE, 0] = beyond, 1 / beyond
    answer = product(x, weight)
    shown = np.array([answer[0, 0], answer[1, 1]])
    true = np.array([small[0] * small[1], 2.0**_NORMAL])
    decided = bool(np.all((shown == 0) | (shown == true)))
    return bool(np.any(shown == 0)) if decided else None, not np.isfinite(answer[2, 0])


def _below(fmt: Format, sum_bits: int) -> tuple[float, float]:
    """Return two normal numbers whose product is subnormal in the sum or in the dtype."""
    sums = [each for each in FORMATS.values() if each.precision == sum_bits]
    least = max(each.minimum_exponent for each in (fmt, *sums))
    exponent = least - 2
    return 2.0 ** (exponent // 2), 2.0 ** (exponent - exponent // 2)
