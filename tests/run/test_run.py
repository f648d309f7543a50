"""A run accounts for every planned case, whatever the adapter does, and its verdict follows from
the cases."""

import sys

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.adapters import loopback
from nnspec.conformance.run import plan
from nnspec.conformance.run.record import BREAKING, CONFORMING, NONE, Record
from nnspec.conformance.sources.description import describe
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms import mistakes as mistaking
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.operations import UnknownClauseError
from nnspec.conformance.terms.outcomes import (
    ABSENT,
    BREAKS,
    CONFORMS,
    CRASHES,
    INCONCLUSIVE,
    VACUOUS,
)
from tests.run.runs import adapter, mistaken, run


def test_the_loopback_conforms_and_what_was_planned_is_accounted_for() -> None:
    # The proofs of the suite's power ask it for everything.
    only = tuple(f"{each}/accuracy" for each in reference.__all__)
    record = run(loopback, *only)
    assert record.verdict == CONFORMING
    assert record.status == 0
    assert (
        len(record.results)
        == record.header["planned"]
        == len(plan.plan(describe(loopback), dtypes=("float32",), only=only))
    )
    assert {result.operation for result in record.results} == set(reference.__all__)
    assert record.header["smoke"] == []


def test_a_wrong_softmax_breaks_with_input_answer_truth_bound_diagnosis_and_a_line_that_repeats_it(
    unshifted: Record,
) -> None:
    assert unshifted.verdict == BREAKING
    assert unshifted.status == 1
    result = next(
        each
        for each in unshifted.results
        if each.clause == "softmax/shift-invariance" and each.outcome == BREAKS
    )
    assert result.details["input"]["x"][0] > 1000
    assert np.isnan(result.details["answer"])
    assert 0 < result.details["truth"] < 1
    assert result.details["bound_ulp"] > 0
    assert result.diagnosis[0] == "exponentiates_without_a_shift"
    assert "behaves as if: exponentiates_without_a_shift" in result.explanation
    assert (
        result.rerun
        == f"conformance certify it --only 'softmax/shift-invariance[{result.case},float32]'"
    )
    assert result.message.startswith("Adding the same constant to every logit changes softmax. ")


def test_the_line_that_repeats_a_failure_repeats_it(unshifted: Record) -> None:
    failed = next(each for each in unshifted.results if each.outcome == BREAKS)
    selection = failed.rerun.partition("--only ")[2].strip("'")
    (again,) = run(mistaken("softmax", "exponentiates_without_a_shift"), selection).results
    assert repr((again.clause, again.case, again.details)) == repr(
        (failed.clause, failed.case, failed.details)
    )


def test_a_function_under_the_wrong_name_is_recognized_by_its_sibling() -> None:
    record = run(adapter(sigmoid=rounded("tanh")), "sigmoid/accuracy")
    assert all(
        "tanh" in result.diagnosis or "answers_tanh" in result.diagnosis
        for result in record.results
        if result.outcome == BREAKS
    )
    assert record.verdict == BREAKING


def test_what_is_wrong_everywhere_is_not_blamed_on_how_its_argument_lies() -> None:
    record = run(mistaken("sigmoid", "computes_in_float32"), dtypes=("float64",))
    told = {
        result.clause: result.message.partition(". ")[0]
        for result in record.results
        if result.outcome == BREAKS
    }
    assert told["sigmoid/accuracy"] == (
        "The sigmoid is off by more than 8 ulp, or in 16 bits by more than three roundings"
    )
    assert (
        told["activations/layouts"]
        == told["activations/form"]
        == "An answer is wrong as in sigmoid/accuracy"
    )
    (layouts,) = {
        result.message.partition(". ")[0]
        for result in run(mistaken("sigmoid", "reads_memory_in_order")).results
        if result.failed
    }
    assert layouts == "The answer depends on how the numbers lie in memory"


def test_a_selection_may_be_an_operation_or_a_page() -> None:
    assert {result.operation for result in run(loopback, "tanh").results} == {"tanh"}
    assert {result.clause.partition("/")[0] for result in run(loopback, "clipping").results} > {
        "clipping",
        "clip_by_norm",
    }


