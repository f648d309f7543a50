"""Mistakes that any adaptive method may have: epsilon, signs, changed gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.steps import mistakes as taking
from nnspec.conformance.pages.steps.courses import WIDE
from nnspec.conformance.terms.mistakes import Operation, spoiling
from nnspec.conformance.terms.operations import operations_on, parameters_of

Array = NDArray[Any]
Arrays = list[Array]

_ACCURACY = tuple(f"{each}/accuracy" for each in operations_on("adaptive"))
_AVERAGING = tuple(
    f"{each}/accuracy" for each in operations_on("adaptive") if "beta1" in parameters_of(each)
)
_RELATIONS = ("adam_epsilon_hat/epsilon", "adam_uncorrected/factor", "adam_uncorrected/rmsprop")


def _with_epsilon(operation: Operation, change: Callable[[float], float]) -> Operation:
    """Return an operation that takes another epsilon than it was given."""
    return lambda *arguments, **parameters: operation(
        *arguments, **{**parameters, "epsilon": change(parameters["epsilon"])}
    )


climbs = spoiling(
    *_ACCURACY,
    *_RELATIONS,
    "adaptive/first-step",
    "adaptive/constant-gradient",
    "adaptive/scale-invariance",
    "adaptive/finiteness",
    properties=("downhill", "without-epsilon"),
)(taking.climbs)


forgets_the_learning_rate = spoiling(
    *_ACCURACY,
    *_RELATIONS,
    "adaptive/first-step",
    "adaptive/constant-gradient",
    properties=("effective-rate", "without-epsilon"),
)(taking.forgets_the_learning_rate)


@spoiling("adaptive/purity")
def squares_the_gradient_in_place(operation: Operation) -> Operation:
    """Squares the arrays that the gradient answered where they are."""
    return taking.in_place(operation, lambda array: np.multiply(array, array, out=array))


@spoiling(
    *_ACCURACY,
    "adaptive/zero-gradient",
    "adaptive/first-step",
    "adaptive/constant-gradient",
    "adam_epsilon_hat/epsilon",
)
def leaves_out_epsilon(operation: Operation) -> Operation:
    """Takes no heed of epsilon."""
    return _with_epsilon(operation, lambda _: 0.0)


@spoiling(*_ACCURACY, "adaptive/scale-invariance", dtypes=WIDE)
def keeps_a_customary_epsilon(operation: Operation) -> Operation:
    """Takes 2⁻²⁷ for epsilon, whatever epsilon is asked for."""
    return _with_epsilon(operation, lambda _: 2.0**-27)


@spoiling(*_ACCURACY, "adaptive/independence")
def normalizes_the_gradient(operation: Operation) -> Operation:
    """Divides all gradients by their joint norm."""

    def normalized(found: Arrays) -> Arrays:
        norm = np.sqrt(sum(np.sum(each * each) for each in found))
        return [each / norm if norm else each for each in found]

    return taking.with_gradients(operation, normalized)


@spoiling(*_ACCURACY, "adaptive/scale-invariance", dtypes=WIDE)
def clips_the_gradient(operation: Operation) -> Operation:
    """Limits every element of the gradient to ±1."""
    return taking.with_gradients(
        operation, lambda found: [np.clip(each, -1.0, 1.0) for each in found]
    )


forgets_its_state = spoiling(*_ACCURACY, dtypes=WIDE)(taking.forgets_its_state)


@spoiling(*_AVERAGING, dtypes=WIDE)
def swaps_the_betas(operation: Operation) -> Operation:
    """Averages gradients with β₂ and their squares with β₁.

    Fix: average gradients with beta1, and their squares with beta2.
    """
    return lambda *arguments, beta1, beta2, **parameters: operation(
        *arguments, beta1=beta2, beta2=beta1, **parameters
    )
