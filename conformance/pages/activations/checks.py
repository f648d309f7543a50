"""Checks of the page `activations`: orders, sums and symmetries, which no single answer shows."""

import numpy as np

from nnspec.conformance.bounds import truth as truths
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import Array, wide

# --- every operation of the page ---


@check("activations/purity")
def is_pure(trial: Trial) -> None:
    """Expect the same answer around a call with the arrays reversed along every axis."""
    trial.repeated(
        *(np.ascontiguousarray(array[::-1, ::-1, ::-1]) for array in trial.case.arguments)
    )


@check("activations/empty")
def has_as_many_dimensions(trial: Trial) -> None:
    """Expect the right answer, in as many dimensions as x."""
    answered = trial.answer()
    trial.near(np.asarray(answered.ndim), trial.case.arguments[0].ndim, 0, "number of dimensions")


# --- sigmoid and tanh ---


@check("sigmoid/range", "softmax/range")
def lies_in_the_unit_interval(trial: Trial) -> None:
    """Expect every answer within [0, 1]."""
    trial.between(trial.shape(), 0, 1, f"{trial.case.operation} within [0, 1]")


@check("tanh/range")
def lies_around_zero(trial: Trial) -> None:
    """Expect every answer within [-1, 1]."""
    trial.between(trial.shape(), -1, 1, "tanh within [-1, 1]")


@check("sigmoid/monotonicity", "tanh/monotonicity")
def rises(trial: Trial) -> None:
    """Expect no answer further below the one before it than both bounds together."""
    answered, allowed = trial.shape(), trial.allowed()
    least = answered[:-1] - allowed[:-1] - allowed[1:]
    trial.between(answered[1:], least, np.inf, "answer after the next smaller input's")


@check("sigmoid/symmetry")
def adds_up_with_its_mirror(trial: Trial) -> None:
    """Expect the answers of x and of -x, which stand side by side, to add up to 1."""
    answered, allowed = trial.shape(), trial.allowed()
    # The float64 sum of the two is rounded once, at 1.
    room = allowed[::2] + allowed[1::2] + 2.0**-53
    trial.near(answered[::2] + answered[1::2], 1, room, "sigmoid(x) + sigmoid(-x)")


@check("tanh/symmetry")
def mirrors(trial: Trial) -> None:
    """Expect the answers of x and of -x, which stand side by side, to be negatives in the bound."""
    answered, allowed = trial.shape(), trial.allowed()
    trial.near(answered[1::2], -answered[::2], allowed[::2] + allowed[1::2], "tanh(-x)")


@check("tanh/oddness")
def is_odd(trial: Trial) -> None:
    """Expect the answers of x and of -x to differ in their signs alone, those of zeros too."""
    answered = trial.shape()
    trial.near(answered[1::2], -answered[::2].astype(np.float64), 0, "tanh(-x)")
    trial.sign(answered, negative=np.signbit(wide(trial.case.arguments[0])))


@check("sigmoid_vjp/saturation")
def sigmoid_vjp_saturates(trial: Trial) -> None:
    """Expect the derivative below a quarter, and below e^-|x|."""
    x, cotangent = wide(list(trial.case.arguments))
    _stays_below(trial, np.abs(cotangent) * np.minimum(0.25, np.exp(-np.abs(x))))


@check("tanh_vjp/saturation")
def tanh_vjp_saturates(trial: Trial) -> None:
    """Expect the derivative below 1, and below 4·e^-2|x|."""
    x, cotangent = wide(list(trial.case.arguments))
    _stays_below(trial, np.abs(cotangent) * np.minimum(1.0, 4.0 * np.exp(-2.0 * np.abs(x))))


# --- rectifiers and identity ---


@check("relu/signed-zero")
def answers_no_minus_zero(trial: Trial) -> None:
    """Expect the right answer, without a sign bit."""
    trial.sign(trial.answer(), negative=False)


@check("identity/signed-zero")
def keeps_the_sign_of_zero(trial: Trial) -> None:
    """Expect the right answer, with the sign bits of x."""
    trial.sign(trial.answer(), negative=np.signbit(wide(trial.case.arguments[0])))


@check("relu_vjp/at-zero", "leaky_relu_vjp/at-zero")
def is_a_subgradient(trial: Trial) -> None:
    """Expect the derivative at 0 between those of the two sides, and record it."""
    answered, allowed = trial.shape(), trial.allowed()
    cotangent = wide(trial.case.arguments[1])
    ends = np.stack([_slope(trial) * cotangent, cotangent])
    trial.between(answered, ends.min(axis=0) - allowed, ends.max(axis=0) + allowed, "subgradient")
    at_zero, at_minus_zero = float(answered[0] / cotangent[0]), float(answered[1] / cotangent[1])
    trial.measure("derivative at 0", at_zero)
    if at_minus_zero != at_zero:
        trial.measure("derivative at -0", at_minus_zero)


