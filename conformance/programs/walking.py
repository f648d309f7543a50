"""Programs of operations that take steps: one loop over the lines, a turn for each step.

A turn runs the lines up to the one of `point`, asks for the gradient there, and runs the others.
Without that line, it asks at the parameters. All arrays of the parameters form one vector. For
`minibatch_descent`, `g` has a row for each sample of the batch, and `mean` runs over the rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nnspec.conformance.bounds.steps import POINT
from nnspec.conformance.programs.lines import CannotRunError, followed
from nnspec.conformance.programs.program import BEFORE, GRADIENT, THETA, Line, Program, states
from nnspec.conformance.programs.tree import names_in
from nnspec.conformance.terms.nested import Array, flat, like

HESSIAN = "H"


@dataclass(frozen=True, eq=False)
class Walk:
    """The call of an operation that takes steps: where it begins, and what it is answered.

    `batches` holds the samples of each step, None for an operation that asks one gradient a step.
    A `script` holds the gradients step by step as vectors, where they are the same at any point.
    Callbacks that count their calls are `renewed` before each walk.
    """

    start: list[Array]
    settings: Mapping[str, Any]
    rates: Array
    gradient: Callable[..., Any]
    hessian: Callable[..., Any] | None = None
    batches: Sequence[Sequence[int]] | None = None
    words: dict[str, Any] = field(default_factory=dict)
    renewed: Callable[[], Mapping[str, Any]] | None = None
    script: Sequence[Array] | None = None

    def asked(self, point: Array, step: int) -> dict[str, Any]:
        """Return what the callbacks answer at a point in a step, by the names in a formula."""
        if self.script is not None:
            return {GRADIENT: self.script[min(step, len(self.script) - 1)]}
        arrays = like(point, self.start)
        if self.batches is None:
            answers = {GRADIENT: flat(list(self.gradient(arrays)))}
        else:
            rows = [flat(list(self.gradient(arrays, index))) for index in self.batches[step]]
            longest = max(map(len, self.batches))
            answers = {GRADIENT: np.stack(rows), "longest": np.asarray(longest, dtype=np.float64)}
        if self.hessian is not None:
            answers[HESSIAN] = np.asarray(self.hessian(arrays), dtype=np.float64)
        return answers


def walked(program: Program, walk: Walk, yielded: Sequence[Array] | None = None) -> Iterator[Array]:
    """Yield the parameters after each step as a vector.

    Each step begins where the one before it ended, or with the parameters that somebody `yielded`
    before it. Raises CannotRunError if a line has no value, or if the parameters change their
    shape.
    """
    if walk.renewed is not None:
        walk = replace(walk, renewed=None, **walk.renewed())
    theta = flat(walk.start)
    names: dict[str, Any] = dict(walk.settings)
    names.update({state: np.zeros(theta.shape) for state in states(program)}, theta=theta)
    names.update(start=theta, previous=theta)
    before, after = _around_the_question(program)
    for step in range(len(walk.rates)):
        names.update(_of_a_step(walk.rates, step))
        earlier = names[THETA]
        followed(before, names, walk.words)
        point = _shaped(names[POINT if before else THETA], theta)
        names.update(walk.asked(point, step))
        names["n"] = np.float64(len(names[GRADIENT]))
        followed(after, names, walk.words)
        names[BEFORE], names["previous"] = earlier, earlier
        names[THETA] = _shaped(names[THETA], theta)
        yield names[program.answers[0]]
        if yielded is not None:
            names[THETA] = yielded[step]


def _of_a_step(rates: Array, step: int) -> dict[str, Any]:
    """Return the number of a step, its rate, and the rates of others that may be taken for it."""
    return {
        "t": np.float64(step + 1),
        "rate": rates[step],
        "first_rate": rates[0],
        "previous_rate": rates[max(step - 1, 0)],
        "next_rate": rates[min(step + 1, len(rates) - 1)],
    }


def _around_the_question(program: Program) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Return the lines before the gradient is asked for, and those after it."""
    place = program.defined.index(POINT) + 1 if POINT in program.defined else 0
    before, after = program.lines[:place], program.lines[place:]
    if any(GRADIENT in names_in(line.expression) for line in before):
        message = f"{program}: the gradient is used before it is known"
        raise CannotRunError(message)
    return before, after


def _shaped(value: Any, theta: Array) -> Array:
    """Return parameters in their shape; a formula that drops them all may leave a number."""
    found = np.asarray(value, dtype=np.float64)
    if found.size == theta.size:
        return found.reshape(theta.shape)
    if found.size != 1:
        message = f"the parameters have the shape {found.shape}; {theta.shape} was needed"
        raise CannotRunError(message)
    return np.full(theta.shape, found.item())
