"""An optimizer's clause as a machine: its bound is the step itself, evaluated for every parameter and step with the error it carries.

A name that stands in its own definition is state: 0 before the first step. `theta` are the parameters before the step, `g` the
gradient that was answered in it, `rate` its learning rate, `t` its number from 1; a definition of `point` is where the gradient is
asked for. Formulas work element by element, so all arrays of the parameters are one vector here.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from conformance import bounds
from conformance.answers import Array, flat
from conformance.bounds import BoundError
from conformance.checking import Case
from conformance.formats import FORMATS
from conformance.operations import arguments_of
from conformance.rounding import Arithmetic, Rounded, exact, vocabulary
from spec import Formula

POINT = "point"


@dataclass(frozen=True, eq=False)
class Steps:
    """What a formula says of every step (rows) and parameter (columns): the value, its error, and the same of the asked point."""

    value: Array
    error: Array
    point: Array
    point_error: Array


def parameters(case: Case) -> list[Any]:
    """Return the list of parameter arrays that a case begins with."""
    return list(case.arguments[arguments_of(case.operation).index("params")])


def count(case: Case) -> int:
    """Return how many steps a case takes."""
    return int(case.arguments[arguments_of(case.operation).index("steps")])


def script(case: Case) -> Array:
    """Return the gradients that a case's callback answers, (steps, parameters); BoundError where they depend on the point."""
    gradient = case.arguments[arguments_of(case.operation).index("gradient")]
    if not gradient.script:
        message = f"{case.operation}: the gradients of {case.name} depend on where they are asked for"
        raise BoundError(message)
    return np.array([flat(gradient.script[min(step, len(gradient.script) - 1)]) for step in range(count(case))])


def follow(stated: Formula, case: Case, gradients: Array, before: Array, dtype: str, accumulates_in: str) -> Steps:
    """Return each step from the parameters before it, (steps, parameters), given the gradients that were answered.

    From the second step on, what was yielded may be a rounding of what is carried: the parameters bring u·|theta|.
    """
    found = []
    for arithmetic in _arithmetics(dtype, accumulates_in):
        carried = abs(before) * arithmetic.working.u
        carried[:1] = 0.0
        names = _states(stated, case, arithmetic, gradients.tobytes(), gradients.shape)
        found.append(_evaluated(stated, names, Rounded(before, carried, arithmetic), case, gradients, arithmetic))
    return _joined(found)


def carry(stated: Formula, case: Case, gradients: Array, dtype: str, accumulates_in: str) -> Steps:
    """Return the whole trajectory, the parameters' errors carried from step to step."""
    return _carried(stated, case, gradients.tobytes(), gradients.shape, dtype, accumulates_in)


@lru_cache(maxsize=16)
def _carried(stated: Formula, case: Case, content: bytes, shape: tuple[int, ...], dtype: str, accumulates_in: str) -> Steps:
    """Carry, remembered by the gradients: the same ones are asked for by every mistake that is put to a case."""
    gradients = np.frombuffer(content).reshape(shape)
    found = []
    for arithmetic in _arithmetics(dtype, accumulates_in):
        states = _states(stated, case, arithmetic, content, shape)
        theta = exact(flat(parameters(case)), arithmetic)
        values, errors = [], []
        for step in range(len(gradients)):
            rows = {name: (_row(before, step), _row(after, step)) for name, (before, after) in states.items()}
            theta = _evaluated(stated, rows, theta, case, gradients[step], arithmetic, step=step)[0]
            values.append(theta.value)
            errors.append(theta.error)
        stacked = Rounded(np.array(values), np.array(errors), arithmetic)
        found.append((stacked, stacked))
    return _joined(found)


def _arithmetics(dtype: str, accumulates_in: str) -> tuple[Arithmetic, ...]:
    """Return the arithmetic under test and our own, whose value is the one that counts; one where they are the same."""
    pairs = dict.fromkeys([(dtype, accumulates_in), ("float64", "float64")])
    return tuple(Arithmetic(FORMATS[working], FORMATS[accumulator]) for working, accumulator in pairs)


