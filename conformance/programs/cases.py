"""Programs put to the cases of the suite: a case becomes a call once, and many programs answer it.

    put(case, dtype)           the case as a call of programs, its callbacks answering in the dtype
    answered(program, call)    the answer as the suite flattens it, None if the program has none

A program computes in float64 and rounds nothing: a comparison rounds the answer to the dtype, or
allows for the rounding. The textbook's form overflows, or loses its digits, at the ends of the
range. So a form of a formula tells something about a case only where the unedited form is right.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnspec.conformance.programs.evaluation import Call, call_of, run
from nnspec.conformance.programs.lines import CannotRunError
from nnspec.conformance.programs.program import Program
from nnspec.conformance.programs.walking import Walk
from nnspec.conformance.terms.callbacks import Callback, Live
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import Array, flat, leaves
from nnspec.conformance.terms.operations import arguments_of
from nnspec.conformance.terms.outcomes import Malformed


def put(case: Case, dtype: str | None) -> Call:
    """Return a case as a call; scripts of its callbacks begin anew with every program."""
    names = arguments_of(case.operation)

    def heard() -> list[Any]:
        return [
            _heard(argument, names[place], dtype or "float64")
            if isinstance(argument, Callback)
            else argument
            for place, argument in enumerate(case.arguments)
        ]

    call = call_of(case.operation, heard(), case.parameters)
    if call.walk is None:
        return call
    script = _script(call.walk, dict(zip(names, case.arguments, strict=True)))
    if script is not None:
        return replace(call, walk=replace(call.walk, script=script))

    def renewed() -> dict[str, Any]:
        fresh = dict(zip(names, heard(), strict=True))
        return {name: fresh[name] for name in ("gradient", "hessian") if name in fresh}

    return replace(call, walk=replace(call.walk, renewed=renewed))


def answered(program: Program, call: Call) -> Array | None:
    """Return the answer of a program to a call: one array, or several as one vector."""
    try:
        answers = run(program, call)
    except (CannotRunError, Malformed):
        return None
    if len(answers) == 1 and call.walk is None and not call.each:
        return answers[0]
    return np.concatenate([answer.reshape(-1) for answer in answers] or [np.zeros(0)])


def _heard(callback: Callback, name: str, dtype: str) -> Callable[..., Any]:
    """Return a callback that is asked in the dtype and heard in float64, as from the start."""
    live = Live(callback, name, dtype, [])

    def asked(point: Any, *others: Any) -> Any:
        answer = live.heard([cast(np.asarray(array), dtype) for array in point], *others)
        return answer if isinstance(answer, np.ndarray) else list(leaves(answer))

    return asked


def _script(walk: Walk, named: Mapping[str, Any]) -> list[Array] | None:
    """Return the gradients step by step, if nothing else is asked and they hang on no point."""
    if walk.batches is not None or walk.hessian is not None:
        return None
    return [flat(answer) for answer in named["gradient"].script] or None
