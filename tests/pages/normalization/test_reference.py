"""Batch normalization refuses what it cannot answer in words, and agrees with complex steps, with
itself and with what it is made of."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnspec import reference
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.operations import arguments_of, parameters_of
from nnspec.reference import normalization

OPERATIONS = normalization.__all__
PARAMETERS = {"momentum": 0.25, "epsilon": 1e-3}
SHAPES = [(5, 3), (4, 3, 2, 5)]


def arguments(operation: str, shape: tuple[int, ...]) -> list:
    k = np.arange(np.prod(shape))
    x = ((k * 37 % 101) / 16.0 - 3.0).reshape(shape)
    vectors = {
        "scale": 1.5,
        "shift": -0.5,
        "running_mean": 0.25,
        "running_variance": 2.0,
        "mean": -1.0,
        "variance": 3.0,
    }
    given = {name: value + np.arange(shape[1]) / 4 for name, value in vectors.items()} | {
        "x": x,
        "cotangent": np.cos(x),
    }
    return [given[name] for name in arguments_of(operation)]


def call(operation: str, given: list, **parameters):
    chosen = {name: PARAMETERS[name] for name in parameters_of(operation)} | parameters
    answer = getattr(reference, operation)(*given, **chosen)
    return answer if isinstance(answer, tuple) else (answer,)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_complex_numbers_are_refused_by_name(operation: str) -> None:
    for place, name in enumerate(arguments_of(operation)):
        given = arguments(operation, (5, 3))
        given[place] = given[place].astype(complex)
        with pytest.raises(
            TypeError,
            match=f"{name} must hold real numbers that fit into float64; got dtype complex128",
        ):
            call(operation, given)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4), (2, 3, 4, 5, 6)])
def test_other_numbers_of_dimensions_are_refused(operation: str, shape: tuple[int, ...]) -> None:
    given = arguments(operation, (5, 3))
    with pytest.raises(ValueError, match=r"x must have the shape \(N, C\) or \(N, C, H, W\); got "):
        call(operation, [np.ones(shape), *given[1:]])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_vectors_of_another_length_are_refused_by_name(operation: str) -> None:
    for place, name in enumerate(arguments_of(operation)):
        given = arguments(operation, (5, 3))
        if given[place].ndim == 1:
            given[place] = np.ones(5)
            with pytest.raises(
                ValueError,
                match=rf"{name} must have the shape \(3,\), one number a channel of x; got \(5,\)",
            ):
                call(operation, given)


def test_a_cotangent_of_another_shape_is_refused_with_both_shapes() -> None:
    with pytest.raises(
        ValueError, match=r"cotangent must have the shape of x, \(2, 3\); got \(3, 2\)"
    ):
        reference.batch_norm_train_vjp(np.ones((2, 3)), np.ones(3), np.ones((3, 2)), epsilon=1e-3)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("epsilon", "error"),
    [(-1e-3, ValueError), (np.inf, ValueError), ("small", TypeError), (None, TypeError)],
)
def test_an_epsilon_that_is_none_is_refused(operation: str, epsilon, error) -> None:
    with pytest.raises(error, match="epsilon must"):
        call(operation, arguments(operation, (5, 3)), epsilon=epsilon)


@pytest.mark.parametrize("operation", ["batch_norm_train", "batch_norm_train_unbiased"])
@pytest.mark.parametrize(
    ("momentum", "error"),
    [(-0.5, ValueError), (1.5, ValueError), (np.nan, ValueError), (True, TypeError)],
)
def test_a_momentum_that_is_no_weight_is_refused(operation: str, momentum, error) -> None:
    with pytest.raises(error, match="momentum must"):
        call(operation, arguments(operation, (5, 3)), momentum=momentum)


@pytest.mark.parametrize(
    "operation", [operation for operation in OPERATIONS if "train" in operation]
)
@pytest.mark.parametrize("shape", [(0, 3), (2, 3, 0, 4)])
def test_channels_without_values_have_no_statistics(operation: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"x must hold one or more values a channel; got shape"):
        call(operation, arguments(operation, shape))


def test_one_value_has_no_unbiased_variance() -> None:
    given = arguments("batch_norm_train_unbiased", (1, 3))
    with pytest.raises(
        ValueError,
        match=r"two or more values a channel for an unbiased variance; got 1 with shape \(1, 3\)",
    ):
        call("batch_norm_train_unbiased", given)


@pytest.mark.parametrize("shape", [(0, 3), (2, 3, 0, 4), (3, 0)])
def test_an_empty_batch_is_normalized_by_given_statistics(shape: tuple[int, ...]) -> None:
    (y,) = call("batch_norm_eval", arguments("batch_norm_eval", shape))
    assert y.shape == shape


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("name", ["float16", "float32", "bfloat16"])
def test_narrower_numbers_are_answered_in_float64_as_the_numbers_they_are(
    operation: str, name: str
) -> None:
    given = [cast(each, name) for each in arguments(operation, (5, 3))]
    for narrow, wide in zip(
        call(operation, given),
        call(operation, [each.astype(np.float64) for each in given]),
        strict=True,
    ):
        assert narrow.dtype == np.float64
        assert np.array_equal(narrow, wide)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
def test_a_function_is_pure_silent_and_answers_in_its_shapes(
    operation: str, shape: tuple[int, ...], data: st.DataObject
) -> None:
    given = arguments(operation, shape)
    given[0] = data.draw(
        arrays(
            np.float64,
            shape,
            elements=st.floats(-1e100, 1e100) | st.sampled_from([np.nan, np.inf, -np.inf]),
        )
    )
    before = [each.tobytes() for each in given]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answered = call(operation, given)
    assert [each.shape for each in answered] == [shape, *[(3,)] * (len(answered) - 1)]
    assert [each.tobytes() for each in given] == before
    assert not any(np.shares_memory(answer, each) for answer in answered for each in given)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_gradients_are_those_of_complex_steps(shape: tuple[int, ...]) -> None:
    h = 1e-100
    x, scale, cotangent = arguments("batch_norm_train_vjp", shape)
    axes = (0, *range(2, len(shape)))

    def loss(x, scale, shift):
        mean = np.mean(x, axis=axes, keepdims=True)
        variance = np.mean((x - mean) ** 2, axis=axes, keepdims=True)
        along = (-1, *(1,) * (len(shape) - 2))
        y = scale.reshape(along) * (x - mean) / np.sqrt(variance + 1e-3) + shift.reshape(along)
        return np.sum(cotangent * y)

    given = [x, scale, np.zeros(shape[1])]
    for place, answered in enumerate(
        reference.batch_norm_train_vjp(x, scale, cotangent, epsilon=1e-3)
    ):
        gradient = np.zeros_like(given[place])
        for index in np.ndindex(gradient.shape):
            stepped = [each.astype(complex) for each in given]
            stepped[place][index] += 1j * h
            gradient[index] = loss(*stepped).imag / h
        assert np.allclose(answered, gradient, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("shape", SHAPES)
def test_training_and_use_agree_where_the_statistics_do(shape: tuple[int, ...]) -> None:
    x, scale, shift, *running = arguments("batch_norm_train", shape)
    y, mean, variance = reference.batch_norm_train(
        x, scale, shift, *running, momentum=1.0, epsilon=1e-3
    )
    assert np.allclose(
        reference.batch_norm_eval(x, scale, shift, mean, variance, epsilon=1e-3),
        y,
        rtol=1e-13,
        atol=1e-14,
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_the_two_ways_to_train_differ_in_the_running_variance_alone(shape: tuple[int, ...]) -> None:
    given = arguments("batch_norm_train", shape)
    biased, unbiased = (
        call("batch_norm_train", given, momentum=1.0),
        call("batch_norm_train_unbiased", given, momentum=1.0),
    )
    assert all(np.array_equal(*pair) for pair in zip(biased[:2], unbiased[:2], strict=True))
    count = given[0].size / shape[1]
    assert np.allclose(unbiased[2], biased[2] * count / (count - 1), rtol=1e-15)


@pytest.mark.parametrize("offset", [1e3, 1e6, 1e9])
def test_an_offset_costs_nothing_but_its_own_rounding(offset: float) -> None:
    given = arguments("batch_norm_train", (5, 3))
    y, _, variance = call("batch_norm_train", given)
    moved = call("batch_norm_train", [given[0] + offset, *given[1:]])
    # Multiples of 1/16 are added to the offset without rounding.
    assert np.allclose(moved[0], y, rtol=0, atol=1e-14)
    assert np.allclose(moved[2], variance, rtol=1e-15)


def test_a_constant_channel_is_answered_with_its_shift_to_the_last_bit() -> None:
    x = np.tile([0.1, 1e10 / 3, -7.0], (7, 1))
    y, _, variance = reference.batch_norm_train(
        x, np.ones(3), [0.5, -2.0, 0.1], np.zeros(3), np.zeros(3), momentum=0.5, epsilon=1e-12
    )
    assert np.array_equal(y, np.tile([0.5, -2.0, 0.1], (7, 1)))
    assert np.array_equal(variance, np.zeros(3))


def test_ten_thousand_steps_of_running_statistics_stay_a_weighted_average() -> None:
    x = arguments("batch_norm_train", (5, 3))[0]
    mean, variance = np.full(3, 1e6), np.full(3, 1e-6)
    for _ in range(10_000):
        _, mean, variance = reference.batch_norm_train(
            x, np.ones(3), np.zeros(3), mean, variance, momentum=0.01, epsilon=1e-3
        )
    assert np.allclose(mean, np.mean(x, axis=0), rtol=1e-13)
    assert np.allclose(variance, np.var(x, axis=0), rtol=1e-13)
