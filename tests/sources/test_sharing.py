"""Arrays that share memory lie in a child's memory as they lie here, or the case is absent."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.sources import process as protocol
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.messages import call_of, line_of, message_of
from nnspec.conformance.sources.recording import digest_of
from nnspec.conformance.sources.sharing import Memories, places, shares
from nnspec.conformance.terms.callbacks import Callback, Live
from nnspec.conformance.terms.outcomes import Absent, Malformed
from tests.sources.programs import child, validator

MEMORY = np.arange(7.0)
LOWER, UPPER = MEMORY[:6].reshape(2, 3), MEMORY[1:].reshape(2, 3)

# Answers how its arguments lie: whether they are one array, and how many elements apart.
ADAPTER = """
import numpy as np

def address(array):
    return array.__array_interface__["data"][0]

def relu_vjp(x, cotangent):
    apart = (address(cotangent) - address(x)) // x.itemsize
    one, shared = x is cotangent, np.shares_memory(x, cotangent)
    return np.array([one, shared, apart if shared else 0], dtype=x.dtype)

def clip_by_value(gradients, *, limit):
    return [np.array([each is other for other in gradients], dtype=float) for each in gradients]

def gradient_descent(gradient, params, steps, *, learning_rate):
    found = gradient(params)
    return [[np.full(3, float(found is params))]]
"""

ITSELF = Callback("the parameters themselves", lambda *asked: asked[1], ((3,),), itself=True)


def itself() -> Live:
    return Live(ITSELF, "gradient", "float64", [])


@pytest.fixture
def worker(tmp_path: Path) -> Any:
    path = tmp_path / "laid.py"
    path.write_text(ADAPTER, encoding="utf-8")
    with protocol.worker(str(path)) as process:
        yield process


def test_the_same_array_twice_and_views_of_one_memory_have_their_places() -> None:
    assert places([LOWER, LOWER]) == {id(LOWER): (0, 0)}
    assert places([UPPER, LOWER]) == {id(LOWER): (0, 0), id(UPPER): (0, 1)}
    assert places([LOWER, [UPPER, LOWER], 3, "x"]) == places([UPPER, LOWER])


def test_memories_are_counted_in_the_order_of_the_arguments_wherever_they_lie() -> None:
    first, second = np.zeros(3), np.zeros(3)
    for one, other in ((first, second), (second, first)):
        assert places([one, other, other, one]) == {id(one): (0, 0), id(other): (1, 0)}


def test_arrays_beside_each_other_and_views_with_gaps_share_nothing() -> None:
    assert places([MEMORY[:3], MEMORY[3:6]]) == {}
    assert places([MEMORY[::2], MEMORY[1::2]]) == {}
    assert places([MEMORY[:0], MEMORY[:0]]) == {}
    assert not shares([MEMORY, MEMORY.copy()])


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((LOWER, LOWER), [1, 1, 0]),
        ((LOWER, UPPER), [0, 1, 1]),
        ((UPPER, LOWER), [0, 1, -1]),
        ((LOWER, UPPER.copy()), [0, 0, 0]),
        ((LOWER, LOWER.reshape(3, 2)), [0, 1, 0]),
    ],
)
def test_a_python_child_has_its_arrays_in_memory_as_they_lie_here(
    worker: Any, arguments: Any, found: list[float]
) -> None:
    assert worker.call("relu_vjp", arguments, {}).tolist() == found
    worker.foresee([("relu_vjp", arguments, {})] * 2)
    assert [worker.call("relu_vjp", arguments, {}).tolist() for _ in range(2)] == [found] * 2


def test_a_list_of_a_python_child_holds_one_array_twice(worker: Any) -> None:
    first, other = np.arange(3.0), np.arange(3.0)
    answer = worker.call("clip_by_value", [[first, other, first]], {"limit": 1.0})
    assert [each.tolist() for each in answer] == [[1, 0, 1], [0, 1, 0], [1, 0, 1]]


def test_a_program_of_another_language_is_not_asked_what_it_cannot_be_given() -> None:
    with child("absent") as process:
        for arguments in ((LOWER, UPPER), (LOWER, LOWER)):
            with pytest.raises(Absent, match="memory of its own"):
                process.call("relu", arguments, {})
        with pytest.raises(Absent, match="memory of its own"):
            process.call("relu", (itself(), [np.ones(3)], 1), {})


def test_a_call_that_shares_memory_is_recorded_as_another_one() -> None:
    one, two = ([LOWER, each] for each in (LOWER, LOWER.copy()))
    assert digest_of("relu_vjp", one, {}) != digest_of("relu_vjp", two, {})


def test_messages_about_shared_memory_are_those_of_the_schema() -> None:
    arguments = [itself(), [LOWER, UPPER], 2]
    request = message_of(line_of(call_of("gradient_descent", arguments, {"learning_rate": 1.0})))
    function, listed, _ = request["arguments"]
    assert function == {"callback": "gradient", "itself": True}
    assert [each["shared"] for each in listed] == [[0, 0], [0, 1]]
    validator("request.json").validate(request)
    request["arguments"][1][0]["shared"] = 0
    assert not validator("request.json").is_valid(request)


def test_memories_of_two_numbers_are_apart() -> None:
    first, second = np.zeros(2), np.ones(2)
    arguments = message_of(line_of(call_of("linear", [first, second, first, second], {})))
    messages = arguments["arguments"]
    memories = Memories(messages)
    laid = [memories.laid_out(np.full(2, float(k)), each) for k, each in enumerate(messages)]
    assert laid[0] is laid[2]
    assert laid[1] is laid[3]
    assert not np.shares_memory(laid[0], laid[1])


class Doubles:
    """Steps by a gradient, and doubles the gradient's arrays in place after that."""

    def gradient_descent(self, gradient: Any, params: Any, steps: int, **_: Any) -> Any:
        point = [each.copy() for each in params]
        for _step in range(steps):
            for array in gradient(point):
                np.multiply(array, 2, out=array)
            yield [each.copy() for each in point]


def test_a_gradient_that_is_the_adapters_own_array_may_be_changed_and_no_other() -> None:
    source, start = InProcess(Doubles()), [np.array([1.0, -2.0, 3.0])]
    call = [itself(), start, 2]
    answer = source.call("gradient_descent", call, {"learning_rate": 1.0})
    assert [step[0].tolist() for step in answer] == [[2, -4, 6], [4, -8, 12]]
    copies = Callback("copies", lambda *asked: asked[1], ((3,),))
    with pytest.raises(Malformed, match="modified what gradient had answered"):
        source.call("gradient_descent", [Live(copies, "gradient", "float64", []), start, 1], {})


def test_a_child_is_answered_with_its_own_arrays_and_the_suite_hears_of_it(worker: Any) -> None:
    log: list[Any] = []
    asked = Live(ITSELF, "gradient", "float64", log)
    answer = worker.call("gradient_descent", [asked, [np.ones(3)], 1], {"learning_rate": 1.0})
    assert answer[0][0].tolist() == [1, 1, 1]
    assert [each.answer[0].tolist() for each in log] == [[1, 1, 1]]
