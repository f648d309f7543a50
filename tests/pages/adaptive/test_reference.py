"""The reference's methods refuse what they cannot step from, yield what is the caller's own, and
relate to each other as theory says."""

import numpy as np
import pytest

from nnspec import reference
from nnspec.reference import adaptive

OPERATIONS = adaptive.__all__
DECAYS = {
    **{operation: {} for operation in OPERATIONS if operation.startswith("adagrad")},
    **{operation: {"decay": 0.75} for operation in OPERATIONS if operation.startswith("rmsprop")},
    **{
        operation: {"beta1": 0.5, "beta2": 0.75}
        for operation in OPERATIONS
        if operation.startswith("adam")
    },
}


def call(
    operation: str,
    params,
    steps: int = 3,
    *,
    gradient=lambda point: point,
    learning_rate=0.25,
    **changed,
):
    parameters = {**DECAYS[operation], "epsilon": 0.125, **changed}
    return getattr(reference, operation)(
        gradient, params, steps, learning_rate=learning_rate, **parameters
    )


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
    ("given", "error", "says"),
    [
        (
            {"params": np.ones(3)},
            TypeError,
            "params must be a list or tuple of arrays; got ndarray",
        ),
        ({"params": [np.ones(3, dtype=complex)]}, TypeError, r"params\[0\] must hold real numbers"),
        ({"steps": -1}, ValueError, "steps must not be negative; got -1"),
        ({"steps": 2.0}, TypeError, "steps must be an integer; got float"),
        ({"steps": True}, TypeError, "steps must be an integer; got bool"),
        (
            {"learning_rate": (0.1, 0.2)},
            ValueError,
            "learning_rate must be a number or 3 numbers, one a step; got 2",
        ),
        (
            {"learning_rate": (0.1, 0.2, np.nan)},
            ValueError,
            r"learning_rate\[2\] must be finite; got nan",
        ),
        ({"learning_rate": "fast"}, TypeError, "learning_rate must be a real number; got str"),
        ({"epsilon": -1e-8}, ValueError, "epsilon must not be negative; got -1e-08"),
        ({"epsilon": np.inf}, ValueError, "epsilon must be finite; got inf"),
    ],
)
def test_what_cannot_be_stepped_from_is_refused_before_the_first_step(
    operation: str, given, error, says: str
) -> None:
    with pytest.raises(error, match=says):
        call(operation, **{"params": [np.ones(3)], **given})


@pytest.mark.parametrize(
    ("operation", "name"),
    [(operation, name) for operation in OPERATIONS for name in DECAYS[operation]],
)
@pytest.mark.parametrize("value", [1.0, -0.1, 2])
def test_a_weight_of_the_past_that_makes_no_average_is_refused(
    operation: str, name: str, value: float
) -> None:
    with pytest.raises(
        ValueError,
        match=rf"{name} must be in \[0, 1\), the weight of the past in an average; got {float(value)}",
    ):
        call(operation, [np.ones(1)], **{name: value})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_gradient_of_other_shapes_is_refused_with_both(operation: str) -> None:
    with pytest.raises(
        ValueError,
        match=r"gradient must answer arrays of the shapes of params, \[\(3,\)\]; got \[\(2,\)\]",
    ):
        next(call(operation, [np.ones(3)], gradient=lambda _: [np.ones(2)]))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_steps_yield_nothing_and_ask_nothing(operation: str) -> None:
    assert list(call(operation, [np.ones(3)], 0, gradient=None)) == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_yielded_and_where_the_gradient_is_asked_belongs_to_the_caller(
    operation: str,
) -> None:
    def spoiled(point):
        answer = [each.copy() for each in point]
        point[0][...] = np.nan
        return answer

    start = [np.array([1.0, -2.0])]
    careful = [each[0] for each in call(operation, start)]
    for step, expected in zip(call(operation, start, gradient=spoiled), careful, strict=True):
        assert np.array_equal(step[0], expected)
        step[0][...] = np.nan
    assert np.array_equal(start[0], [1.0, -2.0])


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
    first = descend("adam", [g], beta1=beta1, beta2=beta2)[0]
    assert np.allclose(first, -0.25 * g / (abs(g) + 0.125), rtol=1e-14, atol=0)


def test_only_the_averages_with_epsilon_outside_and_full_correction_keep_their_step_under_a_constant_gradient() -> (
    None
):
    def steps(operation: str):
        found = np.diff(descend(operation, [np.array([0.5, -3.0])] * 20), axis=0, prepend=0.0)
        return np.ptp(found, axis=0) / abs(found[0])

    assert [operation for operation in OPERATIONS if np.all(steps(operation) < 1e-13)] == ["adam"]


def test_adagrad_slows_down_and_rmsprop_recovers_after_a_large_gradient() -> None:
    slopes = [np.array([1.0]), np.array([100.0]), *[np.array([1.0])] * 30]
    adagrad, rmsprop = (-np.diff(descend(each, slopes)[:, 0]) for each in ("adagrad", "rmsprop"))
    assert adagrad[-1] < 0.003
    assert rmsprop[-1] > 0.1
