"""The mean of all errors: it sees a factor that no single answer shows, and nothing else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnspec import reference, spec
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.pages.activations.inputs import filled
from nnspec.conformance.pages.layouts import every, scattered
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.mistakes import standing_in
from nnspec.conformance.terms.outcomes import Broken

DTYPE = "bfloat16"
U = 2.0**-8
OF_BOTH_SIGNS = filled("tanh", "both", every(DTYPE, "normal"), DTYPE)
POSITIVE = filled("tanh", "positive", np.abs(every(DTYPE, "normal").astype(float)), DTYPE)


def trial(case: Case, answers: Callable[[Any], Any]) -> Trial:
    """Return a trial of an operation whose true answers are changed by a function."""

    def answer(x: Any) -> Any:
        return cast(answers(reference.tanh(x.astype(np.float64))), DTYPE)

    source = InProcess(standing_in("tanh", answer, "it"))
    return Trial(Implementation(source, DTYPE), case, spec.clauses()["activations/bias"])


def quantity(case: Case, answers: Callable[[Any], Any]) -> str:
    """Return the mean that is too large, "" if none is."""
    try:
        trial(case, answers).mean()
    except Broken as ended:
        return str(ended.details["quantity"])
    return ""


IN_UNITS = ", in units of the bound"


def test_right_answers_have_no_mean_error_and_all_are_counted() -> None:
    judging = trial(OF_BOTH_SIGNS, lambda y: y)
    judging.mean()
    assert judging.tally.worst_ratio < 0.1
    size = np.abs(reference.tanh(OF_BOTH_SIGNS.arguments[0].astype(np.float64)))
    assert judging.compared == 2 * np.count_nonzero(size >= 2 * FORMATS[DTYPE].tiny)


@pytest.mark.parametrize("case", [OF_BOTH_SIGNS, POSITIVE], ids=lambda case: case.name)
@pytest.mark.parametrize("factor", [1.01, 0.99])
def test_a_factor_shows_in_the_magnitude(case: Case, factor: float) -> None:
    assert quantity(case, lambda y: y * factor) == f"mean error in magnitude{IN_UNITS}"


def test_a_direction_shows_in_the_mean_itself() -> None:
    assert quantity(OF_BOTH_SIGNS, lambda y: y + 2 * U * np.abs(y)) == f"mean error{IN_UNITS}"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_answer_that_is_no_number_breaks_the_mean(value: float) -> None:
    assert quantity(OF_BOTH_SIGNS, lambda y: np.where(np.arange(y.size) == 20_000, value, y))


def test_errors_that_go_both_ways_do_not_add_up() -> None:
    errors = scattered("errors", (OF_BOTH_SIGNS.arguments[0].size,), -2 * U, 2 * U)
    assert quantity(OF_BOTH_SIGNS, lambda y: y * (1 + errors)) == ""


def test_a_case_without_an_answer_that_counts_compares_nothing() -> None:
    tiny = FORMATS[DTYPE].tiny
    judging = trial(filled("tanh", "small", [tiny, -tiny], DTYPE), lambda y: y * 0)
    judging.mean()
    assert judging.compared == 0
