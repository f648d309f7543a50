"""The descent methods reject bad momenta and matrices, and go where theory says."""

import numpy as np
import pytest

from nnspec import reference
from nnspec.reference import descent
from tests.pages.steps.calls import call

SLOPED = [operation for operation in descent.__all__ if operation != "newton"]


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


def test_the_reformulated_method_yields_the_points_of_sutskevers_gradients_not_nesterovs() -> None:
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
