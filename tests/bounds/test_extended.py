"""Truths of 64 bits: within a part of the reference's error of those of 100 bits."""

import numpy as np
import pytest

from nnspec.conformance.bounds import extended, formulas, language, truth
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import OPERATIONS
from tests.benchmarks.calls import call

# What is left of the reference's error when pairs have taken its place.
IN_PAIRS = 2.0**-30

TAKEN = [
    name
    for name, each in OPERATIONS.items()
    if formulas.formula_of(name) is not None and not each.callbacks and not each.wide
]
HAVE = np.finfo(np.longdouble).nmant == 63

needed = pytest.mark.skipif(not HAVE, reason="this processor has no extended precision")


def drawn(operation: str, size: int) -> Case:
    arguments, parameters = call(operation, size)
    return Case("drawn", operation, tuple(arguments), parameters)


@needed
def test_most_formulas_are_taken_with_64_bits() -> None:
    without = {name for name in TAKEN if extended.formula_of(name) is None}
    assert without == {"kl_divergence", "linear", "linear_vjp", "mlp", "perceptron_step"}


@needed
@pytest.mark.parametrize("operation", [name for name in TAKEN if extended.formula_of(name)])
@pytest.mark.parametrize("size", [60, 3_000])
def test_64_bits_are_within_their_part_of_the_stated_error(operation: str, size: int) -> None:
    case = drawn(operation, size)
    known = truth.of_reference(case, truth.true_answer(case))
    found, exact = truth.in_extended(case, *known), truth.in_pairs(case, *known)
    assert found is not None
    (high, low, own), (sharp, rest, _) = found, exact
    apart = np.abs((high - sharp) + (low - rest))
    assert np.all(apart <= own)
    # A quarter of it at most is used here.
    assert np.all(apart <= own / 4)
    assert np.all(own <= known[2])


@needed
def test_sums_of_long_rows_lose_few_bits() -> None:
    numbers = np.abs(np.cos(np.arange(2**20 + 3))) + 2.0**-9
    (total,) = extended._total(numbers.astype(np.longdouble), None)
    exact = sum(map(int, np.ldexp(numbers, 60)))
    assert abs(int(np.ldexp(total, 60)) - exact) <= 2.0**-59 * exact


@needed
def test_the_sum_of_all_others_does_not_cancel() -> None:
    row = np.array([[1e30, 1.0, 2.0, 4.0]], dtype=np.longdouble)
    others = extended._others(row, lambda values: extended._total(values, (1,)))
    assert others[0, 0] == 7
    with pytest.raises(extended._MissingError):
        extended._others(-row, lambda values: extended._total(values, (1,)))


def test_without_extended_precision_pairs_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    case = drawn("softmax", 6_000)
    with monkeypatch.context() as patched:
        patched.setattr(extended, "_AVAILABLE", False)
        extended.formula_of.cache_clear()
        known = truth.of_reference(case, truth.true_answer(case))
        assert truth.in_extended(case, *known) is None
        value, low, own = truth.truth(Case("again", "softmax", case.arguments, case.parameters))
    extended.formula_of.cache_clear()
    assert np.all(own <= known[2] * IN_PAIRS)
    assert np.all(np.abs(value - known[0]) <= known[2])
    assert np.any(low != 0)


def test_the_norm_of_a_list_is_taken_once() -> None:
    taken: list[object] = []
    words = {"norm": lambda values: taken.append(values) or 3.0}
    gradients, other = [np.ones(2), np.ones(3)], np.ones(2)
    norm = language.with_one_norm(words, {"gradients": gradients, "max_norm": 1.0})["norm"]
    assert [norm(gradients), norm(gradients), norm(other), norm(other)] == [3.0] * 4
    assert [each is gradients for each in taken] == [True, False, False]
