"""In 16 bits both ways of rounding conform, and a factor that is a little off does not."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnspec import spec
from nnspec.conformance.judge.judge import Attempt, attempt
from nnspec.conformance.pages.everywhere.mistakes import roundings
from nnspec.conformance.run import plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.mistakes import rounded, standing_in
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


def step_by_step(form: Answer) -> Answer:
    """Return a form that rounds every step to the format of its arrays."""

    def answer(*arrays: Any, **parameters: Any) -> Any:
        return np.asarray(form(*arrays, **parameters)).astype(arrays[0].dtype)

    return answer


def rounded_once(form: Answer) -> Answer:
    """Return a form that computes in float32 and rounds its answer to the format."""

    def answer(*arrays: Any, **parameters: Any) -> Any:
        wide = [each.astype(np.float32) for each in arrays]
        return cast(form(*wide, **parameters), arrays[0].dtype.name)

    return answer


def judged(
    operation: str, answer: Answer, dtype: str, accumulates_in: str = "float32"
) -> list[tuple[plan.Planned, Attempt]]:
    """Judge all cases of an operation in a format."""
    library = standing_in(operation, answer, "it")
    library.accumulates_in = {dtype: accumulates_in}
    source = InProcess(library)
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
        for page in PAGES
        for operation in operations_on(page)
        if OPERATIONS[operation].asked_in("bfloat16") and operation not in EXEMPT
    ]


@every_format
@pytest.mark.parametrize(
    "operation", judged_in_sixteen_bits(), ids=lambda each: f"{page_of(each)}-{each}"
)
def test_a_factor_that_is_a_little_off_is_denied(operation: str, dtype: str) -> None:
    factor = roundings.FACTORS[dtype]
    assert any(
        result.outcome == BREAKS and each.clause.level == "MUST"
        for each, result in judged(operation, scaled(operation, factor), dtype)
    )


@every_format
@pytest.mark.parametrize("operation", NAMED)
def test_a_named_factor_is_denied_answer_by_answer(operation: str, dtype: str) -> None:
    """No mean is needed: some answer alone is outside its bound."""
    found = judged(operation, scaled(operation, NAMED[operation]), dtype)
    accuracy = [r for each, r in found if each.clause.id == f"{operation}/accuracy"]
    assert BREAKS in {result.outcome for result in accuracy}


@pytest.mark.parametrize("page", PAGES)
def test_every_operation_that_rounds_has_forms(page: str) -> None:
    bounds = {each: spec.clauses()[f"{each}/accuracy"].bound for each in operations_on(page)}
    rounding = {each for each, bound in bounds.items() if bound.expression != "0"}
    assert rounding == FORMS.keys() & set(operations_on(page))
