"""Implementations with memory: the diagnosis asks candidates all that the suite had asked."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.run import plan
from nnspec.conformance.run.run import run
from nnspec.conformance.sources.description import describe
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.nested import mapped


class Total:
    """An operation that adds its answers up, as gradients are without a zero_grad.

    It keeps one total for each shape, whatever the dtype, and adds in float64.
    """

    def __init__(self, operation: str) -> None:
        self._operation = rounded(operation)
        self._totals: dict[tuple[int, ...], Any] = {}

    def __call__(self, first: Any, *others: Any, **parameters: Any) -> Any:
        return mapped(self._added, self._operation(first, *others, **parameters))

    def _added(self, answer: Any) -> Any:
        with np.errstate(all="ignore"):
            total = self._totals.get(answer.shape, 0.0) + answer.astype(np.float64)
            self._totals[answer.shape] = total
            return total.astype(answer.dtype)


class GoesOn:
    """An operation that takes steps; each call begins where the one before it ended."""

    def __init__(self, operation: str) -> None:
        self._operation = rounded(operation)
        self._ended: dict[Any, Any] = {}

    def __call__(self, gradient: Any, params: Any, steps: int, **parameters: Any) -> Any:
        shapes = tuple(each.shape for each in params)
        start = self._ended.get(shapes, params)
        start = [each.astype(now.dtype) for each, now in zip(start, params, strict=True)]
        trajectory = self._operation(gradient, start, steps, **parameters)
        self._ended[shapes] = trajectory[-1]
        return trajectory


@pytest.mark.parametrize(
    ("operation", "kind", "name"),
    [
        ("softmax_vjp", Total, "adds_to_what_it_answered_before"),
        ("cross_entropy", Total, "adds_to_what_it_answered_before"),
        ("momentum", GoesOn, "goes_on_where_it_stopped"),
    ],
)
def test_memory_from_call_to_call_is_named_in_every_dtype(
    operation: str, kind: type[Any], name: str
) -> None:
    dtypes = ("float64", "float32")
    adapter = SimpleNamespace(name="remembering", dtypes=dtypes, **{operation: kind(operation)})
    description = describe(adapter)
    planned = plan.plan(description, dtypes=dtypes, operation=operation)
    (told,) = run(planned, InProcess(adapter, description=description)).diagnoses
    assert (told.name, told.dtypes) == (name, dtypes)
    assert told.explained >= 0.9 * told.failing
