"""An optimizer's clause as a machine: its bound is the step itself, evaluated for every parameter and step with the error it carries.

A name that stands in its own definition is state: 0 before the first step. `theta` are the parameters before the step, `g` the
gradient that was answered in it, `rate` its learning rate, `t` its number from 1; a definition of `point` is where the gradient is
asked for. Formulas work element by element, so all arrays of the parameters are one vector here.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np

from nnspec.conformance.bounds import language
from nnspec.conformance.bounds.language import BoundError
from nnspec.conformance.bounds.rounding import Arithmetic, Rounded, compared, exact, vocabulary
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, table
from nnspec.conformance.terms.operations import arguments_of
from nnspec.spec import Formula

POINT = "point"

# Names and values of hyper-parameters.
_Settings = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Steps:
    """What a formula says of every step (rows) and parameter (columns): the value, its error, and the same of the asked point."""

    value: Array
    error: Array
    point: Array
    point_error: Array

    @classmethod
    def of(cls, after: Rounded, point: Rounded) -> Self:
        """Return the steps of parameters and points that carry their errors."""
        return cls(after.value, after.error, point.value, point.error)


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
        message = (
            f"{case.operation}: the gradients of {case.name} depend on where they are asked for"
        )
        raise BoundError(message)
    return table(
        [gradient.script[min(step, len(gradient.script) - 1)] for step in range(count(case))]
    )


def follow(
    stated: Formula, case: Case, gradients: Array, before: Array, dtype: str, accumulates_in: str
) -> Steps:
    """Return each step from the parameters before it, (steps, parameters), given the gradients that were answered.

    From the second step on, what was yielded may be a rounding of what is carried: the parameters bring u·|theta|.
    """
    arithmetic, settings = compared(dtype, accumulates_in), _settings(case)
    carried = abs(before) * arithmetic.u
    carried[:1] = 0.0
    states = _states(stated, settings, arithmetic, gradients.tobytes(), gradients.shape)
    given = {"theta": Rounded(before, carried, arithmetic)} | _given(
        settings, gradients, arithmetic
    )
    return Steps.of(*_evaluated(stated, states, _known(settings, arithmetic) | given))


def carry(stated: Formula, case: Case, gradients: Array, dtype: str, accumulates_in: str) -> Steps:
    """Return the whole trajectory, the parameters' errors carried from step to step."""
    start = flat(parameters(case))
    return _carried(
        stated,
        _settings(case),
        start.tobytes(),
        gradients.tobytes(),
        gradients.shape,
        compared(dtype, accumulates_in),
    )


# Settings, parameters and gradients are asked in several clauses and dtypes, and by every mistake that is put to a case.
@lru_cache(maxsize=256)
def _carried(
    stated: Formula,
    settings: _Settings,
    start: bytes,
    gradients: bytes,
    shape: tuple[int, ...],
    arithmetic: Arithmetic,
) -> Steps:
    states = _states(stated, settings, arithmetic, gradients, shape)
    known, given = (
        _known(settings, arithmetic),
        _given(settings, np.frombuffer(gradients).reshape(shape), arithmetic),
    )
    theta, thetas = exact(np.frombuffer(start), arithmetic), []
    for step in range(shape[0]):
        rows = {
            name: (_row(before, step), _row(after, step))
            for name, (before, after) in states.items()
        }
        theta, _ = _evaluated(stated, rows, known | {"theta": theta} | _rows(given, step))
        thetas.append(theta)
    stacked = _stacked(thetas, arithmetic)
    return Steps.of(stacked, stacked)


@lru_cache(maxsize=None)
def _names_in(expression: str) -> frozenset[str]:
    return frozenset(
        node.id
        for node in ast.walk(ast.parse(expression.strip(), mode="eval"))
        if isinstance(node, ast.Name)
    )


