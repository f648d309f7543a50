"""In 16 bits, forms that round every step conform on drawn arguments, not on named ones alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.run import plan
from nnspec.conformance.search import domains
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.mistakes import standing_in
from nnspec.conformance.terms.outcomes import CONFORMS, VACUOUS
from tests.proof.test_narrow_formats import Answer, every_form, every_format, step_by_step

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

_DRAWS = settings(
    max_examples=50,
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@every_format
@every_form
def test_no_drawn_case_fails_a_form_that_rounds_each_step(
    operation: str, form: Answer, dtype: str
) -> None:
    source = InProcess(standing_in(operation, step_by_step(form), "it"))
    named = plan.plan(source.description, dtypes=(dtype,), operation=operation)
    first = next(each for each in named if each.clause.id == f"{operation}/accuracy")

    @_DRAWS
    @given(case=domains.cases(operation, dtype))
    def conforms(case: Case) -> None:
        with np.errstate(all="ignore"):
            result = attempt(replace(first, case=case), source)
        # Nothing is compared in arrays without elements.
        assert result.outcome in (CONFORMS, VACUOUS), result.message

    conforms()
