"""Every error bound that a docstring of the reference states holds by the oracle, on every path of
NumPy's kernels that can run here."""

import dataclasses
import inspect
import re
from functools import cache

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.bounds import formulas, language
from nnspec.conformance.bounds.truth import in_pairs, of_reference, true_answer, truth
from nnspec.conformance.run import plan
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import flat
from nnspec.conformance.terms.operations import operations_on
from tests.truth import oracle
from tests.truth.adversarial import inputs
from tests.truth.measure import (
    OPERATIONS,
    ROWS,
    TRANSCENDENTAL,
    answers_on,
    paths,
    truths_of,
    worst,
)

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

_on = cache(answers_on)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_error_exceeds_the_stated_bound(operation: str) -> None:
    found = worst(operation)
    assert found.judged >= 40_000
    assert found.share <= 1, found


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_a_docstring_calls_measured_is_not_below_the_largest_error_seen(
    operation: str,
) -> None:
    found, accuracy = worst(operation), inspect.getdoc(getattr(reference, operation)) or ""
    accuracy = accuracy.partition("Accuracy\n")[2]
    shares = re.findall(r"([\d.]+)\s+of\s+it(?=[\s\w]*measured)", accuracy)
    assert found.share <= max(map(float, shares), default=1.0)
    if re.fullmatch(r"[\d.]+\*ulp\(y\)", language.of_reference(operation).expression):
        assert found.ulp <= max(map(float, re.findall(r"([\d.]+) ulp measured", accuracy)))


@pytest.mark.parametrize("operation", [*TRANSCENDENTAL, *ROWS])
def test_no_bound_is_much_wider_than_the_errors_it_admits(operation: str) -> None:
    # The row derivatives' bounds count every rounding of a sum at its worst, which no input
    # reaches in all of them at once.
    assert worst(operation).share >= (0.2 if operation in TRANSCENDENTAL else 0.1)


@pytest.mark.parametrize("operation", [*TRANSCENDENTAL, *ROWS])
@pytest.mark.parametrize("path", paths())
def test_the_bounds_hold_on_every_path_of_the_kernels(path: str, operation: str) -> None:
    found = worst(operation, _on(paths()[path], (*TRANSCENDENTAL, *ROWS))[operation])
    assert found.share <= 1, found


# No answer of these is taken in pairs: exact ones, and those of equations and of knees.
IN_PAIRS = [
    operation
    for operation in OPERATIONS
    if language.of_reference(operation).expression != "0"
    and operation not in ("mlp_vjp", "newton", "pca", "whiten")
]


def test_every_operation_has_a_formula_in_pairs_but_for_those_that_are_named() -> None:
    assert {each for each in OPERATIONS if formulas.formula_of(each)} == set(IN_PAIRS)


@pytest.mark.parametrize("operation", IN_PAIRS)
def test_what_is_known_in_pairs_is_known_to_a_ten_thousandth_of_what_is_said(
    operation: str,
) -> None:
    for (arguments, parameters), (hi, lo) in zip(
        inputs(operation), truths_of(operation), strict=True
    ):
        # Of many numbers, 64 bits are taken where they can decide.
        case = Case("", operation, tuple(arguments), parameters)
        found = in_pairs(case, *of_reference(case, true_answer(case)))
        value, low, remaining = (flat(part).reshape(hi.shape) for part in found)
        known = low != 0
        error = np.abs((value[known] - hi[known]) + (low[known] - lo[known]))
        assert np.all(error <= 1e-4 * remaining[known])


# The inputs above are too many, or too far apart, to be taken in pairs on this page.
@pytest.mark.parametrize("operation", operations_on("information"))
def test_cases_are_known_in_pairs_to_a_ten_thousandth_of_what_is_said(operation: str) -> None:
    planned = plan.plan(plan.EVERYTHING, dtypes=("float64",), operation=operation)
    asked = {each.case.key: dataclasses.replace(each.case, truth=None) for each in planned}
    seen = 0
    for case in asked.values():
        value, low, remaining = (np.ravel(part) for part in truth(case))
        if sum(each.size for each in case.arguments) <= 3000 and value.size:
            pair = oracle.truth(operation, list(case.arguments), case.parameters)
            hi, lo = (np.ravel(part) for part in pair)
            known = low != 0
            error = np.abs((value[known] - hi[known]) + (low[known] - lo[known]))
            assert np.all(error <= 1e-4 * np.broadcast_to(remaining, value.shape)[known])
            seen += np.count_nonzero(known)
    assert seen > 100


def test_the_paths_of_the_kernels_are_different_code() -> None:
    widest, *_, narrowest = paths().values()
    if widest == narrowest:
        pytest.skip("this processor has one path")
    tanh = [_on(disabled, (*TRANSCENDENTAL, *ROWS))["tanh"][0] for disabled in (widest, narrowest)]
    assert np.any(tanh[0] != tanh[1])


def test_an_error_of_a_few_ulp_is_seen() -> None:
    answers = [np.tanh(x) + 4 * np.spacing(np.tanh(x)) for (x,), _ in inputs("tanh")]
    found = worst("tanh", answers)
    assert found.ulp >= 4
    assert found.share > 1


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_an_error_without_limit(wrong: float) -> None:
    answers = [np.where(x == 0.0, wrong, np.tanh(x)) for (x,), _ in inputs("tanh")]
    found = worst("tanh", answers)
    assert found.share == np.inf
    assert found.share_at["x"] == 0.0
