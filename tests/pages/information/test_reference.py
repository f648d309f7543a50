"""What the functions of the page `information` refuse, and what they answer at the edges."""

import math
from fractions import Fraction

import numpy as np
import pytest

from nnspec import reference

FUNCTIONS = [reference.entropy, reference.cross_entropy, reference.kl_divergence]


def called(function, p, q, **parameters):
    return (
        function(p, **parameters) if function is reference.entropy else function(p, q, **parameters)
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_negative_shares_are_refused(function) -> None:
    with pytest.raises(ValueError, match=r"p must not be negative; got -0\.5"):
        called(function, [1.5, -0.5], [0.5, 0.5], axis=0)


@pytest.mark.parametrize("function", FUNCTIONS[1:])
def test_another_shape_and_a_negative_second_argument_are_refused(function) -> None:
    with pytest.raises(ValueError, match=r"q must have the shape of p, \(2,\); got \(3,\)"):
        function([0.5, 0.5], [0.5, 0.25, 0.25], axis=0)
    with pytest.raises(ValueError, match="q must not be negative; got -1"):
        function([0.5, 0.5], [2.0, -1.0], axis=0)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_axis_that_is_not_there_is_refused(function) -> None:
    with pytest.raises(ValueError, match="axis must be an axis"):
        called(function, [0.5, 0.5], [0.5, 0.5], axis=1)
    with pytest.raises(TypeError, match="p must hold real numbers"):
        called(function, ["a"], ["b"], axis=0)


CLIPPED = [reference.cross_entropy_clipped, reference.cross_entropy_renormalized]


@pytest.mark.parametrize("function", CLIPPED)
@pytest.mark.parametrize("epsilon", [-1e-300, 0.5 + 2.0**-53, 1.0])
def test_an_end_of_a_clip_that_lies_beyond_the_other_is_refused(function, epsilon: float) -> None:
    with pytest.raises(ValueError, match=rf"epsilon must be in \[0, 1/2\]; got {epsilon}"):
        function([1.0], [1.0], axis=0, epsilon=epsilon)


@pytest.mark.parametrize("function", CLIPPED)
def test_a_clip_refuses_what_a_cross_entropy_refuses(function) -> None:
    with pytest.raises(TypeError, match="epsilon must be a real number; got str"):
        function([1.0], [1.0], axis=0, epsilon="1e-7")
    with pytest.raises(ValueError, match="q must not be negative; got -1"):
        function([1.0, 0.0], [2.0, -1.0], axis=0, epsilon=0.1)
    with pytest.raises(ValueError, match=r"q must have the shape of p, \(1,\); got \(2,\)"):
        function([1.0], [0.5, 0.5], axis=0, epsilon=0.1)
    with pytest.raises(ValueError, match="axis must be an axis"):
        function([1.0], [1.0], axis=1, epsilon=0.1)


def test_a_share_next_to_1_costs_what_is_left_of_it() -> None:
    epsilon = 2.0**-60
    assert reference.cross_entropy_clipped([1.0], [1.0], axis=0, epsilon=epsilon) == epsilon
    assert reference.cross_entropy_clipped([1.0], [7.0], axis=0, epsilon=epsilon) == epsilon
    # 1 of 1 + 2^-70 costs 2^-70, which is clipped or not.
    p, q = [1.0, 0.0], [1.0, 2.0**-70]
    assert reference.cross_entropy_renormalized(p, q, axis=0, epsilon=epsilon) == epsilon
    assert reference.cross_entropy_renormalized(p, q, axis=0, epsilon=2.0**-80) == 2.0**-70


def test_without_an_epsilon_only_infinity_is_left() -> None:
    p, q = [0.5, 0.5, 0.0], [2.0, 0.0, 0.0]
    assert reference.cross_entropy_renormalized(p, q, axis=0, epsilon=0.0) == np.inf
    assert reference.cross_entropy_clipped(p, q, axis=0, epsilon=0.0) == np.inf
    assert reference.cross_entropy_clipped([0.0, 1.0], [0.0, 2.0], axis=0, epsilon=0.0) == 0


def test_shares_of_a_sum_beyond_the_range_or_of_none() -> None:
    share = reference.cross_entropy_renormalized([1.0, 0.0], [1.5e308] * 2, axis=0, epsilon=0.0)
    assert share == pytest.approx(math.log(2), rel=1e-15)
    far = reference.cross_entropy_renormalized([0.0, 1.0], [1e308, 1e-308], axis=0, epsilon=0.0)
    assert far == pytest.approx(616 * math.log(10), rel=1e-15)
    assert np.isnan(reference.cross_entropy_renormalized([1.0], [0.0], axis=0, epsilon=0.25))
    assert np.isnan(reference.cross_entropy_renormalized([1.0], [np.inf], axis=0, epsilon=0.25))


@pytest.mark.parametrize("function", CLIPPED)
def test_nan_goes_through_a_clip_and_empty_sums_are_zero(function) -> None:
    assert np.isnan(function([0.5, 0.5], [np.nan, 0.5], axis=0, epsilon=0.25))
    assert np.isnan(function([0.0, 1.0], [np.nan, 0.5], axis=0, epsilon=0.25))
    empty = np.ones((2, 0))
    assert function(empty, empty, axis=1, epsilon=0.25).tolist() == [0.0, 0.0]
    assert function(np.ones((0, 3)), np.ones((0, 3)), axis=1, epsilon=0.25).shape == (0,)


@pytest.mark.parametrize("function", CLIPPED)
def test_no_clipped_answer_depends_on_how_numpy_treats_floating_point_errors(function) -> None:
    p, q = [1.7e308, 5e-324, 0.0, 1.0, 0.25], [1e308, 1.7e308, 0.0, 1e-310, 0.25]
    with np.errstate(all="ignore"):
        expected = function(p, q, axis=0, epsilon=1e-9)
    with np.errstate(all="raise"):
        assert function(p, q, axis=0, epsilon=1e-9) == expected


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nan_goes_through_and_empty_sums_are_zero(function) -> None:
    assert np.isnan(called(function, [np.nan, 0.5], [0.5, 0.5], axis=0))
    assert called(function, np.ones((2, 0)), np.ones((2, 0)), axis=1).tolist() == [0.0, 0.0]
    assert called(function, np.ones((0, 3)), np.ones((0, 3)), axis=1).shape == (0,)


def test_a_ratio_beyond_the_range_keeps_its_digits() -> None:
    assert reference.kl_divergence([1.0, 0.0], [5e-324, 1.0], axis=0) == pytest.approx(
        1074 * math.log(2), rel=1e-15
    )
    assert reference.kl_divergence([1e-300, 1.0], [1e300, 1.0], axis=0) == pytest.approx(
        1e-300 * math.log(1e-300) * 2, rel=1e-15
    )


def test_nearly_equal_distributions_have_all_digits() -> None:
    p, q = np.array([0.25, 0.75]), np.array([0.25 + 2.0**-30, 0.75 - 2.0**-30])
    # The series of the divergence by fractions, whose second term is enough: Σ d²/(2q) + Σ
    # d³/(6q²)·(-1)….
    d = [Fraction(float(a)) - Fraction(float(b)) for a, b in zip(p, q, strict=True)]
    terms = [
        x * x / (2 * Fraction(float(b))) - x**3 / (6 * Fraction(float(b)) ** 2)
        for x, b in zip(d, q, strict=True)
    ]
    assert reference.kl_divergence(p, q, axis=0) == pytest.approx(float(sum(terms)), rel=1e-14)


def test_the_divergence_from_itself_is_exactly_zero_and_positive_zero() -> None:
    p = np.array([0.1, 0.2, 0.7, 0.0])
    assert math.copysign(1, reference.kl_divergence(p, p, axis=0)) == 1
    assert reference.kl_divergence(p, p, axis=0) == 0
    assert math.copysign(1, reference.entropy([1.0, 0.0], axis=0)) == 1


def test_sums_in_the_range_are_finite_and_others_infinite() -> None:
    assert reference.entropy([1e305] * 5, axis=0) == -np.inf
    assert reference.cross_entropy([1e308, 1e308], [1e-300, 1e300], axis=0) == 0
    assert reference.cross_entropy([1.0, 1e308], [0.0, 1e308], axis=0) == np.inf
    assert reference.kl_divergence([1e308] * 3, [1e-308] * 3, axis=0) == np.inf


def test_entropy_of_subnormal_shares_is_within_the_smallest_number() -> None:
    # 5e-324·1074 log 2 is 744.44 times the smallest number, in whose multiples it is rounded.
    assert reference.entropy([5e-324], axis=0) == 744 * 5e-324


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_answer_depends_on_how_numpy_treats_floating_point_errors(function) -> None:
    p, q = [1.7e308, 5e-324, 0.0, 1.0, 0.25], [1e308, 1.7e308, 0.0, 1e-310, 0.25]
    with np.errstate(all="ignore"):
        expected = called(function, p, q, axis=0)
    with np.errstate(all="raise"):
        assert called(function, p, q, axis=0) == expected
