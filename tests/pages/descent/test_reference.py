"""The reference's methods refuse what they cannot step from, yield what is the caller's own, and
go where theory says they go."""

import numpy as np
import pytest

from nnspec import reference
from nnspec.reference import descent

OPERATIONS = descent.__all__
SLOPED = [operation for operation in OPERATIONS if operation != "newton"]


def call(
    operation: str, params, steps: int = 3, *, gradient=lambda point: point, learning_rate=0.25
):
    parameters = {} if operation in ("gradient_descent", "newton") else {"momentum": 0.5}
    callbacks = (
        (gradient, lambda point: np.eye(point[0].size)) if operation == "newton" else (gradient,)
    )
    return getattr(reference, operation)(
        *callbacks, params, steps, learning_rate=learning_rate, **parameters
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
    ],
)
def test_what_cannot_be_stepped_from_is_refused_before_the_first_step(
    operation: str, given, error, says: str
) -> None:
    with pytest.raises(error, match=says):
        call(operation, **{"params": [np.ones(3)], **given})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_gradient_of_other_shapes_is_refused_with_both(operation: str) -> None:
    with pytest.raises(
        ValueError,
        match=r"gradient must answer arrays of the shapes of params, \[\(3,\)\]; got \[\(2,\)\]",
    ):
        next(call(operation, [np.ones(3)], gradient=lambda _: [np.ones(2)]))


@pytest.mark.parametrize("operation", SLOPED[1:])
def test_a_momentum_that_is_no_finite_number_is_refused(operation: str) -> None:
    with pytest.raises(ValueError, match="momentum must be finite; got inf"):
        getattr(reference, operation)(
            lambda point: point, [np.ones(1)], 1, learning_rate=0.5, momentum=np.inf
        )


def test_an_unbiased_momentum_of_one_has_no_weights_to_divide_by() -> None:
    with pytest.raises(ValueError, match=r"momentum must be in \[0, 1\)"):
        reference.momentum_unbiased(
            lambda point: point, [np.ones(1)], 1, learning_rate=0.5, momentum=1.0
        )


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


@pytest.mark.parametrize("operation", SLOPED)
def test_infinities_and_nan_go_through_in_silence(operation: str) -> None:
    slope = [np.array([1.0, 1.0, -1.7e308])]
    with np.errstate(all="raise"):
        steps = list(
            call(
                operation,
                [np.array([np.inf, np.nan, 1.7e308])],
                gradient=lambda _: slope,
                learning_rate=1.0,
            )
        )
    assert len(steps) == 3


@pytest.mark.parametrize(
    ("params", "hessian", "says"),
    [
        (
            [np.ones(2), np.ones(2)],
            np.eye(2),
            r"params must be a list of one vector; got shapes \[\(2,\), \(2,\)\]",
        ),
        ([np.ones((2, 2))], np.eye(2), "params must be a list of one vector"),
        ([np.ones(2)], np.eye(3), r"hessian must answer a matrix of shape \(2, 2\); got \(3, 3\)"),
        (
            [np.ones(2)],
            np.ones((2, 2)),
            r"hessian must not be singular; got \[\[1.0, 1.0\], \[1.0, 1.0\]\]",
        ),
    ],
)
def test_newton_refuses_what_it_cannot_solve(params, hessian, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        list(reference.newton(lambda point: point, lambda _: hessian, params, 1, learning_rate=1.0))


def test_the_reformulated_method_yields_the_points_where_sutskevers_asks_and_nesterovs_does_not() -> (
    None
):
    curvatures = np.array([0.5, 2.0])
    asked = []

    def gradient(point):
        asked.append(point[0].copy())
        return [curvatures * point[0]]

    list(reference.nesterov_sutskever(gradient, [np.ones(2)], 9, learning_rate=0.2, momentum=0.8))
    looked_at = np.array(asked[1:])
    settings = {"learning_rate": 0.2, "momentum": 0.8}
    for operation, agrees in (
        ("nesterov_reformulated", True),
        ("nesterov_reformulated_scaled", True),
        ("nesterov", False),
    ):
        found = [
            step[0]
            for step in getattr(reference, operation)(
                lambda point: [curvatures * point[0]], [np.ones(2)], 8, **settings
            )
        ]
        assert np.allclose(found, looked_at, rtol=0, atol=1e-14) == agrees


def test_momentum_carries_through_a_saddle_where_gradient_descent_stops() -> None:
    def gradient(point):
        return [np.where(point[0] > 1.0, 1.0, np.where(point[0] < -1.0, 1.0, 0.0))]

    stopped = [
        step[0][0]
        for step in reference.gradient_descent(gradient, [np.array([1.5])], 60, learning_rate=0.25)
    ]
    carried = [
        step[0][0]
        for step in reference.momentum(
            gradient, [np.array([1.5])], 60, learning_rate=0.25, momentum=0.875
        )
    ]
    assert stopped[-1] == 1.0
    assert carried[-1] < -1.0
