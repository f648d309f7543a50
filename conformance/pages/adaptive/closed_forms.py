"""Closed forms of adaptive methods: their steps where the gradient has been the same all along.

A method whose steps have no such form is not in `STEADY`, and the clauses that ask for it leave the
method out under *Operations*.
"""

from collections.abc import Callable, Mapping

import numpy as np

from nnspec.conformance.terms.nested import Array

# Step t under the gradient g, divided by the learning rate, from a method's parameters.
Form = Callable[[Mapping[str, float], Array, Array], Array]


def _weight(decay: float, t: Array) -> Array:
    """Return what the gradients so far weigh together in an average."""
    return np.asarray(1.0 - decay**t)


def _adagrad(given: Mapping[str, float], g: Array, t: Array) -> Array:
    return g / (np.sqrt(t) * abs(g) + given["epsilon"])


def _adagrad_epsilon_inside(given: Mapping[str, float], g: Array, t: Array) -> Array:
    return np.asarray(g / np.sqrt(t * g * g + given["epsilon"]))


def _rmsprop(given: Mapping[str, float], g: Array, t: Array) -> Array:
    return g / (np.sqrt(_weight(given["decay"], t)) * abs(g) + given["epsilon"])


def _rmsprop_epsilon_inside(given: Mapping[str, float], g: Array, t: Array) -> Array:
    return np.asarray(g / np.sqrt(_weight(given["decay"], t) * g * g + given["epsilon"]))


def _adam(given: Mapping[str, float], g: Array, t: Array) -> Array:
    return g / (abs(g) + given["epsilon"]) * np.ones(t.shape)


def _adam_epsilon_hat(given: Mapping[str, float], g: Array, t: Array) -> Array:
    return g / (abs(g) + given["epsilon"] / np.sqrt(_weight(given["beta2"], t)))


def _adam_uncorrected(given: Mapping[str, float], g: Array, t: Array) -> Array:
    root = np.sqrt(_weight(given["beta2"], t))
    return _weight(given["beta1"], t) * g / (root * abs(g) + given["epsilon"])


STEADY: dict[str, Form] = {
    "adagrad": _adagrad,
    "adagrad_epsilon_inside": _adagrad_epsilon_inside,
    "rmsprop": _rmsprop,
    "rmsprop_epsilon_inside": _rmsprop_epsilon_inside,
    "adam": _adam,
    "adam_epsilon_hat": _adam_epsilon_hat,
    "adam_uncorrected": _adam_uncorrected,
}
