"""A failure of an optimizer shows its gradients where they are few, and else what they are."""

from typing import Any

import numpy as np
import pytest

from nnspec.conformance.judge import breaks
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case

WORDS = "3 given gradients"

RATES = {"learning_rate": 0.5, "momentum": 0.5}


def shown(script: list[Any], steps: int) -> Any:
    gradient = scripted(script, "float64", WORDS)
    case = Case("some", "momentum_scaled", (gradient, [np.zeros(2)], steps), RATES)
    numbers = breaks.Numbers(1.0, 2.0, 1.0, 0.5, 0.25)
    return breaks.broken_at(case, "", (0,), (2,), numbers, 1).details["input"]["gradient"]


ONE = [np.array([1.0, -2.0])]


@pytest.mark.parametrize(
    ("script", "steps", "words"),
    [
        ([ONE], 1, [[[1.0, -2.0]]]),
        ([ONE, ONE, ONE], 2, [[[1.0, -2.0]], [[1.0, -2.0]]]),
        ([ONE], 3, "[[1.0, -2.0]] in every step"),
        ([ONE] * 5, 5, WORDS),
        ([[np.arange(7.0)]], 1, WORDS),
        ([ONE, ONE], 3, WORDS),
    ],
)
def test_few_gradients_are_shown_by_their_numbers(
    script: list[Any], steps: int, words: object
) -> None:
    assert shown(script, steps) == words


def test_an_element_of_several_arrays_has_its_place_in_its_own() -> None:
    numbers = breaks.Numbers(1.0, 2.0, 1.0, 0.5, 0.25)
    case = Case("some", "momentum_scaled", (scripted([ONE], "float64"), [np.zeros(2)], 1), RATES)
    broken = breaks.broken_at(case, "", (4,), (6,), numbers, 1)
    placed = breaks.placed(broken, "momentum_scaled", [[np.zeros(2), np.zeros((2, 2))]])
    details = placed.details
    assert details["quantity"] == "momentum_scaled[0][1]"
    assert (details["index"], details["shape"]) == ([1, 0], [2, 2])
