"""Both ways: every clause is checked, every check has its clause, every operation its accuracy,
every docstring its headings."""

import inspect
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from nnspec import reference, spec
from nnspec.conformance.bounds import language
from nnspec.conformance.bounds import truth as truths
from nnspec.conformance.judge.checks import check
from nnspec.conformance.pages.adaptive.closed_forms import STEADY
from nnspec.conformance.run import cases as inputs
from nnspec.conformance.run import coverage, plan
from nnspec.conformance.run.plan import checks
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.nested import flat, leaves
from nnspec.conformance.terms.operations import (
    axes_of,
    bound_of,
    operations_of,
    operations_on,
    parameters_of,
)
from nnspec.spec import Clause

CLAUSES = list(spec.clauses().values())
every_page = pytest.mark.parametrize("page", spec.pages())
HEADINGS = ("Formula", "Shapes", "Units", "Accuracy", "Edge cases", "Raises", "Source")


def test_each_clause_is_checked_rejects_mistakes_has_cases_and_each_operation_has_vectors() -> None:
    assert coverage.of_specification().holes == ()


def test_an_informative_clause_asks_for_nothing_and_says_why_nobody_can_test_it() -> None:
    told = [clause for clause in CLAUSES if clause.level == "Informative"]
    assert len(told) > 10
    for clause in told:
        assert operations_of(clause)
        assert clause.why
        assert clause.source
        assert not any((clause.bound, clause.inputs, clause.examples, clause.fails))
    planned = {each.clause.id for each in plan.plan(plan.EVERYTHING)}
    assert not planned & {clause.id for clause in told}


def test_every_check_has_a_clause_that_binds() -> None:
    assert set(checks()) <= {clause.id for clause in CLAUSES if clause.level != "Informative"}


def test_two_checks_of_one_clause_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = check("losses/purity", "losses/empty")(lambda trial: trial.answer())
    monkeypatch.setattr("nnspec.conformance.pages.losses.checks.twice", twice, raising=False)
    checks.cache_clear()
    try:
        with pytest.raises(ValueError, match="losses/purity has two checks"):
            checks()
    finally:
        monkeypatch.undo()
        checks.cache_clear()


def test_every_method_that_a_closed_form_is_asked_of_has_one() -> None:
    for name in ("adaptive/first-step", "adaptive/constant-gradient"):
        assert set(operations_of(spec.clauses()[name])) <= set(STEADY)


def test_every_page_of_the_table_exists_and_every_page_stands_in_it() -> None:
    others = {"README", "notation", "origins", "retired"}
    others |= {"derivations", "figures", "variants", "symbols", "errata"}
    assert set(spec.pages()) == {path.stem for path in spec.FOLDER.glob("*.md")} - others


@pytest.mark.parametrize("operation", reference.__all__)
def test_every_operation_has_a_clause_on_accuracy(operation: str) -> None:
    assert spec.clauses()[f"{operation}/accuracy"].level == "MUST"


def on(page: str) -> list[Clause]:
    return [clause for clause in CLAUSES if clause.page == page]


@every_page
def test_a_clause_speaks_of_operations_that_exist(page: str) -> None:
    for clause in on(page):
        operations = operations_of(clause)
        assert operations, clause.id
        assert set(operations) <= set(reference.__all__), clause.id
        spoken_of = {example.operation for example in clause.examples}
        assert spoken_of <= set(operations), clause.id
        assert {*clause.named, *clause.excepted} <= set(operations_on(clause.page)), clause.id
        parameters = {name for each in operations for name in parameters_of(each)}
        assert set(clause.given) <= parameters, clause.id


def test_a_clause_that_lists_operations_is_planned_for_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = spec.clauses()
    clause = replace(known["adaptive/first-step"], excepted=("adam", "rmsprop"))
    monkeypatch.setattr(plan, "clauses", lambda: {**known, clause.id: clause})
    planned = plan.plan(plan.EVERYTHING, dtypes=["float32"], only=["adaptive"])
    asked = {each.operation for each in planned if each.clause.id == clause.id}
    assert asked == set(operations_on("adaptive")) - {"adam", "rmsprop"}
    others = {each.operation for each in planned if each.clause.id == "adaptive/form"}
    assert others == set(operations_on("adaptive"))


@pytest.mark.no_cover
@every_page
def test_a_clause_has_inputs_and_a_bound_that_can_be_evaluated(page: str) -> None:
    binding = [clause for clause in on(page) if clause.level != "Informative"]
    for clause, operation in ((each, name) for each in binding for name in operations_of(each)):
        stated = bound_of(clause, operation)
        assert stated is not None, clause.id
        for expression in (stated.expression, *(value for _, value in stated.definitions)):
            language.compiled(expression)
        for dtype in NAMES:
            cases = inputs.cases(clause, operation, dtype)
            names = [case.name for case in cases]
            assert len(set(names)) == len(names), (clause.id, names)
            for case in cases:
                assert set(case.parameters) == set(parameters_of(operation)), (clause.id, case.name)


# A mask is written as a logit of -inf.
MASKED = ("softmax/masked", "softmax_vjp/masked", "log_softmax/masked")


# A case of more numbers than these takes long to make.
FEW = 2**14


