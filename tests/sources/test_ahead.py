"""Calls that are foreseen: many in a line, and each answered for itself."""

import numpy as np
import pytest

from nnspec.conformance.sources.child import Child
from nnspec.conformance.terms.outcomes import Died, Ended, Malformed, Raised, TimedOut
from tests.sources.programs import PATIENT, X, child, relus, sent_in, worker

pytestmark = pytest.mark.proof


def test_foreseen_calls_are_sent_many_in_a_line_and_answered_one_by_one(
    traffic: list[tuple[str, dict[str, object]]],
) -> None:
    with worker("Raises") as process:
        calls = relus(150)
        process.foresee(calls)
        assert [process.call(*call).tolist() for call in calls] == [
            [0.0, float(number)] for number in range(150)
        ]
    assert sent_in(traffic) == [64, 64, 22]


def test_a_line_of_calls_holds_a_quarter_of_a_mebibyte_of_arrays_or_one_call(
    traffic: list[tuple[str, dict[str, object]]],
) -> None:
    with worker("Raises") as process:
        calls = [("relu", (np.zeros(size),), {}) for size in (2**14, 2**14, 1, 2**16, 1)]
        process.foresee(calls)
        assert [process.call(*call).size for call in calls] == [2**14, 2**14, 1, 2**16, 1]
    assert sent_in(traffic) == [2, 1, 1, 1]


def test_a_program_that_takes_one_call_in_a_line_is_sent_one(
    traffic: list[tuple[str, dict[str, object]]],
) -> None:
    with child("asks") as process:
        calls = relus(3)
        process.foresee(calls)
        assert [process.call(*call) for call in calls] == [1, 1, 1]
    assert sent_in(traffic) == [1, 1, 1]


def test_other_calls_may_come_between_foreseen_ones_and_foreseen_ones_may_be_left_out() -> None:
    with worker("Raises") as process:
        first, second, third, fourth = calls = relus(4)
        process.foresee(calls)
        assert process.call(*first).tolist() == [0, 0]
        assert process.call("relu", [X], {}).tolist() == [[1, 0, 3]]
        # Equal, and another array: not what was foreseen.
        assert process.call("relu", [second[1][0].copy()], {}).tolist() == [0, 1]
        assert process.call(*third).tolist() == [0, 2]
        assert process.call(*second).tolist() == [0, 1]
        assert process.call(*fourth).tolist() == [0, 3]
        process.foresee(relus(2))
        process.foresee(calls)
        assert process.call(*first).tolist() == [0, 0]
        process.foresee([])
        assert process.call(*second).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("adapter", "outcome", "limit"),
    [
        ("Raises", Raised, PATIENT),
        ("Modifies", Malformed, PATIENT),
        ("Segfaults", Died, PATIENT),
        ("Leaves", Died, PATIENT),
        ("LoopsInC", TimedOut, 3),
    ],
)
def test_what_comes_of_a_foreseen_call_is_said_to_whoever_makes_it(
    adapter: str, outcome: type[Ended], limit: float
) -> None:
    with worker(adapter) as process:
        process.call("relu", [X], {})
        process.conversation.warm_up = limit
        before, after = relus(2)
        calls = [
            before,
            ("softmax", (X,), {"axis": -1}),
            after,
            ("softmax", (X,), {"axis": 0}),
            after,
        ]
        process.foresee(calls)
        assert process.call(*calls[0]).tolist() == [0, 0]
        # In the meantime something else: what is sent already comes first.
        assert process.call("relu", [X], {}).tolist() == [[1, 0, 3]]
        with pytest.raises(outcome, match=r"^softmax "):
            process.call(*calls[1])
        assert process.call(*calls[2]).tolist() == [0, 1]
        with pytest.raises(outcome, match=r"^softmax "):
            process.call(*calls[3])
        process.conversation.warm_up = PATIENT
        assert process.call(*calls[4]).tolist() == [0, 1]


def test_a_line_more_than_there_are_calls_breaks_the_last_of_them() -> None:
    with child("answers once too often") as process:
        calls = relus(3)
        process.foresee(calls)
        assert [process.call(*call) for call in calls[:2]] == [1, 1]
        with pytest.raises(Malformed, match="relu was answered with more than one line"):
            process.call(*calls[2])


def test_a_question_in_the_middle_of_a_foreseen_call_breaks_it() -> None:
    with child("asks in a queue") as process:
        calls = relus(2)
        process.foresee(calls)
        for call in calls:
            with pytest.raises(Malformed, match="there is none"):
                process.call(*call)


def test_interrupting_a_foreseen_call_leaves_no_answer_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(self: object, deadline: float, due: int) -> bytes:
        raise KeyboardInterrupt

    with worker("Raises") as process:
        calls = relus(3)
        process.foresee(calls)
        assert process.call(*calls[0]).tolist() == [0, 0]
        with monkeypatch.context() as patched:
            patched.setattr(Child, "receive", interrupt)
            with pytest.raises(KeyboardInterrupt):
                process.call(*calls[1])
        assert process.call(*calls[2]).tolist() == [0, 2]
