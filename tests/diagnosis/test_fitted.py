"""A number that is added to all answers, or multiplies them, is read off them and named."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.run import plan
from nnspec.conformance.run import run as running
from nnspec.conformance.sources.in_process import InProcess


def names(operation: str, function: Any, *only: str) -> list[str]:
    adapter = SimpleNamespace(name="it", version="1", dtypes=("float64",), **{operation: function})
    source = InProcess(adapter)
    planned = plan.plan(source.description, only=only or (f"{operation}/accuracy",))
    return [each.name for each in running.run(planned, source).diagnoses]


@pytest.mark.parametrize("number", [1e-9, -3e-7, 0.0137])
def test_a_number_that_is_added_is_named(number: float) -> None:
    found = names("softmax", lambda x, *, axis: reference.softmax(x, axis=axis) + number)
    assert found == [f"softmax: y → y + {number:.4g}"]


def test_a_factor_that_no_formula_holds_is_named() -> None:
    found = names("entropy", lambda p, *, axis: reference.entropy(p, axis=axis) * 1.0371)
    assert found == ["entropy: y → 1.037·y"]


def test_an_edit_of_the_formula_is_told_before_a_factor() -> None:
    found = names("sum_squared_error", lambda y, t: 2 * reference.sum_squared_error(y, t))
    assert found
    assert "y → " not in found[0]


def test_noise_is_no_number() -> None:
    def noisy(x: Any, *, axis: int) -> Any:
        right = reference.softmax(x, axis=axis)
        return right * (1 + 1e-6 * np.sin(1e3 * np.arange(right.size).reshape(right.shape)))

    assert names("softmax", noisy) == []


def test_a_crash_is_not_named_after_a_mistake_that_crashes_too() -> None:
    def fails_on_empty_arrays(x: Any, *, axis: int) -> Any:
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)

    assert names("softmax", fails_on_empty_arrays, "softmax") == []
