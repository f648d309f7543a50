"""The family of the page `information`: right libraries conform, and each end shows."""

from collections.abc import Iterator

import numpy as np
import pytest

from nnspec.conformance.adapters import loopback
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages import families
from nnspec.conformance.run.plan import EVERYTHING, plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.operations import operations_on

each_dtype = pytest.mark.parametrize("dtype", NAMES)


def cases(operation: str, dtype: str, name: str = "ladder", seed: int = 1) -> dict[str, Case]:
    """Return the cases of a set by their names, but for those with a great length."""
    made = families.sets("information", seed)[name](operation, dtype)
    return {case.name: case for case in made if case.size < 2**17}


def arrays(operation: str, dtype: str) -> Iterator[tuple[str, list[np.ndarray]]]:
    for name, case in cases(operation, dtype).items():
        yield name, [each.astype(np.float64) for each in case.arguments]


def answered(case: Case) -> np.ndarray:
    function = getattr(loopback, case.operation)
    return np.asarray(function(*case.arguments, **case.parameters)).astype(np.float64)


@each_dtype
@pytest.mark.parametrize("operation", operations_on("information"))
def test_a_right_library_conforms(operation: str, dtype: str) -> None:
    only = [f"information/{clause}" for clause in ("significands", "late-elements", "fresh")]
    planned = plan(EVERYTHING, operation=operation, dtypes=[dtype], only=only)
    assert len(planned) > 3
    source = InProcess(loopback)
    assert {attempt(each, source).outcome for each in planned} == {"conforms"}


@each_dtype
def test_the_last_class_has_a_share_of_each_row_that_shows(dtype: str) -> None:
    for name, (p,) in arrays("entropy", dtype):
        rest = np.sum(p[:, :-1], axis=1)
        assert np.all(p[:, -1] > 0.02 * rest), name


@each_dtype
def test_terms_of_a_divergence_have_one_sign_but_in_the_last_row_but_one(dtype: str) -> None:
    for name, (p, q) in arrays("kl_divergence", dtype):
        # Rounding to the format moves a quotient of 2 by a little.
        assert np.all((p / q)[:-2] > 1.9), name
        assert np.all((p / q)[-1] > 1.9), name
        assert np.all(p / q > 0.9), name


@each_dtype
def test_the_answers_of_the_last_two_rows_are_apart(dtype: str) -> None:
    for operation in ("entropy", "cross_entropy", "kl_divergence"):
        found = cases(operation, dtype)
        for name in found.keys() & {f"rows-{n}" for n in (15, 16, 17, 4095, 4096, 4097)}:
            case = found[name]
            before, last = answered(case)[-2:]
            assert abs(last - before) > 0.05 * abs(last)
