"""The kill matrix: each clause that a mistake names rejects it, and it is diagnosed as itself."""

import pytest

from nnspec import reference
from nnspec.conformance.adapters import loopback
from nnspec.conformance.judge.judge import can_tell, judge
from nnspec.conformance.run import plan, power
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import mistakes
from nnspec.conformance.terms.operations import page_of
from nnspec.conformance.terms.outcomes import CONFORMS

PAGES = tuple(dict.fromkeys(map(page_of, reference.__all__)))

DIAGNOSED = ("float32", None)


def of(page: str) -> tuple[str, ...]:
    return tuple(operation for operation in reference.__all__ if page_of(operation) == page)


@pytest.mark.parametrize("page", PAGES)
def test_every_mistake_is_rejected_by_its_clauses_and_nine_of_ten_are_diagnosed_as_themselves(
    page: str,
) -> None:
    # Diagnosis is measured in one format here; `conformance power` measures it in all.
    kills = list(power.kills(operations=of(page), diagnosed=DIAGNOSED))
    assert [
        (kill.mistake.operation, kill.mistake.name, kill.dtype, kill.survived)
        for kill in kills
        if kill.survived
    ] == []
    assert power.powerless(kills, of(page)) == []
    explained = [kill for kill in kills if kill.dtype in DIAGNOSED]
    taken = [
        (kill.mistake.operation, kill.mistake.name, kill.explanations[:2])
        for kill in explained
        if not kill.recognized
    ]
    assert len(taken) <= 0.1 * len(explained), taken
    assert {(kill.mistake.operation, kill.mistake.name) for kill in kills} == {
        (operation, each.name) for operation in of(page) for each in mistakes()[operation]
    }


def test_every_mistake_says_what_it_does() -> None:
    for listed in mistakes().values():
        for each in listed:
            assert each.description.endswith(".")


@pytest.mark.parametrize("page", PAGES)
def test_the_loopback_conforms_everywhere_and_no_case_is_inconclusive(page: str) -> None:
    source = InProcess(loopback)
    assert set(source.description.operations) == set(reference.__all__)
    planned = [each for each in plan.plan(source.description) if each.operation in of(page)]
    ended = [(each.id, judge(each, source)) for each in planned]
    assert [
        (name, result.outcome, result.message)
        for name, result in ended
        if result.outcome != CONFORMS
    ] == []
    assert [
        each.id
        for each in planned
        if not can_tell(each, source.description.accumulator(each.dtype or "float64"))
    ] == []
