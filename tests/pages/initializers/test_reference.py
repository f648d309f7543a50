"""The initializers of the reference: what they refuse, that their laws are what the
specification's limits take for granted, and seeds."""

import math

import numpy as np
import pytest
from scipy import special, stats

from nnspec import reference
from nnspec.conformance.terms.operations import arguments_of, page_of, parameters_of

OPERATIONS = [operation for operation in reference.__all__ if page_of(operation) == "initializers"]
RANDOM = [operation for operation in OPERATIONS if "seed" in parameters_of(operation)]
FANS = [operation for operation in OPERATIONS if "fan_in" in arguments_of(operation)]
KEYWORDS = {"value": 0.5, "std": 2.0, "negative_slope": 0.5, "seed": 3, "dtype": "float64"}


def call(operation: str, *shape: int, **changed):
    arguments = shape if operation in FANS else (shape,)
    return getattr(reference, operation)(
        *arguments, **{name: changed.get(name, KEYWORDS[name]) for name in parameters_of(operation)}
    )


def law(operation: str):
    if operation.endswith("uniform"):
        return stats.uniform(-math.sqrt(3), math.sqrt(12))
    if operation.endswith("truncated_normal"):
        cut = stats.truncnorm(-2, 2)
        return stats.truncnorm(-2, 2, scale=1 / cut.std())
    return stats.norm()


def variance(operation: str, fan_in: int, fan_out: int) -> float:
    if operation == "normal":
        return 4.0
    if operation == "xavier_fan_in_normal":
        return 1 / fan_in
    return 2 / (fan_in + fan_out) if operation.startswith("xavier") else 2 / (1.25 * fan_in)


@pytest.mark.parametrize("operation", RANDOM)
def test_the_weights_pass_the_exact_test_of_kolmogorov_and_smirnov_against_another_implementation_of_the_law(
    operation: str,
) -> None:
    weights = call(operation, 300, 500).ravel() / math.sqrt(variance(operation, 300, 500))
    assert stats.kstest(weights, law(operation).cdf).pvalue > 1e-4
    assert stats.kstest(1.05 * weights, law(operation).cdf).pvalue < 1e-9


@pytest.mark.parametrize("operation", ["kaiming_uniform", "kaiming_truncated_normal"])
def test_no_even_moment_of_a_law_exceeds_the_normal_laws(operation: str) -> None:
    # The recurrence of each law's moments, variance 1: what the specification's limits rest on.
    below, density = special.erf(math.sqrt(2)), math.exp(-2) / math.sqrt(2 * math.pi)
    moment, unit = 1.0, 1 - 4 * density / below
    normal = 1.0
    for k in range(1, 80):
        normal *= 2 * k - 1
        if operation.endswith("uniform"):
            standardized = 3.0**k / (2 * k + 1)
        else:
            moment = (2 * k - 1) * moment - 2 * 2.0 ** (2 * k - 1) * density / below
            # The recurrence cancels, and no moment of a law on [-2, 2] is above 4^k.
            standardized = min(moment, 4.0**k) / unit**k
        assert standardized <= normal * (1 + 1e-12), k
    assert law(operation).stats(moments="k") + 2 <= 2


@pytest.mark.parametrize("operation", RANDOM)
def test_the_same_seed_is_answered_alike_and_another_one_otherwise(operation: str) -> None:
    assert np.array_equal(call(operation, 4, 3), call(operation, 4, 3))
    assert not np.any(call(operation, 4, 3, seed=4) == call(operation, 4, 3))
    assert call(operation, 4, 3, seed=2**32 - 1).shape == (4, 3)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_answer_is_float64_in_the_shape_asked_for(operation: str) -> None:
    for dtype in ("float64", "float32", "float16", "bfloat16"):
        answered = call(operation, 4, 3, dtype=dtype)
        assert (answered.dtype, answered.shape) == (np.float64, (4, 3))


@pytest.mark.parametrize(
    "operation", [operation for operation in OPERATIONS if operation not in FANS]
)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (5,), (1, 2, 3, 4)])
def test_any_shape_is_answered(operation: str, shape: tuple[int, ...]) -> None:
    assert call(operation, *shape).shape == shape


@pytest.mark.parametrize("operation", RANDOM)
@pytest.mark.parametrize(
    ("seed", "error", "says"),
    [
        (-1, ValueError, r"seed must be in \[0, 2\*\*32\); got -1"),
        (2**32, ValueError, "got 4294967296"),
        (1.0, TypeError, "seed must be a whole number; got float"),
        (True, TypeError, "got bool"),
    ],
)
def test_a_seed_that_is_none_is_refused(operation: str, seed, error, says: str) -> None:
    with pytest.raises(error, match=says):
        call(operation, 2, 2, seed=seed)


@pytest.mark.parametrize("operation", FANS)
def test_fans_below_one_and_fans_that_are_no_whole_numbers_are_refused(operation: str) -> None:
    with pytest.raises(ValueError, match="fan_in must be at least 1; got 0"):
        call(operation, 0, 3)
    with pytest.raises(ValueError, match="fan_out must be at least 1; got -2"):
        call(operation, 3, -2)
    with pytest.raises(TypeError, match="fan_out must be a whole number; got float"):
        call(operation, 3, 2.0)


@pytest.mark.parametrize(
    "operation", [operation for operation in OPERATIONS if operation not in FANS]
)
def test_shapes_that_are_none_are_refused(operation: str) -> None:
    with pytest.raises(
        ValueError, match=r"every length of shape must be at least 0; got \(2, -1\)"
    ):
        call(operation, 2, -1)
    with pytest.raises(TypeError, match="every length of shape must be a whole number; got float"):
        call(operation, 2.0)
    with pytest.raises(TypeError, match="shape must be a tuple of whole numbers; got int"):
        getattr(reference, operation)(
            3, **{name: KEYWORDS[name] for name in parameters_of(operation)}
        )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_unknown_dtype_is_refused(operation: str) -> None:
    with pytest.raises(
        ValueError, match="dtype must be one of float64, float32, float16, bfloat16; got 'int8'"
    ):
        call(operation, 2, 2, dtype="int8")


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (operation, name)
        for operation in OPERATIONS
        for name in ("value", "std", "negative_slope")
        if name in parameters_of(operation)
    ],
)
def test_parameters_that_are_no_finite_numbers_are_refused(operation: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be finite; got nan"):
        call(operation, 2, 2, **{name: math.nan})
    with pytest.raises(TypeError, match=f"{name} must be a real number; got str"):
        call(operation, 2, 2, **{name: "1"})


def test_a_standard_deviation_is_not_negative() -> None:
    with pytest.raises(ValueError, match=r"std must be at least 0; got -1\.0"):
        call("normal", 2, 2, std=-1.0)
    assert not call("normal", 2, 2, std=0.0).any()
