"""A recording writes the bytes that a process has sent, in one spelling.

It encodes nothing twice, and plans nothing twice.
"""

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.run import plan, run
from nnspec.conformance.sources import recording
from nnspec.conformance.sources.conversation import Reply
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.messages import encode, line_of, message_of
from nnspec.conformance.sources.process import worker
from nnspec.conformance.sources.recording import Recording

X = np.array([[1.0, -2.0, 3.0]])
LARGE = np.arange(10_000.0)


def test_the_line_that_a_worker_answers_with_is_the_line_that_is_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replies: list[bytes] = []
    with worker("loopback") as process:
        source = Recording(process, lambda *call: replies.append(call[2]))
        monkeypatch.setattr(recording, "encode", None)
        answers = [source.call("relu", [x], {}) for x in (X, LARGE, X.astype(np.float32))]
        source.settle()
    assert replies == [line_of({"answer": encode(answer)}) for answer in answers]


def test_an_object_in_this_process_has_its_answer_encoded_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoded: list[Any] = []
    monkeypatch.setattr(recording, "encode", lambda value: encoded.append(value) or encode(value))
    replies: list[bytes] = []
    adapter = InProcess(SimpleNamespace(relu=lambda x: np.maximum(x, 0)))
    source = Recording(adapter, lambda *call: replies.append(call[2]))
    answer = source.call("relu", [X], {})
    source.settle()
    assert [value is answer for value in encoded] == [True]
    assert replies == [line_of({"answer": encode(answer)})]


@pytest.mark.parametrize(
    "arrays", [X, LARGE, [X, [LARGE, X]], []], ids=["one", "large", "nested", "none"]
)
def test_another_spelling_of_an_answer_is_recorded_in_the_suites_own(arrays: Any) -> None:
    def otherwise(value: Any) -> Any:
        if isinstance(value, list):
            return [otherwise(item) for item in value]
        return {"unit": "none", **dict(reversed(value.items()))}

    ours = line_of({"answer": encode(arrays)})
    message = {"took": 3, "answer": otherwise(message_of(ours)["answer"])}
    line = json.dumps(message, indent=None).encode() + b"\r\n"
    assert recording._line(Reply(message_of(line), line, ours=False)) == ours
    # A worker may say more than its answer too: the questions that a script has answered.
    assert recording._line(Reply(message_of(line), line, ours=True)) == ours


@pytest.mark.parametrize(
    ("relu", "planned_again"),
    [(lambda x: np.maximum(x, 0), [["relu/accuracy"]]), (lambda x: x, [])],
    ids=["conforms", "fails"],
)
def test_an_expected_failure_is_planned_again_only_where_it_conforms(
    relu: Any, planned_again: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = InProcess(SimpleNamespace(relu=relu, expected_failures={"relu/accuracy": "a reason"}))
    planned = plan.plan(source.description, only=["relu/accuracy"])
    again: list[list[str]] = []
    make = plan.plan

    def counted(description: Any, *, only: list[str]) -> Any:
        again.append(only)
        return make(description, only=only)

    monkeypatch.setattr(plan, "plan", counted)
    record = run.run(planned, source)
    assert again == planned_again
    assert record.unexpected_passes == tuple(only[0] for only in planned_again)


def test_the_plan_of_an_operation_is_its_share_of_the_whole() -> None:
    description = InProcess(SimpleNamespace(relu=abs, softmax=abs)).description
    selected: dict[str, Any] = {"dtypes": ("float32",), "only": ("softmax", "relu/accuracy")}
    whole = plan.plan(description, **selected)
    assert {each.operation for each in whole} == {"relu", "softmax"}
    for operation in ("relu", "softmax", "tanh"):
        assert [each.id for each in plan.plan(description, operation=operation, **selected)] == [
            each.id for each in whole if each.operation == operation
        ]
