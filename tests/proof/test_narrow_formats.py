"""In 16 bits both ways of rounding conform, and a factor that is a little off does not."""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnspec import reference, spec
from nnspec.conformance.bounds.truth import truth
from nnspec.conformance.judge.allowances import bound
from nnspec.conformance.judge.judge import Attempt, attempt
from nnspec.conformance.pages.everywhere.mistakes import roundings
from nnspec.conformance.run import plan
from nnspec.conformance.sources.in_process import Steady
from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.mistakes import heard, rounded, standing_in
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import OPERATIONS, operations_on, page_of
from nnspec.conformance.terms.outcomes import BREAKS, CONFORMS
from tests.pages.rounding import sum_in_the_format

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

Answer = Callable[..., Any]
NARROW = ("float16", "bfloat16")
# The pages whose formulas are written down in all careful forms.
FOLDERS = Path(__file__).parent.parent / "pages"
PAGES = [page for page in spec.pages() if (FOLDERS / page / "forms.py").exists()]
FORMS = {
    operation: forms
    for page in PAGES
    for operation, forms in import_module(f"tests.pages.{page}.forms").FORMS.items()
}

every_format = pytest.mark.parametrize("dtype", NARROW)
every_form = pytest.mark.parametrize(
    ("operation", "form"),
    [(operation, form) for operation, forms in FORMS.items() for form in forms],
    ids=lambda each: f"{page_of(each)}-{each}" if isinstance(each, str) else each.__name__,
)


def rounding(answered: Any, round_: Answer) -> Any:
    """Return an answer, or the arrays of a nested one, rounded."""
    if isinstance(answered, (list, tuple)):
        return [rounding(each, round_) for each in answered]
    return round_(np.asarray(answered))


def step_by_step(form: Answer) -> Answer:
    """Return a form that rounds every step to the format of its arrays."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        dtype = next(leaves(arguments)).dtype
        return rounding(form(*arguments, **parameters), lambda array: array.astype(dtype))

    return answer


def rounded_once(form: Answer) -> Answer:
    """Return a form that computes in float32 and rounds its answer to the format."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        name = next(leaves(arguments)).dtype.name
        wide = [heard(np.dtype(np.float32), name, each) for each in arguments]
        return rounding(form(*wide, **parameters), lambda array: cast(array, name))

    return answer


def judged(
    operation: str, answer: Answer, dtype: str, accumulates_in: str = "float32"
) -> list[tuple[plan.Planned, Attempt]]:
    """Judge all cases of an operation in a format, at few of the lengths."""
    library = standing_in(operation, answer, "it")
    library.accumulates_in = {dtype: accumulates_in}
    library.compiles_shapes = True
    source = Steady(library)
    with np.errstate(all="ignore"):
        return [
            (each, attempt(each, source))
            for each in plan.plan(source.description, dtypes=(dtype,), operation=operation)
        ]


def broken(found: list[tuple[plan.Planned, Attempt]], *words: str) -> dict[str, Any]:
    """Return the MUST cases that do not conform, and those of SHOULD clauses with these names."""
    return {
        each.id: (result.message, result.details)
        for each, result in found
        if result.outcome != CONFORMS
        and (each.clause.level == "MUST" or each.clause.id.partition("/")[2] in words)
    }


@every_format
@every_form
def test_every_form_conforms_that_rounds_each_step(
    operation: str, form: Answer, dtype: str
) -> None:
    assert broken(judged(operation, step_by_step(form), dtype)) == {}


@every_format
@every_form
def test_every_form_conforms_that_float32_computes_and_rounds_once(
    operation: str, form: Answer, dtype: str
) -> None:
    found = judged(operation, rounded_once(form), dtype)
    once = [(each, result) for each, result in found if each.clause.bound.once]
    assert broken(found) == broken(once, "precision") == {}


