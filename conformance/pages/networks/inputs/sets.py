"""The inputs of the page `networks`: layers that are not square, networks of up to fifty layers."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from nnspec.conformance.pages.layouts import (
    LENGTHS,
    dyadic,
    named,
    of_every_length,
    rearranged,
    scattered,
    signs,
)
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import NARROW, cast
from nnspec.conformance.terms.nested import Array, mapped

ACTIVATIONS = (
    *("identity", "leaky_relu", "log_softmax", "relu", "sigmoid", "softmax", "step", "tanh"),
)

# The rate of a training step by default: every format holds it, so that no library rounds it.
LEARNING_RATE = 0.5

# Samples, inputs and outputs around the widths of vector registers and of blocks of products.
_SIZES = (
    (1, 1, 1),
    (1, 9, 1),
    (1, 3, 8),
    (7, 1, 5),
    (8, 15, 9),
    (16, 17, 7),
    (33, 8, 16),
    (2, 129, 3),
)

# Depth multiplies errors too: with more layers a 16-bit format could not tell right from wrong.
_DEPTHS = {
    "float64": (1, 2, 5, 50),
    "float32": (1, 2, 5, 50),
    "float16": (1, 2, 5),
    "bfloat16": (1, 2),
}

Weights = Callable[[int, int, int], Array]


def mixed_weight(inputs: int, outputs: int, offset: int) -> Array:
    """Return a matrix of both signs whose columns have an absolute sum of about one."""
    return dyadic((inputs, outputs), offset) / 2.0 ** (max(inputs, 2) - 1).bit_length()


def rising_weight(inputs: int, outputs: int, offset: int) -> Array:
    """Return a positive matrix whose columns sum to about 1: fifty of them keep a signal's size."""
    cell = np.add.outer(3 * np.arange(inputs), 5 * np.arange(outputs)) + offset
    return (1 + cell % 4) * 0.75 / (2 + inputs)  # inputs of 2 and 6 keep it dyadic


def built(
    operation: str,
    name: str,
    dtype: str,
    widths: Sequence[int],
    *,
    samples: int = 3,
    activations: Sequence[str] | None = None,
    weight: Weights = mixed_weight,
    offset: int = 0,
    learning_rate: float = LEARNING_RATE,
) -> Case:
    """Return the case of an operation with layers of these widths.

    A training step takes one sample.
    """
    pairs = list(itertools.pairwise(widths))
    weights = [weight(*pair, 11 + 29 * i + offset) for i, pair in enumerate(pairs)]
    biases = [dyadic((width,), 5 + 17 * i + offset) / 4 for i, width in enumerate(widths[1:])]
    x = dyadic((samples, widths[0]), 3 + offset) / 2
    cotangent = _nonzero(dyadic((samples, widths[-1]), 101 + offset) / 2)
    if operation == "perceptron_step":
        target = (np.arange(widths[-1]) + offset) % 3 / 2.0
        return _case(operation, name, dtype, x[0], target, *weights, learning_rate=learning_rate)
    arguments: list[Any] = (
        [x, weights, biases] if operation.startswith("mlp") else [x, weights[0], biases[0]]
    )
    if operation.endswith("_vjp"):
        arguments.append(cotangent)
    parameters = (
        {"activations": tuple(activations or ("tanh",) * len(pairs))}
        if operation.startswith("mlp")
        else {}
    )
    return _case(operation, name, dtype, *arguments, **parameters)


def widths_of(operation: str, samples: int, inputs: int, outputs: int) -> tuple[int, ...]:
    """Return the widths of layers that stand for one layer's sizes in an operation."""
    return (inputs, outputs) if operation.startswith("linear") else (inputs, samples, outputs)


def differentiable(operation: str) -> tuple[str, ...]:
    """Return the activations that an operation knows: all, but no step if it differentiates."""
    return tuple(name for name in ACTIVATIONS if name != "step" or operation == "mlp")


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """Layers that are not square, with few and many samples; two layers of every activation."""
    if operation.startswith("mlp"):
        for name in differentiable(operation):
            # Two softmax layers in a row are nearly level, and so is the gradient through them.
            chains = (
                ((name, "identity"), ("tanh", name))
                if name.endswith("softmax")
                else ((name, name),)
            )
            for chain in chains:
                yield built(
                    operation,
                    "-".join(dict.fromkeys(chain)),
                    dtype,
                    (5, 4, 3),
                    samples=4,
                    activations=chain,
                    offset=3,
                )
    else:
        middle = (4,) if operation == "perceptron_step" else ()
        yield built(operation, "few", dtype, (7, *middle, 3), samples=2)
        yield built(operation, "many", dtype, (3, *middle, 2), samples=9, offset=7)


@named
def sizes(operation: str, dtype: str) -> Iterator[Case]:
    """1, 7, 8, 9, 15, 16, 17, 33 and 129 samples, inputs and outputs, one of a kind among them."""
    for size in _SIZES:
        name = f"size-{'x'.join(map(str, size))}"
        yield built(operation, name, dtype, widths_of(operation, *size), samples=size[0])


