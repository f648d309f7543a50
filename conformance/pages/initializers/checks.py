"""Checks of the page `initializers`: statistics of the weights, within limits.

A right implementation leaves a limit in one of 10⁹ cases.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.pages.initializers import depth
from nnspec.conformance.pages.initializers.laws import RANDOM, probability, stated, variance_of
from nnspec.conformance.pages.initializers.signals import IDENTITY, rectifier
from nnspec.conformance.terms.nested import Array

_KAIMING = ("kaiming_normal", "kaiming_truncated_normal", "kaiming_uniform")
_XAVIER = ("xavier_normal", "xavier_truncated_normal", "xavier_uniform")

# Where distribution functions are compared, in standard deviations of the law.
_POINTS = np.arange(-14, 15) / 4.0

# Seeds are below this. The two of a pair differ by 1, or in their highest bits alone, or their sum
# is this.
_SEEDS = 2**32
_OTHER_SEED: dict[str, Callable[[int], int]] = {
    "neighbors": lambda seed: seed + 1,
    "large-neighbors": lambda seed: seed + 1,
    "small": lambda seed: seed + 2**16,
    "largest": lambda seed: seed + 2**31,
    "opposite": lambda seed: -seed,
}

# Seeds that are far from each other: the multiples of a prime near 2³² over the golden ratio.
_STRIDE, _MANY_SEEDS = 2_654_435_761, 4000


# --- every operation of the page ---


@check("initializers/form")
def has_its_form(trial: Trial) -> None:
    """Expect numbers in the shape and the dtype that were asked for."""
    weights = trial.shape()
    trial.between(weights, -np.inf, np.inf, "weights")
    # Which numbers they are does not matter here.
    trial.implementation.decides(weights, 0)


@check("initializers/repeatability")
def repeats_itself(trial: Trial) -> None:
    """Expect the same weights from the same call, whatever comes between.

    A call with another seed does, and so does a change of the first answer.
    """
    seed = trial.case.parameters.get("seed")

    def changed(weights: Any, what: str) -> None:
        count = np.asarray(np.count_nonzero(weights != kept))
        trial.near(count, 0, 0, f"weights that changed {what}")

    trial.shape()
    first = trial.call()
    kept = first.copy()
    if seed is not None:
        trial.under(seed=seed + 1).call()
        changed(first, "by a call with another seed")
    changed(trial.call(), "when they were asked for again")
    if first.flags.writeable:
        first[...] = first + first.dtype.type(1)
    changed(trial.call(), "after the first answer had been written over")


@check("constant/empty", "normal/empty", "zeros/empty")
def answers_empty_shapes(trial: Trial) -> None:
    """Expect as many weights as an empty shape has, or a shape without dimensions."""
    count = math.prod(trial.case.arguments[0])
    trial.near(np.asarray(trial.shape().size), count, 0, "number of weights")


# --- every random operation ---


@check(*(f"{each}/accuracy" for each in RANDOM))
def has_its_variance(trial: Trial) -> None:
    """Expect the variance of the law as the mean square of the weights."""
    weights = trial.shape()
    square, allowed = np.asarray(np.mean(np.square(weights))), stated(trial, n=weights.size)
    trial.near(square, variance_of(trial.case), allowed, "mean square of the weights")


@check("initializers/single-weight")
def has_its_variance_under_many_seeds(trial: Trial) -> None:
    """Expect the variance of the law as the mean square of a weight under many seeds."""
    seeds = (number * _STRIDE % _SEEDS for number in range(_MANY_SEEDS))
    weights = np.array([trial.under(seed=seed).shape().item() for seed in seeds])
    square, allowed = np.asarray(np.mean(np.square(weights))), stated(trial, n=weights.size)
    trial.near(square, variance_of(trial.case), allowed, "mean square of the weight, seed by seed")


@check("initializers/fresh")
def is_right_where_it_was_never_asked(trial: Trial) -> None:
    """Expect the variance of the law, or the value itself where chance has no part."""
    if trial.case.operation in RANDOM:
        has_its_variance.check(trial)
    else:
        trial.answer()


@check(*(f"{each}/mean" for each in RANDOM))
def has_mean_zero(trial: Trial) -> None:
    """Expect 0 as the mean of the weights."""
    z = _standardized(trial)
    mean, allowed = np.asarray(np.mean(z)), stated(trial, n=z.size)
    trial.near(mean, 0, allowed, "mean of the weights over their standard deviation")


@check(*(f"{each}/distribution" for each in RANDOM))
def has_its_law(trial: Trial) -> None:
    """Expect the shares of the weights below fixed points to be those of the law."""
    z, law, fmt = _standardized(trial), partial(probability, trial.case.operation), trial.format
    trial.sampled(z, law)
    share = np.searchsorted(np.sort(z, axis=None), _POINTS, side="right") / z.size
    # A draw that was rounded on its way may have crossed a point from as far as this.
    crossed = 5 * fmt.u * (np.abs(_POINTS) + 1) + fmt.tiny / math.sqrt(variance_of(trial.case))
    due, below, above = map(law, (_POINTS, _POINTS - crossed, _POINTS + crossed))
    low, high = (stated(trial, n=z.size, y=probability) for probability in (below, above))
    allowed = np.maximum(above + high - due, due - below + low)
    trial.near(share, due, allowed, "share of the weights up to -3.5, -3.25, … 3.5 deviations")


@check(*(f"{each}/range" for each in RANDOM))
def keeps_its_range(trial: Trial) -> None:
    """Expect every weight where the law has some."""
    z = _standardized(trial)
    limit = stated(trial, n=z.size)
    trial.between(z, -limit, limit, "weights over their standard deviation")


@check("initializers/precision")
def has_small_weights(trial: Trial) -> None:
    """Expect as few weights of 0 as numbers of float32 leave."""
    weights = trial.shape()
    limit = stated(trial, n=weights.size, v=variance_of(trial.case))
    trial.between(np.asarray(np.count_nonzero(weights == 0)), 0, limit, "weights that are 0")


@check(*(f"{each}/independence" for each in RANDOM))
def is_independent(trial: Trial) -> None:
    """Expect no correlation of weights with each other, nor with those of another seed."""
    z = _standardized(trial).ravel()
    seed = _OTHER_SEED[trial.case.name](trial.case.parameters["seed"]) % _SEEDS
    other = _standardized(trial.under(seed=seed)).ravel()
    allowed = stated(trial, n=z.size, m=np.arange(z.size, 0, -1))
    own, foreign = _spectrum(z), _spectrum(other)
    for which, second in (("of this seed", own), ("of another seed", foreign)):
        ahead, behind = _correlations(own, second, z.size)
        what = f"sum of weights times those {which}, at every distance"
        trial.near(ahead[1:], 0, allowed[1:], f"{what} ahead")
        if second is foreign:
            trial.near(behind, 0, allowed, f"{what} behind")


# --- networks ---


@check("xavier_fan_in_normal/response")
def responds_with_its_variance(trial: Trial) -> None:
    """Expect responses to an input that vary as the weights and the input's length say."""
    weights = trial.shape()
    fan_in, fan_out = weights.shape
    # Signs that change every 1, 2, 4 … inputs, and never.
    inputs = 1.0 - 2.0 * (np.arange(fan_in) >> np.arange(9)[:, None] & 1)
    ratios = np.mean(np.square(inputs @ weights), axis=1) / (fan_in * variance_of(trial.case))
    trial.near(ratios, 1, stated(trial, n=fan_out), "variance of the responses over its due")


