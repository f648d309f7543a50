"""A network learns the handwritten digits that scikit-learn bundles, by the reference alone.

The first 1,437 of the 1,797 images train it, and the last 360 test it. Pixels are standardized.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from nnspec import reference

Array = NDArray[np.float64]
Method = Callable[..., object]

TRAINED, CLASSES, BATCH = 1437, 10, 32


@dataclass(frozen=True, eq=False)
class Images:
    """Images as rows, and their labels."""

    x: Array
    labels: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Network:
    """A perceptron of `kind` activations, with the identity after its last layer."""

    kind: str
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return (self.kind,) * (len(self.weights) - 1) + ("identity",)

    @property
    def params(self) -> list[Array]:
        return [*self.weights, *self.biases]

    def put(self, params: Sequence[Array]) -> "Network":
        """Return the network with other weights and biases."""
        half = len(self.weights)
        return Network(self.kind, tuple(params[:half]), tuple(params[half:]))

    def logits(self, images: Images) -> Array:
        return reference.mlp(images.x, self.weights, self.biases, activations=self.kinds)

    def loss(self, images: Images) -> float:
        """Return the mean cross-entropy."""
        losses = reference.sparse_softmax_cross_entropy(self.logits(images), images.labels)
        return float(losses.mean())

    def error(self, images: Images) -> float:
        """Return the share of images that get a wrong label."""
        return float(np.mean(self.logits(images).argmax(axis=1) != images.labels))

    def gradient(self, images: Images) -> list[Array]:
        """Return the gradient of the mean cross-entropy."""
        count = len(images.labels)
        cotangent = reference.sparse_softmax_cross_entropy_vjp(
            self.logits(images), images.labels, np.full(count, 1 / count)
        )
        _, weights, biases = reference.mlp_vjp(
            images.x, self.weights, self.biases, cotangent, activations=self.kinds
        )
        return [*weights, *biases]


@cache
def raw() -> tuple[Images, Images]:
    """Return the images for training and for testing, pixels as whole numbers from 0 to 16."""
    found = load_digits()
    x, labels = found.data, found.target.astype(np.int64)
    return Images(x[:TRAINED], labels[:TRAINED]), Images(x[TRAINED:], labels[TRAINED:])


@cache
def images() -> tuple[Images, Images]:
    """Return the images for training and for testing, standardized as the former ask for."""
    train, test = raw()
    return tuple(
        Images(reference.standardize(train.x, each.x, axes=(0,)), each.labels)
        for each in (train, test)
    )


def network(kind: str, hidden: Sequence[int], seed: int = 0) -> Network:
    """Return a network with Kaiming's weights for rectifiers, and Xavier's for the others."""
    weights = []
    for place, (n, m) in enumerate(itertools.pairwise((64, *hidden, CLASSES))):
        given = {"seed": 100 * seed + place, "dtype": "float64"}
        if kind == "relu":
            weights.append(reference.kaiming_normal(n, m, negative_slope=0.0, **given))
        else:
            weights.append(reference.xavier_fan_in_normal(n, m, **given))
    return Network(kind, tuple(weights), tuple(np.zeros(w.shape[1]) for w in weights))


def batches(epochs: int, seed: int = 0) -> list[NDArray[np.int64]]:
    """Return the minibatches of all epochs."""
    return [
        batch
        for epoch in range(epochs)
        for batch in reference.minibatches(TRAINED, BATCH, seed=1000 * seed + epoch)
    ]


def trained(
    start: Network,
    epochs: int,
    method: Method = reference.gradient_descent,
    seed: int = 0,
    shown: Images | None = None,
    **given: float,
) -> list[Network]:
    """Return the network after each epoch of minibatches, in steps of a method of the reference.

    It learns the images that are shown, and else the standardized ones.
    """
    train = images()[0] if shown is None else shown
    drawn = batches(epochs, seed)
    left = iter(drawn)

    def gradient(params: Sequence[Array]) -> list[Array]:
        batch = next(left)
        return start.put(params).gradient(Images(train.x[batch], train.labels[batch]))

    steps = list(method(gradient, start.params, len(drawn), **given))
    every = len(drawn) // epochs
    return [start.put(step) for step in steps[every - 1 :: every]]


def epochs_to(level: float, networks: Sequence[Network]) -> int | None:
    """Return the first epoch whose training loss is below the level, None if none is."""
    train, _ = images()
    losses = (each.loss(train) for each in networks)
    return next((epoch for epoch, loss in enumerate(losses, 1) if loss < level), None)
