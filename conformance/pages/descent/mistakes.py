"""Mistakes of the page `descent`: signs, rates, states and points that are nearly right, and most of them still go downhill."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.steps import mistakes as taking
from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.pages.steps.methods import Step, mistaken_step, stepped
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling
from nnspec.conformance.terms.operations import operations_on, parameters_of

Array = NDArray[Any]
Arrays = list[Array]
Gradient = Callable[[Arrays], Arrays]

_ACCURACY = tuple(f"{each}/accuracy" for each in operations_on("descent"))
_MOMENTUM = tuple(
    f"{each}/accuracy" for each in operations_on("descent") if "momentum" in parameters_of(each)
)


# --- of every operation ------------------------------------------------------------------------------------------------------------


climbs = spoiling(
    *_ACCURACY,
    "descent/finiteness",
    "gradient_descent/eigenbasis",
    "gradient_descent/stability",
    "gradient_descent/oscillation",
    "gradient_descent/best-rate",
    "momentum/companion",
    "momentum/oscillation",
    "momentum/accumulation",
    "momentum_average/average",
    "momentum_average/rescaling",
    "momentum_scaled/rescaling",
    "momentum_unbiased/first-step",
    "momentum_unbiased/constant-gradient",
    "nesterov_reformulated/look-ahead",
    "nesterov_reformulated_scaled/look-ahead",
    "newton/damped",
    "newton/quadratic",
    "newton/saddle",
    properties=("without-momentum",),
)(taking.climbs)


forgets_the_learning_rate = spoiling(*_ACCURACY, "newton/damped", properties=("without-momentum",))(
    taking.forgets_the_learning_rate
)


@spoiling(*_ACCURACY, "newton/damped", properties=("without-momentum",))
def applies_the_rate_twice(operation: Operation) -> Operation:
    """Multiplies by the learning rate in the gradient and again in the step."""
    return taking.with_rates(operation, lambda rates: [rate * rate for rate in rates])


@spoiling("descent/purity")
def scales_the_gradient_in_place(operation: Operation) -> Operation:
    """Multiplies the arrays that the gradient answered by the learning rate, where they are."""

    def halve(array: Array) -> None:
        array *= array.dtype.type(0.5)

    return taking.in_place(operation, halve)


# --- state -------------------------------------------------------------------------------------------------------------------------


forgets_its_state = spoiling(
    *_MOMENTUM,
    "momentum/accumulation",
    "momentum/carries-through",
    "momentum/companion",
    "momentum/oscillation",
    dtypes=WIDE,
)(taking.forgets_its_state)


# --- gradient descent --------------------------------------------------------------------------------------------------------------


@mistaken_step(
    "gradient_descent/eigenbasis",
    "gradient_descent/stability",
    "gradient_descent/oscillation",
    "gradient_descent/best-rate",
    "gradient_descent/stops",
    dtypes=WIDE,
)
def keeps_half_of_its_last_step() -> Step:
    """Adds half of the last step to every step."""
    return lambda x, v, g, a, _: (x - a * g - v / 2, a * g + v / 2)


@mistaken_step("gradient_descent/stops", dtypes=WIDE)
def goes_along_the_last_slope() -> Step:
    """Takes the last gradient again where the new one is zero."""

    def step(x: Array, last: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        taken = np.where(g == 0, last, g)
        return x - a * taken, taken

    return step


@mistaken_step("gradient_descent/stability", "gradient_descent/eigenbasis", dtypes=WIDE)
def clips_its_steps() -> Step:
    """Limits every step to 1/4 in each parameter."""
    return lambda x, v, g, a, _: (x - np.clip(a * g, -0.25, 0.25), v)


@mistaken_step(
    "gradient_descent/eigenbasis",
    "gradient_descent/stability",
    "gradient_descent/oscillation",
    "gradient_descent/best-rate",
    dtypes=WIDE,
)
def doubles_its_steps() -> Step:
    """Takes steps along the gradient of a loss without its factor ½."""
    return lambda x, v, g, a, _: (x - 2 * a * g, v)


@mistaken_step("gradient_descent/accuracy", dtypes=WIDE)
def decays_its_rate() -> Step:
    """Divides the learning rate by the number of the step."""
    return lambda x, v, g, a, t: (x - a / t * g, v)


# --- momentum ----------------------------------------------------------------------------------------------------------------------


@mistaken_step("momentum/accuracy", "momentum/companion", "momentum/accumulation")
def updates_the_velocity_after_its_use(momentum: float) -> Step:
    """Steps along the velocity of the step before and updates it afterwards."""
    return lambda x, v, g, a, _: (x - a * v, momentum * v + g)


@mistaken_step("momentum/accuracy", "momentum/carries-through", dtypes=WIDE)
def skips_arrays_without_a_gradient(momentum: float) -> Step:
    """Leaves arrays whose gradient is zero where they are, as lazy updates of sparse rows do."""

    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * v + g
        return (x - a * v if np.any(g) else x), v

    return step


@mistake("momentum/accuracy", dtypes=WIDE)
def shares_a_velocity_between_arrays(
    gradient: Gradient, params: Arrays, steps: int, *, learning_rate: Any, momentum: float
) -> Iterator[Arrays]:
    """Keeps one velocity for all arrays: each begins with the mean of what the one before it left."""
    theta, mean = list(params), params[0].dtype.type(0)
    for rate in taking.rates_of(learning_rate, steps):
        after = []
        for x, g in zip(theta, gradient(theta), strict=True):
            v = momentum * mean + g
            mean = np.sum(v) / max(v.size, 1)
            after.append(np.asarray(x - rate * v))
        theta = after
        yield list(theta)


@mistaken_step("momentum/accuracy", "momentum/accumulation", dtypes=WIDE)
def dampens_from_the_second_step(momentum: float) -> Step:
    """Begins with the whole gradient as velocity and adds 1 - μ times the gradient from then on."""
    return _moving(lambda v, g, _a, t: momentum * v + (g if t == 1 else (1 - momentum) * g))


def _moving(
    update: Callable[[Array, Array, float, int], Array],
) -> Step:
    """Return a step along a velocity that is updated before its use."""

    def step(x: Array, v: Array, g: Array, a: float, t: int) -> tuple[Array, Array]:
        v = update(v, g, a, t)
        return x - a * v, v

    return step


@mistaken_step("momentum_average/accuracy", "momentum_average/rescaling", dtypes=WIDE)
def exchanges_its_weights(momentum: float) -> Step:
    """Weighs the gradient with μ and the velocity with 1 - μ."""
    return _moving(lambda v, g, _a, _t: (1 - momentum) * v + momentum * g)


@mistaken_step("momentum_average/accuracy", "momentum_average/rescaling", dtypes=WIDE)
def begins_with_the_gradient(momentum: float) -> Step:
    """Begins with the first gradient as velocity instead of zero."""
    return _moving(lambda v, g, _a, t: g if t == 1 else momentum * v + (1 - momentum) * g)


@mistaken_step("momentum_average/average")
def divides_by_the_momentum(momentum: float) -> Step:
    """Weighs the gradient with 1 + μ instead of 1 - μ."""
    return _moving(lambda v, g, _a, _t: momentum * v + (1 + momentum) * g)


@mistaken_step("momentum_scaled/accuracy", "momentum_scaled/rescaling")
def scales_the_velocity_again(momentum: float) -> Step:
    """Multiplies the velocity, which holds the learning rates, by the learning rate."""
    return _moving(lambda v, g, a, _: momentum * v + a * g)


@mistaken_step("momentum_scaled/accuracy", "momentum_scaled/rescaling", dtypes=WIDE)
def applies_the_momentum_to_everything(momentum: float) -> Step:
    """Multiplies by μ after the gradient has been added, as the parentheses were lost."""

    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * (v + a * g)
        return x - v, v

    return step


def _correcting(momentum: float, late: int) -> Step:
    """Return a step of the unbiased momentum whose count is so late."""

    def step(x: Array, v: Array, g: Array, a: float, t: int) -> tuple[Array, Array]:
        v = momentum * v + (1 - momentum) * g
        return x - a * v / x.dtype.type(1 - momentum ** (t + late)), v

    return step


@mistaken_step(
    "momentum_unbiased/accuracy",
    "momentum_unbiased/first-step",
    "momentum_unbiased/constant-gradient",
)
def counts_steps_from_zero(momentum: float) -> Step:
    """Counts steps from 0 in the bias correction, and divides by 0 in the first."""
    return _correcting(momentum, -1)


@mistaken_step(
    "momentum_unbiased/accuracy",
    "momentum_unbiased/first-step",
    "momentum_unbiased/constant-gradient",
)
def counts_steps_from_two(momentum: float) -> Step:
    """Counts a step before it is corrected for, and divides by too much."""
    return _correcting(momentum, 1)


@mistaken_step("momentum_unbiased/accuracy", "momentum_unbiased/constant-gradient", dtypes=WIDE)
def corrects_the_velocity_it_keeps(momentum: float) -> Step:
    """Divides the velocity that it carries to the next step, so that corrections pile up."""
    return _moving(
        lambda v, g, _a, t: (momentum * v + (1 - momentum) * g) / g.dtype.type(1 - momentum**t)
    )


# --- Nesterov's method -------------------------------------------------------------------------------------------------------------


def _averaging(momentum: float) -> Step:
    return _moving(lambda v, g, _a, _t: momentum * v + (1 - momentum) * g)


@mistake("nesterov/accuracy", dtypes=WIDE)
def looks_ahead_by_a_part(
    gradient: Gradient, params: Arrays, steps: int, *, learning_rate: Any, momentum: float
) -> Iterator[Arrays]:
    """Asks at θ - aμu, with the factor μ of another form."""
    return stepped(
        gradient,
        params,
        steps,
        learning_rate,
        _averaging(momentum),
        point=lambda x, v, a: x - a * momentum * v,
    )


@mistaken_step("nesterov/accuracy", dtypes=WIDE)
def does_not_look_ahead(momentum: float) -> Step:
    """Asks at θ, and leaves the averaged momentum without Nesterov's idea."""
    return _averaging(momentum)


