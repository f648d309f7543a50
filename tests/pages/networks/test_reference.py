"""The networks: derivatives by complex steps, and the perceptron by general equations."""

import re
import warnings

import numpy as np
import pytest

from nnspec import reference, spec
from nnspec.conformance.bounds import networks
from nnspec.conformance.bounds.rounding import Arithmetic, exact
from nnspec.conformance.pages.networks.inputs import sets as inputs
from nnspec.conformance.run.cases import cases
from nnspec.conformance.terms.formats import FORMATS, NAMES
from nnspec.conformance.terms.nested import flat, leaves, wide
from nnspec.conformance.terms.operations import operations_of, page_of

OPERATIONS = [operation for operation in reference.__all__ if page_of(operation) == "networks"]
DERIVABLE = inputs.differentiable("mlp_vjp")
STEP = 1e-100


# --- another forward pass, in complex numbers -----------------------------------------


def real_exponentials(a: np.ndarray) -> np.ndarray:
    return np.exp(a - a.real.max(axis=-1, keepdims=True))


COMPLEX = {
    "identity": lambda a: a,
    "leaky_relu": lambda a: np.where(a.real > 0, a, a / 8),
    "log_softmax": lambda a: (
        a
        - a.real.max(axis=-1, keepdims=True)
        - np.log(real_exponentials(a).sum(axis=-1, keepdims=True))
    ),
    "relu": lambda a: np.where(a.real > 0, a, 0),
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "softmax": lambda a: real_exponentials(a) / real_exponentials(a).sum(axis=-1, keepdims=True),
    "tanh": lambda a: (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1),
}


def forward(x, weights, biases, activations):
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        x = COMPLEX[name](np.einsum("sj,ji->si", x, weight) + bias)
    return x


def by_complex_steps(function, arguments: list) -> list:
    """Differentiate a real function of lists of arrays by each element, by imaginary steps."""
    gradients = []
    for place, argument in enumerate(arguments):
        gradient = np.zeros(argument.shape)
        for index in np.ndindex(argument.shape):
            stepped = [each.astype(complex) for each in arguments]
            stepped[place][index] += 1j * STEP
            gradient[index] = np.imag(function(stepped)) / STEP
        gradients.append(gradient)
    return gradients


def network_gradient(x, weights, biases, cotangent, activations) -> np.ndarray:
    networks = len(weights)

    def loss(parts):
        return np.sum(
            cotangent
            * forward(parts[0], parts[1 : 1 + networks], parts[1 + networks :], activations)
        )

    return flat(by_complex_steps(loss, [x, *weights, *biases]))


def fractional(case):
    """Return the arguments of a case with no number left that is short in binary."""
    scaled = [
        [each / 3 for each in value] if isinstance(value, list) else value / 3
        for value in case.arguments
    ]
    return scaled, case.parameters


NETWORKS = [
    *[((3, 4, 2), (name, name)) for name in DERIVABLE],
    *[
        ((2, 5, 3, 4), (first, second, "tanh"))
        for first, second in zip(DERIVABLE, DERIVABLE[::-1], strict=True)
    ],
    *[((4, 3), (name,)) for name in DERIVABLE],
    ((2, 3) * 5, ("tanh", "leaky_relu", "sigmoid") * 3),
    ((3, 3, 3), ("sigmoid", "log_softmax")),
]


@pytest.mark.parametrize(("widths", "activations"), NETWORKS, ids=str)
def test_backpropagation_is_the_derivative_by_complex_steps_through_another_forward_pass(
    widths, activations
) -> None:
    arguments, parameters = fractional(
        inputs.built("mlp_vjp", "", "float64", widths, activations=activations)
    )
    found = flat(list(leaves(reference.mlp_vjp(*arguments, **parameters))))
    expected = network_gradient(*arguments, activations)
    assert np.any(expected != 0)
    assert np.max(abs(found - expected)) <= 2e-14 * np.max(abs(expected))


@pytest.mark.parametrize(
    ("samples", "fan_in", "fan_out"), [(1, 1, 1), (4, 3, 5), (3, 3, 3), (2, 7, 1)]
)
def test_the_gradients_of_a_layer_are_the_derivatives_by_complex_steps(
    samples: int, fan_in: int, fan_out: int
) -> None:
    arguments, _ = fractional(
        inputs.built("linear_vjp", "", "float64", (fan_in, fan_out), samples=samples)
    )
    *differentiated, cotangent = arguments
    expected = by_complex_steps(
        lambda parts: np.sum(cotangent * (np.einsum("sj,ji->si", parts[0], parts[1]) + parts[2])),
        differentiated,
    )
    for found, gradient in zip(reference.linear_vjp(*arguments), expected, strict=True):
        assert found.shape == gradient.shape
        assert np.max(abs(found - gradient)) <= 1e-15 * np.max(abs(gradient))


