"""Mistakes of the cross-entropies that clip: one end only, another order, an epsilon elsewhere."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]


def _crossed(p: Array, shares: Array, axis: int) -> Array:
    terms = p * np.log(np.where(p > 0, shares, 1))
    return -np.sum(terms, axis=axis)


def _clipped(q: Array, epsilon: float) -> Array:
    return np.clip(q, epsilon, 1 - epsilon)


def _normalized(q: Array, axis: int) -> Array:
    return q / np.sum(q, axis=axis, keepdims=True)


# --- of both -------------------------------------------------------------------------------------


@spoiling("cross_entropy_clipped/accuracy", "cross_entropy_renormalized/accuracy")
def codes_clipped_shares_in_bits(operation: Operation) -> Operation:
    """Takes logarithms to base 2."""
    return lambda p, q, **given: (operation(p, q, **given) / np.log(2)).astype(p.dtype)


@spoiling("cross_entropy_clipped/accuracy", "cross_entropy_renormalized/accuracy")
def exchanges_target_and_prediction(operation: Operation) -> Operation:
    """Takes the prediction first and the target second, as other libraries do."""
    return lambda p, q, **given: operation(q, p, **given)


@spoiling(
    "cross_entropy_clipped/accuracy",
    "cross_entropy_renormalized/accuracy",
    "cross_entropy_clipped/impossible",
    "cross_entropy_renormalized/impossible",
)
def has_an_epsilon_of_its_own(operation: Operation) -> Operation:
    """Clips at 1e-4, whatever epsilon is given."""
    return lambda p, q, *, axis, epsilon: operation(p, q, axis=axis, epsilon=1e-4)  # noqa: ARG005


@spoiling(
    "cross_entropy_clipped/accuracy",
    "cross_entropy_renormalized/accuracy",
    "cross_entropy_clipped/impossible",
    "cross_entropy_renormalized/impossible",
)
def clips_the_target_too(operation: Operation) -> Operation:
    """Clips both arguments."""

    def answer(p: Array, q: Array, *, axis: int, epsilon: float) -> Array:
        return np.asarray(operation(_clipped(p, epsilon), q, axis=axis, epsilon=epsilon))

    return answer


# --- in place of the cross-entropy itself ---------------------------------------------------------


@mistake("cross_entropy/impossible", "information/unnormalized")
def renormalizes_and_clips(p: Array, q: Array, *, axis: int) -> Array:
    """Answers `cross_entropy_renormalized`: divides q by its sum, and clips at 1e-7."""
    return _crossed(p, _clipped(_normalized(q, axis), 1e-7), axis)


@mistake("cross_entropy/impossible")
def clips_at_the_machine_epsilon(p: Array, q: Array, *, axis: int) -> Array:
    """Answers `cross_entropy_clipped`: clips q at the machine epsilon."""
    return _crossed(p, _clipped(q, float(np.finfo(q.dtype).eps)), axis)


# --- clipped -------------------------------------------------------------------------------------


@mistake(
    "cross_entropy_clipped/accuracy",
    "cross_entropy_clipped/impossible",
    "cross_entropy_clipped/certain",
    "cross_entropy_clipped/range",
)
def does_not_clip(p: Array, q: Array, *, axis: int, epsilon: float) -> Array:
    """Answers the cross-entropy itself, which is the operation `cross_entropy`."""
    return _crossed(p, q, axis)


@mistake(
    "cross_entropy_clipped/accuracy", "cross_entropy_clipped/certain", "cross_entropy_clipped/range"
)
def adds_epsilon(p: Array, q: Array, *, axis: int, epsilon: float) -> Array:
    """Adds epsilon to q instead of clipping it."""
    return _crossed(p, q + q.dtype.type(epsilon), axis)


@mistake("cross_entropy_clipped/accuracy", "cross_entropy_clipped/impossible")
def clamps_the_logarithm_at_minus_one_hundred(
    p: Array, q: Array, *, axis: int, epsilon: float
) -> Array:
    """Takes at least -100 for the logarithm, as a binary cross-entropy of PyTorch does."""
    with np.errstate(divide="ignore"):
        return np.sum(p * np.minimum(-np.log(q), 100), axis=axis)


@mistake(
    "cross_entropy_clipped/accuracy",
    "cross_entropy_clipped/impossible",
    "cross_entropy_clipped/certain",
)
def divides_clipped_shares_by_their_sum(p: Array, q: Array, *, axis: int, epsilon: float) -> Array:
    """Divides the clipped shares by their sum, as scikit-learn did before 1.3."""
    return _crossed(p, _normalized(_clipped(q, epsilon), axis), axis)


@mistake(
    "cross_entropy_clipped/accuracy",
    "cross_entropy_clipped/impossible",
    "cross_entropy_clipped/certain",
    "cross_entropy_clipped/range",
)
def forgets_the_sign_of_the_loss(p: Array, q: Array, *, axis: int, epsilon: float) -> Array:
    """Leaves out the minus sign."""
    return -_crossed(p, _clipped(q, epsilon), axis)


# --- renormalized --------------------------------------------------------------------------------


@mistake(
    "cross_entropy_renormalized/accuracy",
    "cross_entropy_renormalized/scale",
    "cross_entropy_renormalized/impossible",
)
def clips_before_it_divides(p: Array, q: Array, *, axis: int, epsilon: float) -> Array:
    """Clips q first and divides by the sum of the clipped shares."""
    return _crossed(p, _normalized(_clipped(q, epsilon), axis), axis)


@mistake("cross_entropy_renormalized/accuracy", "cross_entropy_renormalized/impossible")
def does_not_clip_the_quotients(p: Array, q: Array, *, axis: int, epsilon: float) -> Array:
    """Divides q by its sum and does not clip."""
    return _crossed(p, _normalized(q, axis), axis)


@mistake(
    "cross_entropy_renormalized/accuracy",
    "cross_entropy_renormalized/scale",
    "cross_entropy_renormalized/impossible",
)
def takes_shares_for_logits(p: Array, q: Array, *, axis: int, epsilon: float) -> Array:
    """Takes the softmax of q, as from_logits=True does."""
    return _crossed(p, _clipped(reference.softmax(q, axis=axis), epsilon), axis)


@spoiling("cross_entropy_renormalized/unclipped")
def takes_no_epsilon_for_its_default(operation: Operation) -> Operation:
    """Takes an epsilon of 0 for none, and clips at the machine epsilon."""

    def answer(p: Array, q: Array, *, axis: int, epsilon: float) -> Array:
        chosen = epsilon or 2 * FORMATS[p.dtype.name].u
        return np.asarray(operation(p, q, axis=axis, epsilon=chosen))

    return answer
