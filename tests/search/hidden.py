"""Mistakes that hide from the fixed inputs, and what a search finds of them."""

from functools import lru_cache
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.run.record import Discovery
from tests.search.searches import adapter, explored


def rounded(operation: str, *arguments: Any, **parameters: Any) -> Any:
    """Return what a right implementation answers in the dtype of its first argument."""
    given = [np.asarray(each, dtype=np.float64) for each in arguments]
    with np.errstate(all="ignore"):
        return np.asarray(getattr(reference, operation)(*given, **parameters)).astype(
            arguments[0].dtype
        )


def sigmoid_of_a_hole(x: Any) -> Any:
    y = rounded("sigmoid", x)
    return np.where((x > 5.31) & (x < 5.35), y * np.float32(0.999), y)


def softmax_of_a_hole(x: Any, *, axis: int) -> Any:
    y = rounded("softmax", x, axis=axis)
    return np.where(
        np.any((x > 5.31) & (x < 5.35), axis=axis, keepdims=True), y * np.float32(1.001), y
    )


def log_softmax_of_a_near_tie(x: Any, *, axis: int) -> Any:
    ordered = np.sort(x, axis=axis)
    best, next_best = (
        np.take(ordered, [-1], axis=axis),
        np.take(ordered, [min(1, x.shape[axis] - 1) * -1 - 1], axis=axis),
    )
    tie = (best != next_best) & (np.nextafter(next_best, best) == best)
    y = rounded("log_softmax", x, axis=axis)
    return np.where(tie, y - np.float32(0.01), y)


def clip_by_value_of_three_arrays(gradients: Any, *, limit: float) -> Any:
    clipped = [np.clip(each, -limit, limit).astype(each.dtype) for each in gradients]
    return (
        clipped[:2] + [each * 0 for each in clipped[2:]]
        if [each.ndim for each in gradients] == [1, 1, 2]
        else clipped
    )


HIDDEN = {
    "sigmoid": (sigmoid_of_a_hole, 300),
    # A hole of 0.04 in logits as wide as 9984 is found by one seed in six only after 498 examples.
    "softmax": (softmax_of_a_hole, 1000),
    "log_softmax": (log_softmax_of_a_near_tie, 300),
    "clip_by_value": (clip_by_value_of_three_arrays, 300),
}


@lru_cache(maxsize=None)
def found_in_hiding(operation: str) -> Discovery:
    """Return what a search finds of a mistake that hides."""
    mistaken, examples = HIDDEN[operation]
    (finding,) = explored(
        adapter(**{operation: mistaken}), f"{operation}/accuracy", examples=examples
    ).found
    return finding