@pytest.mark.parametrize("widths", [(3, 4, 1), (2, 3, 4), (1, 1, 1)])
def test_a_step_goes_down_the_derivative_of_half_the_squared_error_by_complex_steps(widths) -> None:
    (x, target, *weights), parameters = fractional(
        inputs.built("perceptron_step", "", "float64", widths)
    )

    def error(parts):
        output = forward(x[None], parts, [0, 0], ("sigmoid", "sigmoid"))[0]
        return np.sum((output - target) ** 2) / 2

    found = reference.perceptron_step(x, target, *weights, **parameters)
    for old, new, gradient in zip(weights, found, by_complex_steps(error, weights), strict=True):
        np.testing.assert_allclose(
            new, old - parameters["learning_rate"] * gradient, rtol=4e-16, atol=1e-16
        )


@pytest.mark.parametrize("widths", [(3, 4, 1), (5, 2, 3), (1, 6, 1)])
def test_the_perceptron_is_backpropagation_from_the_sum_of_squares_weight_by_weight(widths) -> None:
    (x, target, *weights), _ = fractional(inputs.built("perceptron_step", "", "float64", widths))
    biases, activations = [np.zeros(width) for width in widths[1:]], ("sigmoid", "sigmoid")
    output = reference.mlp(x[None], weights, biases, activations=activations)
    _, gradients, _ = reference.mlp_vjp(
        x[None], weights, biases, output - target, activations=activations
    )
    stepped = reference.perceptron_step(x, target, *weights, learning_rate=0.5)
    for old, new, gradient in zip(weights, stepped, gradients, strict=True):
        np.testing.assert_allclose(new, old - 0.5 * gradient, rtol=2e-16, atol=1e-17)


def test_a_batch_is_answered_row_by_row() -> None:
    case = inputs.built("mlp", "", "float64", (5, 4, 3), samples=6, activations=("tanh", "softmax"))
    x, weights, biases = case.arguments
    rows = [reference.mlp(row[None], weights, biases, **case.parameters) for row in x]
    np.testing.assert_allclose(
        reference.mlp(x, weights, biases, **case.parameters), np.concatenate(rows), rtol=1e-15
    )


def test_repeating_the_bias_copies_nothing() -> None:
    bias = np.array([1.0, 2.0, 3.0])
    repeated = np.broadcast_to(bias, (1_000_000, 3))
    assert repeated.strides == (0, 8)
    assert np.shares_memory(repeated, bias)
    # A copy for a million samples would hold 24 MB; the layer's answer is all that is allocated.
    assert np.array_equal(reference.linear(np.zeros((4, 2)), np.zeros((2, 3)), bias), repeated[:4])


def test_linear_layers_in_a_row_are_one_linear_layer() -> None:
    case = inputs.built("mlp", "", "float64", (4, 5, 3, 2), activations=("identity",) * 3)
    x, weights, biases = case.arguments
    weight = weights[0] @ weights[1] @ weights[2]
    bias = (biases[0] @ weights[1] + biases[1]) @ weights[2] + biases[2]
    np.testing.assert_allclose(
        reference.mlp(*case.arguments, **case.parameters),
        reference.linear(x, weight, bias),
        rtol=1e-14,
        atol=1e-15,
    )


def arithmetic_of(dtype: str) -> Arithmetic:
    return Arithmetic(FORMATS[dtype], FORMATS["float64" if dtype == "float64" else "float32"])


# --- inputs ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize("operation", ["mlp", "mlp_vjp"])
def test_no_sum_of_a_must_comes_so_near_to_a_knee_or_a_jump_that_its_error_could_reach_it(
    operation: str, dtype: str
) -> None:
    musts = [
        clause
        for clause in spec.clauses().values()
        if clause.level == "MUST" and operation in operations_of(clause)
    ]
    knees = 0
    for case in (case for clause in musts for case in cases(clause, operation, dtype)):
        activations = case.parameters["activations"]
        sums, _ = networks._layers(
            *exact(wide(case.arguments[:3]), arithmetic_of(dtype)), activations
        )
        for each in (
            each
            for each, name in zip(sums, activations, strict=True)
            if name in ("relu", "leaky_relu", "step")
        ):
            knees += each.value.size
            assert np.all(abs(each.value) > each.error), case.name
    assert knees > 100


