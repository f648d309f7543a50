"""No mistake is written by hand that an edit of the formula is too, unless a case needs it."""

from typing import Any

import numpy as np
import pytest

from nnspec import spec
from nnspec.conformance.terms.mistakes import SHARED, Rule, mistake, rules
from tests.proof.alike import edited, spare

# One of so many functions of a page is in the sample.
SAMPLE = 16


def rule_of(folder: str, name: str) -> Rule:
    return next(each for each in rules(folder) if each.function.__name__ == name)


@mistake("tanh_vjp/accuracy")
def forgets_the_square(x: Any, cotangent: Any) -> Any:
    return cotangent * (1 - np.tanh(x))


@mistake("tanh_vjp/accuracy")
def forgets_the_square_and_a_bit(x: Any, cotangent: Any) -> Any:
    return cotangent * (1 - np.tanh(x)) * (1 + 2**-52)


def test_a_function_that_is_an_edit_and_that_no_case_needs_is_spare() -> None:
    assert spare(forgets_the_square) == ["tanh_vjp: forgets_the_square is t² → t"]


def test_a_function_that_parts_from_the_edit_in_a_bit_is_none() -> None:
    assert edited(forgets_the_square_and_a_bit) == []
    assert spare(forgets_the_square_and_a_bit) == []


def test_a_function_that_alone_tells_a_case_stays() -> None:
    rule = rule_of("activations", "answers_one")
    (found,) = edited(rule)
    assert found.needed.startswith("identity_vjp/accuracy[")
    assert found.line.endswith(f", and stays for {found.needed}")
    assert spare(rule) == []


def test_a_function_that_is_an_edit_in_some_operations_alone_is_none() -> None:
    assert edited(rule_of("everywhere", "answers_only_zeros")) == []


def test_a_function_that_asks_for_the_gradient_elsewhere_stays() -> None:
    assert edited(rule_of("descent", "asks_at_the_parameters")) == []


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("page", spec.pages())
def test_a_sample_of_the_functions_of_a_page_holds_no_spare_one(page: str) -> None:
    for rule in list(rules(page))[::SAMPLE]:
        assert spare(rule) == []


@pytest.mark.study
@pytest.mark.parametrize("folder", [*spec.pages(), *SHARED])
def test_no_function_is_an_edit_that_no_case_needs(folder: str) -> None:
    for rule in rules(folder):
        assert spare(rule) == []
