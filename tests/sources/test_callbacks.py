"""Callbacks of an adapter in another process: asked line by line, or told beforehand."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from nnspec.conformance.sources import conversation
from nnspec.conformance.terms.callbacks import Asking, Callback, Live, scripted
from nnspec.conformance.terms.outcomes import Malformed, Raised
from tests.sources.programs import PATIENT, X, assert_answers, child, validator, worker

pytestmark = pytest.mark.proof


def test_a_callback_is_asked_as_often_as_the_child_likes_and_its_time_is_not_charged(
    descent: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, clock, spent = [], time.monotonic, 0.0
    monkeypatch.setattr(conversation, "time", SimpleNamespace(monotonic=lambda: clock() + spent))

    def gradient(params: list[np.ndarray]) -> list[np.ndarray]:
        nonlocal spent
        asked.append([param.tolist() for param in params])
        spent += 2 * PATIENT
        return [len(asked) * param for param in params]

    with child("asks") as process:
        answer = descent(process, gradient)
    assert asked == 3 * [[X.tolist(), X[0].tolist()]]
    assert [[param.tolist() for param in step] for step in answer] == [
        [(k * X).tolist(), (k * X[0]).tolist()] for k in (1, 2, 3)
    ]


def test_a_callback_that_ends_the_case_ends_the_child_that_waits_for_it(
    descent: Callable[..., object],
) -> None:
    def gradient(params: list[np.ndarray]) -> list[np.ndarray]:
        raise Malformed("softmax asked for the gradient at NaN")

    with child("asks") as process:
        with pytest.raises(Malformed, match="softmax asked for the gradient at NaN"):
            descent(process, gradient)
        assert process.call("relu", [X], {}) == 1


@pytest.mark.parametrize(
    ("behavior", "says"),
    [
        ("asks without end", "softmax asked more than 20 questions"),
        ("many questions", "softmax was answered with 8,193 questions; 20 are the most"),
    ],
)
def test_questions_cost_the_suite_a_bounded_time(
    behavior: str, says: str, descent: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "_QUESTIONS", 20)
    asked = []
    with child(behavior) as process:
        with pytest.raises(Malformed) as ended:
            descent(process, lambda params: asked.append(params) or params)
        assert ended.value.message == says
        assert process.call("relu", [X], {}) == 1
    assert len(asked) <= 21


def test_what_a_generator_yields_is_listed_and_its_callback_asked_once_a_step(
    descent: Callable[..., object],
) -> None:
    with worker("Descends") as process:
        answer = descent(process, lambda params: params)
    assert [[param.tolist() for param in step] for step in answer] == [
        [(X / k).tolist(), (X[0] / k).tolist()] for k in (2, 4, 8)
    ]


@pytest.mark.parametrize("behavior", ["Descends", "RaisesInItsSecondStep"])
def test_a_worker_asks_a_script_as_it_would_ask_line_by_line(
    descent: Callable[..., object], traffic: list[tuple[str, dict[str, object]]], behavior: str
) -> None:
    answers = [[step * X, step * X[0]] for step in (1.0, 2.0)]
    told = []
    for given in (
        scripted(answers, "float64"),
        Callback(
            "the same, line by line",
            lambda number, *_: answers[min(number, 1)],
            (X.shape, X[0].shape),
        ),
    ):
        log: list[Asking] = []
        with worker(behavior) as process:
            del traffic[:]
            try:
                ended = str(descent(process, Live(given, "gradient", "float64", log)))
            except Raised as raised:
                ended = raised.message
        told.append((ended, [(str(each.arguments), str(each.answer)) for each in log]))
        asked_by_line = sum("callback" in message for _, message in traffic)
        assert asked_by_line == (0 if given.script else len(log))
        for schema, message in traffic:
            validator(schema).validate(message)
    assert told[0] == told[1]
    assert told[0][1]


def test_what_is_asked_of_a_script_at_no_point_is_the_adapters_error(
    descent: Callable[..., object],
) -> None:
    with (
        worker("Descends") as process,
        pytest.raises(Malformed, match="gradient was asked at the arrays"),
    ):
        descent(process, Live(scripted([[X, X]], "float64"), "gradient", "float64", []))


def test_arrays_that_change_after_they_were_yielded_are_the_adapters_error(
    descent: Callable[..., object],
) -> None:
    with worker("YieldsTheSameArrays") as process:
        with pytest.raises(
            Malformed, match="softmax changed the arrays that it had yielded in step 1 of 3"
        ):
            descent(process, lambda params: params)
        assert_answers(process)


def test_an_exception_in_the_middle_of_a_generator_is_raised(
    descent: Callable[..., object],
) -> None:
    with worker("RaisesInItsSecondStep") as process:
        with pytest.raises(Raised, match="softmax raised ValueError: diverged"):
            descent(process, lambda params: params)
        assert_answers(process)
