"""The bound of a clause is no smaller than the error of each algorithm that it admits."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from nnspec.conformance.bounds import language
from nnspec.conformance.bounds.rounding import Arithmetic
from nnspec.conformance.bounds.truth import named, truth
from nnspec.conformance.judge import allowances
from nnspec.conformance.run.cases import cases
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NAMES
from nnspec.conformance.terms.nested import wide
from nnspec.conformance.terms.operations import axes_of, clause_of, operations_of
from nnspec.spec import Formula
from nnspec.spec.lemmas import lemmas
from tests.derivations.linear import Linear, Roundings, exact, words

# The units of u that these lemmas count for exponentials and logarithms, in 32 and 64 bits. All
# others have the agreed 4.
UNITS = {
    "softmax": 8.0,
    "log-softmax-and-log-sum-exp": 8.0,
    "the-gradient-of-softmax": 8.0,
    "the-gradient-of-log-softmax": 8.0,
    "sums-of-logarithms": 8.0,
    "the-divergence-by-logarithms": 6.0,
    "the-binary-cross-entropy": 2.0,
}
ALGORITHMS = [
    pytest.param(
        clause,
        formula,
        UNITS.get(lemma.name, 4.0),
        id=f"{lemma.name}-{clause.replace('/', '-')}-{number}",
    )
    for lemma in lemmas().values()
    for number, (clause, formula) in enumerate(lemma.algorithms, 1)
]
WIDE = tuple(name for name in NAMES if not FORMATS[name].narrow)
# A column for each rounding of each element: more elements than this take too much memory.
MOST = 128


def asked(clause: str, dtype: str) -> Iterator[Case]:
    """Yield the cases of a clause on accuracy that are small."""
    stated = clause_of(clause)
    for operation in operations_of(stated):
        for case in cases(stated, operation, dtype):
            sizes = [np.size(each) for _, each in named(case)]
            if max(sizes) <= MOST and max(sizes) > 0:
                yield case


def computed(
    algorithm: Formula, case: Case, dtype: str, accumulator: str, elementary: float
) -> Linear:
    """Return the value of an algorithm with its first-order error.

    Exponentials and logarithms are within `elementary` units of u in 32 and 64 bits.
    """
    fmt, summed = FORMATS[dtype], FORMATS[accumulator]
    units = Arithmetic(fmt, summed).units
    if not fmt.narrow:
        units = dataclasses.replace(units, elementary=elementary)
    axes = axes_of(case.operation, case.arguments, case.parameters)
    trailing = max(np.ndim(case.arguments[0]) - 2, 0)
    roundings = Roundings(fmt.u, units, summed.u, axes, trailing)
    given = {name: exact(wide(value), roundings) for name, value in named(case)}
    given |= {
        name: exact(value, roundings)
        for name, value in case.parameters.items()
        if isinstance(value, (int, float)) and name not in ("axis", "axes")
    }
    with np.errstate(all="ignore"):
        return language.defined(algorithm, given, words())


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize(("clause", "algorithm", "elementary"), ALGORITHMS)
def test_the_error_of_an_algorithm_is_within_the_bound(
    clause: str, algorithm: Formula, elementary: float, dtype: str
) -> None:
    expect_within(clause, algorithm, dtype, elementary)


def test_functions_of_six_ulp_are_not() -> None:
    ((clause, algorithm),) = lemmas()["sums-of-logarithms"].algorithms[:1]
    with pytest.raises(AssertionError):
        expect_within(clause, algorithm, "float64", 12.0)


def expect_within(clause: str, algorithm: Formula, dtype: str, elementary: float) -> None:
    """Expect an algorithm to be within the bound on each small case of the clause."""
    fmt, normal, judged, worst = FORMATS[dtype], 0, 0, 0.0
    accumulator = "float32" if fmt.narrow else dtype
    for case in asked(clause, dtype):
        found = computed(algorithm, case, dtype, accumulator, elementary)
        # Of several answers, the algorithm gives the first.
        value = truth(case)[0].reshape(-1)[: found.value.size]
        bound = allowances.bound(clause, case, dtype, accumulator).reshape(-1)[: value.size]
        # A subnormal result has another error, and an overflow promises nothing.
        told = np.isfinite(found.value.reshape(-1)) & (abs(value) > 4 * fmt.tiny)
        told &= np.isfinite(found.error.reshape(-1)) & (bound > 0)
        normal += np.count_nonzero(told)
        # Nor does a difference that has lost its digits in float64 already.
        told &= abs(found.value.reshape(-1) - value) <= 1e-6 * abs(value)
        shares = found.error.reshape(-1)[told] / bound[told]
        assert np.all(shares <= 1 + 1e-12), (case.name, np.max(shares))
        judged += shares.size
        worst = max(worst, float(np.max(shares, initial=0.0)))
    print(f"{clause} in {dtype}: {worst:.2f} of the bound at most, at {judged} answers")
    assert judged > max(5, normal / 2)
    assert worst > 0.2
