"""A run accounts for every planned case, whatever the adapter does, and its verdict follows from
the cases."""

import json as json_text
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import jsonschema
import numpy as np
import pytest
from rich.console import Console

from nnspec import conformance
from nnspec.conformance.adapters import loopback
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.reports import badge, html, intoto, junit, markdown, terminal
from nnspec.conformance.run import plan, report
from nnspec.conformance.run import run as running
from nnspec.conformance.run.record import (
    BREAKING,
    CONFORMING,
    NONE,
    Discovery,
    Exploration,
    Record,
)
from nnspec.conformance.sources.description import AdapterError, describe
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms import mistakes as mistaking
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import mistakes, rounded
from nnspec.conformance.terms.operations import UnknownClauseError
from nnspec.conformance.terms.outcomes import (
    ABSENT,
    BREAKS,
    CONFORMS,
    CRASHES,
    INCONCLUSIVE,
    VACUOUS,
)

SCHEMA = json_text.loads(
    (Path(conformance.__file__).parent / "run" / "report.schema.json").read_text(encoding="utf-8")
)


def run(adapter, *only: str, dtypes=("float32",)) -> Record:
    source = InProcess(adapter)
    return running.run(
        plan.plan(source.description, dtypes=dtypes, only=only),
        source,
        command="conformance certify it",
    )


def adapter(**operations) -> SimpleNamespace:
    return SimpleNamespace(**{"name": "it", "version": "1", **operations})


def mistaken(operation: str, name: str) -> SimpleNamespace:
    """Return a mistake as an adapter that offers nothing else: the rest of it is as it should be,
    and takes its time."""
    mistake = next(each for each in mistakes()[operation] if each.name == name)
    return adapter(dtypes=NAMES, **{operation: getattr(mistake.adapter(), operation)})


@pytest.fixture(scope="module")
def unshifted() -> Record:
    return run(mistaken("softmax", "exponentiates_without_a_shift"))


def test_the_loopback_conforms_and_what_was_planned_is_accounted_for() -> None:
    record = run(loopback)
    assert record.verdict == CONFORMING
    assert record.status == 0
    assert (
        len(record.results)
        == record.header["planned"]
        == len(plan.plan(describe(loopback), dtypes=("float32",)))
    )
    assert record.header["smoke"] == []


def test_a_wrong_softmax_breaks_with_input_answer_truth_bound_diagnosis_and_the_line_that_repeats_it(
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
    assert told["sigmoid/accuracy"] == "The sigmoid is off by more than 8 ulp"
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


def test_must_clauses_come_first_and_so_does_accuracy_in_what_is_told() -> None:
    record = run(mistaken("sigmoid", "computes_in_float32"), dtypes=("float64",))
    levels = [result.level for result in record.results if result.operation == "sigmoid"]
    assert levels == sorted(levels)
    must = terminal.failures_text(
        [result for result in record.results if result.level == "MUST" and result.failed]
    )
    assert must.startswith("✗ MUST sigmoid/accuracy")


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
        (list, BREAKS, "relu answered with a list of arrays; one array was needed"),
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
            "relu answered with shape (5,); (1, 5) was needed",
        ),
        (lambda x: None, BREAKS, "relu answered with a NoneType; a NumPy array was needed"),
        (lambda x: np.maximum(x, 0, out=x), BREAKS, "relu modified its argument x"),
        (lambda x: 1 / 0, CRASHES, "relu raised ZeroDivisionError: division by zero"),
        (lambda x: sys.exit(3), CRASHES, "relu raised SystemExit: 3"),
        (lambda x, y: x, CRASHES, "relu raised TypeError"),
    ],
)
def test_an_adapter_that_is_written_wrongly_is_told_so_before_any_mathematics(
    relu, outcome: str, says: str
) -> None:
    record = run(adapter(relu=relu, tanh=rounded("tanh")))
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

    run(adapter(relu=spoil))
    assert run(adapter(relu=rounded("relu"))).verdict == CONFORMING


def test_a_should_that_fails_is_reported_and_denies_nothing() -> None:
    record = run(mistaken("sigmoid", "flushes_its_answer"))
    assert record.verdict == CONFORMING
    assert {result.clause for result in record.results if result.failed} == {
        "sigmoid/gradual-underflow"
    }


