"""The faults by which the diagnosis is measured: who tells of them, and that they are faults."""

import itertools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.programs.probes import asked_of
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.nested import flat, shapes
from nnspec.conformance.terms.operations import OPERATIONS, page_of
from tests.diagnosis import instances, measure, public
from tests.diagnosis.chance import same_habits, same_law
from tests.diagnosis.fault import Fault

ALL = [*instances.faults(), *public.faults()]

FROZEN = Path(__file__).with_name("frozen.json")

THREAD = re.compile(r"[\w.-]+/[\w.-]+#\d+|[\w.-]+\.com/q/\d+")

# These show where a condition holds that no probe has, or answer NaN on every probe.
CONDITIONAL = {
    "adam: count_from_zero",
    "sigmoid_cross_entropy_vjp: no_half_at_zero",
    "softmax: a_small_number_in_the_denominator",
    "softmax: shifted_by_the_least",
}


def name_of(fault: Fault) -> str:
    return f"{fault.operation}: {fault.name}"


def listed(answer: Any) -> Any:
    if isinstance(answer, (np.ndarray, np.generic)):
        return np.asarray(answer)
    return [listed(item) for item in answer]


def probed(fault: Fault, function: Any) -> list[Any]:
    with np.errstate(all="ignore"):
        return [
            listed(function(*arguments, **parameters))
            for arguments, parameters in asked_of(fault.operation)
        ]


def differ(ours: Any, theirs: Any) -> bool:
    """Say whether answers differ in shape, or in a number that is finite in the first."""
    if shapes(ours) != shapes(theirs):
        return True
    finite = np.isfinite(flat(ours))
    return not np.allclose(flat(ours)[finite], flat(theirs)[finite], rtol=1e-6, atol=1e-9)


def test_there_are_enough_faults_out_of_enough_threads() -> None:
    threads = [source for fault in public.faults() for source in fault.sources]
    assert len(public.faults()) >= 150
    assert len({source.partition("#")[0] for source in threads}) >= 40
    assert set(public.MODULES) == {fault.page for fault in public.faults()}


@pytest.mark.parametrize("fault", ALL, ids=name_of)
def test_a_fault_says_who_tells_of_it_and_what_is_wrong(fault: Fault) -> None:
    assert fault.sources
    for source in fault.sources:
        assert source == instances.STUDENT or THREAD.fullmatch(source), source
    assert fault.sentence.endswith(".")
    assert len(fault.sentence.split()) <= 25
    for pattern in (*fault.right, fault.vague):
        re.compile(pattern)


def test_the_faults_are_those_that_were_frozen() -> None:
    """A fault may come new. One that the diagnosis was measured on does not change any more."""
    frozen = json.loads(FROZEN.read_text(encoding="utf-8"))
    found = {
        name: {name_of(each): each.digest for each in faults()}
        for name, faults in measure.SETS.items()
    }
    for name, digests in frozen.items():
        assert {key: found[name].get(key) for key in digests} == digests


def test_a_module_holds_the_faults_of_its_page() -> None:
    for module, fault in itertools.product(public.MODULES, public.faults()):
        if fault.function.__module__.endswith(f".public.{module}"):
            assert page_of(fault.operation) == module


@pytest.mark.parametrize("faults", [instances.faults(), public.faults()])
def test_no_two_faults_of_an_operation_have_one_name(faults: tuple[Fault, ...]) -> None:
    counted = Counter(map(name_of, faults))
    assert max(counted.values()) == 1


@pytest.mark.parametrize(
    "fault", [each for each in ALL if not OPERATIONS[each.operation].random], ids=name_of
)
def test_a_fault_answers_otherwise_than_the_reference(fault: Fault) -> None:
    wrong, right = probed(fault, fault.implementation()), probed(fault, rounded(fault.operation))
    shown = any(differ(ours, theirs) for ours, theirs in zip(wrong, right, strict=True))
    assert shown != (name_of(fault) in CONDITIONAL)


@pytest.mark.parametrize(
    "fault", [each for each in ALL if OPERATIONS[each.operation].random], ids=name_of
)
def test_a_random_fault_has_another_law_than_the_reference(fault: Fault) -> None:
    alike = same_habits if OPERATIONS[fault.operation].answers_indices else same_law
    assert not alike(fault.operation, fault.implementation(), rounded(fault.operation))
    assert alike(fault.operation, fault.implementation(), fault.implementation())


def test_no_two_public_faults_of_an_operation_answer_the_same() -> None:
    sure = [each for each in public.faults() if not OPERATIONS[each.operation].random]
    answers = {name_of(each): probed(each, each.implementation()) for each in sure}
    for one, other in itertools.combinations(sure, 2):
        if one.operation == other.operation and name_of(one) not in CONDITIONAL:
            pairs = zip(answers[name_of(one)], answers[name_of(other)], strict=True)
            assert any(differ(*pair) or differ(*pair[::-1]) for pair in pairs), (one, other)
