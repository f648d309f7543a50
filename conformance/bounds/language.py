"""Evaluates the bounds that clauses and docstrings state: the formula a reader sees is the formula that judges.

The language is arithmetic, `abs`, `max`, `min`, `sum`, `log`, `log2`, `exp`, `expm1`, `sqrt`, `where`, comparisons, the
operations of `reference`, the names of an operation's arguments and parameters, and

    y       the true answer                      u, u_a  unit roundoff of the dtype and of its accumulator
    n       length of the axis, or of the array  tiny, eta, huge  smallest normal, smallest subnormal, largest number
    ulp(v)  spacing of the dtype at v            gamma(k) = k·u_a/(1 - k·u_a), the error of a sum of k terms
    flush(v)  tiny where v < tiny, else 0: an answer that may come out as small as v may be flushed
    T(v)    transpose of the last two axes       norm(v) Euclidean norm over everything, of a list of arrays too
    one_hot(labels, v), channel(v)  an array like v with 1 where the label points; (C,) shaped to broadcast against x

`sum`, `mean`, `max` and `min` of one array reduce along the operation's axes (over all of it where it has none), keeping them.
A formula that is `running` is evaluated in `rounding`'s arithmetic, and the bound is the error that its value carries.
"""

import ast
import dataclasses
import inspect
import re
from collections.abc import Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.bounds.rounding import Arithmetic, exact
from nnspec.conformance.bounds.words import vocabulary
from nnspec.conformance.terms.formats import FORMATS
from nnspec.spec import Formula, formula

Array = NDArray[np.float64]

_NODES = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.Call,
    ast.keyword,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.operator,
    ast.unaryop,
    ast.cmpop,
    ast.Tuple,
)
_ACCURACY = re.compile(
    r"^ *Accuracy\n(?P<paragraph>.*?)(?=^ *(?:Edge cases|Raises|Source)$)", re.MULTILINE | re.DOTALL
)


class BoundError(Exception):
    """A formula uses something the language does not have; the message shows the formula."""


def evaluate(
    stated: Formula,
    quantities: Mapping[str, Any],
    *,
    dtype: str,
    accumulates_in: str,
    axes: tuple[int, ...] | None,
) -> Any:
    """Return the value of a formula for the given quantities, float64, every error of its own at most a few parts in 1e15.

    Of several formulas in a row it is a list.
    """
    settings = FORMATS[dtype], FORMATS[accumulates_in], axes
    if stated.running:
        return _errors(carried(stated, quantities, Arithmetic(*settings)))
    arithmetic = Arithmetic(*settings, dimensions=_dimensions(quantities))
    with np.errstate(all="ignore"):
        return _listed(defined(stated, dict(quantities), vocabulary(arithmetic)))


def carried(stated: Formula, quantities: Mapping[str, Any], arithmetic: Arithmetic) -> Any:
    """Return the value of a formula with the error it carries; the quantities are exact."""
    arithmetic = dataclasses.replace(arithmetic, dimensions=_dimensions(quantities))
    names = {name: exact(value, arithmetic) for name, value in quantities.items()}
    with np.errstate(all="ignore"):
        return defined(stated, names, vocabulary(arithmetic, running=True))


def _dimensions(quantities: Mapping[str, Any]) -> int:
    return np.ndim(quantities["x"]) if "x" in quantities else 2


def defined(stated: Formula, names: dict[str, Any], words: dict[str, Any]) -> Any:
    """Evaluate the definitions of a formula in their order, and then its expression; `names` come to hold what is defined."""
    for name, expression in stated.definitions:
        names[name] = value(expression, names, words)
    return value(stated.expression, names, words)


def _errors(found: Any) -> Any:
    """Return the error that a value carries, of several in a row a list."""
    return [_errors(item) for item in found] if isinstance(found, (list, tuple)) else found.error


def _listed(found: Any) -> Any:
    return (
        [_listed(item) for item in found]
        if isinstance(found, (list, tuple))
        else np.asarray(found, dtype=np.float64)
    )


@lru_cache(maxsize=None)
def of_reference(operation: str) -> Formula:
    """Return the bound that the docstring of a reference function states; BoundError where it states none."""
    documentation = inspect.getdoc(getattr(reference, operation))
    section = _ACCURACY.search(documentation or "")
    stated = formula(section["paragraph"]) if section else None
    if stated is None:
        message = f"reference.{operation} states no bound under 'Accuracy' in its docstring (python -OO strips docstrings: run without it)"
        raise BoundError(message)
    return stated


@lru_cache(maxsize=None)
def compiled(expression: str) -> CodeType:
    """Compile an expression of the language; BoundError where it is none."""
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError:
        message = f"not an expression: {expression!r}"
        raise BoundError(message) from None
    for node in ast.walk(tree):
        if not isinstance(node, _NODES) or (
            isinstance(node, ast.Call) and not isinstance(node.func, ast.Name)
        ):
            message = f"{type(node).__name__} is not part of the language of bounds: {expression!r}"
            raise BoundError(message)
    return compile(tree, "<bound>", "eval")


def names_in(expression: str) -> frozenset[str]:
    """Return the names that an expression uses, functions too."""
    return frozenset(compiled(expression).co_names)


def value(expression: str, names: Mapping[str, Any], words: dict[str, Any]) -> Any:
    """Evaluate one expression of the language with these names and those of a vocabulary; BoundError where it uses another one."""
    try:
        return eval(compiled(expression), words, names)  # noqa: S307  compiled() admits arithmetic alone
    except NameError as error:
        message = f"{error} in the bound {expression!r}"
        raise BoundError(message) from None