def test_an_expected_failure_is_run_and_denies_nothing() -> None:
    known = mistaken("sigmoid", "is_piecewise_linear")
    known.expected_failures = dict.fromkeys(
        ("sigmoid/accuracy", "sigmoid/precision", "sigmoid/gradual-underflow"), "hard by design"
    )
    known.expected_failures |= dict.fromkeys(
        ("activations/form", "activations/lengths", "activations/layouts", "activations/purity"),
        "same",
    )
    known.expected_failures["activations/empty"] = "same"
    record = run(known)
    assert record.verdict == CONFORMING, [result for result in record.results if result.failed]
    assert record.summary()["expected_failures"] > 0


def test_an_unexpected_pass_is_an_error() -> None:
    record = run(
        adapter(
            relu=rounded("relu"),
            dtypes=("float32",),
            expected_failures={"relu/accuracy": "we thought so"},
        )
    )
    assert record.unexpected_passes == ("relu/accuracy",)
    assert record.verdict == BREAKING


def test_a_part_of_the_cases_may_conform_where_a_failure_is_expected() -> None:
    known = adapter(
        relu=rounded("relu"),
        dtypes=("float32", "float16"),
        expected_failures={"relu/accuracy": "in float16"},
    )
    assert run(known, dtypes=("float32",)).verdict == CONFORMING
    assert run(known, "relu/accuracy[example,float16]", dtypes=()).verdict == CONFORMING
    assert run(known, dtypes=()).unexpected_passes == ("relu/accuracy",)


def test_an_expected_failure_may_be_of_one_operation_alone() -> None:
    def squeeze(x):
        return x.reshape(-1)

    known = {
        "activations/form[relu]": "flat",
        "relu/accuracy": "flat",
        "activations/form[tanh]": "flat",
    }
    record = run(
        adapter(relu=squeeze, tanh=rounded("tanh"), dtypes=("float32",), expected_failures=known),
        "activations/form",
    )
    assert {result.operation for result in record.results if result.expected} == {"relu"}
    assert record.unexpected_passes == ("activations/form[tanh]",)
    other = run(
        adapter(relu=squeeze, tanh=squeeze, expected_failures={"activations/form[relu]": "flat"}),
        "activations/form",
    )
    assert {result.operation for result in other.results if result.failed} == {"tanh"}


def test_a_parameter_that_a_library_fixes_is_used() -> None:
    def leaky(x, *, negative_slope):
        assert negative_slope == 0.25
        return rounded("leaky_relu")(x, negative_slope=0.25)

    record = run(
        adapter(leaky_relu=leaky, fixed={"leaky_relu": {"negative_slope": 0.25}}),
        "leaky_relu/accuracy",
    )
    assert CRASHES not in {result.outcome for result in record.results}


def test_a_bound_that_no_mistake_exceeds_is_inconclusive_and_never_a_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "nnspec.conformance.judge.judge.mistakes", lambda: dict.fromkeys(mistakes(), ())
    )
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


def test_a_must_that_fails_denies_though_a_case_was_lost(unshifted: Record) -> None:
    failed = [result for result in unshifted.results if result.failed and result.level == "MUST"]
    lost = Record(unshifted.header, tuple(failed))
    assert lost.verdict == BREAKING
    assert lost.status == 1
    assert "are accounted for" in lost.objections[0]


@pytest.fixture
def erring(monkeypatch: pytest.MonkeyPatch) -> Record:
    """Return a run in which relu breaks a MUST, and the suite errs in every case of tanh."""
    monkeypatch.setattr(
        "nnspec.conformance.run.plan.checks",
        lambda: {"relu/accuracy": Trial.answer, "tanh/accuracy": lambda trial: 1 / 0},
    )
    return run(adapter(relu=np.negative, tanh=rounded("tanh")), "relu/accuracy", "tanh/accuracy")


def test_an_error_of_the_suite_does_not_hide_the_musts_that_failed(erring: Record) -> None:
    must = erring.counts("MUST")
    assert must[VACUOUS] > 0
    assert must[BREAKS] > 0
    assert erring.verdict == BREAKING
    assert erring.status == 1
    assert erring.objections == (f"the suite erred in {must[VACUOUS]} cases",)