def _sutskever(momentum: float) -> Step:
    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * v - a * g
        return x + v, v

    return step


@mistake("nesterov_sutskever/accuracy", dtypes=WIDE)
def looks_ahead_by_the_whole_velocity(
    gradient: Gradient, params: Arrays, steps: int, *, learning_rate: Any, momentum: float
) -> Iterator[Arrays]:
    """Asks at θ + v, without the factor μ."""
    return stepped(
        gradient, params, steps, learning_rate, _sutskever(momentum), point=lambda x, v, _: x + v
    )


@mistake("nesterov_sutskever/accuracy", dtypes=WIDE)
def looks_back(
    gradient: Gradient, params: Arrays, steps: int, *, learning_rate: Any, momentum: float
) -> Iterator[Arrays]:
    """Asks at θ - μv, with the sign of a form whose velocity points uphill."""
    return stepped(
        gradient,
        params,
        steps,
        learning_rate,
        _sutskever(momentum),
        point=lambda x, v, _: x - momentum * v,
    )


@mistaken_step("nesterov_sutskever/accuracy", dtypes=WIDE)
def asks_at_the_parameters(momentum: float) -> Step:
    """Asks at θ, which is plain momentum."""
    return _sutskever(momentum)


@mistaken_step(
    "nesterov_reformulated/accuracy",
    "nesterov_reformulated/look-ahead",
    "nesterov_reformulated/without-momentum",
)
def leaves_the_gradient_out(momentum: float) -> Step:
    """Steps along μv alone, without the gradient itself."""
    return _ahead(momentum, lambda _, v: momentum * v)


