"""What a clause allows an answer to be off by, in the dtype under test."""

from functools import lru_cache

from nnspec.conformance.bounds import language
from nnspec.conformance.bounds.truth import evaluated, true_answer, truth
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, like
from nnspec.conformance.terms.operations import bound_of, clause_of
from nnspec.spec import Clause, Formula

# NumPy rounds the difference of an answer and a truth to float64. This factor on a bound covers it.
OWN_ROUNDING = 1 + 2.0**-50


@lru_cache(maxsize=None)
def formula(clause: Clause, operation: str) -> Formula:
    """Return the bound that a clause states for an operation. Raises BoundError if it has none."""
    found = bound_of(clause, operation)
    if found is None:
        message = f"{clause.id} states no bound"
        raise language.BoundError(message)
    return found


def bound(
    clause: str, case: Case, dtype: str, accumulates_in: str, multiplies_in: str = ""
) -> Array:
    """Return the bound of the clause with this id for every element of a case's answer.

    The bound is one vector where the operation answers several arrays. It is remembered if the case
    has few numbers.
    """
    found = _bound if case.many else _remembered
    return found(clause, case, dtype, accumulates_in, multiplies_in)


@lru_cache(maxsize=512)
def _remembered(
    clause: str, case: Case, dtype: str, accumulates_in: str, multiplies_in: str
) -> Array:
    return _bound(clause, case, dtype, accumulates_in, multiplies_in)


def _bound(clause: str, case: Case, dtype: str, accumulates_in: str, multiplies_in: str) -> Array:
    stated = formula(clause_of(clause), case.operation)
    nested = like(truth(case)[0], true_answer(case))
    return evaluated(stated, case, nested, dtype, accumulates_in, multiplies_in)


def allowance(clause: Clause, case: Case, value: Array, dtype: str, accumulates_in: str) -> Array:
    """Return what a clause allows between an answer and the reference's `value`, per element.

    The clause's bound and the reference's own error make it up. Nothing of it is remembered.
    Raises BoundError if the clause states no bound.
    """
    stated = formula(clause, case.operation)
    own = evaluated(language.of_reference(case.operation), case, value, "float64", "float64")
    return (evaluated(stated, case, value, dtype, accumulates_in) + own) * OWN_ROUNDING