def test_every_report_of_a_denial_says_how_many_musts_failed_and_where_the_suite_erred(
    erring: Record,
) -> None:
    must = erring.counts("MUST")
    besides = f"Besides: the suite erred in {must[VACUOUS]} cases."
    said = terminal.verdict(erring).plain
    assert said.startswith("it 1 does not conform to edition ")
    assert f" {must[BREAKS]} do not," in said
    assert said.endswith(besides)
    assert besides in markdown.text(erring)
    assert besides in html.text(erring)
    document = report.document(erring)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["summary"]["verdict"] == "breaks"
    assert document["summary"]["objections"] == list(erring.objections)
    assert report.record(document).status == 1
    assert json_text.loads(badge.text(erring))["color"] == "red"
    predicate = json_text.loads(intoto.text(erring))["predicate"]
    assert (predicate["result"], predicate["failedTests"]) == ("FAILED", ["relu/accuracy"])
    suites = ET.fromstring(junit.text(erring))  # noqa: S314  our own text
    kinds = {name: sum(int(each.get(name)) for each in suites) for name in ("failures", "errors")}
    assert kinds == {"failures": must[BREAKS], "errors": must[VACUOUS]}
    shown = Console(file=StringIO(), width=200)
    terminal.show(erring, shown)
    assert "✗ vacuous  tanh/accuracy[" in shown.file.getvalue()


def test_an_answer_that_only_a_check_of_right_answers_can_judge_is_denied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def divides(trial):
        answered = trial.shape()
        if not answered.any():
            raise ZeroDivisionError("division by zero")
        trial.answer()

    monkeypatch.setattr("nnspec.conformance.run.plan.checks", lambda: {"sigmoid/accuracy": divides})
    record = run(adapter(sigmoid=np.zeros_like), "sigmoid/accuracy")
    assert {result.outcome for result in record.results} == {BREAKS}
    assert record.results[0].message == (
        "the check judges right answers, and cannot judge these: "
        "ZeroDivisionError: division by zero"
    )
    assert record.status == 1


def test_an_answer_that_leaves_nothing_to_compare_is_denied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def skips_zeros(trial):
        answered = trial.shape()
        trial.between(answered[answered != 0], 0, 1, "sigmoid where it is not 0")

    monkeypatch.setattr(
        "nnspec.conformance.run.plan.checks", lambda: {"sigmoid/accuracy": skips_zeros}
    )
    record = run(adapter(sigmoid=np.zeros_like), "sigmoid/accuracy")
    assert {result.outcome for result in record.results} == {BREAKS}
    assert "cannot judge these: the check compared nothing" in record.results[0].message


def test_an_error_of_the_machine_is_no_fault_of_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def runs_out_of_memory(trial):
        if not trial.shape().any():
            raise MemoryError
        trial.answer()

    monkeypatch.setattr(
        "nnspec.conformance.run.plan.checks", lambda: {"sigmoid/accuracy": runs_out_of_memory}
    )
    record = run(adapter(sigmoid=np.zeros_like), "sigmoid/accuracy")
    assert {result.outcome for result in record.results} == {VACUOUS}
    assert record.status == 2


def explored(verdict: Record, *outcomes: str) -> int:
    """Return the status of a run with a search that found cases of the same MUST, ended so."""
    first = verdict.results[0]
    found = tuple(
        Discovery(replace(first, outcome=each, expected=""), "", "", 1, repeated=True, known=False)
        for each in outcomes
    )
    return replace(verdict, exploration=Exploration(1, 0, "", 1, 1, found, {})).status


def test_a_must_that_a_search_breaks_denies_whatever_the_suite_did_wrong(erring: Record) -> None:
    conforming = run(adapter(relu=rounded("relu")), "relu/accuracy")
    lost = Record(conforming.header, conforming.results[1:])
    assert explored(conforming) == 0
    assert explored(conforming, VACUOUS) == 2
    assert explored(conforming, VACUOUS, BREAKS) == 1
    assert explored(lost) == 2
    assert explored(lost, BREAKS) == 1
    assert explored(erring, VACUOUS) == 1


@pytest.mark.proof
@pytest.mark.no_cover
def test_reports_of_two_runs_are_the_same_but_for_times() -> None:
    first, second = (report.document(run(loopback, dtypes=("float16",))) for _ in range(2))
    for document in (first, second):
        del document["header"]["started"], document["header"]["seconds"]
    assert first == second