@named
def lengths(operation: str, dtype: str) -> Iterator[Case]:
    """Layers of every number of inputs, of two samples and three outputs."""
    yield from of_every_length(built(operation, "", dtype, (LENGTHS[-1], 3), samples=2), dtype)


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """The same layer in Fortran order, strided, reversed, and read-only."""
    yield from rearranged(built(operation, "", dtype, widths_of(operation, 4, 5, 3), samples=4))


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """A layer, or a network of two, that is not square."""
    yield built(operation, "twice", dtype, widths_of(operation, 4, 5, 3), samples=4)


@named
def hollow(operation: str, dtype: str) -> Iterator[Case]:
    """A batch of no samples, or a sample without inputs for the training step."""
    if operation == "perceptron_step":
        yield built(operation, "hollow", dtype, (0, 4, 2))
    else:
        yield built(operation, "hollow", dtype, widths_of(operation, 4, 5, 3), samples=0)


@named
def square(operation: str, dtype: str) -> Iterator[Case]:
    """As many samples as inputs and outputs: a bias fits along either axis, a weight both ways."""
    layers = 1 if operation.startswith("linear") else 3
    yield built(operation, "square-4", dtype, (4,) * (layers + 1), samples=4)
    yield built(operation, "square-2", dtype, (2,) * (layers + 1), samples=2, offset=3)


@named
def long_sums(operation: str, dtype: str) -> Iterator[Case]:
    """Sums of 1,024 thirds over inputs and samples: a narrow accumulator loses their ends."""
    for name, x in (
        ("one-sign", (abs(dyadic((2, 1024))) + 1) / 3),
        ("both-signs", dyadic((2, 1024)) / 3),
    ):
        weight, bias = (abs(dyadic((1024, 2), 77)) + 1) / 3, np.array([0.5, -1.0])
        if operation == "linear":
            yield _case(operation, name, dtype, x, weight, bias)
        else:
            yield _case(operation, name, dtype, x.T, weight[:2, :1], bias[:1], weight[:, 1:])


