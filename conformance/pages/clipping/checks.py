"""Checks of the page `clipping`: the laws of the projections, which need no truth."""

import numpy as np

from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.nested import Array, flat, leaves, like, mapped, wide

# --- every operation of the page ---


@check("clipping/purity")
def is_pure(trial: Trial) -> None:
    """Expect the same answer around a call with the elements of each array reversed."""
    (gradients,) = trial.case.arguments
    trial.repeated(mapped(lambda array: array.ravel()[::-1].reshape(array.shape).copy(), gradients))


@check("clipping/within", "clipping/untouched")
def leaves_short_gradients_alone(trial: Trial) -> None:
    """Expect gradients within the limit as they are, to the last bit."""
    given = flat(trial.case.arguments[0])
    trial.near(flat(trial.shape()), given, 0, "answer to gradients within the limit")


@check("clipping/zero-limit")
def lets_nothing_through(trial: Trial) -> None:
    """Expect 0 at limit 0."""
    trial.near(flat(trial.shape()), 0, 0, "answer at limit 0")


@check("clipping/limit")
def keeps_the_limit(trial: Trial) -> None:
    """Expect no element, or no norm, above the limit."""
    case, answered = trial.case, trial.shape()
    if case.operation == "clip_by_value":
        limit = case.parameters["limit"]
        trial.between(np.abs(flat(answered)), 0, limit, "magnitude after clipping")
        return
    allowed = like(trial.bound(), answered)
    for array, least in _together(case.operation, answered, allowed):
        # The norm itself is formed in float64, of numbers whose squares are in range.
        own = 1 + array.size * 2.0**-52
        limit = (case.parameters["max_norm"] + np.linalg.norm(least)) * own
        trial.between(np.asarray(np.linalg.norm(array)), 0, limit, "norm after clipping")


@check("clipping/zero")
def leaves_zero_alone(trial: Trial) -> None:
    """Expect 0 for a gradient of 0."""
    answered = flat(trial.shape())
    trial.near(answered[flat(trial.case.arguments[0]) == 0], 0, 0, "answer to a gradient of 0")


@check("clipping/empty")
def has_as_many_dimensions(trial: Trial) -> None:
    """Expect the right answer, each array in as many dimensions as its gradient."""
    answered, given = (
        np.asarray([array.ndim for array in leaves(each)])
        for each in (trial.answer(), trial.case.arguments[0])
    )
    trial.near(answered, given, 0, "number of dimensions")


@check("clipping/nan")
def shows_nan(trial: Trial) -> None:
    """Expect NaN for NaN, and record whether it spreads."""
    answered, given = flat(trial.shape()), flat(trial.case.arguments[0])
    trial.near(answered[np.isnan(given)], np.nan, 0, "answer to NaN")
    others = np.isnan(answered[~np.isnan(given)])
    spread = "NaN" if others.all() else "some NaN" if others.any() else "numbers"
    trial.measure("elements beside NaN", spread)


# --- laws ---


@check("clip_by_value/idempotence")
def clips_by_value_once(trial: Trial) -> None:
    """Expect clipped gradients to stay, to the last bit, when they are clipped again."""
    _is_idempotent(trial, np.zeros(flat(trial.shape()).shape))


@check("clip_by_norm/idempotence", "clip_by_global_norm/idempotence")
def clips_by_norm_once(trial: Trial) -> None:
    """Expect clipped gradients to stay, within the bound, when they are clipped again."""
    _is_idempotent(trial, 2 * trial.bound())


def _is_idempotent(trial: Trial, allowed: Array) -> None:
    first = trial.call()
    second = trial.on(first).shape()
    trial.near(flat(second), flat(first), allowed, "answer clipped once more")


@check(
    "clip_by_norm/direction",
    "clip_by_global_norm/direction",
    "clip_by_global_norm_epsilon/direction",
)
def points_along_the_gradient(trial: Trial) -> None:
    """Expect each answer to be its gradient times one factor that is not negative.

    The factor is taken where the gradient is largest, and its rounding the least.
    """
    case, answered = trial.case, trial.shape()
    allowed, given = like(trial.bound(), answered), wide(case.arguments[0])
    for array, gradient, least in _together(case.operation, answered, given, allowed):
        largest = np.unravel_index(int(np.argmax(np.abs(gradient))), gradient.shape)
        factor = array[largest] / gradient[largest] if gradient[largest] else 0.0
        trial.between(np.asarray(factor), 0, np.inf, "factor of the gradient")
        what = "gradient times the factor of its largest element"
        trial.near(array, gradient * factor, least, what)


@check("clip_by_norm/own-norm")
def clips_every_array_alone(trial: Trial) -> None:
    """Expect the same answer for an array beside others and alone."""
    together = trial.shape()
    allowed = like(trial.bound(), together)
    for number, array in enumerate(trial.case.arguments[0]):
        (alone,) = trial.on([array]).shape()
        room = 2 * allowed[number]
        trial.near(together[number], alone, room, "answer beside other arrays, and alone")


@check("clip_by_global_norm/joint-norm", "clip_by_global_norm_epsilon/joint-norm")
def clips_all_arrays_together(trial: Trial) -> None:
    """Expect the same answer with every element in an array of its own."""
    answered = flat(trial.shape())
    elements = [
        array.ravel()[number : number + 1]
        for array in trial.case.arguments[0]
        for number in range(array.size)
    ]
    single = flat(trial.on(elements).shape())
    what = "answer with every element in its own array"
    trial.near(single, answered, 2 * trial.bound(), what)


def _together(operation: str, *lists: list[Array]) -> list[tuple[Array, ...]]:
    """Return the arrays that share a norm: those side by side, or all of a list as one vector."""
    if operation == "clip_by_norm":
        return list(zip(*lists, strict=True))
    return [tuple(map(flat, lists))]
