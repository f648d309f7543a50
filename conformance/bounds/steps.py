"""The bound of an optimizer is its own formula, evaluated step by step with the errors it carries.

A formula names the parameters before the step `theta`, the step's gradient `g`, its learning rate
`rate` and its number from 1 `t`. A name that stands in its own definition is state: it is 0 before
the first step. If a formula defines `point`, the gradient is asked for there instead of at `theta`.

All arrays of the parameters form one row here. `g` has one row for each gradient that a step asks
for: one for an optimizer, one a sample for a minibatch. `mean` and `sum` run over these rows;
everything else in a formula works element by element.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from nnspec.conformance.bounds import formulas, language
from nnspec.conformance.bounds.language import BoundError
from nnspec.conformance.bounds.pairs import Pair, paired
from nnspec.conformance.bounds.rounding import Arithmetic, Rounded, exact
from nnspec.conformance.bounds.words import vocabulary
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.nested import Array, flat, table
from nnspec.conformance.terms.operations import arguments_of
from nnspec.spec import Formula

POINT = "point"

# These factors cover our own error in float64 beside that of a narrower format, and in pairs.
_OWN, _OWN_IN_PAIRS = 1 + 2.0**-28, 1 + 2.0**-40

# Reductions run over the gradients of a step.
_ROWS = (0,)


class Known(NamedTuple):
    """Numbers `value` + `low`, and the error that a careful computation makes in them."""

    value: Array
    low: Array
    error: Array


class Steps(NamedTuple):
    """The parameters after each step, a row, and the points where the steps ask."""

    theta: Known
    point: Known


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


def fixed(case: Case) -> Array | None:
    """Return the gradients that a case's callback answers, None if they depend on the point."""
    return script(case) if _argument(case, "gradient").script else None


def follow(
    stated: Formula, case: Case, gradients: Array, before: Array, dtype: str, accumulates_in: str
) -> Steps:
    """Take each step from the parameters in its row of `before`, with the answered gradients.

    An implementation may yield a rounding of the parameters that it carries. So from the second
    step on, the parameters before the step bring the error u·|theta|. The steps are taken in
    float64, where our own error is 2⁻²⁹ of that in the narrower formats. If the format is float64,
    they are taken in pairs, where it is 2⁻⁴⁰ or less.
    """
    arithmetic = Arithmetic(FORMATS[dtype], FORMATS[accumulates_in], _ROWS)
    carried = abs(before) * arithmetic.u
    carried[:1] = 0.0
    starts = [
        Rounded(value[None], error[None], arithmetic)
        for value, error in zip(before, carried, strict=True)
    ]
    walked = _rounded(stated, case, gradients, arithmetic, starts)
    if dtype != "float64":
        return Steps(*(Known(each.value, 0 * each.value, each.error * _OWN) for each in walked))
    known = exactly(stated, case, gradients, [paired(value[None]) for value in before])
    return Steps(*(_known(*each) for each in zip(known, walked, strict=True)))


def _known(exact: Pair, walked: Rounded) -> Known:
    """Return numbers as pairs, and where a pair has left the range, as float64 finds them.

    The error of float64 itself is there as large as that of the format, which is float64 too.
    """
    held = np.isfinite(exact.lo)
    return Known(
        np.where(held, exact.hi, walked.value),
        np.where(held, exact.lo, 0.0),
        walked.error * np.where(held, _OWN_IN_PAIRS, 2.0),
    )


def carry(
    stated: Formula, case: Case, gradients: Array, dtype: str, accumulates_in: str
) -> Rounded:
    """Take each step from where the one before it ended, its error included.

    Return the parameters after each step, a row.
    """
    arithmetic = Arithmetic(FORMATS[dtype], FORMATS[accumulates_in], _ROWS)
    return _trajectory(stated, case, gradients.tobytes(), arithmetic)


# Several clauses ask for the trajectory of a case, and every mistake does that is put to the case.
@lru_cache(maxsize=256)
def _trajectory(stated: Formula, case: Case, gradients: bytes, arithmetic: Arithmetic) -> Rounded:
    shape = sum(_sizes(case)), flat(parameters(case)).size
    gradients_of_steps = np.frombuffer(gradients).reshape(shape)
    return _rounded(stated, case, gradients_of_steps, arithmetic)[0]


def exactly(
    stated: Formula, case: Case, gradients: Array, starts: Sequence[Pair] = ()
) -> tuple[Pair, Pair]:
    """Take the steps with 100 bits, from `starts` or else from where the last step ended.

    Return the parameters after each step, a row, and the points where the steps ask.
    """
    words = formulas.vocabulary(_ROWS)
    thetas, points = _walked(stated, case, gradients, formulas.exact, words, starts)
    return Pair(*_stacked(thetas, "hi", "lo")), Pair(*_stacked(points, "hi", "lo"))


def _rounded(
    stated: Formula,
    case: Case,
    gradients: Array,
    arithmetic: Arithmetic,
    starts: Sequence[Rounded] = (),
) -> tuple[Rounded, Rounded]:
    """Take the steps with the errors that a careful computation makes in them."""
    words = vocabulary(arithmetic, running=True)
    number = partial(exact, arithmetic=arithmetic)
    thetas, points = _walked(stated, case, gradients, number, words, starts)
    theta, theta_error = _stacked(thetas, "value", "error")
    point, point_error = _stacked(points, "value", "error")
    return Rounded(theta, theta_error, arithmetic), Rounded(point, point_error, arithmetic)


def _walked(
    stated: Formula,
    case: Case,
    gradients: Array,
    number: Callable[[Any], Any],
    words: dict[str, Any],
    starts: Sequence[Any] = (),
) -> tuple[list[Any], list[Any]]:
    """Evaluate the formula step by step, from `starts` or else from where the last step ended.

    `number` makes the numbers that the formula is evaluated with, and `words` take them.
    """
    settings = {key: value for key, value in case.parameters.items() if key != "learning_rate"}
    known = {key: number(value) for key, value in settings.items()}
    sizes = _sizes(case)
    asked = np.split(gradients, np.cumsum(sizes)[:-1])
    rates = np.broadcast_to(np.asarray(case.parameters["learning_rate"], dtype=float), len(sizes))
    theta = number(flat(parameters(case))[None])
    state = dict.fromkeys(_states(stated), number(np.zeros((1, flat(parameters(case)).size))))
    thetas, points = [], []
    with np.errstate(all="ignore"):
        for step in range(len(sizes)):
            theta = starts[step] if starts else theta
            names = {**known, **state, "theta": theta, POINT: theta}
            names |= {
                "g": number(asked[step]),
                "rate": number(rates[step]),
                "t": number(step + 1),
            }
            theta = language.defined(stated, names, words)
            state = {key: names[key] for key in state}
            thetas.append(theta)
            points.append(names[POINT])
    return thetas, points


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


def _stacked(rows: Sequence[Any], *parts: str) -> list[Array]:
    """Return the parts of several rows, each part as a table."""
    return [table([getattr(row, part) for row in rows]) for part in parts]
