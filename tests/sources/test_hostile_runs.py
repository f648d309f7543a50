"""Whatever an adapter does, the run accounts for every case, judges the healthy operations and
says what the others did."""

from typing import Any

import pytest

from nnspec.conformance.run import plan
from nnspec.conformance.run import run as running
from nnspec.conformance.run.record import BREAKING, NONE, Record
from nnspec.conformance.sources import process
from nnspec.conformance.sources.conversation import Conversation, Reply
from nnspec.conformance.sources.description import Call
from nnspec.conformance.terms.outcomes import BREAKS, CONFORMS, CRASHES, TIMES_OUT

pytestmark = pytest.mark.proof

SELECTED = ("softmax/axes", "softmax/range", "relu/accuracy")


# Seconds for what may never answer, and for what does, on a machine that others keep busy.
SHORT, PATIENT = 1.5, 60.0


def run(name: str) -> Record:
    with process.worker(f"tests.sources.hostile.adapters:{name}", limit=PATIENT) as source:
        limits = {"softmax": SHORT if name == "LoopsInC" else PATIENT}
        wait(source.conversation, limits)
        return running.run(
            plan.plan(source.description, dtypes=("float64",), only=SELECTED), source
        )


def wait(talk: Conversation, limits: dict[str, float]) -> None:
    """Give each operation its limit, also for replies to calls that went out with others."""
    reply = talk.reply

    def patient(call: Call, *rest: Any) -> Reply:
        talk.limit = talk.warm_up = limits.get(call[0], PATIENT)
        return reply(call, *rest)

    talk.reply = patient


@pytest.mark.parametrize(
    ("name", "outcome", "says"),
    [
        ("Segfaults", CRASHES, "softmax ended the process: SIGSEGV"),
        ("Leaves", CRASHES, "softmax ended the process: exited with status"),
        ("LoopsInC", TIMES_OUT, "softmax gave no answer within"),
        ("RaisesSystemExit", CRASHES, "softmax raised SystemExit"),
        ("AnswersLists", BREAKS, "softmax answered with a list of float; a NumPy array was needed"),
        ("AnswersComplex", BREAKS, "softmax answered with an array of complex128"),
        ("Modifies", BREAKS, "softmax modified its argument x"),
    ],
)
def test_one_bad_operation_costs_its_own_cases(name: str, outcome: str, says: str) -> None:
    record = run(name)
    assert len(record.results) == record.header["planned"] > 10
    assert record.verdict == BREAKING
    assert [problem["operation"] for problem in record.header["smoke"]] == ["softmax"]
    assert says in record.header["smoke"][0]["message"]
    softmax = [result for result in record.results if result.operation == "softmax"]
    assert {result.outcome for result in softmax} == {outcome}
    assert {result.outcome for result in record.results if result.operation == "relu"} == {CONFORMS}


@pytest.mark.parametrize("name", ["Segfaults", "LoopsInC"])
def test_patience_ends_after_three_deaths_and_the_rest_is_recorded_without_being_run(
    name: str,
) -> None:
    softmax = [result for result in run(name).results if result.operation == "softmax"]
    ran = [result for result in softmax if not result.message.startswith("not run: ")]
    # The smoke step was the first of the three.
    assert len(ran) == 2
    assert len({result.outcome for result in softmax}) == 1


def test_what_an_adapter_prints_disturbs_nothing() -> None:
    record = run("Floods")
    assert record.header["smoke"] == []
    # Its softmax answers x: wrong, and judged.
    assert {result.outcome for result in record.results if result.clause == "softmax/axes"} == {
        BREAKS
    }
    assert {result.outcome for result in record.results if result.operation == "relu"} == {CONFORMS}


def test_an_adapter_without_operations_gets_no_verdict() -> None:
    assert run("OffersNothing").verdict == NONE
