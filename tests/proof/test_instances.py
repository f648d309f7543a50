"""Ten implementations with another code path beyond a size, as public reports tell of them.

Each is wrong for one small input, which is written down with its true answer. The clauses on sizes
reject each one, and ask at lengths of their own: the small inputs are no inputs of the suite.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages.everywhere.mistakes.digits import page_with
from nnspec.conformance.run.plan import EVERYTHING, plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import Operation, rounded, standing_in
from nnspec.conformance.terms.outcomes import BREAKS

TRAIN = [[0.0] * 7, [0.0] * 6 + [2.0]]


@dataclass(frozen=True)
class Instance:
    """A wrong implementation, its smallest input, and both answers in one element of it."""

    operation: str
    wrong: Operation
    arguments: tuple[Any, ...]
    place: tuple[int, ...]
    true: float
    false: float
    parameters: dict[str, Any] = field(default_factory=dict)


def kept_beyond(length: int) -> Operation:
    """Return Adam that moves no element beyond a length: a kernel for packed types skips them."""
    right = rounded("adam")

    def answer(gradient: Any, params: Any, steps: int, **parameters: Any) -> Any:
        found = right(gradient, params, steps, **parameters)
        for step in found:
            for array, start in zip(step, params, strict=True):
                array.reshape(-1)[length:] = start.reshape(-1)[length:]
        return found

    return answer


def with_channels_of(length: int) -> Operation:
    """Return batch norm that takes the statistics of channel 0 for channels beyond a length."""
    right = rounded("batch_norm_train")

    def answer(x: Any, *others: Any, **parameters: Any) -> Any:
        found = right(x, *others, **parameters)
        if x.shape[1] > length:
            scale, shift, *_ = others
            channels = np.moveaxis(x.astype(np.float64), 1, 0).reshape(x.shape[1], -1)
            mean, variance = np.mean(channels[0]), np.var(channels[0])
            along = (-1,) + (1,) * (x.ndim - 2)
            normal = (x - mean) / np.sqrt(variance + parameters["epsilon"])
            whole = normal * scale.reshape(along) + shift.reshape(along)
            found[0][:, length:] = whole[:, length:].astype(x.dtype)
        return found

    return answer


def zero_beyond(operation: str, length: int, axis: int) -> Operation:
    """Return an operation that leaves answers beyond a length as zeros."""
    right = rounded(operation)

    def answer(*arguments: Any, **parameters: Any) -> Any:
        found = right(*arguments, **parameters)
        np.moveaxis(found, axis, 0)[length:] = 0
        return found

    return answer


def padded(logits: Any, labels: Any) -> Any:
    """Pad the classes beyond 1,024 to a power of two, with logits of 0 that count."""
    classes = logits.shape[1]
    room = (1 << (classes - 1).bit_length()) - classes if classes > 1024 else 0
    return rounded("sparse_softmax_cross_entropy")(np.pad(logits, ((0, 0), (0, room))), labels)


def labels_in_a_byte(logits: Any, labels: Any) -> Any:
    return rounded("sparse_softmax_cross_entropy")(logits, labels & 0xFF)


def summed_to(length: int, keeping: int) -> Operation:
    """Return a log-softmax that sums the first exponentials alone if there are more than that."""

    def answer(x: Any, *, axis: int) -> Any:
        rows = np.moveaxis(x, axis, -1).astype(np.float64)
        shifted = rows - np.max(rows, axis=-1, keepdims=True)
        counted = shifted[..., :keeping] if rows.shape[-1] > length else shifted
        total = np.log(np.sum(np.exp(counted), axis=-1, keepdims=True))
        return np.moveaxis(shifted - total, -1, axis).astype(x.dtype)

    return answer


def of_features(operation: str, length: int) -> Operation:
    """Return preprocessing that leaves features beyond a length out, or as they are."""
    right = rounded(operation)

    def answer(train: Any, data: Any, **parameters: Any) -> Any:
        if operation == "pca":
            blind = data.copy()
            blind[:, length:] = np.mean(train[:, length:].astype(np.float64), axis=0)
            return right(train, blind, **parameters)
        found = right(train, data, **parameters)
        found[:, length:] = data[:, length:]
        return found

    return answer


def gradient(number: int = 13) -> Callable[[Any], Any]:
    return lambda _: [np.ones(number)]


BATCH = np.stack([np.zeros(8), np.append(np.full(7, 2.0), 4.0)])
ONES, ZEROS = np.ones(8), np.zeros(8)
HALF = {"learning_rate": 0.5, "beta1": 0.5, "beta2": 0.5, "epsilon": 0.0}
STATISTICS = {"momentum": 1.0, "epsilon": 0.0}
LABELED = np.append(1.0, np.zeros(256))

INSTANCES = {
    "adam, the thirteenth element": Instance(
        "adam", kept_beyond(12), (gradient(), [np.zeros(13)], 1), (0, 0, 12), -0.5, 0.0, HALF
    ),
    "batch norm, the eighth channel": Instance(
        "batch_norm_train",
        with_channels_of(7),
        (BATCH, ONES, ZEROS, ZEROS, ONES),
        (0, 1, 7),
        1.0,
        3.0,
        STATISTICS,
    ),
    "linear, the seventeenth output": Instance(
        "linear",
        zero_beyond("linear", 16, 1),
        (np.ones((1, 1)), np.ones((1, 17)), np.zeros(17)),
        (0, 16),
        1.0,
        0.0,
    ),
    "1,025 classes, padded to 2,048": Instance(
        "sparse_softmax_cross_entropy",
        padded,
        (np.zeros((1, 1025)), np.array([0])),
        (0,),
        6.9324478915725085531,
        7.6246189861593983,
    ),
    "log-softmax of 4,097 classes": Instance(
        "log_softmax",
        summed_to(4096, 1),
        (np.zeros(4097),),
        (0,),
        -8.3180102775468710757,
        0.0,
        {"axis": -1},
    ),
    "log-softmax of 100,001 classes": Instance(
        "log_softmax",
        summed_to(100_000, 8192),
        (np.zeros(100_001),),
        (0,),
        -11.512935464920228753,
        -9.0109133472792881,
        {"axis": -1},
    ),
    "principal components, the seventh feature": Instance(
        "pca",
        of_features("pca", 6),
        (np.array(TRAIN), np.array(TRAIN)),
        (1, 0),
        1.0,
        0.0,
        {"components": 1},
    ),
    "standardization, the seventh feature": Instance(
        "standardize",
        of_features("standardize", 6),
        (np.array(TRAIN), np.array(TRAIN)),
        (1, 6),
        1.0,
        2.0,
        {"axes": (0,)},
    ),
    "entropy, row 33": Instance(
        "entropy",
        zero_beyond("entropy", 32, 0),
        (np.full((33, 2), 0.5),),
        (32,),
        0.69314718055994530942,
        0.0,
        {"axis": -1},
    ),
    "a label in a byte": Instance(
        "sparse_softmax_cross_entropy",
        labels_in_a_byte,
        (LABELED[None], np.array([256])),
        (0,),
        5.5557397547602816854,
        4.5557397547602816854,
    ),
}

each_instance = pytest.mark.parametrize("name", INSTANCES)


def element(answer: Any, place: tuple[int, ...]) -> float:
    """Return an element of an answer; a place has the indices of lists, then those of an array."""
    answer = answer if isinstance(answer, np.ndarray) else list(answer)
    while not isinstance(answer, np.ndarray):
        answer, place = answer[place[0]], place[1:]
    return float(answer[place])


@each_instance
def test_the_smallest_input_has_this_truth_and_the_fault_another_answer(name: str) -> None:
    each = INSTANCES[name]
    true = element(
        getattr(reference, each.operation)(*each.arguments, **each.parameters), each.place
    )
    false = element(each.wrong(*each.arguments, **each.parameters), each.place)
    # Scores of principal components have either sign.
    true, false = (abs(true), abs(false)) if each.operation == "pca" else (true, false)
    assert true == pytest.approx(each.true, rel=1e-15)
    assert false == pytest.approx(each.false, rel=1e-14, abs=1e-15)


@each_instance
def test_the_clause_on_sizes_rejects_the_fault(name: str) -> None:
    each = INSTANCES[name]
    clause = f"{page_with('sizes', each.operation)}/sizes"
    source = InProcess(standing_in(each.operation, each.wrong, "wrong"))
    planned = plan(EVERYTHING, operation=each.operation, dtypes=["float32"], only=[clause])
    assert any(attempt(case, source).outcome == BREAKS for case in planned)
