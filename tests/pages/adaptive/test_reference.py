"""The adaptive methods reject bad weights and epsilons, and relate as theory says."""

import numpy as np
import pytest

from nnspec.conformance.terms.operations import parameters_of
from nnspec.reference import adaptive
from tests.pages.steps.calls import call

OPERATIONS = adaptive.__all__

# Parameters that weigh the past in an average.
WEIGHTS = ("decay", "beta1", "beta2")


def descend(operation: str, slopes, **changed):
    """Return the steps from 0 under slopes that are given step by step."""
    answers, start = iter(slopes), np.zeros(np.shape(slopes[0]))
    return np.array(
        [
            step[0]
            for step in call(
                operation, [start], len(slopes), gradient=lambda _: [next(answers)], **changed
            )
        ]
    )


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("value", "says"), [(-1e-8, "not be negative; got -1e-08"), (np.inf, "be finite; got inf")]
)
def test_an_epsilon_that_is_no_length_is_refused(operation: str, value: float, says: str) -> None:
    with pytest.raises(ValueError, match=f"epsilon must {says}"):
        call(operation, [np.ones(3)], epsilon=value)


@pytest.mark.parametrize(
    ("operation", "name"),
    [(each, name) for each in OPERATIONS for name in parameters_of(each) if name in WEIGHTS],
)
@pytest.mark.parametrize("value", [1.0, -0.1, 2])
def test_a_weight_of_the_past_that_makes_no_average_is_refused(
    operation: str, name: str, value: float
) -> None:
    with pytest.raises(
        ValueError,
        match=rf"{name} must be in \[0, 1\), the weight of the past in an average; "
        f"got {float(value)}",
    ):
        call(operation, [np.ones(1)], **{name: value})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_infinities_and_nan_go_through_in_silence(operation: str) -> None:
    slope = [np.array([1.0, 1.0, np.inf, -1.7e308])]
    with np.errstate(all="raise"):
        steps = list(
            call(operation, [np.array([np.inf, np.nan, 1.0, 1.0])], gradient=lambda _: slope)
        )
    assert np.isinf(steps[-1][0][0])
    assert np.isnan(steps[-1][0][1:3]).all()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_zero_gradient_without_epsilon_is_nan_and_with_one_stays(operation: str) -> None:
    zero = [np.array([0.0, 1.0])] * 2
    assert np.isnan(descend(operation, zero, epsilon=0.0)).tolist() == [
        [True, False],
        [True, False],
    ]
    assert descend(operation, zero, epsilon=1e-300)[:, 0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("beta2", [0.0, 0.75, 0.999])
def test_the_first_step_of_adam_does_not_depend_on_the_weights(beta1: float, beta2: float) -> None:
    g = np.array([1e-3, -1.0, 50.0])
    first = descend("adam", [g], beta1=beta1, beta2=beta2, epsilon=0.125)[0]
    assert np.allclose(first, -0.25 * g / (abs(g) + 0.125), rtol=1e-14, atol=0)


def test_only_corrected_averages_with_epsilon_outside_step_alike_under_a_constant_gradient() -> (
    None
):
    def steps(operation: str):
        found = np.diff(descend(operation, [np.array([0.5, -3.0])] * 20), axis=0, prepend=0.0)
        return np.ptp(found, axis=0) / abs(found[0])

    assert [operation for operation in OPERATIONS if np.all(steps(operation) < 1e-13)] == ["adam"]


def test_adagrad_slows_down_and_rmsprop_recovers_after_a_large_gradient() -> None:
    slopes = [np.array([1.0]), np.array([100.0]), *[np.array([1.0])] * 60]
    adagrad, rmsprop = (-np.diff(descend(each, slopes)[:, 0]) for each in ("adagrad", "rmsprop"))
    assert adagrad[-1] < 0.003
    assert rmsprop[-1] > 0.1