@lru_cache(maxsize=None)
def _parted(stated: Formula) -> tuple[frozenset[str], list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the states, names whose definitions use them, the parts of these for all steps at once, and what is left for each step.

    BoundError where a state depends on the parameters.
    """
    states = frozenset(
        name for name, expression in stated.definitions if name in _names_in(expression)
    )
    moving, dependent = set(states), {"theta", POINT}
    parts: list[tuple[str, str]] = []
    stepwise = []
    for name, expression in stated.definitions:
        names = _names_in(expression)
        if names & dependent:
            dependent.add(name)
        elif names & moving:
            moving.add(name)
            tree = ast.parse(expression.strip(), mode="eval").body
            stepwise.append((name, ast.unparse(_Aside(moving, parts).visit(tree))))
        else:
            parts.append((name, expression))
    if states & dependent:
        message = f"the state {', '.join(sorted(states & dependent))} depends on the parameters; the gradients alone must give it"
        raise BoundError(message)
    return states, parts, stepwise


class _Aside(ast.NodeTransformer):
    """Puts a name in the place of every part of an expression in which nothing moves from step to step, and the part to the others."""

    def __init__(self, moving: set[str], parts: list[tuple[str, str]]) -> None:
        self._moving, self._parts = moving, parts

    def visit(self, node: ast.AST) -> ast.AST:
        """Return a node, or the name that is in its place."""
        source = ast.unparse(node) if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Call)) else ""
        if not source or _names_in(source) & self._moving:
            found: ast.AST = self.generic_visit(node)
            return found
        self._parts.append((f"part{len(self._parts)}", source))
        return ast.Name(self._parts[-1][0], ast.Load())


def _settings(case: Case) -> _Settings:
    """Return the hyper-parameters of a case: of whichever case has the same, formulas say the same."""
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in sorted(case.parameters.items())
    )


def _known(settings: _Settings, arithmetic: Arithmetic) -> dict[str, Any]:
    """Return the vocabulary and what is the same in every step."""
    return {
        **vocabulary(arithmetic),
        **{name: exact(value, arithmetic) for name, value in settings if name != "learning_rate"},
    }


def _given(settings: _Settings, gradients: Array, arithmetic: Arithmetic) -> dict[str, Rounded]:
    """Return what every step is given, a row for each."""
    rate = np.asarray(dict(settings)["learning_rate"], dtype=np.float64).reshape(-1, 1)
    numbers = np.arange(1, len(gradients) + 1, dtype=np.float64).reshape(-1, 1)
    found = {"g": gradients, "rate": np.broadcast_to(rate, numbers.shape), "t": numbers}
    return {name: exact(each, arithmetic) for name, each in found.items()}


@lru_cache(maxsize=256)
def _states(
    stated: Formula,
    settings: _Settings,
    arithmetic: Arithmetic,
    content: bytes,
    shape: tuple[int, ...],
) -> Mapping[str, tuple[Rounded, Rounded]]:
    """Return every state before and after each step, stacked over the steps; remembered by settings and gradients."""
    states, parts, stepwise = _parted(stated)
    names = _known(settings, arithmetic) | _given(
        settings, np.frombuffer(content).reshape(shape), arithmetic
    )
    with np.errstate(all="ignore"):
        for name, expression in parts:
            names[name] = language.value(expression, names)
        used = {each for _, expression in stepwise for each in _names_in(expression)}
        given = {
            name: names[name]
            for name in used - states
            if isinstance(names.get(name), Rounded) and names[name].value.ndim
        }
        names |= {name: exact(np.zeros(shape[1:]), arithmetic) for name in states}
        history: dict[str, list[Rounded]] = {name: [names[name]] for name in states}
        for step in range(shape[0] if states else 0):
            names |= _rows(given, step)
            for name, expression in stepwise:
                names[name] = language.value(expression, names)
            for name in states:
                history[name].append(names[name])
    return {
        name: (_stacked(each[:-1], arithmetic), _stacked(each[1:], arithmetic))
        for name, each in history.items()
    }


def _stacked(each: list[Rounded], arithmetic: Arithmetic) -> Rounded:
    return Rounded(
        np.array([one.value for one in each]), np.array([one.error for one in each]), arithmetic
    )


def _row(stacked: Rounded, step: int) -> Rounded:
    return Rounded(stacked.value[step], stacked.error[step], stacked.arithmetic)


def _rows(given: Mapping[str, Rounded], step: int) -> dict[str, Rounded]:
    return {name: _row(each, step) for name, each in given.items()}


def _evaluated(
    stated: Formula, states: Mapping[str, tuple[Rounded, Rounded]], names: dict[str, Any]
) -> tuple[Rounded, Rounded]:
    """Return the parameters after the step and the point where its gradient was asked, for all steps at once or for one."""
    names = {**names, POINT: names["theta"]} | {
        name: before for name, (before, _) in states.items()
    }
    with np.errstate(all="ignore"):
        for name, expression in stated.definitions:
            names[name] = states[name][1] if name in states else language.value(expression, names)
        return language.value(stated.expression, names), names[POINT]
