"""The family of minibatch descent: drawn gradients of drawn samples, in batches of any length."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.families import CALLED, RUNGS, Dimension, Family, Sizes
from nnspec.conformance.pages.layouts import scattered
from nnspec.conformance.pages.steps import families
from nnspec.conformance.terms.callbacks import Answer, Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.draws import words
from nnspec.conformance.terms.formats import NAMES, cast
from nnspec.conformance.terms.nested import Array

# Of so many neighboring indices, a batch holds one.
_APART = 7


def _dimensions(operation: str) -> Mapping[str, Dimension]:
    """Return elements, arrays, samples of a batch, and batches; the other operations have none."""
    if operation != "minibatch_descent":
        return {}
    steps = families.dimensions()
    return {
        "elements": Dimension(5, largest=RUNGS[-1]),
        "arrays": steps["arrays"],
        "samples": Dimension(
            4,
            largest=513,
            reason="the gradient of every sample is called for by itself",
            steps=CALLED,
        ),
        "batches": steps["steps"],
    }


def _formats(operation: str) -> Sequence[str]:
    return NAMES if operation == "minibatch_descent" else ()


def _made(operation: str, dtype: str, sizes: Sizes, key: str) -> Case:
    """Return a case in which two samples of a batch have a third of the sum of gradients.

    The set has seven times as many samples as the batches ask for, and seven neighbors have
    gradients in one direction. The indices of a batch fall.
    """
    count = sizes["batches"] * sizes["samples"]
    rows = np.arange(count, dtype=np.int64)[::-1].reshape(sizes["batches"], sizes["samples"])
    drawn = (words(f"{key} indices", count) % np.uint64(_APART)).astype(np.int64)
    params = [cast(each, dtype) for each in families.start(sizes, key)]
    gradient = Callback(
        "drawn gradients of samples",
        _answer(_directions(rows, sizes, key)),
        tuple(each.shape for each in params),
    )
    arguments = gradient, params, list(_APART * rows + drawn.reshape(rows.shape))
    return Case("", operation, arguments, {"learning_rate": families.RATE})


def _directions(rows: NDArray[np.int64], sizes: Sizes, key: str) -> Array:
    """Return numbers from 1/16 to 2 and their opposites; of each batch, two rows stand out."""
    shape = rows.size, sizes["arrays"], sizes["elements"]
    numbers = scattered(f"{key} gradients", shape, -1.9375, 1.9375)
    numbers += np.copysign(0.0625, numbers)
    places = words(f"{key} heavy", len(rows)) % np.uint64(rows.shape[1])
    ahead = np.unique([rows[:, -1], rows[np.arange(len(rows)), places.astype(np.int64)]])
    numbers[ahead] *= max(1.0, sizes["samples"] / 4)
    return numbers


def _answer(directions: Array) -> Answer:
    """Return the gradient of each sample: that of the first of seven neighbors, and an eighth."""
    return lambda _, __, index: list(
        directions[int(index) // _APART] * (1.0 + int(index) % _APART / 8)
    )


FAMILY = Family(_dimensions, _made, _formats)