@named
def narrow(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, 10,000 answers or more from numbers without pattern; terms of no sum cancel.

    Only the output weights of `perceptron_step` have both signs: the node's sum stays small.
    """
    if dtype not in NARROW:
        return
    if operation == "perceptron_step":
        inputs = scattered("inputs", (16,), 0.5, 1.0)
        to_hidden = scattered("hidden", (16, 1024), 0.03125, 0.0625)
        to_output = scattered("output", (1024, 1), 0.25, 0.5) * signs(1024)[:, None]
        given = inputs, np.ones(1), to_hidden, to_output
        yield _case(operation, "narrow", dtype, *given, learning_rate=0.25)
        return
    sides = {"linear": (128, 8, 128), "linear_vjp": (96, 96, 96)}.get(operation, (2**12, 4, 8))
    x, weight = scattered("x", sides[:2], 0.25, 0.5), scattered("weight", sides[1:], 0.125, 0.25)
    bias = scattered("bias", sides[2:], 0.125, 0.25)
    last = [scattered("cotangent", sides[::2], 0.25, 0.5)] if operation.endswith("_vjp") else []
    if operation.startswith("linear"):
        yield _case(operation, "narrow", dtype, x, weight, bias, *last)
        return
    layers = [weight, scattered("second", (8, 8), 0.125, 0.25)], [bias, bias[::-1].copy()]
    for chain in (("tanh", "identity"), ("sigmoid", "relu")):
        yield _case(operation, "-".join(chain), dtype, x, *layers, *last, activations=chain)


@named
def full(operation: str, dtype: str) -> Iterator[Case]:
    """A layer of numbers without pattern, which need all bits of the format; one sample."""
    middle = (9,) if operation == "perceptron_step" else ()
    case = built(operation, "full", dtype, (24, *middle, 7), samples=1, activations=("identity",))
    drawn = mapped(
        lambda each: cast(scattered("full", each.shape, 0.125, 0.5), dtype), case.arguments
    )
    yield dataclasses.replace(case, arguments=tuple(drawn))


@named
def nan_samples(operation: str, dtype: str) -> Iterator[Case]:
    """A batch in which one sample holds NaN, and the NaN meets weights of 0 and another one."""
    case = built(operation, "", dtype, (4, 3), samples=3)
    x, weight, bias = (np.array(argument, dtype=np.float64) for argument in case.arguments)
    x[1, 2] = np.nan
    weight[2] = (0, 0, 0.5)
    yield _case(operation, "nan-sample", dtype, x, weight, bias)


@named
def orders(operation: str, dtype: str) -> Iterator[Case]:
    """Networks whose layers have different activations, each of them first, last and in between."""
    names = ("tanh", "sigmoid", "relu", "leaky_relu", "identity", "softmax", "log_softmax")
    for i in range(0, len(names), 2):
        turned = (*names[i:], *names[:i])[:3]
        yield built(operation, "-".join(turned), dtype, (4, 5, 3, 4), activations=turned, offset=i)


@named
def depths(operation: str, dtype: str) -> Iterator[Case]:
    """Networks of 1, 2, 5 and 50 layers, two and six units wide in turn; fewer in 16 bits."""
    for depth in _DEPTHS[dtype]:
        for name in ("leaky_relu", "tanh"):
            widths = ((2, 6) * (depth // 2 + 1))[: depth + 1]
            yield built(
                operation,
                f"{name}-{depth}",
                dtype,
                widths,
                activations=(name,) * depth,
                weight=rising_weight,
            )


@named
def gates(operation: str, dtype: str) -> Iterator[Case]:
    """Logical gates of perceptrons on all their inputs: AND, OR, NOT AND, and exclusive or."""
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    one = np.array([[1.0], [1.0]])
    layers = {
        "and": ([one], [[-1.5]]),
        "or": ([one], [[-0.5]]),
        "nand": ([-one], [[1.5]]),
        "xor": ([np.array([[1.0, -1.0], [1.0, -1.0]]), one], [[-0.5, 1.5], [-1.5]]),
    }
    for name, (weights, biases) in layers.items():
        yield _case(
            operation,
            name,
            dtype,
            x,
            weights,
            [np.array(bias) for bias in biases],
            activations=("step",) * len(weights),
        )


@named
def large_logits(operation: str, dtype: str) -> Iterator[Case]:
    """Networks whose sums reach ±1,000 before softmax and its logarithm, last and inside."""
    signs = np.array([[1.0, -1.0, 0.5], [-1.0, 0.25, 1.0]])
    x = np.array([[1000.0, 0.0], [-500.0, 250.0]])
    for name in ("softmax", "log_softmax"):
        # Behind the logarithm stands an activation that sums of thousands do not drown.
        weights, biases = (
            [signs, mixed_weight(3, 2, 5)],
            [np.array([0.5, 0.0, -1.0]), np.array([0.25, -0.5])],
        )
        cotangents = (
            [np.array([[1.0, -0.5, 2.0], [-1.0, 0.25, 1.5]])] if operation == "mlp_vjp" else []
        )
        yield _case(
            operation,
            f"{name}-last",
            dtype,
            x,
            weights[:1],
            biases[:1],
            *cotangents,
            activations=(name,),
        )
        yield _case(
            operation,
            f"{name}-hidden",
            dtype,
            x,
            weights,
            biases,
            *(each[:, :2] for each in cotangents),
            activations=(name, "identity"),
        )


@named
def zero_weights(operation: str, dtype: str) -> Iterator[Case]:
    """Three layers of weights 0: with biases, and without them if the activation is 0 at 0."""
    for name in ("sigmoid", "tanh", "leaky_relu"):
        case = built(
            operation,
            f"{name}-biased",
            dtype,
            (4, 3, 3, 2),
            activations=(name,) * 3,
            weight=_zero_weight,
        )
        yield case
    without = [np.zeros(width) for width in (3, 3, 2)]
    x, weights, _, cotangent = case.arguments
    for name in ("tanh", "identity"):
        yield dataclasses.replace(
            case,
            name=f"{name}-unbiased",
            arguments=(x, weights, [cast(bias, dtype) for bias in without], cotangent),
            parameters={"activations": (name,) * 3},
        )


@named
def twins(operation: str, dtype: str) -> Iterator[Case]:
    """Networks whose first two hidden units have equal weights and biases, in and out."""
    for name in ("tanh", "sigmoid", "relu"):
        case = built(
            operation, f"twins-{name}", dtype, (4, 5, 3), activations=(name, "identity"), offset=2
        )
        x, weights, biases, cotangent = case.arguments
        first, second, bias = weights[0].copy(), weights[1].copy(), biases[0].copy()
        first[:, 1], second[1], bias[1] = first[:, 0], second[0], bias[0]
        yield dataclasses.replace(
            case, arguments=(x, [first, second], [bias, biases[1]], cotangent)
        )


@named
def large_rates(operation: str, dtype: str) -> Iterator[Case]:
    """Steps so long that weights read after their update give another gradient."""
    for name, widths in (("one-output", (3, 4, 1)), ("outputs", (2, 3, 4))):
        yield built(operation, name, dtype, widths, learning_rate=16.0, offset=1)


@named
def rates(operation: str, dtype: str) -> Iterator[Case]:
    """One step of every rate from 1/16 to 4."""
    for exponent in range(-4, 3, 2):
        yield built(
            operation,
            f"rate-2^{exponent}",
            dtype,
            (3, 4, 2),
            learning_rate=2.0**exponent,
            offset=exponent + 4,
        )


def _case(operation: str, name: str, dtype: str, *arguments: Any, **parameters: Any) -> Case:
    given = tuple(
        [cast(each, dtype) for each in value] if isinstance(value, list) else cast(value, dtype)
        for value in arguments
    )
    return Case(name.replace("_", "-"), operation, given, parameters)


def _zero_weight(inputs: int, outputs: int, _: int) -> Array:
    return np.zeros((inputs, outputs))


def _nonzero(values: Array) -> Array:
    return np.where(values == 0, 0.75, values)