def test_the_report_fits_its_schema_and_is_strict_json(unshifted: Record) -> None:
    document = json_text.loads(
        report.text(unshifted), parse_constant=lambda name: pytest.fail(f"{name} is no JSON")
    )
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    jsonschema.Draft202012Validator(SCHEMA).validate(json_text.loads(report.text(run(adapter()))))
    assert len(document["results"]) == document["header"]["planned"]


def test_junit_counts_what_it_holds(unshifted: Record) -> None:
    suites = ET.fromstring(junit.text(unshifted))  # noqa: S314  our own text
    for suite_ in suites:
        cases = suite_.findall("testcase")
        assert int(suite_.get("tests")) == len(cases)
        for kind, attribute in (
            ("failure", "failures"),
            ("error", "errors"),
            ("skipped", "skipped"),
        ):
            assert int(suite_.get(attribute)) == sum(case.find(kind) is not None for case in cases)
    broken = sum(
        result.level == "MUST" and result.outcome == BREAKS for result in unshifted.results
    )
    assert sum(int(each.get("failures")) for each in suites) == broken > 0
    assert sum(int(each.get("tests")) for each in suites) == len(unshifted.results)


def test_a_suite_of_junit_says_in_properties_which_clause_its_cases_are_of(
    unshifted: Record,
) -> None:
    suites = ET.fromstring(junit.text(unshifted))  # noqa: S314  our own text
    found = [
        {each.get("name"): each.get("value") for each in suite_.iter("property")}
        for suite_ in suites
    ]
    expected = {
        "clause": "activations/form",
        "level": "MUST",
        "page": "activations",
        "operation": "softmax",
        "dtype": "float32",
    }
    assert found.count(expected) == 1
    for properties, suite_ in zip(found, suites, strict=True):
        assert {case.get("classname") for case in suite_.iter("testcase")} == {
            properties["clause"].replace("/", ".")
        }
        assert all(
            case.get("name").startswith(properties["clause"] + "[")
            for case in suite_.iter("testcase")
        )


def test_hostile_text_is_text_in_every_report() -> None:
    def relu(x):
        raise ValueError("\x1b[31m<script>alert(1)</script>]]>\x00\ud800 [bold]markup[/bold]")

    record = run(adapter(name="<b>\x1b[2J", relu=relu), "relu/accuracy")
    ET.fromstring(junit.text(record))  # noqa: S314  our own text
    json_text.loads(report.text(record).encode("utf-8", "surrogatepass"))
    shown = terminal.failures_text(record.results)
    assert "\x1b" not in shown
    assert "[bold]markup[/bold]" in shown
    assert "\x1b" not in terminal.verdict(record).plain


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        (
            {"dtypes": ("float32", "float8")},
            "dtypes must be names out of float64, float32, float16, bfloat16; got 'float8'",
        ),
        ({"accumulates_in": "double"}, "accumulates_in must be names out of"),
        ({"fixed": []}, "fixed must be a dict; got list"),
        ({"expected_failures": "all"}, "expected_failures must be a dict; got str"),
        ({"compiles_shapes": "yes"}, "compiles_shapes must be True or False; got 'yes'"),
    ],
)
def test_an_adapter_that_describes_itself_wrongly_is_refused(attributes: dict, says: str) -> None:
    with pytest.raises(AdapterError, match=says):
        describe(adapter(**attributes))


def test_sums_are_expected_in_float32_for_16_bits_unless_declared_otherwise() -> None:
    assert describe(adapter()).accumulator("float16") == "float32"
    assert describe(adapter()).accumulator("float64") == "float64"
    assert (
        describe(adapter(dtypes=("float16",), accumulates_in="float16")).accumulator("float16")
        == "float16"
    )


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
    monkeypatch.setattr(
        "nnspec.conformance.terms.mistakes.import_module",
        lambda name: SimpleNamespace(a=rule, b=rule),
    )
    mistaking.mistakes.cache_clear()
    try:
        with pytest.raises(ValueError, match="has two mistakes named"):
            mistaking.mistakes()
    finally:
        monkeypatch.undo()
        mistaking.mistakes.cache_clear()


def test_a_bare_zero_of_the_wrong_sign_is_shown_with_its_sign() -> None:
    record = run(mistaken("relu", "passes_minus_zero"), "relu/signed-zero")
    (result,) = record.results
    assert str(result.details["answer"]) == "-0.0"
    assert "wrong in its sign" in terminal.failures_text(record.results)
