"""The laws of the random initializers, and the bounds of their clauses for a number of weights."""

import dataclasses
import math
from typing import Any

import numpy as np

from nnspec.conformance.bounds import language
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array
from nnspec.conformance.terms.operations import arguments_of, bound_of, clause_of
from nnspec.spec import Formula

UNIFORM = ("kaiming_uniform", "xavier_uniform")
TRUNCATED = ("kaiming_truncated_normal", "xavier_truncated_normal")
NORMAL = ("kaiming_normal", "normal", "xavier_fan_in_normal", "xavier_normal")
RANDOM = (*NORMAL, *TRUNCATED, *UNIFORM)

# The standard deviation that is left of a normal law of deviation 1 after it is cut off at 2.
_REMAINING = math.sqrt(
    1.0 - 4.0 * math.exp(-2.0) / math.sqrt(2.0 * math.pi) / math.erf(math.sqrt(2.0))
)


def variance_of(case: Case) -> float:
    """Return the variance of the law, which the operation's clause on accuracy defines as `v`."""
    found: Any = bound_of(clause_of(f"{case.operation}/accuracy"), case.operation)
    return float(_evaluated(_part(found, "v"), case, "float64", "float64", n=1.0))


def stated(trial: Trial, part: str = "", **quantities: Any) -> Array:
    """Return the bound of the clause, or the part that it defines by this name.

    `level` is the probability with which a right implementation may leave the limits of the case.
    """
    formula = _part(trial.stated(), part) if part else trial.stated()
    dtypes = trial.format.name, trial.implementation.accumulates_in
    return _evaluated(formula, trial.case, *dtypes, level=trial.level, **quantities)


def _part(formula: Formula, name: str) -> Formula:
    """Return one definition of a formula as a formula, with the definitions that it needs."""
    needed, kept = {name}, []
    for defined, expression in reversed(formula.definitions):
        if defined in needed:
            needed |= language.names_in(expression)
            kept.append((defined, expression))
    return dataclasses.replace(formula, expression=name, definitions=tuple(reversed(kept)))


def _evaluated(
    formula: Formula, case: Case, dtype: str, accumulates_in: str, **quantities: Any
) -> Array:
    given = {
        **dict(zip(arguments_of(case.operation), case.arguments, strict=True)),
        **case.parameters,
        **quantities,
    }
    settings: dict[str, Any] = {"dtype": dtype, "accumulates_in": accumulates_in, "axes": None}
    found: Array = language.evaluate(formula, given, **settings)
    return found


def probability(operation: str, z: Array) -> Array:
    """Return the distribution function of an operation's law at z, for variance 1."""
    if operation in UNIFORM:
        return np.clip((z / math.sqrt(3.0) + 1) / 2, 0.0, 1.0)
    if operation in TRUNCATED:
        cut, whole = _normal(np.clip(z * _REMAINING, -2.0, 2.0)), _normal(np.array([-2.0, 2.0]))
        return np.asarray((cut - whole[0]) / (whole[1] - whole[0]))
    return _normal(z)


def _normal(z: Array) -> Array:
    return np.array([math.erfc(-each / math.sqrt(2.0)) / 2 for each in z])
