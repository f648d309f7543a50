"""How a wrong answer is shown: its worst element, with its input, its truth and its bound."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds.truth import named
from nnspec.conformance.judge.errors import Comparison
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, in_words, leaves, mapped, position_of, wide
from nnspec.conformance.terms.operations import WIDE, axes_of
from nnspec.conformance.terms.outcomes import Broken

# A report shows arrays of at most this many elements.
_READABLE = 64

# An array of so many elements is shown whole, for a wrong element may need its neighbors. Where
# sums run along an axis, a fault may take the wrong one, and more is shown.
_WHOLE, _WHOLE_OF_SUMS = 12, 32

# How a larger array begins.
IN_WORDS = "an array of shape"

# So many steps of a script are shown, each of so many numbers.
_STEPS, _NUMBERS = 4, 6


class Numbers(NamedTuple):
    """The numbers of an element that a failure shows."""

    answer: float
    truth: float
    error: float
    allowed: float
    ulp: float


def broken(
    case: Case, what: str, answer: Array, truth: Array, compared: Comparison, ulp: Array
) -> Broken:
    """Return the failure that shows the worst element: the one that exceeds its bound most.

    `what` names the compared quantity, and is empty where that is the operation's answer.
    """
    error, allowed, wrong = compared
    with np.errstate(all="ignore"):
        ratio = error / allowed
        ratio = np.where(np.isfinite(ratio), ratio, np.finfo(float).max)
        worst = int(np.argmax(np.where(wrong, ratio, -1.0)))
        index = tuple(int(each) for each in np.unravel_index(worst, answer.shape))
    numbers = Numbers(*(float(each[index]) for each in (answer, truth, error, allowed, ulp)))
    return broken_at(case, what, index, answer.shape, numbers, int(np.count_nonzero(wrong)))


def broken_at(
    case: Case,
    what: str,
    index: tuple[int, ...],
    shape: tuple[int, ...],
    shown: Numbers,
    count: int,
) -> Broken:
    """Return the failure that shows these numbers, of the element at an index.

    So many elements of the shape are wrong.
    """
    answer, truth, error, allowed, ulp = shown
    with np.errstate(all="ignore"):
        error_ulp, bound_ulp = np.float64(error) / ulp, np.float64(allowed) / ulp
    counted = f"{count} of {math.prod(shape)} {'values' if what else 'answers'}"
    return Broken(
        f"{counted} {'is' if count == 1 else 'are'} outside the bound",
        quantity=what or case.operation,
        index=list(index),
        shape=list(shape),
        input=_input(case, index, shape),
        answer=answer,
        truth=truth,
        error=error,
        bound=allowed,
        error_ulp=float(error_ulp),
        bound_ulp=float(bound_ulp),
    )


def placed(broken: Broken, operation: str, nested: Any) -> Broken:
    """Return a failure at a place in a flat vector as one in an array of a nested answer."""
    path, inside = position_of(broken.details["index"][0], nested)
    quantity = operation + "".join(f"[{each}]" for each in path)
    for each in path:
        nested = nested[each]
    shape = list(np.shape(nested))
    broken.details |= {"quantity": quantity, "index": list(inside), "shape": shape}
    return broken


def misshapen(operation: str, came: Any, needed: Any) -> str:
    """Say what shapes an answer has, and which were needed."""
    said = f"{operation} answered with {in_words(came)}; {in_words(needed)} was needed"
    nested = isinstance(came, list) and isinstance(needed, list)
    if nested and sorted(map(str, came)) == sorted(map(str, needed)):
        return f"{said}: the same in another order"
    return said


def whole_input(case: Case) -> dict[str, Any]:
    """Return arguments and parameters of a case; an array that is too large is told in words."""
    found = {
        name: _given(each, case) if isinstance(each, Callback) else mapped(_shown, each)
        for name, each in named(case)
    }
    return {**found, **case.parameters}


def _input(case: Case, position: tuple[int, ...], shape: tuple[int, ...]) -> dict[str, Any]:
    """Return the part of the input that an element of the answer depends on.

    This is one element, a row along the axis, or all of an argument. It is all of a short one.
    """
    axes = axes_of(case.operation, case.arguments, case.parameters)
    found: dict[str, Any] = {}
    for name, argument in named(case):
        if isinstance(argument, Callback):
            found[name] = _given(argument, case)
        elif not isinstance(argument, np.ndarray):
            found[name] = mapped(_shown, argument)
        elif (
            argument.size <= (_WHOLE if axes is None else _WHOLE_OF_SUMS)
            or argument.shape != shape
            or case.operation in WIDE
            or (axes is not None and len(axes) > 1)
        ):
            found[name] = _shown(argument)
        elif axes is None:
            found[name] = wide(argument)[position].item()
        else:
            row: list[Any] = list(position)
            row[axes[0]] = slice(None)
            found[name] = wide(argument)[tuple(row)].tolist()
    return {**found, **case.parameters}


def _given(callback: Callback, case: Case) -> Any:
    """Return the answers of a callback where they are few numbers, else its description."""
    count = next((each for each in case.arguments if isinstance(each, int)), 1)
    script = list(callback.script[:count])
    sizes = [sum(array.size for array in leaves(step)) for step in script]
    few = script and max(sizes) <= _NUMBERS
    if few and len(script) == 1 < count:
        return f"{mapped(_shown, script[0])} in every step"
    # A script that is shorter than the steps repeats its end.
    if few and len(script) == count <= _STEPS:
        return mapped(_shown, script)
    return callback.description


def _shown(array: NDArray[Any]) -> Any:
    """Return an array as nested lists, or its shape in words where it is too large to be read."""
    return wide(array).tolist() if array.size <= _READABLE else f"{IN_WORDS} {array.shape}"
