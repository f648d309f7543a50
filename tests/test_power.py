"""The kill matrix: every mistake is rejected by each clause it names in each dtype it can be seen in, and diagnosed as itself."""

import pytest

import reference
from conformance import measuring, suite
from conformance.adapters import loopback
from conformance.implementation import InProcess
from conformance.judging import judge
from conformance.measuring import Kill
from conformance.mistaking import mistakes
from conformance.outcomes import CONFORMS


@pytest.fixture(scope="module")
def kills() -> list[Kill]:
    return list(measuring.kills())


def test_every_mistake_is_rejected_by_the_clauses_it_names(kills: list[Kill]) -> None:
    assert [(kill.mistake.operation, kill.mistake.name, kill.dtype, kill.survived) for kill in kills if kill.survived] == []


def test_every_must_clause_rejects_a_mistake_of_every_operation(kills: list[Kill]) -> None:
    assert measuring.powerless(kills) == []


def test_the_diagnosis_names_the_mistake_first_in_nine_of_ten(kills: list[Kill]) -> None:
    assert sum(kill.recognized for kill in kills) >= 0.9 * len(kills)


def test_every_mistake_was_put_to_the_test(kills: list[Kill]) -> None:
    assert {(kill.mistake.operation, kill.mistake.name) for kill in kills} == {
        (each.operation, each.name) for listed in mistakes().values() for each in listed
    }


def test_every_mistake_says_what_it_does() -> None:
    for listed in mistakes().values():
        for each in listed:
            assert each.description.endswith(".")


def test_the_loopback_conforms_everywhere_and_no_case_is_inconclusive() -> None:
    source = InProcess(loopback)
    assert set(source.description.operations) == set(reference.__all__)
    ended = [(each.id, judge(each, source)) for each in suite.plan(source.description)]
    assert [(name, result.outcome, result.message) for name, result in ended if result.outcome != CONFORMS] == []
