"""What an operation is: its page, its arrays and parameters as the reference's signature has them, and the clauses that speak of it."""

import difflib
import inspect
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.terms.nested import leaves
from nnspec.spec import Clause, Formula, clauses

_OTHER_CLAUSE = re.compile(r"(?P<operation>[a-z]\w*)/(?P<property>[a-z][a-z-]*)")


# Arguments that are not one array of numbers, by their names: lists of arrays, int64 indices, and functions that the operation calls.
LISTS = ("batches", "biases", "gradients", "params", "weights")
INDICES = ("batches", "labels")
CALLBACKS = ("gradient", "hessian")

# What decomposes matrices is asked for in 32 and 64 bits alone: the libraries beneath have no narrower formats.
WIDE = ("newton", "pca", "whiten")

# Two letters exchanged in a name of seven, or one left out of four, have this share of their letters in common.
_NEAR = 0.85


class UnknownClauseError(Exception):
    """No clause has the id that was asked for."""


def operations_of(clause: Clause) -> tuple[str, ...]:
    """Return the operations a clause speaks of.

    It is one, or every operation of the page where the id opens with the page's name, unless the
    clause lists them.
    """
    if clause.operation == clause.page:
        return tuple(filter(clause.speaks_of, operations_on(clause.page)))
    return (clause.operation,)


@lru_cache(maxsize=None)
def operations_on(page: str) -> tuple[str, ...]:
    """Return the operations of a page."""
    return tuple(name for name in reference.__all__ if page_of(name) == page)


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
    """Return the page of an operation: the name of the module or package of the reference that defines it."""
    return (
        str(getattr(reference, operation).__module__)
        .removeprefix(f"{reference.__name__}.")
        .partition(".")[0]
    )


@lru_cache(maxsize=None)
def arguments_of(operation: str) -> tuple[str, ...]:
    """Return the names of an operation's positional arguments: arrays, lists of arrays, whole numbers, callbacks."""
    parameters = inspect.signature(getattr(reference, operation)).parameters.values()
    return tuple(
        parameter.name
        for parameter in parameters
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY
    )


@lru_cache(maxsize=None)
def parameters_of(operation: str) -> tuple[str, ...]:
    """Return the names of an operation's keyword-only parameters."""
    parameters = inspect.signature(getattr(reference, operation)).parameters.values()
    return tuple(
        parameter.name
        for parameter in parameters
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    )


@lru_cache(maxsize=None)
def has_dtype(operation: str) -> bool:
    """Say whether an operation is asked in a dtype: by its arguments or a parameter; one of whole numbers alone is not."""
    signature = inspect.signature(getattr(reference, operation))
    return "dtype" in signature.parameters or any(
        signature.parameters[name].annotation is not int for name in arguments_of(operation)
    )


@lru_cache(maxsize=None)
def answers_indices(operation: str) -> bool:
    """Say whether an operation answers int64 indices."""
    return "int64" in str(inspect.signature(getattr(reference, operation)).return_annotation)


def nearest(name: str) -> str:
    """Return the operation that a name is a misspelling of, "" where it is an operation or near none."""
    found = difflib.get_close_matches(name, reference.__all__, n=1, cutoff=_NEAR)
    return "".join(found) if name not in reference.__all__ else ""


def axes_of(
    operation: str, arguments: Sequence[Any], parameters: Mapping[str, Any]
) -> tuple[int, ...] | None:
    """Return the axes that an operation's sums run over: those it is given, those of its page, or None for all."""
    given = parameters.get("axes", parameters.get("axis"))
    if isinstance(given, (int, np.integer)):
        return (int(given),)
    if given is not None:
        return tuple(int(axis) for axis in given)
    if (
        page_of(operation) == "losses"
        and "cross_entropy" in operation
        and not operation.startswith("sigmoid")
    ):
        return (-1,)
    if page_of(operation) == "normalization":
        first = next(leaves(arguments[0]))
        return (0, *range(2, first.ndim))
    if page_of(operation) == "preprocessing":
        return (0,)
    return None


def clause_of(identifier: str) -> Clause:
    """Return a clause by its id; UnknownClauseError names the nearest ids for one that does not exist."""
    found = clauses().get(identifier)
    if found is None:
        near = difflib.get_close_matches(identifier, clauses(), n=3, cutoff=0.3)
        message = f"there is no clause {identifier!r}; near it are {', '.join(near) or 'none'} (conformance list shows all)"
        raise UnknownClauseError(message)
    return found
