"""The programs of random operations state the laws that the clauses and the reference state."""

from itertools import product

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.pages.initializers import laws as of_the_page
from nnspec.conformance.programs.evaluation import call_of, implementation
from nnspec.conformance.programs.laws import Law, cut, law_of, normal, uniform
from nnspec.conformance.programs.lines import CannotRunError
from nnspec.conformance.programs.probes import asked_of
from nnspec.conformance.programs.program import program_of, programs_of
from nnspec.conformance.programs.tree import name
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import page_of
from tests.programs.formulas import BY_CHANCE

INITIALIZERS = [each for each in BY_CHANCE if page_of(each) == "initializers"]
OF_INDICES = [each for each in BY_CHANCE if page_of(each) == "sampling"]


@pytest.mark.parametrize("operation", INITIALIZERS)
def test_the_law_of_a_program_is_that_of_its_page(operation: str) -> None:
    z = np.linspace(-3.0, 3.0, 25)
    asked = list(product(programs_of(operation), asked_of(operation)))
    assert len(asked) > 2
    for program, (arguments, parameters) in asked:
        law = law_of(program, call_of(operation, arguments, parameters).names)
        variance = of_the_page.variance_of(Case("", operation, arguments, parameters))
        assert law.mean == 0
        assert law.variance == pytest.approx(variance, rel=1e-14)
        deviation = np.sqrt(variance)
        assert law.probability(z * deviation) == pytest.approx(
            of_the_page.probability(operation, z), abs=1e-13
        )


@pytest.mark.parametrize("law", [normal(0.5, 4.0), cut(normal(-1.0, 0.25), 1.5), uniform(2, 5)])
def test_the_numbers_that_a_law_draws_have_its_moments_and_ends(law: Law) -> None:
    drawn = law.drawn((400, 500), seed=7)
    low, high = law.ends
    assert np.all((low <= drawn) & (drawn <= high))
    # Six deviations of the mean, and of the mean square of a law that is normal at most.
    assert np.mean(drawn) == pytest.approx(law.mean, abs=6 * np.sqrt(law.variance / drawn.size))
    assert np.var(drawn) == pytest.approx(law.variance, rel=6 * np.sqrt(2 / drawn.size))
    below = np.mean(drawn < law.mean + 0.3)
    assert law.probability(np.array([law.mean + 0.3])) == pytest.approx(below, abs=0.007)


@pytest.mark.parametrize("operation", OF_INDICES)
def test_the_indices_of_a_program_are_in_pieces_like_those_of_the_reference(operation: str) -> None:
    for arguments, parameters in asked_of(operation):
        truth = [list(each) for each in getattr(reference, operation)(*arguments, **parameters)]
        answer = list(implementation(program_of(operation))(*arguments, **parameters))
        assert all(isinstance(each, np.ndarray) for each in answer)
        assert [len(each) for each in answer] == [len(each) for each in truth]
        assert {each.dtype for each in answer} == {np.dtype(np.int64)}
        found = np.concatenate(answer)
        assert set(found.tolist()) <= set(range(arguments[0]))
        if operation == "minibatches":
            assert sorted(found.tolist()) == list(range(arguments[0]))


def test_what_is_no_law_cannot_run() -> None:
    formula = program_of("xavier_fan_in_normal")
    names = {"fan_in": np.float64(4), "fan_out": np.float64(0)}
    with pytest.raises(CannotRunError, match="no positive number"):
        law_of(formula, {**names, "fan_in": np.float64(-4)})
    without_a_law = implementation(formula.changed(0, name("fan_in")))
    with pytest.raises(CannotRunError, match="a number and no law"):
        without_a_law(4, 5, seed=0, dtype="float64")