@pytest.mark.parametrize("dtype", NAMES)
def test_every_layer_of_a_deep_network_has_gradients_larger_than_their_error(dtype: str) -> None:
    for case in inputs.depths("mlp_vjp", dtype):
        of_x, of_weights, of_biases = networks.mlp_vjp(
            *exact(wide(case.arguments), arithmetic_of(dtype)), case.parameters["activations"]
        )
        for each in (of_x, *of_weights, *of_biases):
            assert np.any(abs(each.value) > each.error), case.name


# --- what is refused ------------------------------------------------------------------


X, W, B = np.ones((2, 3)), np.ones((3, 4)), np.ones(4)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: reference.linear(X[0], W, B), ValueError, "x must be a matrix; got shape (3,)"),
        (
            lambda: reference.linear(X, W.T, B),
            ValueError,
            "weight must have as many rows as x has columns, 3; got 4",
        ),
        (
            lambda: reference.linear(X, W, B[:3]),
            ValueError,
            "bias must be a vector of as many elements as weight has columns, 4",
        ),
        (lambda: reference.linear(X, W, B[:, None]), ValueError, "got shape (4, 1)"),
        (
            lambda: reference.linear(X * 1j, W, B),
            TypeError,
            "x must hold real numbers that fit into float64; got dtype complex128",
        ),
        (
            lambda: reference.linear_vjp(X, W, B, X),
            ValueError,
            "cotangent must have the shape of the answer, (2, 4); got (2, 3)",
        ),
        (
            lambda: reference.mlp(X, [W], [B], activations=()),
            ValueError,
            "a network must have as many weights as biases and activations",
        ),
        (
            lambda: reference.mlp(X, [], [], activations=()),
            ValueError,
            "one or more; got 0, 0 and 0",
        ),
        (
            lambda: reference.mlp(X, [W], [B], activations=("swish",)),
            ValueError,
            "activations must be among identity, leaky_relu",
        ),
        (
            lambda: reference.mlp(X, [W, W], [B, B], activations=("tanh",) * 2),
            ValueError,
            "weights[1] must have as many rows as",
        ),
        (
            lambda: reference.mlp(X, [W], [X], activations=("tanh",)),
            ValueError,
            "biases[0] must be a vector",
        ),
        (
            lambda: reference.mlp_vjp(X, [W], [B], np.ones((2, 4)), activations=("step",)),
            ValueError,
            "must have derivatives; got 'step'",
        ),
        (
            lambda: reference.mlp_vjp(X, [W], [B], X, activations=("relu",)),
            ValueError,
            "cotangent must have the shape of the answer",
        ),
        (
            lambda: reference.perceptron_step(B, B, W, W, learning_rate=1.0),
            ValueError,
            "inputs must be a vector",
        ),
        (
            lambda: reference.perceptron_step(X[0], B, W, W, learning_rate=1.0),
            ValueError,
            "h_to_o must have as many rows as i_to_h",
        ),
        (
            lambda: reference.perceptron_step(X[0], B, W, W.T, learning_rate=1.0),
            ValueError,
            "target must be a vector",
        ),
        (
            lambda: reference.perceptron_step(X[0], X[0], W, W.T, learning_rate=np.inf),
            ValueError,
            "learning_rate must be finite; got inf",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call, error, says: str) -> None:
    with pytest.raises(error, match=re.escape(says)):
        call()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_function_is_pure_silent_and_answers_in_float64(operation: str) -> None:
    (case,) = inputs.twice(operation, "float32")
    before = [array.tobytes() for array in leaves(case.arguments)]
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        answered = list(leaves(getattr(reference, operation)(*case.arguments, **case.parameters)))
    assert {array.dtype.name for array in answered} == {"float64"}
    assert [array.tobytes() for array in leaves(case.arguments)] == before
    assert not any(
        np.shares_memory(answer, argument)
        for answer in answered
        for argument in leaves(case.arguments)
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_lists_of_numbers_are_arrays(operation: str) -> None:
    (case,) = inputs.twice(operation, "float64")
    listed = [
        [each.tolist() for each in value] if isinstance(value, list) else value.tolist()
        for value in case.arguments
    ]
    answers = [
        flat(list(leaves([getattr(reference, operation)(*each, **case.parameters)])))
        for each in (case.arguments, listed)
    ]
    assert np.array_equal(*answers)


def test_nothing_can_overflow_into_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isinf(reference.linear([[1e300]], [[1e300]], [0.0])).all()
        assert np.isnan(reference.linear([[np.inf]], [[0.0]], [0.0])).all()
