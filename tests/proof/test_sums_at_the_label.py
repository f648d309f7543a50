"""The gradient at the label as minus the sum of the other probabilities, in any order."""

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec import spec
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.outcomes import Broken

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

LONGEST = 4096
# Every length at first, then some around each power of two, then the longest.
SAMPLE = [*range(1, 40), *(2**power + off for power in range(6, 12) for off in (-1, 0, 1)), LONGEST]
LANES = 8

Sum = Callable[[np.ndarray], np.ndarray]


def in_sequence(terms: np.ndarray) -> np.ndarray:
    """Add the numbers of each row one after the other."""
    return np.add.accumulate(terms, axis=1)[:, -1:]


def pairwise(terms: np.ndarray) -> np.ndarray:
    """Add the halves of each row until one number is left."""
    while terms.shape[1] > 1:
        half = terms.shape[1] // 2
        terms = np.hstack([terms[:, :half] + terms[:, half : 2 * half], terms[:, 2 * half :]])
    return terms


def in_blocks(terms: np.ndarray) -> np.ndarray:
    """Add in eight lanes, and the lanes one after the other."""
    padded = np.pad(terms, [(0, 0), (0, -terms.shape[1] % LANES)])
    lanes = np.add.accumulate(padded.reshape(len(terms), -1, LANES), axis=1)[:, -1]
    return in_sequence(lanes)


def of_labels(add: Sum) -> Callable[..., np.ndarray]:
    """Return the gradient of a label, all of whose sums are formed by `add` in the format."""

    def answer(logits: np.ndarray, labels: np.ndarray, cotangent: np.ndarray) -> np.ndarray:
        terms = np.exp(logits - logits.max(axis=1, keepdims=True))
        slopes = terms / add(terms)
        at_label = np.arange(len(logits)), labels
        slopes[at_label] = 0
        slopes[at_label] = -add(slopes)[:, 0]
        return slopes * cotangent[:, None]

    return answer


def of_targets(add: Sum) -> Callable[..., np.ndarray]:
    """Return the gradient of one-hot targets by the same algorithm."""

    def answer(logits: np.ndarray, targets: np.ndarray, cotangent: np.ndarray) -> np.ndarray:
        return of_labels(add)(logits, targets.argmax(axis=1), cotangent)

    return answer


CAREFUL = {
    "sparse_softmax_cross_entropy_vjp": of_labels,
    "softmax_cross_entropy_vjp": of_targets,
}

each_sum = pytest.mark.parametrize("add", [in_sequence, pairwise, in_blocks])
each_operation = pytest.mark.parametrize("operation", CAREFUL)


def rows(classes: int) -> np.ndarray:
    """Return logits, each row with the label 0.

    The classes are equal, nearly equal, spread, or the label is far ahead or far behind.
    """
    spread = np.random.default_rng(classes).standard_normal(classes)
    logits = np.stack([0 * spread, 0 * spread - 1 / 3, spread, spread, 4 * spread])
    logits[1:, 0] = 0.1, 0.7, 16.0, 4 * spread.min() - 3
    return logits.astype(np.float32)


def case_of(operation: str, classes: int) -> Case:
    logits = rows(classes)
    labels = np.zeros(len(logits), dtype=np.int64)
    second = labels if operation.startswith("sparse") else np.eye(1, classes, dtype=np.float32)
    cotangent = np.array([1, -3, 0.7, 5, -1 / 3], dtype=np.float32)
    if second is not labels:
        second = np.repeat(second, len(logits), axis=0)
    return Case(f"classes-{classes}", operation, (logits, second, cotangent), {})


def conform(operation: str, add: Sum, lengths: Iterable[int]) -> None:
    """Expect the algorithm to conform in float32 at these lengths."""
    answer: Any = CAREFUL[operation](add)
    source = InProcess(SimpleNamespace(name="it", dtypes=("float32",), **{operation: answer}))
    implementation = Implementation(source, "float32")
    clause = spec.clauses()[f"{operation}/accuracy"]
    for classes in lengths:
        trial = Trial(implementation, case_of(operation, classes), clause)
        trial.answer()
        assert trial.compared == 5 * classes


@each_operation
@each_sum
def test_a_sample_of_lengths_conforms_with_sums_in_any_order(operation: str, add: Sum) -> None:
    conform(operation, add, sorted({*SAMPLE, *range(1, LONGEST, 61)}))


@pytest.mark.study
@each_operation
@each_sum
def test_sums_in_any_order_conform_at_every_length(operation: str, add: Sum) -> None:
    conform(operation, add, range(1, LONGEST + 1))


@each_operation
@pytest.mark.parametrize("factor", [0.5, 0.99, 1.01])
def test_a_sum_that_is_off_by_a_hundredth_is_denied(operation: str, factor: float) -> None:
    def scaled(terms: np.ndarray) -> np.ndarray:
        return in_sequence(terms) * np.float32(factor)

    for classes in SAMPLE[1:]:
        with pytest.raises(Broken):
            conform(operation, scaled, [classes])
