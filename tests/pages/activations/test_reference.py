"""The reference refuses what it cannot answer, in words that say what was needed and what came;
its truth is the matter of tests/truth."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nnspec import reference
from nnspec.conformance.pages.activations.inputs import PARAMETERS
from nnspec.conformance.pages.layouts import every
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.operations import arguments_of, parameters_of
from nnspec.reference import activations

OPERATIONS = activations.__all__


def parameters(operation: str) -> dict:
    return {name: PARAMETERS[name] for name in parameters_of(operation)}


def call(operation: str, *arrays):
    return getattr(reference, operation)(*arrays, **parameters(operation))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_complex_numbers_are_refused_by_name(operation: str) -> None:
    for place, name in enumerate(arguments_of(operation)):
        arguments = [np.ones(3)] * len(arguments_of(operation))
        arguments[place] = np.ones(3, dtype=complex)
        with pytest.raises(
            TypeError,
            match=f"{name} must hold real numbers that fit into float64; got dtype complex128",
        ):
            call(operation, *arguments)


@pytest.mark.parametrize(
    "operation", [operation for operation in OPERATIONS if "cotangent" in arguments_of(operation)]
)
def test_a_cotangent_of_another_shape_is_refused_with_both_shapes(operation: str) -> None:
    with pytest.raises(
        ValueError, match=r"cotangent must have the shape of x, \(2, 3\); got \(3, 2\)"
    ):
        call(operation, np.ones((2, 3)), np.ones((3, 2)))


@pytest.mark.parametrize(
    "operation", [operation for operation in OPERATIONS if "axis" in parameters_of(operation)]
)
@pytest.mark.parametrize(
    ("axis", "error", "says"),
    [
        (2, ValueError, "axis must be an axis of x, which has 2 dimensions; got 2"),
        (-3, ValueError, "got -3"),
        (0.0, TypeError, "axis must be an integer; got float"),
        (True, TypeError, "got bool"),
        (None, TypeError, "got NoneType"),
    ],
)
def test_an_axis_that_is_none_is_refused(operation: str, axis, error, says: str) -> None:
    arguments = [np.ones((2, 3))] * len(arguments_of(operation))
    with pytest.raises(error, match=says):
        getattr(reference, operation)(*arguments, axis=axis)


@pytest.mark.parametrize(
    ("slope", "error", "says"),
    [
        (float("nan"), ValueError, "negative_slope must be finite; got nan"),
        (float("inf"), ValueError, "got inf"),
        ("0.1", TypeError, "negative_slope must be a real number; got str"),
        (True, TypeError, "got bool"),
    ],
)
def test_a_slope_that_is_no_finite_number_is_refused(slope, error, says: str) -> None:
    with pytest.raises(error, match=says):
        reference.leaky_relu(np.ones(3), negative_slope=slope)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("name", ["float16", "float32", "bfloat16", "int64", "bool"])
def test_narrower_numbers_are_answered_in_float64_as_the_numbers_they_are(
    operation: str, name: str
) -> None:
    values = [[0.5, -1.0, 3.0], [2.0, 1.0, -4.0]]
    narrow = cast(values, name) if "float" in name else np.array(values).astype(name)
    count = len(arguments_of(operation))
    answered = call(operation, *[narrow] * count)
    assert answered.dtype == np.float64
    assert np.array_equal(answered, call(operation, *[narrow.astype(np.float64)] * count))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_lists_and_empty_lists_are_arrays(operation: str) -> None:
    count = len(arguments_of(operation))
    assert call(operation, *[[1, 2.5]] * count).shape == (2,)
    assert call(operation, *[[]] * count).shape == (0,)


@pytest.mark.parametrize("operation", OPERATIONS)
@given(data=st.data())
def test_a_function_is_pure_silent_and_answers_in_the_shape_of_x(
    operation: str, data: st.DataObject
) -> None:
    shape = data.draw(array_shapes(min_dims=1, max_dims=3, max_side=5))
    numbers = arrays(np.float64, shape, elements=st.floats(width=64))
    arguments = [data.draw(numbers) for _ in arguments_of(operation)]
    before = [argument.tobytes() for argument in arguments]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        answered = call(operation, *arguments)
    assert answered.shape == shape
    assert answered.dtype == np.float64
    assert [argument.tobytes() for argument in arguments] == before
    assert not any(np.shares_memory(answered, argument) for argument in arguments)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_ordinary_and_extreme_numbers_raise_no_floating_point_warning(operation: str) -> None:
    x = np.array([-1e308, -800.0, -720.0, -1.0, -0.0, 0.0, 1e-310, 1.0, 720.0, 800.0, 1e308])
    with np.errstate(all="raise"):
        call(
            operation,
            *[x] * min(1, len(arguments_of(operation))),
            *[np.ones_like(x)] * (len(arguments_of(operation)) - 1),
        )


@given(x=arrays(np.float64, (3, 4), elements=st.floats(-50, 50)), shift=st.integers(-40, 40))
def test_softmax_does_not_see_a_shift_that_is_exact(x: np.ndarray, shift: int) -> None:
    x = np.round(x * 1024) / 1024
    assert np.allclose(
        reference.softmax(x + shift, axis=1), reference.softmax(x, axis=1), rtol=1e-14, atol=0
    )


@given(x=arrays(np.float64, (3, 4), elements=st.floats(-700, 700)))
def test_log_softmax_is_the_logarithm_of_softmax_where_that_is_safe(x: np.ndarray) -> None:
    s = reference.softmax(x, axis=1)
    y = reference.log_softmax(x, axis=1)
    with np.errstate(divide="ignore"):
        assert np.allclose(np.where(s > 1e-300, np.log(s), y), y, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    "operation",
    [
        operation
        for operation in OPERATIONS
        if operation.endswith("_vjp") and operation[:4] not in ("relu", "leak", "iden")
    ],
)
def test_a_vjp_is_the_derivative_by_complex_step_of_an_independent_formula(operation: str) -> None:
    h = 1e-100
    x = np.array([[0.3, -1.2, 2.5, 0.0], [-3.0, 4.0, 1.0, -0.5]])
    cotangent = np.array([[1.0, -2.0, 0.5, 3.0], [0.25, 1.5, -1.0, 2.0]])

    def exponentials(z):
        return np.exp(z - z.real.max(axis=-1, keepdims=True))

    forward = {
        "sigmoid_vjp": lambda z: 1 / (1 + np.exp(-z)),
        "tanh_vjp": lambda z: (np.exp(2 * z) - 1) / (np.exp(2 * z) + 1),
        "softmax_vjp": lambda z: exponentials(z) / exponentials(z).sum(axis=-1, keepdims=True),
        "log_softmax_vjp": lambda z: (
            z
            - z.real.max(axis=-1, keepdims=True)
            - np.log(exponentials(z).sum(axis=-1, keepdims=True))
        ),
    }[operation]
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        stepped = x.astype(complex)
        stepped[place] += 1j * h
        gradient[place] = np.sum(cotangent * forward(stepped).imag / h)
    assert np.allclose(call(operation, x, cotangent), gradient, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("operation", ["identity", "leaky_relu", "relu", "sigmoid", "step", "tanh"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_signaling_nan_is_nan_and_no_warning(operation: str, dtype: str) -> None:
    x = every(dtype, "nan")
    parameters = {"negative_slope": 0.125} if operation == "leaky_relu" else {}
    assert np.all(np.isnan(getattr(reference, operation)(x, **parameters)))