@mistaken_step("nesterov_reformulated/accuracy", "nesterov_reformulated/look-ahead")
def adds_the_whole_velocity(momentum: float) -> Step:
    """Steps along g + v, without the factor μ."""
    return _ahead(momentum, lambda g, v: g + v)


@mistaken_step("nesterov_reformulated/accuracy", "nesterov_reformulated/look-ahead")
def takes_the_new_velocity_for_the_old(momentum: float) -> Step:
    """Steps along (1 + μ) g + μ² v, as one may with the velocity before its update, but with the new one."""
    return _ahead(momentum, lambda g, v: (1 + momentum) * g + momentum * momentum * v)


@mistaken_step("nesterov_reformulated/accuracy", "nesterov_reformulated/look-ahead", dtypes=WIDE)
def keeps_the_direction_for_the_velocity(momentum: float) -> Step:
    """Writes g + μv over the velocity, and accumulates that in the next step."""
    return _moving(lambda v, g, _a, _t: g + momentum * (momentum * v + g))


def _ahead(momentum: float, direction: Callable[[Array, Array], Array]) -> Step:
    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * v + g
        return x - a * direction(g, v), v

    return step


@mistaken_step("nesterov_reformulated_scaled/accuracy", "nesterov_reformulated_scaled/look-ahead")
def scales_gradient_and_velocity(momentum: float) -> Step:
    """Multiplies by the learning rate the velocity that holds it already."""

    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * v + a * g
        return x - a * (g + momentum * v), v

    return step


@mistaken_step("nesterov_reformulated_scaled/accuracy", "nesterov_reformulated_scaled/look-ahead")
def takes_the_new_scaled_velocity_for_the_old(momentum: float) -> Step:
    """Steps along (1 + μ) a g + μ² v, as one may with the velocity before its update, but with the new one."""

    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * v + a * g
        return x - ((1 + momentum) * a * g + momentum * momentum * v), v

    return step


