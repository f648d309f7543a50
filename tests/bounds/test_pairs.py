"""Pairs of float64 hold their results to the bits that they claim, by ball arithmetic."""

from collections.abc import Callable

import numpy as np
import pytest
from flint import arb, ctx

from nnspec.conformance.bounds import pairs
from nnspec.conformance.bounds.pairs import Pair, paired

COUNT = 300


def drawn(low: int, high: int, *, signed: bool = False) -> np.ndarray:
    """Return numbers with full significands, whose exponents lie between two ends."""
    random = np.random.default_rng(high - low)
    numbers = np.ldexp(1 + random.random(COUNT), random.integers(low, high, COUNT))
    return numbers * random.choice([-1.0, 1.0], COUNT) if signed else numbers


def error(found: Pair, true: Callable[[int], arb]) -> float:
    """Return the largest error of pairs relative to their truths."""
    worst = 0.0
    with ctx.workprec(2000):
        for place, (hi, lo) in enumerate(zip(found.hi, found.lo, strict=True)):
            value = true(place)
            worst = max(worst, float(abs((arb(hi) + arb(lo) - value) / value)))
    return worst


FUNCTIONS = {
    "root": (pairs.root, arb.sqrt, drawn(-400, 400), -105),
    "exp": (pairs.exp, arb.exp, drawn(-400, 9, signed=True), -97),
    "expm1": (pairs.expm1, arb.expm1, drawn(-400, 9, signed=True), -97),
    "log": (pairs.log, arb.log, drawn(-400, 400), -103),
    "log near 1": (pairs.log, arb.log, 1 + drawn(-52, -3, signed=True), -102),
    "log1p": (pairs.log1p, arb.log1p, drawn(-400, 9), -103),
    "log1p of negative numbers": (pairs.log1p, arb.log1p, -drawn(-60, -1), -102),
    "excess": (
        pairs.excess,
        lambda t: (1 + t) * t.log1p() - t,
        np.where(drawn(-300, 3) % 1 > 0, drawn(-300, -1, signed=True), 0.5),
        -91,
    ),
    "a power": (lambda v: v**1000, lambda v: v**1000, 1 - drawn(-14, -8), -93),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_a_pair_has_as_many_bits_as_its_page_says(name: str) -> None:
    function, true, numbers, bits = FUNCTIONS[name]
    found = function(paired(numbers))
    assert error(found, lambda place: true(arb(numbers[place]))) < 2.0**bits


def test_sums_products_and_quotients_of_pairs_have_a_hundred_bits() -> None:
    a, b = pairs.exp(drawn(-9, 6, signed=True)), pairs.log(2 + drawn(-9, 40))

    def of(pair: Pair, place: int) -> arb:
        return arb(pair.hi[place]) + arb(pair.lo[place])

    for found, true in (
        (a + b, lambda place: of(a, place) + of(b, place)),
        (a - b, lambda place: of(a, place) - of(b, place)),
        (a * b, lambda place: of(a, place) * of(b, place)),
        (a / b, lambda place: of(a, place) / of(b, place)),
    ):
        assert error(found, true) < 2.0**-100


def test_a_long_sum_and_a_product_of_matrices_lose_nothing_that_counts() -> None:
    random = np.random.default_rng(5)
    left, right = random.standard_normal((6, 301)), random.standard_normal((301, 4))
    found = paired(left) @ right
    with ctx.workprec(300):
        for row, column in np.ndindex(6, 4):
            terms = [arb(a) * arb(b) for a, b in zip(left[row], right[:, column], strict=True)]
            known = arb(found.hi[row, column]) + arb(found.lo[row, column])
            assert abs(known - sum(terms, arb(0))) < 2.0**-98 * sum(map(abs, terms), arb(0))


@pytest.mark.parametrize(("axes", "row"), [((0,), 1), ((1,), 0), (None, None)])
def test_the_others_are_summed_without_a_difference(
    axes: tuple[int, ...] | None, row: int | None
) -> None:
    values = pairs.exp(drawn(-300, 8, signed=True)[:12].reshape(3, 4))
    found = pairs.others(values, axes)
    with ctx.workprec(2000):
        for place in np.ndindex(3, 4):
            rest = [
                arb(values.hi[other]) + arb(values.lo[other])
                for other in np.ndindex(3, 4)
                if other != place and (row is None or other[row] == place[row])
            ]
            total = sum(rest, arb(0))
            known = arb(found.hi[place]) + arb(found.lo[place])
            assert abs(known - total) < 2.0**-100 * total
    assert pairs.others(paired(np.ones((2, 0))), (1,)).hi.shape == (2, 0)
