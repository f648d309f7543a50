"""How a wrong answer is shown: its worst element, with its input, its truth and its bound."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds.truth import named
from nnspec.conformance.judge.errors import Comparison
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, mapped, wide
from nnspec.conformance.terms.operations import WIDE, axes_of
from nnspec.conformance.terms.outcomes import Broken

# A report shows arrays of at most this many elements.
_READABLE = 64


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
        error_ulp, bound_ulp = error[index] / ulp[index], allowed[index] / ulp[index]
    count = int(np.count_nonzero(wrong))
    counted = f"{count} of {answer.size} {'values' if what else 'answers'}"
    return Broken(
        f"{counted} {'is' if count == 1 else 'are'} outside the bound",
        quantity=what or case.operation,
        index=list(index),
        input=_input(case, index, answer.shape),
        answer=float(answer[index]),
        truth=float(truth[index]),
        error=float(error[index]),
        bound=float(allowed[index]),
        error_ulp=float(error_ulp),
        bound_ulp=float(bound_ulp),
    )


def _input(case: Case, position: tuple[int, ...], shape: tuple[int, ...]) -> dict[str, Any]:
    """Return the part of the input that an element of the answer depends on.

    This is one element, a row along the axis, or all of an argument.
    """
    axes = axes_of(case.operation, case.arguments, case.parameters)
    found: dict[str, Any] = {}
    for name, argument in named(case):
        if isinstance(argument, Callback):
            found[name] = argument.description
        elif not isinstance(argument, np.ndarray):
            found[name] = mapped(_shown, argument)
        elif (
            argument.shape != shape
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


def _shown(array: NDArray[Any]) -> Any:
    """Return an array as nested lists, or its shape in words where it is too large to be read."""
    return wide(array).tolist() if array.size <= _READABLE else f"an array of shape {array.shape}"
