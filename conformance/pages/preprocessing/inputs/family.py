"""The cases of the page `preprocessing` at any number of samples, rows of data, and features."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.families import GREAT, Dimension, Family, Sizes, heavy
from nnspec.conformance.pages.layouts import scattered, signs
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.operations import parameters_of

Array = NDArray[np.float64]

# Sizes of the components: their squares are a factor of 4 and more apart.
_SIZES = np.array([4.0, 2.0, 0.75])

# The share of a component's size that its scores have where they do not stand out.
_LOW, _HIGH = 0.75, 1.25

_REASON = "Eigenvectors of a covariance cost the cube of the number of features."


def _dimensions(operation: str) -> Mapping[str, Dimension]:
    """Return the samples of train, the rows of data, and the features of both."""
    if "components" in parameters_of(operation):
        return {
            "samples": Dimension(12, 2),
            "rows": Dimension(4),
            "features": Dimension(5, largest=2**9 + 1, reason=_REASON),
        }
    return {
        "samples": Dimension(12, 2 if operation == "standardize" else 1, GREAT[2]),
        "rows": Dimension(4, largest=GREAT[1]),
        "features": Dimension(5, largest=GREAT[1]),
    }


def _made(operation: str, dtype: str, sizes: Sizes, key: str) -> Case:
    """Return a case whose features have means and deviations of their own.

    The data lie around the same means. The last sample and another one are far away.
    """
    features = sizes["features"]
    trained = sizes["samples"], features
    sign = signs(features)
    center = scattered(f"{key} center", (features,), 2.0, 3.0)
    data = sign * (center + _signed(f"{key} data", (sizes["rows"], features)))
    given: dict[str, Any] = {"axes": (0,), "components": min(len(_SIZES), trained[0] - 1, features)}
    if "components" in parameters_of(operation):
        train = sign * center + _of_components(key, trained, given["components"])
    else:
        train = sign * (center + _of_features(operation, key, trained))
    # The squares of deviations of n/4 stay in the range of float16.
    unit = 2.0 ** -(trained[0].bit_length() // 2) if operation == "center" else 1.0
    arguments = cast(train * unit, dtype), cast(data * unit, dtype)
    return Case("", operation, arguments, {name: given[name] for name in parameters_of(operation)})


def _of_features(operation: str, key: str, shape: tuple[int, int]) -> Array:
    """Return samples around 0: two have a third of the squares' sum, or of the sizes' sum.

    Those two lead away from 0, where no number is too small for a format.
    """
    count = shape[0]
    far = count / 4 if operation == "center" else np.sqrt(count) / 2
    size = np.where(heavy(key, shape, axis=0), max(1.0, far), 1.0)
    mixed = _signed(f"{key} train", shape)
    width = scattered(f"{key} width", shape[1:], 0.5, 1.5)
    return width * size * np.where(size > 1.0, np.abs(mixed), mixed)


def _of_components(key: str, shape: tuple[int, int], most: int) -> Array:
    """Return samples that lie along so many directions, and a little beside them.

    Signs of Walsh's functions keep the directions apart, and the scores along them, wherever the
    numbers of samples and features end. Two samples and two features have a third of the variance.
    """
    train = scattered(f"{key} beside", shape, -0.125, 0.125)
    for place in range(most):
        scores, direction = (
            _walsh(length, place + 1)
            * scattered(f"{key} {name} {place}", (length,), _LOW, _HIGH)
            * np.where(heavy(f"{key} {name}", (length,)), max(1.0, np.sqrt(length) / 2), 1.0)
            for name, length in zip(("sample", "feature"), shape, strict=True)
        )
        train += _SIZES[place] * np.multiply.outer(scores, direction)
    return train


def _walsh(length: int, which: int) -> Array:
    """Return +1 and -1: one of the first four of Walsh's functions, again and again."""
    return np.resize([1.0 - 2.0 * ((place & which).bit_count() % 2) for place in range(4)], length)


def _signed(key: str, shape: Sequence[int]) -> Array:
    """Return numbers of size 1/2 to 1 and of mixed signs: first ones are -, last ones +.

    The last ones are large: what stands out has its share for certain.
    """
    mixed = np.where(scattered(f"{key} signs", shape, -1.0, 1.0) < 0, -1.0, 1.0)
    mixed[: max(1, min(2, shape[0] - 3))], mixed[-1:] = -1.0, 1.0
    size = scattered(key, shape, 0.5, 1.0)
    size[-1:] = 0.5 + size[-1:] / 2
    return mixed * size


FAMILY = Family(_dimensions, _made)
