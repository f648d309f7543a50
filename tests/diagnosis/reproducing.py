"""Whether the implementation that a diagnosis names answers as a fault does.

    function_of("adam", "adam: g² → |g|")    what a mistake, a sibling or an edit computes
    reproduced(fault, function, failing)     "" if both answer the same, else where they part

Answers are compared on the probes and in the failing cases, in every number that is finite. Cases
at the ends of the range are left out: there a fault has other errors of its own. Random weights
have equal laws, and orders of samples equal habits.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.judge.errors import Judged
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.programs.probes import asked_of
from nnspec.conformance.programs.program import NoProgramError
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import mistakes_of, rounded, standing_in
from nnspec.conformance.terms.nested import flat, leaves, shapes
from nnspec.conformance.terms.operations import OPERATIONS
from tests.diagnosis.chance import same_habits, same_law
from tests.diagnosis.fault import Fault, Function

# Two answers are the same if they differ by less than this part of them.
SAME = 1e-6

# A textbook's formula cancels where a careful one does not: by this part of the largest number.
CANCELS = 1e-9

# So many of the smallest failing cases are asked.
CASES = 40

# Numbers of plain size have squares and cubes within the range, and few exponentials outside.
PLAIN = 1e60


def function_of(operation: str, name: str) -> Function | None:
    """Return the operation that a name stands for, None if nothing bears the name."""
    for mistake in mistakes_of(operation):
        if mistake.name == name:
            return mistake.make()
    if name in reference.__all__:
        return rounded(name)
    try:
        edits = edits_of(operation)
    except NoProgramError:
        return None
    return next((implementation(edit.program) for edit in edits if edit.name == name), None)


def reproduced(fault: Fault, function: Function, failing: Sequence[Judged]) -> str:
    """Say where a function parts from a fault, "" if it answers as the fault does."""
    with np.errstate(all="ignore"):
        if OPERATIONS[fault.operation].random:
            alike = same_habits if OPERATIONS[fault.operation].answers_indices else same_law
            same = alike(fault.operation, fault.implementation(), function)
            return "" if same else "another law"
        told = False
        for place, (ours, theirs, truth) in enumerate(_probed(fault, function)):
            if not _alike(ours, theirs):
                return f"parts on probe {place}{_partly(ours, theirs)}"
            told |= _tells(ours, truth)
        for judged in [each for each in failing if _plain(each)][:CASES]:
            theirs = _called(fault.operation, function, judged)
            if theirs is None or not _near(judged, theirs):
                return f"parts in case {judged.case.name}"
            told |= not np.all(judged.right | ~np.isfinite(judged.answer))
    return "" if told else "no finite number is wrong"


def _probed(fault: Fault, function: Function) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the answers of a fault, of a function and of the reference to each probe."""
    for arguments, parameters in asked_of(fault.operation):
        yield tuple(
            _answered(each, arguments, parameters)
            for each in (fault.implementation(), function, rounded(fault.operation))
        )


def _answered(function: Callable[..., Any], arguments: Any, parameters: Any) -> Any:
    try:
        return _listed(function(*arguments, **parameters))
    except Exception:  # noqa: BLE001  a wrong formula may have no answer
        return None


def _listed(answer: Any) -> Any:
    if isinstance(answer, (np.ndarray, np.generic)):
        return np.asarray(answer)
    return [_listed(item) for item in answer]


def _alike(ours: Any, theirs: Any) -> bool:
    """Say whether two answers to a probe have the same shapes, and the same finite numbers."""
    if ours is None or theirs is None:
        return ours is theirs
    return shapes(ours) == shapes(theirs) and _close(flat(ours), flat(theirs))


def _partly(ours: Any, theirs: Any) -> str:
    """Say in how many of several answers two functions part."""
    if not (isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs)):
        return ""
    apart = sum(not _alike(*pair) for pair in zip(ours, theirs, strict=True))
    return f" in {apart} of {len(ours)} answers" if apart < len(ours) else ""


def _close(ours: Any, theirs: Any, *, reach: Any = 0.0, size: float = 0.0) -> bool:
    """Say whether numbers are near others wherever they are finite."""
    finite = np.isfinite(ours)
    size = max(size, float(np.max(np.abs(ours[finite]), initial=0.0)))
    near = np.abs(ours - theirs) <= SAME * np.abs(ours) + CANCELS * size + reach
    return bool(np.all(near[finite]))


def _tells(ours: Any, truth: Any) -> bool:
    """Say whether a fault's answer is a finite wrong number somewhere, or has another shape."""
    if ours is None or shapes(ours) != shapes(truth):
        return ours is not None
    return not _close(flat(ours), flat(truth))


def _called(operation: str, function: Function, judged: Judged) -> Any:
    """Return the answer of a function to a case, None if it has none."""
    case = judged.case
    source = InProcess(standing_in(operation, function, "a name"))
    try:
        answer = Implementation(source, judged.format.name).call(
            case.operation, case.arguments, case.parameters
        )
    except Exception:  # noqa: BLE001  a wrong formula may have no answer
        return None
    return flat(answer)


def _numbers(judged: Judged) -> list[Any]:
    given = (*judged.case.arguments, *judged.case.parameters.values())
    return [np.abs(each) for each in leaves(given) if each.dtype.kind == "f"]


def _plain(judged: Judged) -> bool:
    """Say whether all numbers of a case are 0 or of plain size."""
    return all(
        np.all((each == 0) | ((each <= PLAIN) & (each >= 1 / PLAIN)))
        for each in (*_numbers(judged), np.abs(judged.truth))
    )


def _near(judged: Judged, theirs: Any) -> bool:
    """Say whether numbers are near a wrong answer; a textbook's formula may end in NaN."""
    if theirs.shape != judged.answer.shape:
        return False
    largest = max((float(np.max(each, initial=0.0)) for each in _numbers(judged)), default=0.0)
    finite = np.isfinite(theirs)
    reach = np.nan_to_num(judged.reach, nan=0.0)[finite]
    return _close(judged.answer[finite], theirs[finite], reach=reach, size=1e-3 * largest)
