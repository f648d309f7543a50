"""The family of the page `losses`: its operations at any number of samples, classes, elements."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.families import GREAT, Dimension, Family, Sizes, away, halved, heavy
from nnspec.conformance.pages.information.inputs.sets import clipping
from nnspec.conformance.pages.layouts import held, scattered
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.nested import Array
from nnspec.conformance.terms.operations import arguments_of


def _dimensions(operation: str) -> Mapping[str, Dimension]:
    """Return elements of losses of single numbers, samples and classes of the others."""
    if operation.startswith(("sigmoid", "sum")):
        return {"elements": Dimension(64, largest=GREAT[-1])}
    return {
        "samples": Dimension(5, largest=GREAT[1]),
        "classes": Dimension(7, largest=GREAT[2]),
    }


def _made(operation: str, dtype: str, sizes: Sizes, key: str) -> Case:
    """Return a case of an operation; two elements, or two classes of a sample, stand out."""
    of_elements = "elements" in sizes
    shape = (sizes["elements"],) if of_elements else (sizes["samples"], sizes["classes"])
    count, classes = shape[0], shape[-1]
    marked = heavy(key, shape)
    # No share, times a half, is subnormal in the format.
    share = np.where(marked, 0.25, max(0.25 / classes, 4 * FORMATS[dtype].tiny))

    def drawn() -> Array:
        return scattered(f"{key} targets", shape, 0.5, 1.0)

    def errors() -> Array:
        return scattered(key, shape, 0.5, 1.0) * np.where(marked, 1.0, 1 / np.sqrt(classes))

    def cotangent() -> Array:
        numbers = scattered(f"{key} cotangent", (count,), 0.5, 2.0)
        return np.asarray(numbers[0]) if operation.startswith("sum") else numbers

    made: dict[str, Callable[[], NDArray[Any]]] = {
        "y": errors,
        "target": lambda: -errors() * drawn(),
        "logits": partial(_logits, key, shape, marked, of_elements=of_elements),
        "q": lambda: scattered(key, shape, 0.5, 1.0) * share,
        "labels": lambda: _labels(key, count, classes),
        "targets": lambda: _targets(key, shape, drawn(), share, of_elements=of_elements),
        "cotangent": cotangent,
    }
    # An operation takes few of them, and a million numbers are drawn for a large case.
    arrays = (made[name]() for name in arguments_of(operation))
    arguments = tuple(each if each.dtype.kind == "i" else held(each, dtype) for each in arrays)
    return Case("", operation, arguments, clipping(operation, dtype))


def _logits(
    key: str, shape: tuple[int, ...], marked: NDArray[np.bool_], *, of_elements: bool
) -> Array:
    """Return logits: of elements up to 4 in size; of classes, the marked ones stand out."""
    logits = away(scattered(key, shape, -1.0, 1.0))
    if of_elements:
        logits = 4 * logits
        logits[-2:] = [-1.0, 4.0][-shape[0] :] * scattered(
            f"{key} ends", logits[-2:].shape, 0.5, 1.0
        )
        return logits
    # The two classes together have half of the exponentials.
    logits = np.where(marked, np.abs(logits) + shape[-1].bit_length() * 0.75, logits)
    # The last class is ahead less than its target is.
    logits[:, -1] -= 0.5
    return logits


def _labels(key: str, count: int, classes: int) -> NDArray[np.int64]:
    """Return a class of each sample."""
    labels = (scattered(f"{key} labels", (count,), 0.0, 1.0) * classes).astype(np.int64)
    # The last class stands out, and its neighbor does not.
    labels[-2:] = [max(classes - 2, 0), classes - 1][-count:]
    return np.minimum(labels, classes - 1)


def _targets(
    key: str, shape: tuple[int, ...], drawn: Array, share: Array, *, of_elements: bool
) -> Array:
    """Return targets: of elements on the other side of their logits, of classes their shares."""
    if of_elements:
        # No gradient is nearly 0.
        marked = np.zeros(shape, dtype=bool)
        logits = _logits(key, shape, marked, of_elements=True)
        return np.where(logits > 0.0, drawn / 4, drawn / 4 + 0.75)
    targets = drawn * share * halved(shape, 0)
    targets[:, -1] *= 3.0
    return targets


FAMILY = Family(_dimensions, _made)
