"""Calls that are asked again: counted by operation, and asked by whatever way a process takes."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.messages import encode, line_of, message_of
from nnspec.conformance.sources.recording import Recording
from nnspec.conformance.sources.repeats import bits
from nnspec.conformance.terms.callbacks import Live, scripted
from nnspec.conformance.terms.outcomes import Malformed, Raised
from tests.sources.hostile.adapters import StepsDown
from tests.sources.programs import child, worker

X = np.array([[1.0, -2.0, 3.0]])
CALL = ("relu", (X,), {})


def counting(worn: int) -> SimpleNamespace:
    """Return an adapter whose relu is right in so many calls, and then answers by their number."""
    made: list[None] = []

    def relu(x: Any) -> Any:
        made.append(None)
        return np.maximum(x, 0) + max(0, len(made) - worn)

    return SimpleNamespace(relu=relu, tanh=np.tanh, made=made)


def numbers(answers: list[Any]) -> list[float]:
    return [float(each[0, 1]) for each in answers]


def test_different_answers_are_kept_once_and_in_their_order() -> None:
    source = InProcess(counting(3))
    assert numbers(source.again(CALL, times=1, calls=0)) == [0.0]
    assert numbers(source.again(CALL, times=5, calls=0)) == [0.0, 1.0, 2.0, 3.0]
    assert numbers(source.again(("relu", (2 * X,), {}), times=1, calls=0)) == [4.0]


def test_all_calls_of_the_operation_count_and_none_of_another() -> None:
    adapter = counting(10**6)
    source = InProcess(adapter)
    for _ in range(30):
        source.call("tanh", [X], {})
        source.call(*CALL)
    source.again(CALL, times=2, calls=100)
    assert len(adapter.made) == 100
    # A call that has been asked often enough is asked eight times more.
    source.again(CALL, times=50, calls=100)
    assert len(adapter.made) == 108


def test_zeros_of_both_signs_and_nan_of_other_bits_differ() -> None:
    quiet, other = np.array([0x7FF8 << 48, (0x7FF8 << 48) + 1], dtype=np.uint64).view(float)
    assert bits(np.array(0.0)) != bits(np.array(-0.0))
    assert bits(np.array(quiet)) != bits(np.array(other))
    assert bits([X, [X]]) == bits([X.copy(), [X.copy()]])
    assert bits(X) != bits(X.reshape(-1)) != bits(X.reshape(-1).astype(np.float32))


def descending() -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    gradient = Live(
        scripted([[np.ones(2)], [np.full(2, 3.0)]], "float64"), "gradient", "float64", []
    )
    return "gradient_descent", (gradient, [np.zeros(2)], 2), {"learning_rate": 0.5}


def test_a_callback_begins_anew_in_each_repetition() -> None:
    answers = InProcess(StepsDown).again(descending(), times=5, calls=0)
    assert [[each[0].tolist() for each in answer] for answer in answers] == [
        [[-0.5, -0.5], [-2.0, -2.0]]
    ]


@pytest.mark.proof
@pytest.mark.parametrize(
    ("takes", "lines"),
    [("repeats", [32, 32, 32, 32, 2]), ("calls", [32, 32, 32, 32, 2]), ("neither", [1] * 130)],
)
def test_a_process_is_asked_in_the_way_that_it_takes(
    takes: str, lines: list[int], traffic: list[tuple[str, dict[str, Any]]]
) -> None:
    with worker("WearsOut") as process:
        process.conversation.takes_repeats = takes == "repeats"
        process.conversation.takes_many = takes == "calls"
        assert numbers(process.again(CALL, times=130, calls=0)) == [0.0, 1.0]
        # All but ten of the calls are made.
        assert numbers(process.again(CALL, times=1, calls=140)) == [0.0, 1.0]
    calls = [
        each for way, each in traffic if way == "request.json" and "start" not in each.values()
    ]
    asked = [each.get("times", len(each.get("calls", [0]))) for each in calls]
    assert asked[: len(lines)] == lines
    assert sum(asked[:-1]) == 140


@pytest.mark.proof
def test_scripts_begin_anew_in_a_worker_too() -> None:
    with worker("StepsDown") as process:
        answers = process.again(descending(), times=70, calls=0)
    assert [[each[0].tolist() for each in answer] for answer in answers] == [
        [[-0.5, -0.5], [-2.0, -2.0]]
    ]


@pytest.mark.proof
@pytest.mark.parametrize("takes", ["repeats", "calls"])
def test_a_repetition_that_fails_is_the_outcome_and_the_next_call_is_answered(takes: str) -> None:
    with worker("RaisesLate") as process:
        process.conversation.takes_repeats = takes == "repeats"
        with pytest.raises(Raised, match="relu raised RuntimeError: used up"):
            process.again(CALL, times=100, calls=0)
        assert process.call("tanh", [X], {}).shape == X.shape


@pytest.mark.proof
def test_others_that_are_no_list_break() -> None:
    said = "answered with others that are no list"
    with child("others in a word") as process, pytest.raises(Malformed, match=said):
        process.again(("softmax", (X,), {"axis": -1}), times=2, calls=0)


def test_one_line_records_all_answers() -> None:
    lines: list[bytes] = []
    recording = Recording(InProcess(counting(3)), lambda *call: lines.append(call[2]))
    answers = recording.again(CALL, times=5, calls=0)
    recording.again(("relu", (2 * X,), {}), times=1, calls=0)
    recording.settle()
    first, *others = answers
    assert lines[0] == line_of({"answer": encode(first), "others": encode(others)})
    assert set(message_of(lines[1])) == {"answer"}
