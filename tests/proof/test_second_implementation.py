"""Another correct implementation, by other algorithms, conforms on every MUST clause in every
dtype: the bounds reject no careful code."""

from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

from nnspec import reference, spec
from nnspec.conformance.judge.judge import judge
from nnspec.conformance.run import plan
from nnspec.conformance.sources.description import describe
from nnspec.conformance.sources.in_process import InProcess, Steady
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import NAMES, cast
from nnspec.conformance.terms.operations import operations_on, page_of
from nnspec.conformance.terms.outcomes import CONFORMS

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

OPERATIONS = {
    operation: getattr(import_module(f"tests.pages.{page_of(operation)}.second"), operation)
    for operation in reference.__all__
}
SECOND = SimpleNamespace(name="second implementation", dtypes=NAMES, **OPERATIONS)


every_page = pytest.mark.parametrize("page", spec.pages())
every_format = pytest.mark.parametrize("dtype", NAMES)


def alarms(page: str, dtype: str, *, few_lengths: bool) -> list[tuple[object, ...]]:
    """Return the MUST cases of a page in which the second implementation does not conform."""
    described = replace(describe(SECOND), compiles_shapes=few_lengths)
    source = Steady(SECOND, description=described)
    with np.errstate(all="ignore"):
        ended = [
            (each.id, judge(each, source))
            for operation in operations_on(page)
            for each in plan.plan(described, dtypes=(dtype,), operation=operation)
            if each.clause.level == "MUST"
        ]
    return [
        (name, result.outcome, result.message, result.details)
        for name, result in ended
        if result.outcome != CONFORMS
    ]


@every_format
@every_page
def test_a_sample_of_lengths_of_another_correct_implementation_conforms(
    page: str, dtype: str
) -> None:
    assert alarms(page, dtype, few_lengths=dtype != "float32") == []


@pytest.mark.study
@every_format
@every_page
def test_another_correct_implementation_conforms_on_every_must(page: str, dtype: str) -> None:
    assert alarms(page, dtype, few_lengths=False) == []


@pytest.mark.parametrize("operation", ["nesterov_reformulated", "nesterov_reformulated_scaled"])
def test_a_step_of_nesterov_may_be_added_up_in_two_roundings(operation: str) -> None:
    source = InProcess(SECOND)
    planned = plan.plan(source.description, dtypes=("bfloat16",), only=(f"{operation}/accuracy",))[
        0
    ]
    gradient = scripted([[np.array(0.375)]], "bfloat16")
    case = Case(
        "found by a search",
        operation,
        (gradient, [cast(-1.0, "bfloat16")], 1),
        {"learning_rate": 1 / 32, "momentum": 0.5},
    )
    ended = judge(replace(planned, case=case), source)
    assert (ended.outcome, ended.message) == (CONFORMS, "")
    # Less than an ulp off, and further than one rounding of the parameters explains.
    assert ended.worst_ulp > 0.7


def test_it_is_another_implementation() -> None:
    x = cast([[0.1, 2.3, -4.5]], "float32")
    assert not np.array_equal(
        SECOND.softmax(x, axis=1), cast(reference.softmax(x, axis=1), "float32")
    )
