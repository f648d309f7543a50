"""Vectors beside others that are far away: faults that take a neighbor's state are seen."""

from typing import Any

import numpy as np
import pytest

from nnspec.conformance.bounds.truth import true_answer
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages.neighbors import LENGTH, VECTORS, levels, of_vectors
from nnspec.conformance.run.cases import cases
from nnspec.conformance.run.plan import plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.mistakes import standing_in
from nnspec.conformance.terms.outcomes import FAILURES
from nnspec.spec import clauses

FAR = {"float64": 800.0, "float32": 100.0, "float16": 100.0}


def half_of_a_row(operation: str, dtype: str) -> Case:
    """Return the case of pytorch/pytorch#156379."""
    clause = clauses()["activations/neighbors"]
    named = {each.name: each for each in cases(clause, operation, dtype)}
    return named["half-of-a-row"]


def by_the_first_block(x: Any, *, axis: int) -> Any:
    """Answer as the kernel of the report: the maxima of the first eight columns serve them all."""
    wide = x.astype(np.float64 if x.dtype == np.float64 else np.float32)
    largest = wide.max(axis=axis, keepdims=True)
    columns = np.moveaxis(largest, axis, 0)[0]
    taken = np.resize(columns[..., :8], columns.shape)
    d = wide - np.expand_dims(taken, axis)
    with np.errstate(all="ignore"):
        found = wide - np.expand_dims(taken, axis) - np.log(np.exp(d).sum(axis=axis, keepdims=True))
    return cast(found.astype(np.float64), x.dtype.name)


@pytest.mark.parametrize("dtype", FAR)
def test_a_column_of_large_numbers_beside_small_ones_has_its_own_maximum(dtype: str) -> None:
    case = half_of_a_row("log_softmax", dtype)
    assert case.arguments[0].shape == (2, 16)
    assert case.arguments[0][:, 8].tolist() == [FAR[dtype], 0.0]
    answer = true_answer(case)[:, 8]
    assert answer[1] == -FAR[dtype]
    assert answer[0] == (pytest.approx(-3.72e-44, rel=1e-3) if FAR[dtype] < 200 else 0.0)


@pytest.mark.parametrize("dtype", FAR)
def test_the_kernel_of_the_report_is_rejected(dtype: str) -> None:
    adapter = standing_in("log_softmax", by_the_first_block, "by the first block")
    only = ("activations/neighbors",)
    source = InProcess(adapter)
    planned = plan(source.description, dtypes=(dtype,), only=only, operation="log_softmax")
    (asked,) = [each for each in planned if each.case.name == "log_softmax.half-of-a-row"]
    assert attempt(asked, source).outcome in FAILURES


@pytest.mark.parametrize("distance", range(1, VECTORS))
def test_whatever_the_distance_to_the_vector_whose_state_is_taken_it_is_another(
    distance: int,
) -> None:
    assert any((row[distance:] != row[:-distance]).any() for _, row in levels(VECTORS))


def test_vectors_lie_along_every_axis_of_two_to_five_dimensions() -> None:
    seen = {(level.ndim, axis % level.ndim) for _, level, axis in of_vectors()}
    assert {(2, 0), (2, 1), (3, 0), (3, 1), (3, 2), (5, 3)} == seen
    for _, level, axis in of_vectors():
        along = np.moveaxis(level, axis, -1)
        assert (along == along[..., :1]).all()
        assert {0.0, 1.0} == {*level.reshape(-1).tolist()}
    assert LENGTH < VECTORS