@pytest.mark.no_cover
@every_page
@pytest.mark.parametrize("many", [False, pytest.param(True, marks=pytest.mark.proof)])
def test_inputs_of_a_must_are_normal_numbers_or_zero(page: str, *, many: bool) -> None:
    musts = [clause for clause in on(page) if clause.level == "MUST"]
    assert musts
    for clause in musts:
        for operation, dtype in itertools.product(operations_of(clause), NAMES):
            tiny = language.FORMATS[dtype].tiny
            for case in inputs.cases(clause, operation, dtype):
                for array in arrays_of(case) if (case.size > FEW) == many else ():
                    wide = array.astype(np.float64)
                    if clause.id in MASKED:
                        wide = np.where(np.isneginf(wide), 0.0, wide)
                    place = (clause.id, case.name, dtype)
                    assert np.all(np.isfinite(wide)), place
                    assert np.all((wide == 0) | (np.abs(wide) >= tiny)), place


def arrays_of(case: Case) -> Iterator[np.ndarray]:
    return leaves(
        [
            argument.script if isinstance(argument, Callback) else argument
            for argument in case.arguments
        ]
    )


@every_page
def test_printed_digits_are_those_of_the_reference(page: str) -> None:
    for clause in on(page):
        for place, example in enumerate(clause.examples):
            # A clause's examples are the first of its cases, in their order.
            case = inputs.cases(clause, example.operation, "float64")[place]
            truth = flat(truths.true_answer(case)).ravel()
            printed = re.findall(r"[^\[\],\s]+", example.answer)
            assert len(printed) == truth.size, (clause.id, example.line)
            for digits, value in zip(printed, truth, strict=True):
                mantissa, _, exponent = digits.partition("e")
                half = 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
                off = abs(float(digits) - value)
                assert off <= half * (1 + 1e-9), (clause.id, example.line, digits, value)


@pytest.mark.parametrize("operation", reference.__all__)
def test_a_docstring_has_its_headings_in_order_and_states_its_bound(operation: str) -> None:
    documentation = inspect.getdoc(getattr(reference, operation)) or ""
    present = [
        heading
        for heading in re.findall(r"^([A-Z][A-Za-z ]+)$", documentation, re.MULTILINE)
        if heading in HEADINGS
    ]
    assert present == [heading for heading in HEADINGS if heading in present]
    assert {"Formula", "Shapes", "Accuracy", "Raises", "Source"} <= set(present)
    assert language.of_reference(operation)


@pytest.mark.parametrize("page", spec.pages())
def test_every_set_of_inputs_is_named_by_a_clause(page: str) -> None:
    named = {name for clause in CLAUSES if clause.page == page for name in inputs.sets_of(clause)}
    assert set(inputs.sets(page)) - {"vectors"} <= named


def test_retired_names_are_not_used_again() -> None:
    retired = set(
        re.findall(
            r"`([a-z0-9_]+/[a-z0-9-]+)`", (spec.FOLDER / "retired.md").read_text(encoding="utf-8")
        )
    )
    assert not retired & set(spec.clauses())


def overflow(page: str) -> str:
    """Return the paragraph of a page's introduction that says what happens with overflow."""
    introduction = (spec.FOLDER / f"{page}.md").read_text(encoding="utf-8").partition("\n### ")[0]
    (paragraph,) = [each for each in introduction.split("\n\n") if each.startswith("*Overflow.* ")]
    return " ".join(paragraph.split())


@pytest.mark.parametrize("page", spec.pages())
def test_a_page_says_what_happens_with_overflow_and_which_clauses_judge_it(page: str) -> None:
    said = overflow(page)
    names = re.findall(r"`([a-z0-9_]+/[a-z-]+)`", said)
    assert {spec.clauses()[name].level for name in names} <= {"MUST", "SHOULD"}
    assert {spec.clauses()[name].page for name in names} <= {page}
    properties = re.findall(r"clauses `([a-z-]+)`", said)
    of_page = [clause for clause in spec.clauses().values() if clause.page == page]
    for about in properties:
        assert {each.level for each in of_page if each.id.endswith(f"/{about}")} == {"MUST"}
    for level, word in re.findall(r"`[a-z0-9_]+/([a-z-]+)`[^`.]*\((MUST|SHOULD)\)", said):
        judging = [each for each in of_page if each.id.endswith(f"/{level}")]
        assert word in {each.level for each in judging}


@pytest.mark.no_cover
@pytest.mark.parametrize("page", ["adaptive", "clipping", "normalization", "preprocessing"])
@pytest.mark.parametrize("many", [False, pytest.param(True, marks=pytest.mark.proof)])
def test_no_must_has_a_number_or_a_deviation_whose_square_leaves_the_range(
    page: str, *, many: bool
) -> None:
    for each in plan.plan(plan.EVERYTHING, only=(page,)):
        # An operation without a norm, a mean or an average forms no squares.
        if each.operation == "clip_by_value" or (each.case.size > FEW) != many:
            continue
        axes = axes_of(each.operation, each.case.arguments, each.case.parameters)
        for array in arrays_of(each.case) if each.clause.level == "MUST" else ():
            values = array.astype(np.float64)
            if page in ("normalization", "preprocessing") and values.ndim > 1:
                values = values - np.mean(values, axis=axes, keepdims=True)
            elif page in ("normalization", "preprocessing"):
                continue
            assert np.all(values**2 <= language.FORMATS[each.dtype or "float64"].maximum), each.id
