"""Checks of the page `activations`: most clauses are judged by the answers alone, on inputs that bring the mistake out."""

import dataclasses

import numpy as np

from nnspec.conformance.bounds import truth as truths
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import Array, wide

# --- every operation of the page ---------------------------------------------------------------------------------------------------


@check("activations/purity")
def keeps_state(trial: Trial) -> None:
    """A call changes its arguments, an earlier answer, or the answer to a later call with the same arguments."""
    other = dataclasses.replace(
        trial.case,
        arguments=tuple(
            np.ascontiguousarray(array[::-1, ::-1, ::-1]) for array in trial.case.arguments
        ),
    )
    trial.repeated(other)


@check("activations/empty")
def fails_on_empty_arrays(trial: Trial) -> None:
    """An array without elements or without dimensions is not answered by one of its kind."""
    answered = trial.answer()
    trial.near(np.asarray(answered.ndim), trial.case.arguments[0].ndim, 0, "number of dimensions")


# --- sigmoid -----------------------------------------------------------------------------------------------------------------------


@check("sigmoid/range")
def sigmoid_leaves_its_range(trial: Trial) -> None:
    """The sigmoid is below 0 or above 1."""
    answered = trial.shape()
    trial.between(answered, 0, 1, f"{trial.case.operation} within [0, 1]")


@check("sigmoid/monotonicity")
def sigmoid_falls(trial: Trial) -> None:
    """The sigmoid falls from one input to the next larger one."""
    _rises(trial)


@check("sigmoid/symmetry")
def sigmoid_is_not_symmetric(trial: Trial) -> None:
    """The sigmoids of x and of -x do not add up to 1."""
    answered = trial.shape()
    allowed = trial.allowed()
    # The float64 sum of the two is rounded once, at 1.
    trial.near(
        answered[::2] + answered[1::2],
        1,
        allowed[::2] + allowed[1::2] + 2.0**-53,
        "sigmoid(x) + sigmoid(-x)",
    )


@check("sigmoid_vjp/saturation")
def sigmoid_vjp_does_not_saturate(trial: Trial) -> None:
    """The sigmoid's derivative is larger than a quarter, or than e^-|x|."""
    x, cotangent = (array.astype(np.float64) for array in trial.case.arguments)
    _stays_below(trial, np.abs(cotangent) * np.minimum(0.25, np.exp(-np.abs(x))))


# --- tanh --------------------------------------------------------------------------------------------------------------------------


@check("tanh/range")
def tanh_leaves_its_range(trial: Trial) -> None:
    """The hyperbolic tangent is below -1 or above 1."""
    answered = trial.shape()
    trial.between(answered, -1, 1, "tanh within [-1, 1]")


@check("tanh/monotonicity")
def tanh_falls(trial: Trial) -> None:
    """The hyperbolic tangent falls from one input to the next larger one."""
    _rises(trial)


@check("tanh/symmetry")
def tanh_is_not_symmetric(trial: Trial) -> None:
    """The hyperbolic tangents of x and of -x are not each other's negatives."""
    answered = trial.shape()
    allowed = trial.allowed()
    trial.near(answered[1::2], -answered[::2], allowed[::2] + allowed[1::2], "tanh(-x)")


@check("tanh/oddness")
def tanh_is_not_odd(trial: Trial) -> None:
    """The hyperbolic tangents of x and of -x differ in more than their sign."""
    answered = trial.shape()
    trial.near(answered[1::2], -answered[::2].astype(np.float64), 0, "tanh(-x)")
    trial.sign(answered, negative=np.signbit(trial.case.arguments[0].astype(np.float64)))


@check("tanh_vjp/saturation")
def tanh_vjp_does_not_saturate(trial: Trial) -> None:
    """The hyperbolic tangent's derivative is larger than 1, or than 4·e^-2|x|."""
    x, cotangent = (array.astype(np.float64) for array in trial.case.arguments)
    _stays_below(trial, np.abs(cotangent) * np.minimum(1.0, 4.0 * np.exp(-2.0 * np.abs(x))))


# --- rectifiers and identity -------------------------------------------------------------------------------------------------------


@check("relu/signed-zero")
def relu_keeps_minus_zero(trial: Trial) -> None:
    """The rectifier answers -0."""
    answered = trial.answer()
    trial.sign(answered, negative=False)


@check("relu_vjp/at-zero")
def relu_vjp_is_no_subgradient(trial: Trial) -> None:
    """The rectifier's derivative at 0 is not between 0 and 1."""
    _is_subgradient(trial, 0.0)


@check("relu_vjp/nan")
def relu_vjp_makes_a_number_of_nan(trial: Trial) -> None:
    """The rectifier's derivative at NaN is neither NaN nor between 0 and 1."""
    _is_subgradient_or_nan(trial, 0.0)


@check("leaky_relu_vjp/at-zero")
def leaky_relu_vjp_is_no_subgradient(trial: Trial) -> None:
    """The leaky rectifier's derivative at 0 is not between the slope and 1."""
    _is_subgradient(trial, trial.case.parameters["negative_slope"])


@check("leaky_relu_vjp/nan")
def leaky_relu_vjp_makes_a_number_of_nan(trial: Trial) -> None:
    """The leaky rectifier's derivative at NaN is neither NaN nor between the slope and 1."""
    _is_subgradient_or_nan(trial, trial.case.parameters["negative_slope"])


@check("identity/signed-zero")
def identity_changes_the_sign_of_zero(trial: Trial) -> None:
    """The identity changes the sign of zero."""
    answered = trial.answer()
    trial.sign(answered, negative=np.signbit(trial.case.arguments[0].astype(np.float64)))


