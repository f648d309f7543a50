"""Every method that takes steps rejects bad arguments and yields copies."""

import numpy as np
import pytest

from tests.pages.steps.calls import METHODS, call


@pytest.mark.parametrize("operation", METHODS)
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


@pytest.mark.parametrize("operation", METHODS)
def test_a_gradient_of_other_shapes_is_refused_with_both(operation: str) -> None:
    with pytest.raises(
        ValueError,
        match=r"gradient must answer arrays of the shapes of params, \[\(3,\)\]; got \[\(2,\)\]",
    ):
        next(call(operation, [np.ones(3)], gradient=lambda _: [np.ones(2)]))


@pytest.mark.parametrize("operation", METHODS)
def test_no_steps_yield_nothing_and_ask_nothing(operation: str) -> None:
    assert list(call(operation, [np.ones(3)], 0, gradient=None)) == []


@pytest.mark.parametrize("operation", METHODS)
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
