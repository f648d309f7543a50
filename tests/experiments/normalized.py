"""Layers of rectifiers with batch normalization, before or behind the rectifier or not at all."""

import itertools
from dataclasses import dataclass

import numpy as np

from nnspec import reference
from tests.experiments.digits import BATCH, CLASSES, Array, Images, batches, images

EPSILON = 1e-5
PLACES = ("none", "before", "behind")


def normalized(z: Array) -> Array:
    """Return a batch of mean 0 and variance 1 in every channel."""
    ones, zeros = np.ones(z.shape[1]), np.zeros(z.shape[1])
    answer, _, _ = reference.batch_norm_train(
        z, ones, zeros, zeros, ones, momentum=1.0, epsilon=EPSILON
    )
    return answer


def normalized_vjp(z: Array, cotangent: Array) -> Array:
    """Return the gradient with respect to the batch."""
    x, _, _ = reference.batch_norm_train_vjp(z, np.ones(z.shape[1]), cotangent, epsilon=EPSILON)
    return x


@dataclass(frozen=True, eq=False)
class Stack:
    """Hidden layers of weights without biases, rectifiers and normalizations, and a last layer."""

    weights: tuple[Array, ...]
    place: str

    def hidden(self, x: Array) -> list[tuple[Array, Array, Array]]:
        """Return the input, the response and the answer of each hidden layer."""
        found = []
        for weight in self.weights[:-1]:
            response = reference.linear(x, weight, np.zeros(weight.shape[1]))
            first = normalized(response) if self.place == "before" else response
            answer = reference.relu(first)
            answer = normalized(answer) if self.place == "behind" else answer
            found.append((x, response, answer))
            x = answer
        return found

    def logits(self, x: Array) -> Array:
        last = self.hidden(x)[-1][2]
        return reference.linear(last, self.weights[-1], np.zeros(CLASSES))

    def loss(self, shown: Images) -> float:
        losses = reference.sparse_softmax_cross_entropy(self.logits(shown.x), shown.labels)
        return float(losses.mean())

    def gradient(self, shown: Images) -> list[Array]:
        """Return the gradient of the mean cross-entropy with respect to the weights."""
        layers = self.hidden(shown.x)
        last, count = layers[-1][2], len(shown.labels)
        logits = reference.linear(last, self.weights[-1], np.zeros(CLASSES))
        cotangent = reference.sparse_softmax_cross_entropy_vjp(
            logits, shown.labels, np.full(count, 1 / count)
        )
        bar, weight, _ = reference.linear_vjp(last, self.weights[-1], np.zeros(CLASSES), cotangent)
        found = [weight]
        for (x, response, _), each in zip(layers[::-1], self.weights[-2::-1], strict=True):
            bar = self._back(response, bar)
            bar, weight, _ = reference.linear_vjp(x, each, np.zeros(each.shape[1]), bar)
            found.append(weight)
        return found[::-1]

    def _back(self, response: Array, bar: Array) -> Array:
        """Return the gradient with respect to the response of a layer."""
        if self.place == "before":
            return normalized_vjp(response, reference.relu_vjp(normalized(response), bar))
        if self.place == "behind":
            bar = normalized_vjp(reference.relu(response), bar)
        return reference.relu_vjp(response, bar)


def stack(place: str, widths: tuple[int, ...], seed: int = 0) -> Stack:
    """Return a stack with the weights of Kaiming."""
    fans = itertools.pairwise(widths)
    weights = tuple(
        reference.kaiming_normal(n, m, negative_slope=0.0, seed=100 * seed + i, dtype="float64")
        for i, (n, m) in enumerate(fans)
    )
    return Stack(weights, place)


def learned(start: Stack, epochs: int, rate: float) -> Stack:
    """Return the stack after epochs of minibatches; the rest of an epoch, which is short, is left
    out."""
    train, _ = images()
    drawn = iter([batch for batch in batches(epochs) if len(batch) == BATCH])
    steps = sum(len(batch) == BATCH for batch in batches(epochs))

    def gradient(params: list[Array]) -> list[Array]:
        batch = next(drawn)
        shown = Images(train.x[batch], train.labels[batch])
        return Stack(tuple(params), start.place).gradient(shown)

    taken = list(
        reference.gradient_descent(gradient, list(start.weights), steps, learning_rate=rate)
    )
    return Stack(tuple(taken[-1]), start.place)
