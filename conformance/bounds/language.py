"""Evaluates the bounds that clauses and docstrings state: the formula a reader sees is the judge.

A formula is an expression over words (`words.WORDS`) and over quantities: the operation's
arguments and parameters by name, the true answer `y`, and `n`, the length of the axis or the
number of elements. An ordinary formula is the bound itself. A `running` formula is evaluated on
values that carry their errors, and the error of its value is the bound.
"""

import ast
import dataclasses
import inspect
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.bounds.rounding import Arithmetic, exact
from nnspec.conformance.bounds.words import vocabulary
from nnspec.conformance.terms.factors import FACTORS, Factors
from nnspec.conformance.terms.formats import FORMATS
from nnspec.spec import Formula, formula

Array = NDArray[np.float64]

_NODES = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.keyword,
    ast.Name,
    ast.Load,
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult, ast.USub),
    *(ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq),
    ast.Tuple,
)
_ACCURACY = re.compile(
    r"^ *Accuracy\n(?P<paragraph>.*?)(?=^ *(?:Edge cases|Raises|Source)$)", re.MULTILINE | re.DOTALL
)


class BoundError(Exception):
    """A formula uses something that the language does not have; the message shows the formula."""


def evaluate(
    stated: Formula,
    quantities: Mapping[str, Any],
    *,
    dtype: str,
    accumulates_in: str,
    axes: tuple[int, ...] | None,
    multiplies_in: str = "",
) -> Any:
    """Return the bound that a formula states for these quantities, in float64.

    Several formulas in a row have a list of bounds. The rounding errors of the evaluation itself
    are at most a few parts in 1e15. Matrix products take factors of the dtype as they are, unless
    `multiplies_in` names a narrower format.
    """
    settings = FORMATS[dtype], FORMATS[accumulates_in], axes
    if stated.running:
        arithmetic = Arithmetic(*settings, factors=_rounding(dtype, multiplies_in))
        return _errors(carried(stated, quantities, arithmetic))
    arithmetic = Arithmetic(*settings, dimensions=_dimensions(quantities))
    with np.errstate(all="ignore"):
        return _listed(defined(stated, dict(quantities), vocabulary(arithmetic)))


def evaluate_each(
    stated: Formula,
    quantities: Mapping[str, Any],
    own: Iterable[Mapping[str, Any]],
    *,
    dtype: str,
    accumulates_in: str,
    axes: tuple[int, ...] | None,
    multiplies_in: str = "",
) -> list[Any]:
    """Return the bounds for several sets of quantities: each has its own ones beside those of all.

    The norm of a list that belongs to all is taken once: of a thousand arrays, each would take it
    of a thousand.
    """
    settings = FORMATS[dtype], FORMATS[accumulates_in], axes, _dimensions(quantities)
    arithmetic = Arithmetic(*settings, factors=_rounding(dtype, multiplies_in))
    used = names_of(stated)

    def taken(given: Mapping[str, Any]) -> dict[str, Any]:
        if not stated.running:
            return dict(given)
        return {name: exact(value, arithmetic) for name, value in given.items() if name in used}

    shared = taken(quantities)
    words = with_one_norm(vocabulary(arithmetic, running=stated.running), shared)
    with np.errstate(all="ignore"):
        found = [defined(stated, {**shared, **taken(each)}, words) for each in own]
    return [_errors(each) if stated.running else _listed(each) for each in found]


def _rounding(dtype: str, multiplies_in: str) -> Factors | None:
    """Return the format that factors are rounded to, None if it holds every number of the dtype."""
    factors = FACTORS[multiplies_in or dtype]
    return factors if factors.narrower(dtype) else None


