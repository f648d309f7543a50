"""A function that does not fit is answered with how the operation is called, and what came."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

import nnspec
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.outcomes import Malformed, Raised


def asked(function: Any) -> str:
    source = InProcess(SimpleNamespace(name="it", softmax=function))
    with pytest.raises((Raised, Malformed)) as ended:
        source.call("softmax", [np.ones(3)], {"axis": 0})
    return ended.value.message


@pytest.mark.parametrize(
    ("function", "taken"),
    [
        (lambda x: x, "(x): got an unexpected keyword argument 'axis'"),
        (lambda x, dim: x, "(x, dim): missing a required argument: 'dim'"),
        (lambda x, axis, t=1.0, *, beta: x, "(x, axis, t=…, beta): missing a required"),
        (lambda: None, "(): too many positional arguments"),
    ],
)
def test_a_signature_is_answered_with_the_right_one(function: Any, taken: str) -> None:
    message = asked(function)
    assert message.startswith("softmax is called as softmax(x, *, axis); the adapter's function ")
    assert f"takes {taken}" in message


def test_a_type_error_inside_a_function_that_fits_stays_its_own() -> None:
    assert asked(lambda x, axis: x + "a").startswith("softmax raised ")


def test_a_function_that_needs_more_is_no_operation() -> None:
    with pytest.raises(nnspec.NoVerdict, match="nobody gives it inplace"):
        nnspec.check(lambda x, inplace: x, "relu")


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(nnspec.NoVerdict) as told:
        nnspec.check(lambda gradient, params, steps: [], "adam")
    said = " ".join(str(told.value).split())
    assert "and not learning_rate, beta1, beta2, epsilon" in said
    assert max(map(len, str(told.value).splitlines())) <= 80


def test_explain_tells_how_an_operation_is_called_and_what_its_siblings_do() -> None:
    told = nnspec.explain("adam")
    assert "adam(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon)" in told
    assert "learning_rate: a number, or a tuple with a number for each step" in told
    assert "adam_epsilon_hat: " in told
    assert "there θ ← θ − a·m/(√v + ε)" in told
    assert max(map(cell_len, told.splitlines())) <= 80
