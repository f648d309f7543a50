"""True answers by ball arithmetic, as the unevaluated sum of two float64: hi = the truth rounded,
lo = truth - hi rounded, 106 bits.

A page's module states its formulas a second time, on purpose: one function an operation, of its
name, from arrays of balls (NumPy
object arrays) to arrays of balls or nested lists of such.
"""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from flint import arb

from nnspec import reference
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.nested import flat, leaves, like, mapped
from nnspec.conformance.terms.operations import page_of
from tests.truth.balls import Array, Balls, Pair, balls, floats, rounded

__all__ = ["truth", "truths"]


def truth(operation: str, arguments: Sequence[Any], parameters: dict[str, Any]) -> Pair:
    """Return the true answer as (hi, lo), flat where it is several arrays; lo is 0 where hi is an
    infinity or NaN."""
    hi, lo = truths(operation, arguments, parameters)
    return flat(hi), flat(lo)


def truths(operation: str, arguments: Sequence[Any], parameters: dict[str, Any]) -> tuple[Any, Any]:
    """Return the true answer as hi and lo, arrays or nested lists of such; ValueError for an
    operation that is none."""
    if operation not in reference.__all__:
        message = f"the oracle knows {', '.join(reference.__all__)}; got {operation!r}"
        raise ValueError(message)
    module = import_module(f"tests.pages.{page_of(operation)}.oracle")
    if hasattr(module, "answer"):
        return module.answer(operation, arguments, parameters)
    formula = _formula(module, operation, arguments, parameters)
    nested = formula()
    hi, lo = _flat(nested, formula)
    return like(hi, nested), like(lo, nested)


def _formula(
    module: Any, operation: str, arguments: Sequence[Any], parameters: dict[str, Any]
) -> Callable[[], Any]:
    """Return the formula of a call, to be evaluated at the precision of the moment; lists and
    generators become lists."""

    def evaluated() -> Any:
        return _listed(
            getattr(module, operation)(*(_given(argument) for argument in arguments), **parameters)
        )

    return evaluated


def _given(argument: Any) -> Any:
    if isinstance(argument, Callback):
        return _heard(argument)
    return mapped(lambda array: array if array.dtype.kind == "i" else balls(array), argument)


def _heard(callback: Callback) -> Callable[..., list[Balls]]:
    """Return a callback as one of balls: it is asked at the nearest float64 and answers exact
    numbers."""
    number = -1

    def asked(point: Iterable[Balls], *others: Any) -> Any:
        nonlocal number
        number += 1
        return mapped(balls, callback.answer(number, [floats(array) for array in point], *others))

    return asked


def _listed(found: Any) -> Any:
    if isinstance(found, arb):
        return np.array(found, dtype=object)
    return found if isinstance(found, np.ndarray) else [_listed(item) for item in found]


def _flat(nested: Any, formula: Callable[[], Any]) -> tuple[Array, Array]:
    count = sum(array.size for array in leaves(nested))

    def wanted(places: Iterable[int]) -> Iterable[arb]:
        found = [
            ball for array in leaves(formula()) for ball in np.asarray(array, dtype=object).ravel()
        ]
        return [arb(found[place]) for place in places]

    return rounded(count, wanted)
