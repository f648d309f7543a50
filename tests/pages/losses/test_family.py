"""The family of the page `losses`: right libraries conform, and each end shows."""

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
    made = families.sets("losses", seed)[name](operation, dtype)
    return {case.name: case for case in made if case.size < 2**17}


def arrays(operation: str, dtype: str) -> Iterator[tuple[str, list[np.ndarray]]]:
    for name, case in cases(operation, dtype).items():
        yield name, [each.astype(np.float64) for each in case.arguments]


@each_dtype
@pytest.mark.parametrize("operation", operations_on("losses"))
def test_a_right_library_conforms(operation: str, dtype: str) -> None:
    only = [f"losses/{clause}" for clause in ("significands", "late-elements", "fresh")]
    planned = plan(EVERYTHING, operation=operation, dtypes=[dtype], only=only)
    assert len(planned) > 3
    source = InProcess(loopback)
    assert {attempt(each, source).outcome for each in planned} == {"conforms"}


@each_dtype
def test_the_last_sample_has_the_last_class_and_its_neighbor_another_one(dtype: str) -> None:
    for name, (logits, labels) in arrays("sparse_softmax_cross_entropy", dtype):
        classes = logits.shape[1]
        assert labels[-1] == classes - 1, name
        assert labels[-2:-1].tolist() == [max(classes - 2, 0)] * (len(labels) > 1), name


@each_dtype
def test_the_last_class_has_a_share_of_the_exponentials_and_of_the_targets(dtype: str) -> None:
    for name, (logits, targets) in arrays("softmax_cross_entropy", dtype):
        shares = np.exp(logits) / np.sum(np.exp(logits), axis=1, keepdims=True)
        assert np.all(shares[:, -1] > 0.02), name
        assert np.all(targets[:, -1] > 0.1 * np.sum(targets, axis=1)), name


@each_dtype
def test_no_gradient_of_a_single_logit_is_nearly_zero(dtype: str) -> None:
    for name, (logits, targets, _) in arrays("sigmoid_cross_entropy_vjp", dtype):
        gradients = 1 / (1 + np.exp(-logits)) - targets
        assert np.all(np.abs(gradients) > 0.2), name
        assert np.all(gradients[-1:] > 0), name
        assert np.all(gradients[-2:-1] < 0), name