@every_format
@every_form
def test_every_form_conforms_that_declares_sums_in_the_format(
    operation: str, form: Answer, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("running_sum", "pairwise_sum"):
        monkeypatch.setitem(form.__globals__, name, sum_in_the_format)
    assert broken(judged(operation, step_by_step(form), dtype, accumulates_in=dtype)) == {}


def scaled(operation: str, factor: float) -> Answer:
    """Return the right operation in float32, its answers times a factor."""
    return roundings.finished(rounded(operation), lambda array, name: cast(array * factor, name))


# The factors that the clauses must not let through, beside those of every operation.
NAMED = {
    "entropy": 1.02,
    "softmax": 1.05,
    "sigmoid": 1.025,
    "tanh": 1.025,
    "sigmoid_vjp": 1.025,
    "tanh_vjp": 1.025,
    "leaky_relu": 1.025,
}

# Operations whose answers no factor changes by less than they may be off, with the reason.
EXEMPT = {
    operation: "answers whole numbers, or is drawn at random"
    for operation, each in OPERATIONS.items()
    if each.answers_indices or each.random
}


def judged_in_sixteen_bits() -> list[str]:
    return [
        operation
        for page in (*PAGES, "adaptive", "descent", "sampling")
        for operation in operations_on(page)
        if OPERATIONS[operation].asked_in("bfloat16") and operation not in EXEMPT
    ]


def denied(operation: str, answer: Answer, dtype: str) -> bool:
    return any(
        result.outcome == BREAKS and each.clause.level == "MUST"
        for each, result in judged(operation, answer, dtype)
    )


@every_format
@pytest.mark.parametrize(
    "operation", judged_in_sixteen_bits(), ids=lambda each: f"{page_of(each)}-{each}"
)
def test_a_factor_that_is_a_little_off_is_denied(operation: str, dtype: str) -> None:
    assert denied(operation, scaled(operation, roundings.FACTORS[dtype]), dtype)


@every_format
@pytest.mark.parametrize("operation", ["sigmoid_cross_entropy_vjp"])
@pytest.mark.parametrize("factor", [1.03, 0.97])
def test_a_sigmoid_in_a_gradient_that_is_3_percent_off_is_denied(
    operation: str, factor: float, dtype: str
) -> None:
    def answer(logits: Any, targets: Any, cotangent: Any) -> Any:
        wide = [each.astype(np.float64) for each in (logits, targets, cotangent)]
        shares = factor * reference.sigmoid(wide[0])
        return cast(wide[2] * (shares - wide[1]), logits.dtype.name)

    assert denied(operation, answer, dtype)


# The table in notation.md: operation or laws, mean error, limit, factors in bfloat16 and float16.
ROW = re.compile(
    r"^\| (?:`(\w+)`|laws)[^|]*\| ([\d.]+|none) \| ([\d.]+|none) \| ([\d.]+) \| ([\d.]+) \|$",
    re.MULTILINE,
)
ROWS = ROW.findall((spec.FOLDER / "notation.md").read_text(encoding="utf-8"))


def factors(row: tuple[str, ...], dtype: str) -> tuple[float, float]:
    factor = float(row[{"bfloat16": 3, "float16": 4}[dtype]])
    return factor, 1 / factor


@every_format
@pytest.mark.parametrize("row", [row for row in ROWS if row[0]], ids=lambda row: row[0])
def test_a_mean_error_that_may_be_larger_is_what_the_table_says(
    row: tuple[str, ...], dtype: str
) -> None:
    operation, roundoff = row[0], FORMATS[dtype].u
    for form in FORMS[operation]:
        for each, result in judged(operation, step_by_step(form), dtype):
            if each.clause.judged_by == "mean":
                value = truth(each.case)[0]
                unit = bound(each.clause.id, each.case, dtype, "float32") / np.abs(value).ravel()
                assert np.max(unit) <= (float(row[2]) + 0.05) * roundoff
                assert result.worst_ratio * np.max(unit) <= (float(row[1]) + 0.05) * roundoff
    assert all(denied(operation, scaled(operation, each), dtype) for each in factors(row, dtype))


@every_format
@pytest.mark.parametrize(
    "operation", [each for each in operations_on("initializers") if OPERATIONS[each].random]
)
def test_a_law_denies_the_factors_that_the_table_names(operation: str, dtype: str) -> None:
    (row,) = [row for row in ROWS if not row[0]]

    def times(factor: float) -> Answer:
        law = getattr(reference, operation)
        return lambda *shape, dtype, **given: cast(
            law(*shape, dtype="float64", **given) * factor, dtype
        )

    assert all(denied(operation, times(each), dtype) for each in factors(row, dtype))


@every_format
@pytest.mark.parametrize("operation", NAMED)
def test_a_named_factor_is_denied_answer_by_answer(operation: str, dtype: str) -> None:
    """No mean is needed: some answer alone is outside its bound."""
    found = judged(operation, scaled(operation, NAMED[operation]), dtype)
    accuracy = [r for each, r in found if each.clause.id == f"{operation}/accuracy"]
    assert BREAKS in {result.outcome for result in accuracy}


@pytest.mark.parametrize("page", PAGES)
def test_every_operation_that_rounds_has_forms(page: str) -> None:
    judged_here = [each for each in operations_on(page) if OPERATIONS[each].asked_in("bfloat16")]
    bounds = {each: spec.clauses()[f"{each}/accuracy"].bound for each in judged_here}
    rounding = {each for each, bound in bounds.items() if bound.expression != "0"}
    assert rounding == FORMS.keys() & set(operations_on(page))
