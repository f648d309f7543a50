"""Answers alone tell a unit's factors, sums and flushing, in every order of summation."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest

from nnspec.conformance.judge.arithmetic import FLUSHED, KEPT, UNDECIDED, Measured, measured
from nnspec.conformance.terms.formats import NAMES, cast
from tests.judge.units import ORDERS, Unit, simulated, units

# bfloat16x3 keeps the bits of float32, and need not be told from it.
TOLD = ("float32", "tf32", "bfloat16", "bfloat16x2")

SHARE = 0.99


def shares(asked: Iterable[Unit]) -> dict[str, float]:
    """Return for each property the share of units whose property is told; undecided is wrong."""
    count, right = 0, Counter()
    for unit in asked:
        found = measured(simulated(unit), "float32")
        count += 1
        right["factors"] += found.factors == unit.factors
        right["sums"] += found.sums == unit.sums
        right["flushes"] += found.flushes is unit.flushes
    assert count
    return {name: right[name] / count for name in ("factors", "sums", "flushes")}


def test_units_of_one_seed_are_told_by_their_answers() -> None:
    assert min(shares(units(range(1), TOLD, ORDERS[::2])).values()) >= SHARE


@pytest.mark.proof
@pytest.mark.no_cover
def test_a_sample_of_units_is_told_by_their_answers() -> None:
    assert min(shares(units(range(20, 22), TOLD)).values()) >= SHARE


@pytest.mark.study
def test_units_of_every_kind_are_told_by_their_answers() -> None:
    found = shares(units(range(20), TOLD))
    print(found)
    assert min(found.values()) >= SHARE


@pytest.mark.parametrize("order", ORDERS)
def test_three_parts_are_two_parts_or_more(order: str) -> None:
    for sums, allowed in (("float32", {"float32"}), ("float16", {"bfloat16x2", "float32"})):
        unit = Unit("bfloat16x3", sums, order, flushes=False, seed=1)
        assert measured(simulated(unit), "float32").factors in allowed


@pytest.mark.parametrize("dtype", NAMES)
def test_a_product_of_float64_has_all_bits(dtype: str) -> None:
    def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return cast(left @ right, dtype).astype(np.float64)

    found = measured(product, dtype)
    assert (found.factors, found.sums, found.flushes) == (dtype, "float64", False)


def test_factors_of_float16_are_told_from_tf32_by_their_range() -> None:
    def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            left, right = (each.astype(np.float16).astype(np.float32) for each in (left, right))
        return np.asarray(left @ right, dtype=np.float64)

    found = measured(product, "float32")
    assert (found.factors, found.sums) == ("float16", "float32")


def test_the_made_numbers_are_those_of_the_dtype() -> None:
    def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        for each in (left, right):
            assert np.array_equal(cast(each, dtype).astype(np.float64), each)
        return left @ right

    for dtype in NAMES:
        assert measured(product, dtype).sums == "float64"


@pytest.mark.parametrize("answer", [0.0, 1.0, np.nan, np.inf])
def test_answers_that_are_no_products_leave_everything_undecided(answer: float) -> None:
    found = measured(lambda left, right: np.full((len(left), right.shape[1]), answer), "float32")
    assert (found.factors, found.sums, found.subnormal) == (UNDECIDED,) * 3


def test_a_sum_without_a_name_is_told_by_its_bits() -> None:
    assert Measured("float32", 24, 14, flushes=False).sums == "14 bits"
    assert Measured("float32", 24, 25, flushes=False).sums == "float32"
    assert Measured("float32", 13, 24, flushes=False).factors == "tf32"


@pytest.mark.parametrize(("flushes", "told"), [(None, UNDECIDED), (True, FLUSHED), (False, KEPT)])
def test_what_becomes_of_subnormal_numbers_is_told(
    flushes: bool | None,  # noqa: FBT001
    told: str,
) -> None:
    assert Measured("float32", 24, 24, flushes).subnormal == told


@pytest.mark.skipif(np.finfo(np.longdouble).nmant != 63, reason="long double has other bits")
def test_sums_of_80_bit_registers_have_64_bits() -> None:
    def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        terms = left[:, :, None].astype(np.longdouble) * right[None].astype(np.longdouble)
        return np.add.accumulate(terms, axis=1)[:, -1].astype(np.float64)

    assert measured(product, "float64").sum_bits == 64
