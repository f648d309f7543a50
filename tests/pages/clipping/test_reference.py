"""The reference clips what no formula in float64 could square, and refuses what is no limit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnspec import reference

NORMS = ("clip_by_norm", "clip_by_global_norm", "clip_by_global_norm_epsilon")
OPERATIONS = ("clip_by_value", *NORMS)
FINITE = arrays(
    np.float64,
    st.integers(0, 5),
    elements=st.floats(allow_nan=False, allow_infinity=False, width=64),
)


def call(operation: str, gradients, limit: float, epsilon: float = 0.25):
    parameters = {"limit" if operation == "clip_by_value" else "max_norm": limit}
    if operation == "clip_by_global_norm_epsilon":
        parameters["epsilon"] = epsilon
    return getattr(reference, operation)(gradients, **parameters)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("limit", "error", "says"),
    [
        (-1.0, ValueError, "must not be negative; got -1.0"),
        (math.nan, ValueError, "must be finite; got nan"),
        (math.inf, ValueError, "must be finite; got inf"),
        ("1", TypeError, "must be a real number; got str"),
        (True, TypeError, "got bool"),
    ],
)
def test_a_limit_that_is_none_is_refused(operation: str, limit, error, says: str) -> None:
    with pytest.raises(error, match=says):
        call(operation, [np.ones(2)], limit)


def test_an_epsilon_that_is_negative_is_refused() -> None:
    with pytest.raises(ValueError, match=r"epsilon must not be negative; got -0\.5"):
        call("clip_by_global_norm_epsilon", [np.ones(2)], 1.0, -0.5)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_array_in_the_place_of_a_list_is_refused(operation: str) -> None:
    with pytest.raises(TypeError, match="gradients must be a list or tuple of arrays; got ndarray"):
        call(operation, np.ones((2, 2)), 1.0)
    with pytest.raises(
        TypeError,
        match=r"gradients\[1\] must hold real numbers that fit into float64; got dtype complex128",
    ):
        call(operation, [np.ones(2), np.ones(2, dtype=complex)], 1.0)


@pytest.mark.parametrize("operation", NORMS)
@pytest.mark.parametrize("unit", [2.0**1020, 2.0**-1060, 1.0])
def test_a_triangle_is_clipped_at_every_scale(operation: str, unit: float) -> None:
    (clipped,) = call(operation, [np.array([6.0, -8.0]) * unit], 5.0 * unit, 0.0)
    assert clipped.tolist() == [3.0 * unit, -4.0 * unit]


def test_a_norm_beyond_the_largest_number_clips_too() -> None:
    huge = np.finfo(np.float64).max
    (clipped,) = reference.clip_by_global_norm([np.full(4, huge)], max_norm=huge)
    assert clipped.tolist() == [huge / 2] * 4


def test_a_small_element_keeps_its_digits_beside_a_huge_one() -> None:
    (clipped,) = reference.clip_by_global_norm([np.array([2.0**1023, 1.1])], max_norm=2.0**1022)
    assert clipped.tolist() == [2.0**1022, 0.55]


@pytest.mark.parametrize("operation", NORMS)
def test_what_no_factor_is_right_for_becomes_nan_or_zero(operation: str) -> None:
    (infinite,) = call(operation, [np.array([np.inf, -2.0, 0.0])], 1.0)
    assert math.isnan(infinite[0])
    assert infinite[1:].tolist() == [0.0, 0.0]
    (unknown,) = call(operation, [np.array([np.nan, -2.0])], 1.0)
    assert np.isnan(unknown).all()


@pytest.mark.parametrize("operation", OPERATIONS)
@given(gradients=st.lists(FINITE, max_size=3), limit=st.floats(0, 1e300))
def test_clipping_is_pure_silent_and_never_enlarges(
    operation: str, gradients, limit: float
) -> None:
    before = [g.tobytes() for g in gradients]
    with np.errstate(all="raise"):
        clipped = call(operation, gradients, limit)
    assert [g.tobytes() for g in gradients] == before
    assert [g.shape for g in clipped] == [g.shape for g in gradients]
    for g, original in zip(clipped, gradients, strict=True):
        assert not np.shares_memory(g, original)
        assert np.all(np.abs(g) <= np.abs(original))
        assert np.all((np.sign(g) == np.sign(original)) | (g == 0))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_arrays_without_dimensions_stay_arrays(operation: str) -> None:
    (clipped,) = call(operation, [3.0], 1.0, 0.0)
    assert isinstance(clipped, np.ndarray)
    assert clipped.shape == ()
    assert clipped == 1.0
