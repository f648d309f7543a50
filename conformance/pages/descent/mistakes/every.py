"""Mistakes that any descent may have: signs, rates, forgotten states."""

from typing import Any

from numpy.typing import NDArray

from nnspec.conformance.pages.steps import mistakes as taking
from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.terms.mistakes import Operation, spoiling
from nnspec.conformance.terms.operations import operations_on, parameters_of

Array = NDArray[Any]

_ACCURACY = tuple(f"{each}/accuracy" for each in operations_on("descent"))
_MOMENTUM = tuple(
    f"{each}/accuracy" for each in operations_on("descent") if "momentum" in parameters_of(each)
)


# --- of every operation --------------------------------------------------------------------------


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


# --- state ---------------------------------------------------------------------------------------


forgets_its_state = spoiling(
    *_MOMENTUM,
    "momentum/accumulation",
    "momentum/carries-through",
    "momentum/companion",
    "momentum/oscillation",
    dtypes=WIDE,
)(taking.forgets_its_state)
