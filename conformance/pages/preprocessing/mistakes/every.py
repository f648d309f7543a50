"""Mistakes that any preprocessing may have: shapes, memory, statistics of the wrong data."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.preprocessing.mistakes.parts import mean_of
from nnspec.conformance.terms.mistakes import Operation, spoiling

Array = NDArray[Any]


@spoiling("preprocessing/form")
def drops_axes_of_length_one(operation: Operation) -> Operation:
    """Answers a single row, or a single component, as a vector."""
    return lambda train, data, **parameters: np.squeeze(operation(train, data, **parameters))


@spoiling("preprocessing/form")
def answers_transposed(operation: Operation) -> Operation:
    """Answers with features as rows and samples as columns."""
    return lambda train, data, **parameters: np.transpose(operation(train, data, **parameters))


@spoiling("preprocessing/layouts", "preprocessing/purity")
def centers_in_place(operation: Operation) -> Operation:
    """Takes the mean off its arguments themselves."""

    def answer(train: Array, data: Array, **parameters: Any) -> Array:
        found = operation(train, data, **parameters)
        mean = np.mean(train.astype(np.float64), axis=0)
        data[...] = data - mean
        train[...] = train - mean
        return found

    return answer


@spoiling("preprocessing/purity", remembers=True)
def keeps_the_first_training_set(operation: Operation) -> Operation:
    """Learns from the first training set of a shape and never again."""
    kept: dict[tuple[int, ...], Array] = {}
    return lambda train, data, **parameters: operation(
        kept.setdefault(train.shape, train.copy()), data, **parameters
    )


@spoiling("preprocessing/training-statistics", "preprocessing/row-independence")
def learns_from_the_data(operation: Operation) -> Operation:
    """Takes mean, deviation and components from data instead of train.

    Fix: take mean, deviation and components from train alone.
    """
    return lambda _, data, **parameters: operation(data, data, **parameters)


@spoiling("preprocessing/training-statistics", "preprocessing/row-independence")
def learns_from_both(operation: Operation) -> Operation:
    """Takes mean, deviation and components from train and data together."""
    return lambda train, data, **parameters: operation(
        np.concatenate([train, data]), data, **parameters
    )


@spoiling("preprocessing/neighbors", "preprocessing/training-statistics")
def learns_from_the_feature_before(operation: Operation) -> Operation:
    """Takes mean, deviation and components of each feature from the one before it."""
    return lambda train, data, **parameters: operation(
        np.roll(train, 1, axis=-1), data, **parameters
    )


@spoiling(
    "preprocessing/training-statistics",
    "preprocessing/row-independence",
    operations=("standardize", "pca", "whiten"),
)
def centers_data_by_its_own_mean(operation: Operation) -> Operation:
    """Takes deviation or components from train, and the mean of data from data."""

    def answer(train: Array, data: Array, **parameters: Any) -> Array:
        axes = parameters.get("axes", (0,))
        moved = mean_of(train.astype(np.float64), axes) - mean_of(data.astype(np.float64), axes)
        return operation(train.astype(np.float64), data + moved, **parameters).astype(train.dtype)

    return answer