def test_an_adapter_that_offers_nothing_gets_no_verdict() -> None:
    record = run(adapter())
    assert record.verdict == NONE
    assert record.status == 2
    assert record.objections == ("the adapter offers none of the operations",)
    assert {result.outcome for result in record.results} == {ABSENT}


def test_what_is_absent_does_not_fail_and_is_counted() -> None:
    record = run(adapter(relu=rounded("relu")))
    assert record.verdict == CONFORMING
    assert record.counts()[ABSENT] == sum(result.operation != "relu" for result in record.results)


def test_not_implemented_makes_a_case_absent_and_no_other() -> None:
    def softmax(x, *, axis):
        if axis != -1:
            raise NotImplementedError("the last axis only")
        return rounded("softmax")(x, axis=axis)

    record = run(adapter(softmax=softmax), "softmax/axes")
    outcomes = {result.case: (result.outcome, result.message) for result in record.results}
    assert outcomes["axis+0"] == (ABSENT, "the last axis only")
    assert outcomes["axis-1"][0] == CONFORMS


@pytest.mark.parametrize(
    ("relu", "outcome", "says"),
    [
        (
            lambda x: x.tolist(),
            BREAKS,
            "relu answered with a list of float; a NumPy array was needed",
        ),
        (
            list,
            BREAKS,
            "relu answered with a list of 3 arrays of shape (5, 6); ",
        ),
        (
            lambda x: np.maximum(x, 0).astype(np.float64),
            BREAKS,
            "relu answered in float64; its arguments are float32",
        ),
        (
            lambda x: np.maximum(x, 0).astype(complex),
            BREAKS,
            "relu answered with an array of complex128",
        ),
        (
            lambda x: np.maximum(x, 0).ravel(),
            BREAKS,
            "relu answered with an array of shape (90,); an array of shape (3, 5, 6) was needed",
        ),
        (lambda x: None, BREAKS, "relu answered with a NoneType; a NumPy array was needed"),
        (lambda x: np.maximum(x, 0, out=x), BREAKS, "relu modified its argument x"),
        (lambda x: 1 / 0, CRASHES, "relu raised ZeroDivisionError: division by zero"),
        (lambda x: sys.exit(3), CRASHES, "relu raised SystemExit: 3"),
        (lambda x, y: x, CRASHES, "relu is called as relu(x); the adapter's function takes "),
    ],
)
def test_an_adapter_that_is_written_wrongly_is_told_so_before_any_mathematics(
    relu, outcome: str, says: str
) -> None:
    offered = adapter(relu=relu, tanh=rounded("tanh"))
    again = [f"activations/repeated-calls[{each}.again]" for each in ("relu", "tanh")]
    record = run(offered, *again, "activations/form", "relu/accuracy", "tanh/accuracy")
    (problem,) = record.header["smoke"]
    assert says in problem["message"]
    assert problem["operation"] == "relu"
    assert outcome in {result.outcome for result in record.results if result.operation == "relu"}
    assert {result.outcome for result in record.results if result.operation == "tanh"} == {CONFORMS}
    assert record.verdict == BREAKING


def test_arguments_that_an_adapter_spoils_are_whole_again_for_the_next_case() -> None:
    def spoil(x):
        answered = rounded("relu")(x)
        if x.flags.writeable:
            x[...] = 7
        return answered

    asked = "relu/accuracy", "activations/purity", "activations/layouts"
    run(adapter(relu=spoil), *asked)
    assert run(adapter(relu=rounded("relu")), *asked).verdict == CONFORMING


def test_a_should_that_fails_is_reported_and_denies_nothing() -> None:
    record = run(mistaken("sigmoid", "flushes_its_answer"))
    assert record.verdict == CONFORMING
    assert {result.clause for result in record.results if result.failed} == {
        "sigmoid/gradual-underflow"
    }


def test_a_bound_that_no_mistake_exceeds_is_inconclusive_and_never_a_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nnspec.conformance.judge.judge.mistakes_of", lambda _: ())
    record = run(
        adapter(linear=rounded("linear"), accumulates_in={"float32": "float64"}), "linear/accuracy"
    )
    assert {result.outcome for result in record.results} == {INCONCLUSIVE}
    fixed = adapter(
        leaky_relu=rounded("leaky_relu"), fixed={"leaky_relu": {"negative_slope": 0.125}}
    )
    assert {result.outcome for result in run(fixed, "leaky_relu/accuracy").results} == {
        INCONCLUSIVE
    }