@check("relu_vjp/nan", "leaky_relu_vjp/nan")
def is_a_subgradient_or_nan(trial: Trial) -> None:
    """Expect NaN, or a number between the two slopes, where x is NaN, and the truth elsewhere."""
    answered, slope = trial.shape(), _slope(trial)
    x, cotangent = wide(list(trial.case.arguments))
    truth, at = truths.truth(trial.case)[0], np.isnan(x)
    # The bound at NaN is that of the side with the slope, which is rounded.
    left = cast(np.where(at, -1.0, x), trial.format.name)
    allowed = trial.on(left, trial.case.arguments[1]).allowed()
    ends = np.where(at, [slope * cotangent, cotangent], truth)
    least, most = ends.min(axis=0) - allowed, ends.max(axis=0) + allowed
    number = np.where(at & np.isnan(answered), cotangent, answered)
    trial.between(number, least, most, "subgradient at NaN")
    sides = {
        "NaN": np.isnan(answered),
        "that of positive numbers": answered == cotangent,
        "that of negative numbers": np.abs(answered - slope * cotangent) <= allowed,
    }
    side = next((side for side, taken in sides.items() if np.all(taken[at])), "another")
    trial.measure("derivative at NaN", side)


# --- softmax and log_softmax ---


@check("softmax/sum")
def sums_to_one(trial: Trial) -> None:
    """Expect the probabilities of a row to sum to 1."""
    _sums_to(trial, trial.shape(), 1)


@check("softmax_vjp/zero-sum", "log_softmax_vjp/zero-sum")
def sums_to_zero(trial: Trial) -> None:
    """Expect the right gradients, which sum to 0 in every row."""
    _sums_to(trial, wide(trial.answer()), 0)


@check("softmax/permutation")
def follows_permutations(trial: Trial) -> None:
    """Expect permuted logits to be answered with permuted probabilities."""
    answered = trial.shape()
    (x,) = trial.case.arguments
    for permutation in (np.arange(x.shape[-1])[::-1], np.roll(np.arange(x.shape[-1]), 1)):
        permuted = trial.implementation.softmax(x[..., permutation], **trial.case.parameters)
        allowed = 2 * trial.allowed()[..., permutation]
        trial.near(permuted, answered[..., permutation], allowed, "softmax of the permuted logits")


@check("softmax/every-input-counts")
def heeds_every_logit(trial: Trial) -> None:
    """Expect a raised logit to raise its own probability and to lower every other one.

    The first row holds the logits as they are, each later row has one of them raised.
    """
    answered = wide(trial.answer())
    base, raised = answered[0], answered[1:]
    own = np.eye(base.size, dtype=bool)
    least, most = np.where(own, base, 0), np.where(own, 1, base)
    trial.between(raised, least, most, "probability after raising a logit")


@check("softmax/positive-infinity", "log_softmax/positive-infinity")
def knows_nothing_of_two_infinities(trial: Trial) -> None:
    """Expect NaN for logits of inf, or the limit for one alone, and the limit or NaN beside them.

    The limits are the probabilities 1 and 0, or their logarithms.
    """
    answered, (x,), name = trial.shape(), trial.case.arguments, trial.case.operation
    certain, never = (0.0, -np.inf) if name == "log_softmax" else (1.0, 0.0)
    infinite = np.isposinf(wide(x))
    alone = infinite & (infinite.sum(axis=trial.case.parameters["axis"], keepdims=True) == 1)
    limit = alone & (answered == certain)
    trial.near(np.where(infinite & ~limit, answered, np.nan), np.nan, 0, f"{name} at inf")
    beside = np.where(infinite | np.isnan(answered), never, answered)
    trial.near(beside, never, 0, f"{name} beside inf")
    trial.measure(f"{name} of one infinite logit", f"{certain:g}" if limit.any() else "NaN")


@check("log_softmax/range")
def is_not_positive(trial: Trial) -> None:
    """Expect no log-probability above 0."""
    trial.between(trial.shape(), -np.inf, 0, "log_softmax below 0")


# --- what several checks share ---


def _slope(trial: Trial) -> float:
    """Return the slope of a rectifier for negative numbers."""
    return float(trial.case.parameters.get("negative_slope", 0.0))


def _stays_below(trial: Trial, limit: Array) -> None:
    allowed = limit + trial.allowed()
    trial.between(trial.shape(), -allowed, allowed, f"{trial.case.operation} within its limit")


def _sums_to(trial: Trial, answered: Array, total: float) -> None:
    """Expect rows along the last axis to sum to a total.

    The float64 sum of n terms adds n·2⁻⁵³ of their size.
    """
    own = answered.shape[-1] * 2.0**-53 * np.sum(np.abs(answered), axis=-1)
    allowed = np.sum(trial.allowed(), axis=-1) + own
    trial.near(np.sum(answered, axis=-1), total, allowed, f"sum of a row of {trial.case.operation}")
