"""The kill matrix: each clause that a mistake names rejects it in each dtype where it is visible.

The mistakes of a page are run once for all that is asked of them: which clauses reject them, what
a diagnosis says of them, and which cases can tell. Only the cases that rejected no mistake on the
way are asked again.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import pytest

from nnspec import reference
from nnspec.conformance.adapters import loopback
from nnspec.conformance.judge.judge import can_tell, judge
from nnspec.conformance.run import plan, power
from nnspec.conformance.run.power import Kill
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import Mistake, mistakes, mistakes_of
from nnspec.conformance.terms.operations import OPERATIONS, page_of
from nnspec.conformance.terms.outcomes import CONFORMS

PAGES = tuple(dict.fromkeys(map(page_of, reference.__all__)))

# Here, diagnoses are measured in one format; `conformance power` measures them in all.
DIAGNOSED = ("float32", None)

# One of so many mistakes of an operation is diagnosed in the proofs, since that takes a second. A
# mistake that several operations have is another one of these in each.
SAMPLED = 24

# A page with few cases, whose mistakes are run in every session.
SMALL = "information"


def of(page: str) -> tuple[str, ...]:
    return tuple(operation for operation in reference.__all__ if page_of(operation) == page)


def sampled(mistake: Mistake, dtype: str | None) -> bool:
    listed = mistakes_of(mistake.operation)
    place = reference.__all__.index(mistake.operation) + listed.index(mistake)
    return dtype in DIAGNOSED and place % min(SAMPLED, len(listed)) == 0


@lru_cache(maxsize=None)
def killed(page: str) -> tuple[Kill, ...]:
    return tuple(power.kills(operations=of(page), diagnosed=sampled))


def survivors(kills: tuple[Kill, ...]) -> str:
    """Return a line for each mistake that survived: pytest shortens a list."""
    return "\n".join(
        f"{kill.mistake.operation}, {kill.dtype}: {kill.mistake.name} survived {kill.survived}"
        for kill in kills
        if kill.survived
    )


every_page = pytest.mark.parametrize("page", PAGES)


def test_the_mistakes_of_a_small_page_are_rejected_in_float32() -> None:
    undiagnosed = power.kills(operations=of(SMALL), dtypes=("float32",), diagnosed=lambda *_: False)
    kills = tuple(undiagnosed)
    assert len(kills) > 50
    assert not survivors(kills)
    assert power.powerless(kills, of(SMALL)) == []


def test_a_clause_counts_where_it_is_judged_and_where_no_mistake_is() -> None:
    of_all = {f"{name} (entropy)" for name in ("information/bias", "information/form")}
    kill = Kill(mistakes_of("entropy")[0], "float32", ("information/form",), (), ())
    for found, missing in (([], of_all), ([kill], {"information/form (entropy)"})):
        assert of_all & set(power.powerless(found, ("entropy",))) == missing
    rejecting = replace(kill, rejected_by=("information/form",))
    clauses = replace(kill.mistake, clauses=("information/form",))
    assert power.powerless([replace(rejecting, mistake=clauses)], ("entropy",)) == []


@pytest.mark.proof
@pytest.mark.no_cover
@every_page
def test_every_mistake_is_rejected_by_the_clauses_it_names(page: str) -> None:
    kills = killed(page)
    assert not survivors(kills)
    assert power.powerless(kills, of(page)) == []
    assert {(kill.mistake.operation, kill.mistake.name, kill.dtype) for kill in kills} == {
        (each.operation, each.name, dtype)
        for operation in of(page)
        for each in mistakes_of(operation)
        for dtype in (NAMES if OPERATIONS[operation].has_dtype else (None,))
        if each.visible(dtype) and (dtype is None or OPERATIONS[operation].asked_in(dtype))
    }


@pytest.mark.proof
@pytest.mark.no_cover
@every_page
def test_a_sample_of_mistakes_is_diagnosed_as_itself_nine_times_of_ten(page: str) -> None:
    explained = [kill for kill in killed(page) if sampled(kill.mistake, kill.dtype)]
    assert {kill.mistake.operation for kill in explained} == set(of(page))
    recognized_as_a_rule(explained)


@pytest.mark.study
@pytest.mark.parametrize("page", PAGES)
def test_nine_of_ten_mistakes_are_diagnosed_as_themselves(page: str) -> None:
    recognized_as_a_rule(power.kills(operations=of(page), dtypes=("float32",)))


def recognized_as_a_rule(kills: Iterable[Kill]) -> None:
    explained = list(kills)
    taken = [
        (kill.mistake.operation, kill.mistake.name, kill.explanations[:2])
        for kill in explained
        if not kill.recognized
    ]
    print(f"{len(explained) - len(taken)} of {len(explained)} are recognized")
    assert len(taken) <= 0.1 * len(explained), taken


def test_every_mistake_says_what_it_does() -> None:
    for listed in mistakes().values():
        for each in listed:
            assert each.description.endswith(".")


def in_any_format(name: str) -> str:
    """Return the id of a case without its dtype."""
    return re.sub(r",\w+\]$", "]", name)


@pytest.mark.proof
@pytest.mark.no_cover
@every_page
def test_the_loopback_conforms_everywhere_and_no_case_is_inconclusive(page: str) -> None:
    source = InProcess(loopback)
    assert set(source.description.operations) == set(reference.__all__)
    planned = [
        each
        for operation in of(page)
        for each in plan.plan(source.description, operation=operation)
    ]
    ended = [(each.id, judge(each, source)) for each in planned]
    assert [
        (name, result.outcome, result.message)
        for name, result in ended
        if result.outcome != CONFORMS
    ] == []
    # The loopback adds in the dtypes that the mistakes add in: a case that rejected one can tell.
    # In 16 bits the bound may hide what the same case tells in another format.
    told = {in_any_format(name) for kill in killed(page) for name in kill.told_by}
    unsure = [each for each in planned if in_any_format(each.id) not in told]
    told |= {
        in_any_format(each.id)
        for each in unsure
        if can_tell(each, source.description.accumulator(each.dtype or "float64"))
    }
    silent = [each.id for each in unsure if in_any_format(each.id) not in told]
    assert not silent, "no mistake is told by\n" + "\n".join(silent)
