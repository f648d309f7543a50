"""Mistakes of any method that takes steps: rates, signs, memory, and the points it asks at."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.terms.mistakes import Operation, spoiling
from nnspec.conformance.terms.operations import arguments_of, operations_on
from nnspec.spec import pages

Array = NDArray[Any]
Arrays = list[Array]
Gradient = Callable[[Arrays], Arrays]

# The pages of operations that take a number of steps.
PAGES = tuple(
    page for page in pages() if any("steps" in arguments_of(each) for each in operations_on(page))
)


def _of_steps(*properties: str) -> list[str]:
    """Return the clauses of these properties on every page of methods."""
    return [f"{page}/{each}" for page in PAGES for each in properties]


def rates_of(learning_rate: Any, steps: int) -> list[float]:
    """Return the learning rate of each step."""
    return [float(rate) for rate in np.broadcast_to(learning_rate, steps)]


def with_rates(operation: Operation, change: Callable[[list[float]], Sequence[float]]) -> Operation:
    """Return an operation that takes other learning rates than it is given."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        changed = tuple(change(rates_of(parameters["learning_rate"], arguments[-1])))
        return operation(*arguments, **{**parameters, "learning_rate": changed})

    return answer


def with_gradient(operation: Operation, change: Callable[[Gradient], Gradient]) -> Operation:
    """Return an operation that asks for another gradient than it is given."""
    return lambda gradient, *others, **parameters: operation(
        change(gradient), *others, **parameters
    )


def with_gradients(operation: Operation, change: Callable[[Arrays], Arrays]) -> Operation:
    """Return an operation whose gradient answers other arrays."""
    return with_gradient(operation, lambda gradient: lambda point: change(gradient(point)))


def with_params(operation: Operation, change: Callable[[Arrays], Arrays]) -> Operation:
    """Return an operation that begins with other parameters than it is given."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        *callbacks, params, steps = arguments
        return operation(*callbacks, change(params), steps, **parameters)

    return answer


def in_place(operation: Operation, change: Callable[[Array], object]) -> Operation:
    """Return an operation that changes the arrays of a gradient where they are, after their use."""

    def changed(gradients: Arrays) -> Arrays:
        kept = [each.copy() for each in gradients]
        for each in gradients:
            change(each)
        return kept

    return with_gradients(operation, changed)


# --- for pages to bind to their clauses ----------------------------------------------------------


def climbs(operation: Operation) -> Operation:
    """Goes uphill: the step has the other sign."""
    return with_gradients(operation, lambda gradients: [-each for each in gradients])


def forgets_the_learning_rate(operation: Operation) -> Operation:
    """Takes steps of rate 1, whatever rate is asked for."""
    return with_rates(operation, lambda rates: [1.0] * len(rates))


def forgets_its_state(operation: Operation) -> Operation:
    """Begins every step with an empty state, and counts it as the first."""

    def answer(gradient: Gradient, params: Arrays, steps: int, **parameters: Any) -> Any:
        trajectory = [list(params)]
        for rate in rates_of(parameters["learning_rate"], steps):
            alone = {**parameters, "learning_rate": rate}
            trajectory += operation(gradient, trajectory[-1], 1, **alone)
        return trajectory[1:]

    return answer


# --- rates and steps -----------------------------------------------------------------------------


@spoiling(properties=("rates",), dtypes=WIDE)
def keeps_the_first_rate(operation: Operation) -> Operation:
    """Takes the first step's learning rate for all steps."""
    return with_rates(operation, lambda rates: [rates[0]] * len(rates))


@spoiling(properties=("rates",), dtypes=WIDE)
def takes_the_next_rate(operation: Operation) -> Operation:
    """Counts its step before it looks up the learning rate, and takes that of the next one."""
    return with_rates(operation, lambda rates: [*rates[1:], rates[-1]])


# These have state, which a step that is left out does not change.
_WITH_STATE = tuple(
    operation
    for page in PAGES
    for operation in operations_on(page)
    if operation not in ("gradient_descent", "newton")
)


@spoiling(properties=("zero-rate",))
def takes_a_default_for_no_rate(operation: Operation) -> Operation:
    """Asks whether a rate is given, as `rate or 0.01` does, and takes 0.01 for 0."""
    return with_rates(operation, lambda rates: [rate or 0.01 for rate in rates])


@spoiling(properties=("zero-rate",), operations=_WITH_STATE, dtypes=WIDE)
def skips_steps_of_rate_zero(operation: Operation) -> Operation:
    """Asks for the gradient of a step whose rate is 0, and leaves parameters and state alone."""

    def answer(gradient: Gradient, params: Arrays, steps: int, **parameters: Any) -> Any:
        rates = rates_of(parameters["learning_rate"], steps)
        taken = [place for place, rate in enumerate(rates) if rate]
        asked = 0

        def skipping(point: Arrays) -> Arrays:
            nonlocal asked
            while rates[asked] == 0:
                gradient(point)
                asked += 1
            asked += 1
            return gradient(point)

        chosen = {**parameters, "learning_rate": tuple(rates[place] for place in taken)}
        steps_taken = iter(list(operation(skipping, params, len(taken), **chosen)))
        trajectory = [list(params)]
        for rate in rates:
            trajectory.append(list(next(steps_taken)) if rate else trajectory[-1])
        return trajectory[1:]

    return answer