@mistaken_step("nesterov_reformulated_scaled/accuracy", "nesterov_reformulated_scaled/look-ahead")
def leaves_the_scaled_gradient_out(momentum: float) -> Step:
    """Steps along μv alone, without the gradient itself."""

    def step(x: Array, v: Array, g: Array, a: float, _: int) -> tuple[Array, Array]:
        v = momentum * v + a * g
        return x - momentum * v, v

    return step


# --- Newton's method ---------------------------------------------------------------------------------------------------------------

Hessian = Callable[[Arrays], Array]


def _newton(
    gradient: Gradient,
    hessian: Hessian,
    params: Arrays,
    steps: int,
    learning_rate: Any,
    solve: Callable[[Array, Array], Array],
) -> Iterator[Arrays]:
    theta = params[0]
    for rate in taking.rates_of(learning_rate, steps):
        (g,) = gradient([theta])
        theta = theta - rate * solve(hessian([theta]), g)
        yield [theta]


@mistake("newton/accuracy", "newton/quadratic", "newton/damped", "newton/saddle", dtypes=WIDE)
def divides_by_the_diagonal(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Divides by the diagonal of the Hessian and leaves the rest out."""
    return _newton(gradient, hessian, params, steps, learning_rate, lambda h, g: g / np.diag(h))


@mistake("newton/quadratic", "newton/damped", "newton/saddle", dtypes=WIDE)
def adds_to_the_diagonal(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Adds 1/8 to the diagonal of the Hessian, as one does where it may be singular."""
    return _newton(
        gradient,
        hessian,
        params,
        steps,
        learning_rate,
        lambda h, g: np.linalg.solve(h + np.eye(len(g), dtype=h.dtype) / 8, g),
    )


@mistake("newton/singular", dtypes=WIDE)
def adds_a_little_to_the_diagonal(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Adds a little to the diagonal of a singular Hessian, and answers with what comes out."""

    def solve(h: Array, g: Array) -> Array:
        return np.asarray(
            np.linalg.solve(
                h + np.eye(len(g), dtype=h.dtype) * h.dtype.type(2.0**-20)
                if np.linalg.det(h) == 0
                else h,
                g,
            )
        )

    return _newton(gradient, hessian, params, steps, learning_rate, solve)


@mistake("newton/singular", dtypes=WIDE)
def takes_the_pseudo_inverse(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Answers a singular Hessian by its pseudo-inverse."""
    return _newton(
        gradient, hessian, params, steps, learning_rate, lambda h, g: np.linalg.pinv(h) @ g
    )


@mistake("newton/accuracy", dtypes=WIDE)
def keeps_the_first_hessian(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Asks for the Hessian once and keeps it."""
    kept = hessian(params)
    return _newton(gradient, lambda _: kept, params, steps, learning_rate, np.linalg.solve)


@spoiling("descent/asking", dtypes=WIDE, operations=("newton",))
def asks_for_the_hessian_where_it_began(operation: Operation) -> Operation:
    """Asks for every Hessian at the parameters that it began with."""
    return lambda gradient, hessian, params, steps, **parameters: operation(
        gradient, lambda _: hessian([each.copy() for each in params]), params, steps, **parameters
    )


@mistake("newton/saddle", dtypes=WIDE)
def flips_negative_curvatures(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Divides by the absolute values of the curvatures, and leaves the saddle behind."""

    def solve(h: Array, g: Array) -> Array:
        curvatures, vectors = np.linalg.eigh(h)
        return np.asarray(vectors @ ((vectors.T @ g) / abs(curvatures)))

    return _newton(gradient, hessian, params, steps, learning_rate, solve)


@mistake("newton/saddle", dtypes=WIDE)
def stops_where_it_curves_down(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Takes a Hessian that is not positive definite for the end of its way."""

    def solve(h: Array, g: Array) -> Array:
        return np.asarray(np.linalg.solve(h, g)) if np.all(np.linalg.eigvalsh(h) > 0) else 0 * g

    return _newton(gradient, hessian, params, steps, learning_rate, solve)


@mistake("newton/accuracy", "newton/quadratic", "newton/damped", dtypes=WIDE)
def multiplies_by_the_hessian(
    gradient: Gradient, hessian: Hessian, params: Arrays, steps: int, *, learning_rate: Any
) -> Iterator[Arrays]:
    """Multiplies by the Hessian where it should divide."""
    return _newton(gradient, hessian, params, steps, learning_rate, np.matmul)
