"""Methods as their steps: the mistakes of optimizers differ from right methods in one step."""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

import numpy as np

from nnspec.conformance.pages.steps.mistakes import Array, Arrays, Gradient, rates_of
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import Rule, mistake

# A step of one array: from θ, its state, the gradient, the rate and the count to θ and state.
Step = Callable[[Array, Any, Array, float, int], tuple[Array, Any]]

# Where a method asks for the gradient of an array: from θ, its state and the rate.
Point = Callable[[Array, Any, float], Array]


def stepped(
    gradient: Gradient,
    params: Arrays,
    steps: int,
    learning_rate: Any,
    step: Step,
    *,
    first: Any = 0.0,
    point: Point | None = None,
) -> Iterator[Arrays]:
    """Yield the steps of a method with the first state `first`, which asks at θ or at a point."""
    theta, states = list(params), [first for _ in params]
    for t, rate in enumerate(rates_of(learning_rate, steps), 1):
        arrays = list(zip(theta, states, strict=True))
        asked = [point(*each, rate) for each in arrays] if point else theta
        after = [step(*each, g, rate, t) for each, g in zip(arrays, gradient(asked), strict=True)]
        theta, states = [np.asarray(x) for x, _ in after], [state for _, state in after]
        yield list(theta)


def mistaken_step(
    *clauses: str, dtypes: Sequence[str] = NAMES, first: Any = 0.0
) -> Callable[[Callable[..., Step]], Rule]:
    """Declare a mistake by its step: a function of the hyper-parameters, which returns the step."""

    def declared(step_of: Callable[..., Step]) -> Rule:
        @wraps(step_of)
        def method(
            gradient: Gradient, params: Arrays, steps: int, *, learning_rate: Any, **settings: float
        ) -> Iterator[Arrays]:
            return stepped(gradient, params, steps, learning_rate, step_of(**settings), first=first)

        return mistake(*clauses, dtypes=dtypes)(method)

    return declared