@spoiling(properties=("zero-rate",), dtypes=WIDE)
def keeps_its_velocity_in_rates(operation: Operation) -> Operation:
    """Divides by the rate of a step and multiplies by it again, which is 0/0 for a rate of 0."""
    return with_rates(operation, lambda rates: [rate or np.nan for rate in rates])


@spoiling(properties=("negative-rate",))
def takes_the_magnitude_of_a_rate(operation: Operation) -> Operation:
    """Takes the magnitude of the learning rate."""
    return with_rates(operation, lambda rates: [abs(rate) for rate in rates])


@spoiling(properties=("negative-rate",))
def takes_no_rate_below_zero(operation: Operation) -> Operation:
    """Takes 0 for a learning rate below 0."""
    return with_rates(operation, lambda rates: [max(rate, 0.0) for rate in rates])


@spoiling(*_of_steps("form"))
def takes_one_step_less(operation: Operation) -> Operation:
    """Counts steps from 1 up to the number asked for, and leaves out the last."""
    return lambda *arguments, **parameters: operation(*arguments, **parameters)[:-1]


@spoiling(*_of_steps("form"), properties=("trajectory",))
def yields_before_the_step(operation: Operation) -> Operation:
    """Yields the parameters before each step instead of those after it."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        return [list(arguments[-2]), *operation(*arguments, **parameters)[:-1]]

    return answer


@spoiling(properties=("zero-gradient",))
def decays_the_weights(operation: Operation) -> Operation:
    """Shrinks the parameters by 1/32 in the first step, a weight decay that nobody asked for."""
    return with_params(
        operation, lambda params: [each * each.dtype.type(0.96875) for each in params]
    )


@spoiling(*_of_steps("neighbors"))
def steps_by_the_gradient_beside(operation: Operation) -> Operation:
    """Steps each element by the gradient of the one before it."""
    return with_gradients(operation, lambda found: [np.roll(each, 1) for each in found])


# --- memory --------------------------------------------------------------------------------------


@spoiling(*_of_steps("layouts"))
def steps_a_copy_of_a_view(operation: Operation) -> Operation:
    """Steps a copy of every array that is not contiguous, and yields the unmoved array."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        trajectory = operation(*arguments, **parameters)
        return [
            [
                after if before.flags.c_contiguous else before.copy()
                for before, after in zip(arguments[-2], step, strict=True)
            ]
            for step in trajectory
        ]

    return answer


@spoiling(*_of_steps("layouts", "purity"))
def updates_its_parameters_in_place(operation: Operation) -> Operation:
    """Leaves the parameters after the last step in the arrays that it was given to begin with."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        trajectory = operation(*arguments, **parameters)
        for array, after in zip(arguments[-2], trajectory[-1], strict=True):
            array[...] = after
        return trajectory

    return answer


@spoiling(*_of_steps("purity"), dtypes=WIDE)
def yields_the_same_arrays(operation: Operation) -> Operation:
    """Yields the same arrays in every step, so that each shows the last.

    Fix: yield copies, such as [p.copy() for p in params].
    """

    def answer(*arguments: Any, **parameters: Any) -> Any:
        trajectory = operation(*arguments, **parameters)
        return [trajectory[-1]] * len(trajectory)

    return answer


@spoiling(*_of_steps("purity"), remembers=True)
def goes_on_where_it_stopped(operation: Operation) -> Operation:
    """Begins a second call where the first one ended."""
    kept: dict[Any, Arrays] = {}

    def answer(*arguments: Any, **parameters: Any) -> Any:
        *callbacks, params, steps = arguments
        shapes = tuple(each.shape for each in params)
        begun = [
            old.astype(each.dtype)
            for old, each in zip(kept.get(shapes, params), params, strict=True)
        ]
        trajectory = operation(*callbacks, begun, steps, **parameters)
        kept[shapes] = trajectory[-1]
        return trajectory

    return answer


@spoiling(*_of_steps("empty"))
def drops_arrays_without_elements(operation: Operation) -> Operation:
    """Yields the arrays that have elements, and no others."""
    return lambda *arguments, **parameters: [
        [each for each in step if each.size] for step in operation(*arguments, **parameters)
    ]


# --- asking --------------------------------------------------------------------------------------


@spoiling(properties=("asking",), dtypes=WIDE)
def asks_twice(operation: Operation) -> Operation:
    """Asks for the gradient once to look at it and once more to step."""
    return with_gradient(
        operation, lambda gradient: lambda point: [gradient(point), gradient(point)][1]
    )


@spoiling(properties=("asking",), dtypes=WIDE)
def asks_where_it_began(operation: Operation) -> Operation:
    """Asks for every gradient at the parameters that it began with."""

    def answer(gradient: Gradient, *others: Any, **parameters: Any) -> Any:
        start = list(others[-2])
        return operation(lambda _: gradient([each.copy() for each in start]), *others, **parameters)

    return answer