def with_one_norm(words: dict[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the words, where the norm of a list among these quantities is taken once."""
    known: dict[int, Any] = {}
    lists = {id(value) for value in shared.values() if isinstance(value, (list, tuple))}

    def norm(values: Any) -> Any:
        if id(values) not in lists:
            return words["norm"](values)
        if id(values) not in known:
            known[id(values)] = words["norm"](values)
        return known[id(values)]

    return {**words, "norm": norm}


def carried(stated: Formula, quantities: Mapping[str, Any], arithmetic: Arithmetic) -> Any:
    """Return the value of a formula with the error it carries; the quantities are exact."""
    arithmetic = dataclasses.replace(arithmetic, dimensions=_dimensions(quantities))
    used = names_of(stated)
    names = {name: exact(value, arithmetic) for name, value in quantities.items() if name in used}
    with np.errstate(all="ignore"):
        return defined(stated, names, vocabulary(arithmetic, running=True))


def _dimensions(quantities: Mapping[str, Any]) -> int:
    return np.ndim(quantities["x"]) if "x" in quantities else 2


def defined(stated: Formula, names: dict[str, Any], words: dict[str, Any]) -> Any:
    """Evaluate the definitions of a formula in their order, then its expression.

    The values of the definitions are added to `names`.
    """
    for name, expression in stated.definitions:
        names[name] = value(expression, names, words)
    return value(stated.expression, names, words)


def _errors(carrying: Any) -> Any:
    """Return the error that a value carries, or a list of those of several values."""
    if isinstance(carrying, (list, tuple)):
        return [_errors(item) for item in carrying]
    return carrying.error


def _listed(values: Any) -> Any:
    if isinstance(values, (list, tuple)):
        return [_listed(item) for item in values]
    return np.asarray(values, dtype=np.float64)


@lru_cache(maxsize=None)
def of_reference(operation: str) -> Formula:
    """Return the bound that the docstring of a reference function states.

    Raises BoundError if it states no bound.
    """
    documentation = inspect.getdoc(getattr(reference, operation))
    section = _ACCURACY.search(documentation or "")
    stated = formula(section["paragraph"]) if section else None
    if stated is None:
        message = f"reference.{operation} states no bound under 'Accuracy' in its docstring"
        raise BoundError(f"{message} (python -OO strips docstrings: run without it)")
    return stated


@lru_cache(maxsize=None)
def compiled(expression: str) -> CodeType:
    """Compile an expression of the language.

    Raises BoundError if it uses anything but arithmetic, comparisons and calls of words.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        for node in ast.walk(tree):
            if not _is_part(node):
                message = (
                    f"{type(node).__name__} is not part of the language of bounds: {expression!r}"
                )
                raise BoundError(message)
        return compile(tree, "<bound>", "eval")
    # Python's parser and compiler give up on a thousand brackets or terms in their own ways.
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        message = f"not an expression: {expression!r}"
        raise BoundError(message) from None


def _is_part(node: ast.AST) -> bool:
    """Say whether a node is part of the language: of comparisons, calls and constants the plain."""
    match node:
        case ast.Call():
            return isinstance(node.func, ast.Name)
        case ast.Compare():
            return len(node.ops) == 1
        case ast.Constant():
            return type(node.value) in (int, float)
    return isinstance(node, _NODES)


def names_of(stated: Formula) -> frozenset[str]:
    """Return the names that a formula uses, in its definitions too."""
    expressions = [stated.expression, *(expression for _, expression in stated.definitions)]
    return frozenset().union(*map(names_in, expressions))


def names_in(expression: str) -> frozenset[str]:
    """Return the names that an expression uses, functions too."""
    return frozenset(compiled(expression).co_names)


def value(expression: str, names: Mapping[str, Any], words: dict[str, Any]) -> Any:
    """Evaluate one expression with the words of a vocabulary and these names, which go first.

    Raises BoundError if it uses any other name.
    """
    try:
        return eval(compiled(expression), words, names)  # noqa: S307  arithmetic alone is compiled
    except NameError as error:
        message = f"{error} in the bound {expression!r}"
        raise BoundError(message) from None