def _joined(found: Sequence[tuple[Rounded, Rounded]]) -> Steps:
    (after, point), (exactly, exact_point) = found[0], found[-1]
    return Steps(exactly.value, after.error + exactly.error, exact_point.value, point.error + exact_point.error)


@lru_cache(maxsize=None)
def _names_in(expression: str) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(ast.parse(expression.strip(), mode="eval")) if isinstance(node, ast.Name))


def _state_names(stated: Formula) -> set[str]:
    """Return the names whose definitions use them; BoundError where one of them depends on the parameters."""
    states = {name for name, expression in stated.definitions if name in _names_in(expression)}
    dependent = {"theta"}
    for name, expression in stated.definitions:
        if _names_in(expression) & dependent:
            dependent.add(name)
    if states & dependent:
        message = f"the state {', '.join(sorted(states & dependent))} depends on the parameters; the gradients alone must give it"
        raise BoundError(message)
    return states


def _known(case: Case, arithmetic: Arithmetic) -> dict[str, Any]:
    """Return the vocabulary and the case's hyper-parameters."""
    given = {name: exact(value, arithmetic) for name, value in case.parameters.items() if name != "learning_rate"}
    return {**vocabulary(arithmetic), **given}


def _rates(case: Case, steps: int) -> Array:
    rate = case.parameters["learning_rate"]
    return np.broadcast_to(np.asarray(rate, dtype=np.float64).reshape(-1, 1), (steps, 1))


@lru_cache(maxsize=32)
def _states(
    stated: Formula, case: Case, arithmetic: Arithmetic, content: bytes, shape: tuple[int, ...]
) -> Mapping[str, tuple[Rounded, Rounded]]:
    """Return every state before and after each step, stacked over the steps; remembered by the gradients."""
    gradients = np.frombuffer(content).reshape(shape)
    states = _state_names(stated)
    rates = _rates(case, len(gradients))
    names = _known(case, arithmetic)
    names |= {name: exact(np.zeros(gradients.shape[1:]), arithmetic) for name in states}
    history: dict[str, list[Rounded]] = {name: [names[name]] for name in states}
    with np.errstate(all="ignore"):
        for step, gradient in enumerate(gradients):
            names |= {"g": exact(gradient, arithmetic), "rate": exact(rates[step], arithmetic), "t": step + 1}
            for name, expression in stated.definitions:
                if name in states or not _names_in(expression) & {"theta"}:
                    names[name] = bounds.value(expression, names)
            for name in states:
                history[name].append(names[name])
    return {name: (_stacked(each[:-1], arithmetic), _stacked(each[1:], arithmetic)) for name, each in history.items()}


def _stacked(each: list[Rounded], arithmetic: Arithmetic) -> Rounded:
    return Rounded(np.array([one.value for one in each]), np.array([one.error for one in each]), arithmetic)


def _row(stacked: Rounded, step: int) -> Rounded:
    return Rounded(stacked.value[step], stacked.error[step], stacked.arithmetic)


def _evaluated(
    stated: Formula,
    states: Mapping[str, tuple[Rounded, Rounded]],
    theta: Rounded,
    case: Case,
    gradients: Array,
    arithmetic: Arithmetic,
    *,
    step: int | None = None,
) -> tuple[Rounded, Rounded]:
    """Return the parameters after the step and the point where its gradient was asked, for all steps at once or for one."""
    steps = len(gradients) if step is None else step + 1
    rates = _rates(case, steps if step is None else count(case))
    numbers = np.arange(1, steps + 1, dtype=np.float64).reshape(-1, 1)
    names = _known(case, arithmetic) | {name: before for name, (before, _) in states.items()}
    names |= {
        "theta": theta,
        "g": exact(gradients, arithmetic),
        "rate": exact(rates if step is None else rates[step], arithmetic),
        "t": numbers if step is None else step + 1,
        POINT: theta,
    }
    with np.errstate(all="ignore"):
        for name, expression in stated.definitions:
            names[name] = states[name][1] if name in states else bounds.value(expression, names)
        return bounds.value(stated.expression, names), names[POINT]
