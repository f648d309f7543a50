"""Sums of products against fractions: rows that cancel, of every length, and beyond the range."""

import math
from fractions import Fraction

import numpy as np
import pytest

from nnspec.reference.sums import _split, sum_of_products

U, HUGE = Fraction(1, 2**53), np.finfo(np.float64).max


def numbers(bits: np.random.PCG64, count: int, exponents: int) -> np.ndarray:
    significands = 1.0 + (bits.random_raw(count) >> np.uint64(12)).astype(np.float64) * 2.0**-52
    signs = np.where(bits.random_raw(count) % 2 == 0, 1.0, -1.0)
    spread = (bits.random_raw(count) % np.uint64(exponents)).astype(np.int64) - exponents // 2
    return np.ldexp(significands * signs, spread)


@pytest.fixture(autouse=True)
def _floating_point_errors_are_ignored():
    with np.errstate(all="ignore"):
        yield


def test_rows_without_terms_and_rows_that_cancel_are_positive_zero() -> None:
    for rows in (np.zeros((2, 0)), np.array([[1.5, -1.5], [-0.0, -0.0]])):
        sums = sum_of_products(rows, np.ones_like(rows))
        assert [math.copysign(1, each) * (each == 0) for each in sums] == [1, 1]


@pytest.mark.parametrize("exponents", [1, 8, 120, 2000])
@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 127, 128, 1000, 2048, 5000])
def test_sums_are_within_the_proved_bound(length: int, exponents: int) -> None:
    rows = numbers(np.random.PCG64(length), 6 * length, exponents).reshape(6, length)
    # Half of the rows cancel: all of them, up to their last bits, or up to one term.
    half = length // 2
    rows[1, half : 2 * half] = -rows[1, :half]
    rows[2, half : 2 * half] = -rows[2, :half] * (1 + 2.0**-40)
    rows[3, half : 2 * half] = -np.nextafter(rows[3, :half], np.inf)
    # Alone, each row has its own power of two; together, all have that of the largest.
    ones = np.ones_like(rows)
    for answers in (
        sum_of_products(rows, ones),
        np.array([sum_of_products(rows[[i]], ones[[i]])[0] for i in range(6)]),
    ):
        _assert_within_the_bound(rows, answers)


def test_rows_of_all_sizes_are_within_the_proved_bound() -> None:
    rows = numbers(np.random.PCG64(5), 4000, 4).reshape(400, 10)
    rows = np.ldexp(rows, np.linspace(-1070, 1015, 400).astype(int)[:, None])
    _assert_within_the_bound(rows, sum_of_products(rows, np.ones_like(rows)))


def test_one_split_sums_what_does_not_cancel_and_leaves_the_rest() -> None:
    rows = np.abs(numbers(np.random.PCG64(7), 4000, 20).reshape(100, 40))
    sums, least = _split(rows)
    assert np.all(sums >= least)
    rows[:, 20:] = -rows[:, :20]
    sums, least = _split(rows)
    assert not np.any(np.abs(sums) >= least)


def test_terms_that_are_no_products_are_added() -> None:
    a, b, terms = (numbers(np.random.PCG64(seed), 40, 9).reshape(4, 10) for seed in (1, 2, 3))
    a[0, 0], b[0, 0] = HUGE, 2.0
    sums = sum_of_products(a, b, terms)
    assert sums[0] == math.inf
    _assert_within_the_bound(np.hstack([a * b, terms])[1:], sums[1:])


def test_sums_are_as_fsum_rounds_them() -> None:
    rows = numbers(np.random.PCG64(3), 4000, 60).reshape(100, 40)
    sums = sum_of_products(rows, np.ones_like(rows))
    assert sums.tolist() == [math.fsum(row) for row in rows]


def _assert_within_the_bound(rows: np.ndarray, answers: np.ndarray) -> None:
    for row, answer in zip(rows.tolist(), answers.tolist(), strict=True):
        exact = sum(map(Fraction, row))
        allowed = (1 + Fraction(1, 2**20)) * U * abs(exact) + U**2 * max(
            map(abs, map(Fraction, row))
        )
        assert abs(Fraction(answer) - exact) <= allowed


def test_products_and_partial_sums_may_leave_the_range() -> None:
    rows = np.array([[HUGE, HUGE, -HUGE], [1e300, -1e300, 3.0], [HUGE, HUGE, 0.0]])
    factors = np.array([[1.0, 1.0, 1.0], [1e300, 1e300, 2.0], [1.0, 1.0, 1.0]])
    # The third row's sum is beyond the range itself; of the second row, 6 is below 2^-108 of 1e600.
    assert sum_of_products(rows, factors).tolist() == [HUGE, 0.0, np.inf]


def test_what_is_not_finite_decides() -> None:
    rows = np.array([[np.inf, 1e300], [np.inf, -np.inf], [np.nan, 1.0], [0.0, 1.0]])
    factors = np.array([[1.0, -1e300], [1.0, 1.0], [1.0, 1.0], [np.inf, 1.0]])
    sums = sum_of_products(rows, factors)
    assert sums[0] == np.inf
    assert np.isnan(sums[1:]).all()
