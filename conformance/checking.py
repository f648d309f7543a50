"""What a check is: a plain function of an implementation and a case, bound to one clause, and what is true when it fails."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import reference
from spec import Clause, Formula, clauses, pages

if TYPE_CHECKING:
    from conformance.implementation import Implementation

_OTHER_CLAUSE = re.compile(r"(?P<operation>[a-z]\w*)/(?P<property>[a-z][a-z-]*)")


@dataclass(frozen=True, eq=False)
class Case:
    """One named input: the arrays and parameters of one call, and where its true answer is to be found.

    `same_as` holds other arrays with the same true answer; `truth` holds it as the unevaluated sum of two float64 arrays.
    Without either the reference answers for `arrays`.
    """

    name: str
    operation: str
    arrays: tuple[NDArray[Any], ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    same_as: tuple[NDArray[Any], ...] | None = None
    truth: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None


@dataclass(frozen=True)
class Check:
    """A function bound to a clause, and what is true when it fails."""

    clause: str
    failure: str
    function: Callable[["Implementation", Case], Any]

    def __call__(self, implementation: "Implementation", case: Case) -> None:
        """Judge one case; an exception of `conformance.outcomes` says how it failed, none that it conforms."""
        self.function(implementation, case)


def check(clause: str) -> Callable[[Callable[["Implementation", Case], None]], Check]:
    """Bind a function to a clause; the first line of its docstring says what is true when it fails."""
    return lambda function: Check(clause, (inspect.getdoc(function) or "").partition("\n")[0], function)


@lru_cache(maxsize=1)
def checks() -> dict[str, Check]:
    """Return the check of every clause that has one, by the clause's id: the checks of `checks/<page>.py` and the rows of its `ANSWERS`."""
    from conformance import expect  # noqa: PLC0415  expect is written in terms of this module

    found: dict[str, Check] = {}
    for page in pages():
        module = import_module(f"conformance.checks.{page}")
        answered = [Check(clause, failure, expect.answer) for clause, failure in module.ANSWERS.items()]
        for each in (*answered, *(value for value in vars(module).values() if isinstance(value, Check))):
            if each.clause in found:
                message = f"{each.clause} has two checks: {found[each.clause].failure} {each.failure}"
                raise ValueError(message)
            found[each.clause] = each
    return found


def operations_of(clause: Clause) -> tuple[str, ...]:
    """Return the operations a clause speaks of: one, or every operation of its page where its id opens with the page's name."""
    if clause.operation == clause.page:
        return tuple(name for name in reference.__all__ if page_of(name) == clause.page)
    return (clause.operation,)


def bound_of(clause: Clause, operation: str) -> Formula | None:
    """Return the bound of a clause for an operation, looked up where the clause says "that of" another one."""
    stated = clause.bound
    other = _OTHER_CLAUSE.fullmatch(stated.expression) if stated else None
    if other is None:
        return stated
    name = operation if other["operation"] == "operation" else other["operation"]
    return bound_of(clause_of(f"{name}/{other['property']}"), operation)


@lru_cache(maxsize=None)
def page_of(operation: str) -> str:
    """Return the page of an operation: the name of the reference module that defines it."""
    return str(getattr(reference, operation).__module__).rpartition(".")[2]


@lru_cache(maxsize=None)
def arrays_of(operation: str) -> tuple[str, ...]:
    """Return the names of an operation's positional arguments, its arrays."""
    parameters = inspect.signature(getattr(reference, operation)).parameters.values()
    return tuple(parameter.name for parameter in parameters if parameter.kind is not inspect.Parameter.KEYWORD_ONLY)


@lru_cache(maxsize=None)
def parameters_of(operation: str) -> tuple[str, ...]:
    """Return the names of an operation's keyword-only parameters."""
    parameters = inspect.signature(getattr(reference, operation)).parameters.values()
    return tuple(parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY)


def clause_of(identifier: str) -> Clause:
    """Return a clause by its id; KeyError names the nearest ids for one that does not exist."""
    found = clauses().get(identifier)
    if found is None:
        import difflib  # noqa: PLC0415  only on the way to an error

        near = difflib.get_close_matches(identifier, clauses(), n=3, cutoff=0.3)
        message = f"there is no clause {identifier!r}; near it are {', '.join(near) or 'none'} (conformance list shows all)"
        raise KeyError(message)
    return found