def check_with(monkeypatch: pytest.MonkeyPatch, function) -> Record:
    monkeypatch.setattr(
        "nnspec.conformance.run.plan.checks",
        lambda: {"relu/accuracy": function},
    )
    return run(adapter(relu=rounded("relu")))


def test_a_check_that_compares_nothing_is_vacuous_and_gives_no_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = check_with(monkeypatch, lambda trial: None)
    assert {result.outcome for result in record.results} == {VACUOUS}
    assert record.status == 2


def test_an_error_of_the_suite_costs_a_case_and_not_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = check_with(monkeypatch, lambda trial: 1 / 0)
    assert {result.outcome for result in record.results} == {VACUOUS}
    assert record.results[0].message == "an error of the suite: ZeroDivisionError: division by zero"
    assert record.status == 2


def test_a_case_that_was_lost_gives_no_verdict() -> None:
    whole = run(adapter(relu=rounded("relu")), "relu/accuracy")
    lost = Record(whole.header, whole.results[1:])
    assert whole.status == 0
    assert lost.verdict == NONE
    assert lost.status == 2
    assert "are accounted for" in lost.objections[0]


@pytest.mark.parametrize(
    ("selection", "says"),
    [
        ("relu/accuracy[nowhere]", "relu/accuracy has no case 'nowhere'"),
        ("relu/accuracy[everyday,float64]", "relu/accuracy has no case 'everyday' in float64"),
        ("relu/accuracy[", "a selection is a clause, an operation or a page"),
    ],
)
def test_a_selection_of_nothing_is_an_error(selection: str, says: str) -> None:
    with pytest.raises(plan.UnknownSelectionError, match=says):
        run(adapter(relu=rounded("relu")), selection)


def test_a_page_without_operations_of_its_own_selects_those_of_its_clauses() -> None:
    both = run(adapter(relu=rounded("relu")), "relu/accuracy", "dynamics")
    alone = run(adapter(relu=rounded("relu")), "dynamics")
    assert {result.clause.partition("/")[0] for result in alone.results} == {
        "batch_norm_train",
        "mlp",
        "mlp_vjp",
    }
    assert [each.id for each in both.results if each.operation != "relu"] == [
        each.id for each in alone.results
    ]


def test_a_selection_beside_others_may_be_of_cases_in_other_dtypes_but_not_of_no_case() -> None:
    only = ("relu/accuracy", "tanh/accuracy[everyday,float64]")
    source = InProcess(adapter(relu=rounded("relu"), dtypes=("float32",)))
    planned = plan.plan(source.description, only=only)
    assert {each.clause.id for each in planned} == {"relu/accuracy"}
    assert plan.idle(only, planned) == ["tanh/accuracy[everyday,float64]"]
    with pytest.raises(plan.UnknownSelectionError, match="tanh/accuracy has no case 'nowhere'"):
        plan.plan(source.description, only=("relu/accuracy", "tanh/accuracy[nowhere]"))


def test_a_selection_of_an_unknown_clause_names_its_neighbors() -> None:
    with pytest.raises(
        UnknownClauseError, match="there is no clause 'relu/acuracy'; near it are relu/accuracy"
    ):
        run(adapter(), "relu/acuracy")


def test_choices_that_mathematics_leaves_open_are_measured() -> None:
    record = run(
        adapter(relu_vjp=lambda x, cotangent: np.where(x >= 0, cotangent, 0)), "relu_vjp/at-zero"
    )
    assert [result.measured for result in record.results] == [{"derivative at 0": 1.0}]
    assert record.verdict == CONFORMING


def test_two_mistakes_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = next(mistaking.rules("activations"))
    monkeypatch.setattr(mistaking, "_spoiling", lambda: {"relu": [rule, rule]})
    monkeypatch.setattr(mistaking, "mistakes_of", mistaking.mistakes_of.__wrapped__)
    with pytest.raises(ValueError, match="has two mistakes named"):
        mistaking.mistakes_of("relu")