@check(*(f"{each}/signal" for each in _XAVIER))
def carries_linear_signals(trial: Trial) -> None:
    """Expect linear layers to enlarge a signal as the fans say."""
    depth.signal(trial, IDENTITY)


@check(*(f"{each}/signal" for each in _KAIMING))
def carries_rectified_signals(trial: Trial) -> None:
    """Expect rectifiers to keep the mean square of a signal."""
    depth.signal(trial, rectifier(trial.case.parameters["negative_slope"]))


@check("xavier_fan_in_normal/signal")
def carries_signals_of_both(trial: Trial) -> None:
    """Expect linear layers to keep the mean square of a signal, and tanh layers to shrink it."""
    depth.signal(trial, IDENTITY)
    depth.tanh(trial)


@check("normal/signal")
def loses_signals(trial: Trial) -> None:
    """Expect tanh layers to lose a signal, or to saturate, as the standard deviation says."""
    depth.tanh(trial)


@check(*(f"{each}/gradient" for each in ("xavier_fan_in_normal", *_XAVIER)))
def carries_linear_gradients(trial: Trial) -> None:
    """Expect linear layers to enlarge a gradient as the fans say."""
    depth.gradient(trial, IDENTITY)


@check("kaiming_normal/gradient")
def carries_gradients(trial: Trial) -> None:
    """Expect rectifiers to keep the sum of squares of a gradient, at the network's own signals."""
    depth.gradient(trial, rectifier(trial.case.parameters["negative_slope"]))


@check("kaiming_truncated_normal/gradient", "kaiming_uniform/gradient")
def carries_gradients_of_other_signals(trial: Trial) -> None:
    """Expect rectifiers to keep the sum of squares of a gradient, at signals that are fixed."""
    depth.gradient(trial, rectifier(trial.case.parameters["negative_slope"]), fixed=True)


def _standardized(trial: Trial) -> Array:
    """Return the weights of a call over the standard deviation of their law."""
    weights: Array = trial.shape()
    return weights / math.sqrt(variance_of(trial.case))


def _spectrum(values: Array) -> NDArray[np.complex128]:
    """Return the Fourier transform of values before zeros.

    There are so many zeros that one end of the values meets the other at no distance.
    """
    with np.errstate(invalid="ignore"):
        return np.fft.rfft(values, 2 ** (2 * values.size - 1).bit_length())


def _correlations(
    first: NDArray[np.complex128], second: NDArray[np.complex128], size: int
) -> tuple[Array, Array]:
    """Return Σ_i first_i second_(i+k) and Σ_i first_(i+k) second_i for every k ≥ 0.

    Both are given by their spectra, and have `size` values each.
    """
    with np.errstate(invalid="ignore"):
        circular = np.fft.irfft(np.conj(first) * second)
    return circular[:size], np.concatenate([circular[:1], circular[:-size:-1]])
