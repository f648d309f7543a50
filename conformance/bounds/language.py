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
import functools
import inspect
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.bounds import networks
from nnspec.conformance.bounds.rounding import Arithmetic, exact, one_hot
from nnspec.conformance.bounds.rounding import vocabulary as running_vocabulary
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.nested import leaves
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
    if stated.running:
        return _errors(
            carried(stated, quantities, Arithmetic(FORMATS[dtype], FORMATS[accumulates_in], axes))
        )
    names = dict(quantities)
    if "x" in quantities:
        names["channel"] = functools.partial(_channel, dimensions=np.ndim(quantities["x"]))
    with np.errstate(all="ignore"):
        return _listed(defined(stated, names, _vocabulary(dtype, accumulates_in, axes)))


def carried(stated: Formula, quantities: Mapping[str, Any], arithmetic: Arithmetic) -> Any:
    """Return the value of a formula in an arithmetic with the error that it carries; quantities without errors are exact."""
    names = {**running_vocabulary(arithmetic), **networks.vocabulary()}
    names |= {name: exact(value, arithmetic) for name, value in quantities.items()}
    if "x" in names:
        names["channel"] = lambda values: values.reshaped((-1, *(1,) * (names["x"].value.ndim - 2)))
    with np.errstate(all="ignore"):
        return defined(stated, names)


def defined(
    stated: Formula, names: dict[str, Any], vocabulary: dict[str, Any] | None = None
) -> Any:
    """Evaluate the definitions of a formula in their order, and then its expression; `names` come to hold what is defined."""
    for name, expression in stated.definitions:
        names[name] = value(expression, names, vocabulary)
    return value(stated.expression, names, vocabulary)


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


def value(
    expression: str, names: Mapping[str, Any], vocabulary: dict[str, Any] | None = None
) -> Any:
    """Evaluate one expression of the language with these names and those of a vocabulary; BoundError where it uses another one."""
    try:
        return eval(compiled(expression), vocabulary or {"__builtins__": {}}, names)  # noqa: S307  compiled() admits arithmetic alone
    except NameError as error:
        message = f"{error} in the bound {expression!r}"
        raise BoundError(message) from None


@lru_cache(maxsize=None)
def _vocabulary(dtype: str, accumulates_in: str, axes: tuple[int, ...] | None) -> dict[str, Any]:
    working, accumulator = FORMATS[dtype], FORMATS[accumulates_in]

    def gamma(terms: Any) -> Any:
        error = np.multiply(terms, accumulator.u)
        if isinstance(error, np.float64):
            return error / (1 - error) if error < 1 else np.float64(np.inf)
        return np.where(error < 1, error / (1 - error), np.inf)

    # The reductions of ufuncs are what np.sum and np.mean come to in the end, for a third of the time on short arrays.
    def total(values: Array) -> Array:
        return np.add.reduce(values, axis=axes, keepdims=True)

    def mean(values: Array) -> Array:
        found = total(values)
        return found / (values.size / max(found.size, 1))

    def extreme(pairwise: np.ufunc, least: float) -> Callable[..., Any]:
        return lambda values, *others: (
            pairwise(values, *others)
            if others
            else pairwise.reduce(values, axis=axes, keepdims=True, initial=least)
        )

    names: dict[str, Any] = {
        "__builtins__": {},
        "u": working.u,
        "u_a": accumulator.u,
        "tiny": working.tiny,
        "eta": working.eta,
        "huge": working.maximum,
        "ulp": working.ulp,
        "gamma": gamma,
        "flush": lambda values: np.where(values < working.tiny, working.tiny, 0.0),
        "sum": total,
        "mean": mean,
        "T": lambda values: np.swapaxes(values, -1, -2),
        "column": lambda values: values[..., None],
        "column_sums": np.add.reduce,
        "norm": lambda values: np.sqrt(sum(np.sum(np.square(array)) for array in leaves(values))),
        "one_hot": lambda labels, like: one_hot(labels, like.shape),
        "max": extreme(np.maximum, -np.inf),
        "min": extreme(np.minimum, np.inf),
        "abs": np.abs,
        "where": np.where,
        **{name: getattr(np, name) for name in ("log", "log2", "exp", "expm1", "sqrt")},
    }
    for operation in reference.__all__:
        function = getattr(reference, operation)
        takes_axis = "axis" in inspect.signature(function).parameters
        names[operation] = (
            functools.partial(function, axis=axes[0] if axes else None) if takes_axis else function
        )
    return names


def _channel(values: Array, *, dimensions: int) -> Array:
    """Return a vector over channels in the shape that broadcasts against x: (C,) for two dimensions, (C, 1, 1) for four."""
    return values.reshape(-1, *(1,) * (dimensions - 2))
