"""The bound of an optimizer is its own formula, evaluated step by step with the errors it carries.

A formula names the parameters before the step `theta`, the step's gradient `g`, its learning rate
`rate` and its number from 1 `t`. A name that stands in its own definition is state: it is 0 before
the first step. If a formula defines `point`, the gradient is asked for there instead of at `theta`.

All arrays of the parameters form one row here. `g` has one row for each gradient that a step asks
for: one for an optimizer, one a sample for a minibatch. `mean` and `sum` run over these rows;
everything else in a formula works element by element.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from nnspec.conformance.bounds import language
from nnspec.conformance.bounds.language import BoundError
from nnspec.conformance.bounds.rounding import Arithmetic, Rounded, compared, exact
from nnspec.conformance.bounds.words import vocabulary
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, table
from nnspec.conformance.terms.operations import arguments_of
from nnspec.spec import Formula

POINT = "point"

# Reductions run over the gradients of a step.
_ROWS = (0,)


@dataclass(frozen=True, eq=False)
class Steps:
    """The parameters after each step (a row), the point where it asks, and the errors of both."""

    value: Array
    error: Array
    point: Array
    point_error: Array


def takes_steps(operation: str) -> bool:
    """Say whether an operation answers with its parameters after each of several steps."""
    return bool({"steps", "batches"} & set(arguments_of(operation)))


def parameters(case: Case) -> list[Any]:
    """Return the list of parameter arrays that a case begins with."""
    return list(_argument(case, "params"))


def batches(case: Case) -> list[list[int]]:
    """Return the indices of the samples in each batch of a case."""
    return [[int(index) for index in batch] for batch in _argument(case, "batches")]


def count(case: Case) -> int:
    """Return how many steps a case takes."""
    return len(_sizes(case))


def script(case: Case) -> Array:
    """Return the gradients that a case's callback answers, one a row, in the order of asking.

    Raises BoundError if they depend on the point where they are asked for.
    """
    answers = _argument(case, "gradient").script
    if not answers:
        message = (
            f"{case.operation}: the gradients of {case.name} depend on where they are asked for"
        )
        raise BoundError(message)
    return table([answers[min(call, len(answers) - 1)] for call in range(sum(_sizes(case)))])


def follow(
    stated: Formula, case: Case, gradients: Array, before: Array, dtype: str, accumulates_in: str
) -> Steps:
    """Take each step from the parameters in its row of `before`, with the answered gradients.

    An implementation may yield a rounding of the parameters that it carries. So from the second
    step on, the parameters before the step bring the error u·|theta|.
    """
    arithmetic = compared(dtype, accumulates_in, _ROWS)
    carried = abs(before) * arithmetic.u
    carried[:1] = 0.0
    starts = [
        Rounded(value[None], error[None], arithmetic)
        for value, error in zip(before, carried, strict=True)
    ]
    return _walked(stated, case, gradients, arithmetic, starts)


def carry(stated: Formula, case: Case, gradients: Array, dtype: str, accumulates_in: str) -> Steps:
    """Take each step from where the one before it ended, its error included."""
    arithmetic = compared(dtype, accumulates_in, _ROWS)
    return _trajectory(stated, case, gradients.tobytes(), arithmetic)


# Several clauses ask for the trajectory of a case, and every mistake does that is put to the case.
@lru_cache(maxsize=256)
def _trajectory(stated: Formula, case: Case, gradients: bytes, arithmetic: Arithmetic) -> Steps:
    shape = sum(_sizes(case)), flat(parameters(case)).size
    return _walked(stated, case, np.frombuffer(gradients).reshape(shape), arithmetic)


def _walked(
    stated: Formula,
    case: Case,
    gradients: Array,
    arithmetic: Arithmetic,
    starts: Sequence[Rounded] = (),
) -> Steps:
    """Evaluate the formula step by step, from `starts` or else from where the last step ended."""
    settings = {key: value for key, value in case.parameters.items() if key != "learning_rate"}
    known = {key: exact(value, arithmetic) for key, value in settings.items()}
    words = vocabulary(arithmetic, running=True)
    sizes = _sizes(case)
    asked = np.split(gradients, np.cumsum(sizes)[:-1])
    rates = np.broadcast_to(np.asarray(case.parameters["learning_rate"], dtype=float), len(sizes))
    theta = exact(flat(parameters(case))[None], arithmetic)
    state = dict.fromkeys(_states(stated), exact(np.zeros(theta.value.shape), arithmetic))
    thetas, points = [], []
    with np.errstate(all="ignore"):
        for step in range(len(sizes)):
            theta = starts[step] if starts else theta
            names = {**known, **state, "theta": theta, POINT: theta}
            names |= {
                "g": exact(asked[step], arithmetic),
                "rate": exact(rates[step], arithmetic),
                "t": exact(step + 1, arithmetic),
            }
            theta = language.defined(stated, names, words)
            state = {key: names[key] for key in state}
            thetas.append(theta)
            points.append(names[POINT])
    return Steps(*_stacked(thetas), *_stacked(points))


def _states(stated: Formula) -> list[str]:
    """Return the names whose definitions use themselves.

    Raises BoundError if a state depends on the parameters: the gradients alone must give it, for
    an implementation keeps it in full while the parameters may be rounded between two steps.
    """
    uses = {name: language.names_in(expression) for name, expression in stated.definitions}
    states = [name for name, used in uses.items() if name in used]
    dependent = {"theta", POINT}
    for name, used in uses.items():
        dependent |= {name} if used & dependent else set()
    if wrong := sorted(dependent & set(states)):
        message = f"the state {', '.join(wrong)} depends on the parameters; "
        raise BoundError(message + "the gradients alone must give it")
    return states


def _sizes(case: Case) -> list[int]:
    """Return how many gradients each step of a case asks for."""
    if "batches" in arguments_of(case.operation):
        return [len(batch) for batch in batches(case)]
    return [1] * int(_argument(case, "steps"))


def _argument(case: Case, name: str) -> Any:
    return case.arguments[arguments_of(case.operation).index(name)]


def _stacked(rows: list[Rounded]) -> tuple[Array, Array]:
    """Return the values and the errors of several rows, each as a table."""
    return table([row.value for row in rows]), table([row.error for row in rows])
