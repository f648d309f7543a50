"""The verdicts of `python -m tests.diagnosis.measure`, on names that are known."""

from types import SimpleNamespace
from typing import Any

import pytest

from nnspec.conformance.programs.behaviors import behaviors
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.terms.mistakes import mistakes_of, rounded
from tests.diagnosis import instances, measure, public
from tests.diagnosis.fault import Fault
from tests.diagnosis.measure import RIGHT, SILENT, UNDETECTED, WRONG, Measured
from tests.diagnosis.reproducing import function_of, reproduced


def named(operation: str, name: str) -> Fault:
    faults = (*instances.faults(), *public.faults())
    return next(each for each in faults if (each.operation, each.name) == (operation, name))


def result(diagnosis: tuple[str, ...], *, failed: bool = True) -> Any:
    return SimpleNamespace(
        operation="relu", failed=failed, diagnosis=diagnosis, explanation="behaves as if", level=""
    )


def right(x: Any, cotangent: Any) -> Any:
    return rounded("tanh_vjp")(x, cotangent)


def faulty(operation: str, function: Any) -> Fault:
    return Fault("a name", operation, ("of nobody",), "Something is wrong.", function)


@pytest.mark.parametrize("operation", ["tanh_vjp", "adam", "clip_by_norm", "linear_vjp"])
def test_edits_are_found_by_name_and_reproduce_themselves_alone(operation: str) -> None:
    one, other, *_ = behaviors(operation).different
    fault = faulty(operation, implementation(one.edit.program))
    reasons = [
        reproduced(fault, function_of(operation, each.edit.name), []) for each in (one, other)
    ]
    assert reasons[0] == ""
    assert reasons[1].startswith("parts on probe ")


@pytest.mark.parametrize("operation", ["relu", "kaiming_uniform", "minibatches", "pca"])
def test_mistakes_are_found_by_name_and_stand_for_themselves(operation: str) -> None:
    for each in mistakes_of(operation):
        assert function_of(operation, each.name) is not None
    last = mistakes_of(operation)[-1]
    same = reproduced(faulty(operation, last.make()), function_of(operation, last.name), [])
    assert same in {"", "no finite number is wrong"}


@pytest.mark.parametrize(
    ("operation", "fault", "sibling", "reason"),
    [
        ("adam", "epsilon_before_the_correction", "adam_epsilon_hat", ""),
        ("adam", "no_correction", "adam_epsilon_hat", "parts on probe 0"),
        ("adam", "count_from_zero", "adam_epsilon_hat", "no finite number is wrong"),
        ("kaiming_uniform", "not_uniform", "kaiming_normal", ""),
        ("kaiming_uniform", "gain_is_squared", "kaiming_normal", "another law"),
        ("minibatches", "in_order", "minibatches", "another law"),
    ],
)
def test_siblings_reproduce_their_faults_and_part_from_others(
    operation: str, fault: str, sibling: str, reason: str
) -> None:
    assert reproduced(named(operation, fault), function_of(operation, sibling), []) == reason


def test_what_answers_rightly_reproduces_no_fault() -> None:
    assert reproduced(named("tanh_vjp", "plus_the_square"), right, []) == "parts on probe 0"


def test_an_unknown_name_stands_for_nothing() -> None:
    assert function_of("adam", "adam: of no edit") is None
    assert function_of("mlp", "of no mistake") is None


def test_the_name_that_most_failing_cases_tell_first_is_told() -> None:
    results = (
        result(("one", "other")),
        result(("other",)),
        result(("other", "one")),
        result(("one",), failed=False),
    )
    record: Any = SimpleNamespace(results=results)
    assert measure.told(record, "relu") == ("other", 2, "behaves as if")
    assert measure.told(record, "tanh") == ("", 0, "")


@pytest.mark.parametrize("make", [dict, SimpleNamespace])
def test_a_record_with_diagnoses_tells_the_one_of_the_operation(make: Any) -> None:
    own = make(operation="relu", name="an edit", sentence="its words", explained=3, failing=4)
    record: Any = SimpleNamespace(
        results=(result(("other",)),), diagnoses=(make(operation="tanh", name="no"), own)
    )
    assert measure.told(record, "relu") == ("an edit", 3, "its words")
    assert measure.told(record, "step") == ("", 0, "")


def test_a_fault_is_judged_from_end_to_end() -> None:
    found = measure.measured(named("clip_by_value", "always_at_one"))
    assert found.verdict in {RIGHT, SILENT}
    assert found.failing > 0


def test_what_is_right_is_undetected() -> None:
    fault = Fault("right", "tanh_vjp", ("of nobody",), "Nothing is wrong.", right)
    assert measure.measured(fault).verdict == UNDETECTED


def test_totals_count_verdicts_by_page() -> None:
    faults = public.faults()[:2]
    rows = [Measured(faults[0], RIGHT, "a name", 1, 2), Measured(faults[1], WRONG, "a name", 1, 2)]
    *_, page, of_set, everything = measure.totals(rows)
    assert page.startswith("| activations | 2 | 1 (50.0%) | 1 (50.0%) | 0 (0.0%)")
    assert of_set.startswith("| public | 2 |")
    assert everything.startswith("| all | 2 |")
    assert measure.row(rows[0]).endswith("| a name | 1 of 2 | right |")


def test_faults_are_chosen_by_set_page_and_text() -> None:
    assert measure.chosen(["instances"], [], []) == list(instances.faults())
    assert {each.page for each in measure.chosen([], ["clipping"], [])} == {"clipping"}
    (one,) = measure.chosen([], [], ["raskr/rust-autograd#16"])
    assert one.name == "moments_are_not_stored"