# --- softmax -----------------------------------------------------------------------------------------------------------------------


@check("softmax/range")
def softmax_leaves_its_range(trial: Trial) -> None:
    """A probability is below 0 or above 1."""
    answered = trial.shape()
    trial.between(answered, 0, 1, f"{trial.case.operation} within [0, 1]")


@check("softmax/sum")
def softmax_does_not_sum_to_one(trial: Trial) -> None:
    """The probabilities do not sum to 1."""
    answered = trial.shape()
    _sums_to(trial, answered, 1)


@check("softmax/permutation")
def softmax_depends_on_order(trial: Trial) -> None:
    """Permuting the logits changes more than the order of the probabilities."""
    answered = trial.shape()
    (x,) = trial.case.arguments
    for permutation in (np.arange(x.shape[-1])[::-1], np.roll(np.arange(x.shape[-1]), 1)):
        permuted = trial.implementation.softmax(x[..., permutation], **trial.case.parameters)
        allowed = 2 * trial.allowed()[..., permutation]
        trial.near(permuted, answered[..., permutation], allowed, "softmax of the permuted logits")


@check("softmax/every-input-counts")
def softmax_ignores_a_logit(trial: Trial) -> None:
    """Raising one logit does not lower every other probability and raise its own."""
    answered = trial.answer().astype(np.float64)
    base, raised = answered[0], answered[1:]
    own = np.eye(base.size, dtype=bool)
    trial.between(
        raised, np.where(own, base, 0), np.where(own, 1, base), "probability after raising a logit"
    )


@check("softmax/positive-infinity")
def softmax_is_certain_of_infinity(trial: Trial) -> None:
    """A logit of inf is answered with a number."""
    answered = trial.shape()
    infinite = np.isinf(trial.case.arguments[0].astype(np.float64))
    trial.near(np.where(infinite, answered, np.nan), np.nan, 0, "softmax at inf")
    trial.near(np.where(infinite | np.isnan(answered), 0, answered), 0, 0, "softmax beside inf")


@check("softmax_vjp/zero-sum")
def softmax_vjp_sees_shifts(trial: Trial) -> None:
    """The gradients of a row of logits do not add up to 0."""
    answered = trial.answer()
    _sums_to(trial, answered.astype(np.float64), 0)


# --- log_softmax -------------------------------------------------------------------------------------------------------------------


@check("log_softmax/range")
def log_softmax_is_positive(trial: Trial) -> None:
    """A log-probability is above 0."""
    answered = trial.shape()
    trial.between(answered, -np.inf, 0, "log_softmax below 0")


@check("log_softmax_vjp/zero-sum")
def log_softmax_vjp_sees_shifts(trial: Trial) -> None:
    """The gradients of a row of logits do not add up to 0."""
    answered = trial.answer()
    _sums_to(trial, answered.astype(np.float64), 0)


# --- what several checks share -----------------------------------------------------------------------------------------------------


def _rises(trial: Trial) -> None:
    answered = trial.shape()
    allowed = trial.allowed()
    trial.between(
        answered[1:],
        answered[:-1] - allowed[:-1] - allowed[1:],
        np.inf,
        "answer after the next smaller input's",
    )


def _stays_below(trial: Trial, limit: Array) -> None:
    answered = trial.shape()
    allowed = limit + trial.allowed()
    trial.between(answered, -allowed, allowed, f"{trial.case.operation} within its limit")


def _is_subgradient(trial: Trial, slope: float) -> None:
    answered = trial.shape()
    cotangent = trial.case.arguments[1].astype(np.float64)
    ends = np.stack([slope * cotangent, cotangent])
    allowed = trial.allowed()
    trial.between(answered, ends.min(axis=0) - allowed, ends.max(axis=0) + allowed, "subgradient")
    at_zero, at_minus_zero = float(answered[0] / cotangent[0]), float(answered[1] / cotangent[1])
    trial.measure("derivative at 0", at_zero)
    if at_minus_zero != at_zero:
        trial.measure("derivative at -0", at_minus_zero)


def _is_subgradient_or_nan(trial: Trial, slope: float) -> None:
    """Expect NaN, or a number of the interval that the slope jumps over, where x is NaN, and the truth elsewhere."""
    answered = trial.shape()
    x, cotangent = wide(list(trial.case.arguments))
    truth, at = truths.truth(trial.case)[0], np.isnan(x)
    # The bound at NaN is that of the side with the slope, which is rounded.
    left = dataclasses.replace(
        trial.case,
        arguments=(cast(np.where(at, -1.0, x), trial.format.name), trial.case.arguments[1]),
    )
    allowed = trial.of(left).allowed()
    ends = np.where(at, [slope * cotangent, cotangent], truth)
    answer = np.where(at & np.isnan(answered), cotangent, answered)
    trial.between(
        answer, ends.min(axis=0) - allowed, ends.max(axis=0) + allowed, "subgradient at NaN"
    )
    sides = {
        "NaN": np.isnan(answered),
        "that of positive numbers": answered == cotangent,
        "that of negative numbers": np.abs(answered - slope * cotangent) <= allowed,
    }
    trial.measure(
        "derivative at NaN",
        next((side for side, taken in sides.items() if np.all(taken[at])), "another"),
    )


def _sums_to(trial: Trial, answered: Array, total: float) -> None:
    """Expect rows (along the last axis) to sum to a total; the float64 sum of n terms adds n·2^-53 of their size."""
    size = answered.shape[-1] * 2.0**-53 * np.sum(np.abs(answered), axis=-1)
    allowed = np.sum(trial.allowed(), axis=-1) + size
    trial.near(np.sum(answered, axis=-1), total, allowed, f"sum of a row of {trial.case.operation}")
