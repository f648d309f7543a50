"""What stands beside a wrong number: the vector of its neighbors, and what its step began with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import steps as stepping
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, leaves, like, position_of
from nnspec.conformance.terms.operations import OPERATIONS, axes_of
from nnspec.conformance.terms.outcomes import Broken

# So many numbers of a vector are kept.
_KEPT = 16

# Where each element depends on one alone, its neighbors in a longer array say nothing.
_WHOLE = 12


def beside(
    case: Case, index: Sequence[int], arrays: Sequence[NDArray[Any]], nested: Any
) -> dict[str, Any]:
    """Return the vector in which a wrong element stands: answers, truths, and which are wrong.

    The `arrays` hold these three. A vector runs along the axis of the sums, or the last one. Of an
    optimizer it holds one number after each step. Of a long vector, a part is returned.
    """
    along = "axis"
    place = tuple(index)
    if nested is not None:
        path, place = position_of(index[0], nested)
        wholes = [like(each.reshape(-1), nested) for each in arrays]
        if OPERATIONS[case.operation].trains and len(path) == 2:  # noqa: PLR2004  step, array
            arrays = [np.asarray([step[path[1]][place] for step in whole]) for whole in wholes]
            place, along = path[:1], "steps"
        else:
            arrays = [_inside(whole, path) for whole in wholes]
    answer = arrays[0]
    alone = OPERATIONS[case.operation].elementwise and answer.size > _WHOLE
    if answer.size <= 1 or (alone and along == "axis"):
        return {}
    axis = _axis(case, answer)
    at = place[axis]
    first = max(0, min(at - _KEPT // 2, answer.shape[axis] - _KEPT))
    line: list[Any] = list(place)
    line[axis] = slice(first, first + _KEPT)
    rows = [each[tuple(line)] for each in arrays]
    vector = {
        "along": along if along == "steps" else f"axis {axis}",
        "length": int(answer.shape[axis]),
        "first": first,
        "at": at,
        "answer": [float(each) for each in rows[0]],
        "truth": [float(each) for each in rows[1]],
        "wrong": [bool(each) for each in rows[2]],
    }
    return {"vector": vector}


def _inside(nested: Any, path: Sequence[int]) -> NDArray[Any]:
    for each in path:
        nested = nested[each]
    return np.asarray(nested)


def _axis(case: Case, answer: NDArray[Any]) -> int:
    """Return the axis along which the numbers of an answer depend on one another."""
    first = next(leaves(case.arguments), None)
    axes = axes_of(case.operation, case.arguments, case.parameters) if first is not None else None
    if first is not None and first.shape == answer.shape and axes is not None and len(axes) == 1:
        own = axes[0] % answer.ndim
        if answer.shape[own] > 1:
            return own
    last = answer.ndim - 1
    return last if answer.shape[last] > 1 else int(np.argmax(answer.shape))


@contextmanager
def after_a_step(case: Case, before: Array, gradients: Array) -> Iterator[None]:
    """Add to a failure what the wrong step began with: the parameters, and the gradient there.

    Both are tables with a row a step.
    """
    try:
        yield
    except Broken as ended:
        path = _steps_path(ended)
        if path is not None and not case.many and len(gradients) > path[0]:
            step, place = path
            sizes = [array.size for array in leaves(stepping.parameters(case))]
            start = sum(sizes[:place])
            part = slice(start, start + min(sizes[place], _KEPT))
            ended.details["step"] = {
                "number": step + 1,
                "array": place,
                "parameters": before[step, part].tolist(),
                "gradient": gradients[step, part].tolist(),
            }
        raise


def _steps_path(ended: Broken) -> tuple[int, int] | None:
    """Return the step and the array of a wrong number, as in `adam[2][0]`."""
    numbers = str(ended.details["quantity"]).replace("]", "").split("[")[1:]
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 else None  # noqa: PLR2004
