"""Whatever a program replies costs its own cases: each has an outcome, and none is the suite's."""

import io
import json
from collections.abc import Mapping, Sequence
from tempfile import TemporaryFile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnspec.conformance.adapters import loopback
from nnspec.conformance.run import report
from nnspec.conformance.run.plan import UnknownSelectionError, plan
from nnspec.conformance.run.run import run
from nnspec.conformance.sources import conversation, worker
from nnspec.conformance.sources.description import AdapterError, described
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.memory import Memory
from nnspec.conformance.sources.messages import message_of
from nnspec.conformance.sources.process import Process
from nnspec.conformance.terms.outcomes import VACUOUS
from tests.fuzzing.strategies import ODD, budget, changed, cut, written
from tests.fuzzing.tally import tallied

DESCRIBED = {
    "name": "it",
    "version": "1",
    "operations": ["relu", "gradient_descent"],
    "dtypes": ["float32"],
    "accumulates_in": {"float32": "float32"},
    "fixed": {"leaky_relu": {"negative_slope": 0.5}},
    "expected_failures": {"relu/accuracy": "known"},
    "scripts": True,
    "calls": True,
    "repeats": True,
    "memory": True,
}
# A case of one array, one of many calls, and one of callbacks.
CASES = {
    plan(described(DESCRIBED), only=(clause,))[0].id
    for clause in ("relu/accuracy", "activations/determinism", "gradient_descent/accuracy")
}


class Scripted:
    """A child that answers rightly, but for the replies that the test changes."""

    data: st.DataObject
    described: Mapping[str, Any]
    # How many replies are left until one is changed.
    until: int

    def __init__(self, argv: Sequence[str], *_limits: object) -> None:
        self.memory = Memory()
        self._lines: list[bytes] = []

    def exchange(self, line: bytes, deadline: float) -> dict[str, Any]:
        return message_of(written(self.described) + b"\n")

    def unasked(self) -> bytes:
        return b""

    def stop(self) -> None:
        self.memory.close()

    def kill(self, *, abort: bool = False) -> dict[str, str]:
        self.memory.close()
        return {}

    def send(self, line: bytes, deadline: float) -> None:
        request = json.loads(line)
        if request["request"] == "callback":
            return
        for call in request.get("calls", [request]):
            self._lines += self._replies(call)

    def receive(self, deadline: float, due: int = 1) -> bytes:
        if not self._lines:
            said = "exited with status 0"
            raise EOFError(said)
        return self._lines.pop(0)

    def _replies(self, call: Mapping[str, Any]) -> list[bytes]:
        suite = worker._Suite(io.BytesIO(), io.BytesIO())
        line = worker._answer(InProcess(loopback), suite, call)
        type(self).until -= 1
        if type(self).until != 0:
            return [line]
        draw, reply = self.data.draw, json.loads(line)
        if draw(st.integers(0, 9)) == 0:
            return [draw(cut(line[:-1])).replace(b"\n", b" ") + b"\n"]
        asked = {"callback": "gradient", "arguments": [[reply.get("answer")]]}
        reply |= draw(
            st.sampled_from(
                [
                    {},
                    {"others": [reply.get("answer")]},
                    {"asked": [asked]},
                    {"asked": [{**asked, "arguments": []}]},
                    {"answer": {"dtype": "float32", "shape": [2], "place": 0}},
                ]
            )
        )
        error = {"error": {"kind": "raised", "message": "no", "traceback": "at x"}}
        whole = draw(st.sampled_from([reply, reply, reply, error, asked]))
        return [written(draw(changed(whole))) + b"\n", line]


def judged() -> str:
    """Judge a few cases of the scripted child, and write all that comes of it."""
    try:
        process = Process(["it"])
        whole = plan(process.description, dtypes=("float32",))
    except (AdapterError, UnknownSelectionError) as error:
        return "refused at start" if str(error) else "refused without a word"
    with process, TemporaryFile() as answers:
        planned = [each for each in whole if each.id in CASES]
        record = run(planned, process, answers, selection={"dtypes": ("float32",), "only": ()})
    report.text(record)
    suite = [each.message for each in record.results if each.outcome == VACUOUS]
    assert suite == []
    assert len(record.results) == len(planned)
    return "judged"


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> type[Scripted]:
    monkeypatch.setattr(conversation, "Child", Scripted)
    return Scripted


def test_any_reply_to_a_call_costs_its_own_cases(scripted: type[Scripted]) -> None:
    with tallied("replies to calls") as tally:

        @budget(40)
        @given(st.data(), st.integers(1, 6))
        def replied(data: st.DataObject, until: int) -> None:
            scripted.data, scripted.described, scripted.until = data, DESCRIBED, until
            tally.of(judged)

        replied()
    assert tally.ended.keys() <= {"judged"}


def test_any_reply_to_a_start_is_a_description_or_refused(scripted: type[Scripted]) -> None:
    with tallied("replies to start") as tally:

        @budget(80)
        @given(st.data(), changed(DESCRIBED) | st.sampled_from(ODD).map(lambda odd: {"name": odd}))
        def started(data: st.DataObject, described: Any) -> None:
            scripted.data, scripted.described, scripted.until = data, described, -1
            tally.of(judged)

        started()
    assert tally.ended["refused at start"] > 10
    assert tally.ended.keys() == {"judged", "refused at start"}
