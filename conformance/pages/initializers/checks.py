"""Checks of the page `initializers`: statistics of the weights, within limits.

A right implementation leaves a limit in one of 10⁹ cases.
"""

import dataclasses
import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import language
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.pages.layouts import dyadic
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import Array, wide
from nnspec.conformance.terms.operations import arguments_of, bound_of, clause_of

UNIFORM = ("kaiming_uniform", "xavier_uniform")
TRUNCATED = ("kaiming_truncated_normal", "xavier_truncated_normal")
RANDOM = ("kaiming_normal", *TRUNCATED, *UNIFORM, "normal", "xavier_fan_in_normal", "xavier_normal")

# Where distribution functions are compared, in standard deviations of the law.
_POINTS = np.arange(-14, 15) / 4.0

# Seeds are below this. The two of a pair differ by 1, or in their highest bits alone.
_SEEDS = 2**32
_OTHER_SEED = {"neighbors": 1, "small": 2**16, "largest": 2**31}

# Layers of the deep networks, and samples in a batch.
_DEPTH = 6
_SAMPLES = 32

# Named inputs are spread over [-4, 4). This factor makes their variance nearly 1, and loses no
# digit.
_UNIT = 7 / 16

# The standard deviation that is left of a normal law of deviation 1 after it is cut off at 2.
_REMAINING = math.sqrt(
    1.0 - 4.0 * math.exp(-2.0) / math.sqrt(2.0 * math.pi) / math.erf(math.sqrt(2.0))
)


# --- every operation of the page ---


@check("initializers/form")
def has_its_form(trial: Trial) -> None:
    """Expect numbers in the shape and the dtype that were asked for."""
    trial.between(trial.shape(), -np.inf, np.inf, "weights")


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
    square, allowed = np.asarray(np.mean(np.square(weights))), _stated(trial, n=weights.size)
    trial.near(square, _variance(trial.case), allowed, "mean square of the weights")


@check(*(f"{each}/mean" for each in RANDOM))
def has_mean_zero(trial: Trial) -> None:
    """Expect 0 as the mean of the weights."""
    z = _standardized(trial)
    mean, allowed = np.asarray(np.mean(z)), _stated(trial, n=z.size)
    trial.near(mean, 0, allowed, "mean of the weights over their standard deviation")


@check(*(f"{each}/distribution" for each in RANDOM))
def has_its_law(trial: Trial) -> None:
    """Expect the shares of the weights below fixed points to be those of the law."""
    z, law, fmt = _standardized(trial), partial(_probability, trial.case.operation), trial.format
    trial.sampled(z, law)
    share = np.searchsorted(np.sort(z, axis=None), _POINTS, side="right") / z.size
    # A draw that was rounded on its way may have crossed a point from as far as this.
    crossed = 5 * fmt.u * (np.abs(_POINTS) + 1) + fmt.tiny / math.sqrt(_variance(trial.case))
    due, below, above = map(law, (_POINTS, _POINTS - crossed, _POINTS + crossed))
    low, high = (_stated(trial, n=z.size, y=probability) for probability in (below, above))
    allowed = np.maximum(above + high - due, due - below + low)
    trial.near(share, due, allowed, "share of the weights up to -3.5, -3.25, … 3.5 deviations")


@check(*(f"{each}/range" for each in RANDOM))
def keeps_its_range(trial: Trial) -> None:
    """Expect every weight where the law has some."""
    z = _standardized(trial)
    limit = _stated(trial, n=z.size)
    trial.between(z, -limit, limit, "weights over their standard deviation")


@check("initializers/precision")
def has_small_weights(trial: Trial) -> None:
    """Expect as few weights of 0 as numbers of float32 leave."""
    weights = trial.shape()
    limit = _stated(trial, n=weights.size, v=_variance(trial.case))
    trial.between(np.asarray(np.count_nonzero(weights == 0)), 0, limit, "weights that are 0")


@check(*(f"{each}/independence" for each in RANDOM))
def is_independent(trial: Trial) -> None:
    """Expect no correlation of weights with each other, nor with those of another seed."""
    z = _standardized(trial).ravel()
    seed = (trial.case.parameters["seed"] + _OTHER_SEED[trial.case.name]) % _SEEDS
    other = _standardized(trial.under(seed=seed)).ravel()
    allowed = _stated(trial, n=z.size, m=np.arange(z.size, 0, -1))
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
    ratios = np.mean(np.square(inputs @ weights), axis=1) / (fan_in * _variance(trial.case))
    trial.near(ratios, 1, _stated(trial, n=fan_out), "variance of the responses over its due")


@check("xavier_fan_in_normal/signal")
def carries_signals_of_both(trial: Trial) -> None:
    """Expect signals of a deep network of linear layers, and of tanh, as its weights give them."""
    _carries_signals(trial, "identity")
    _carries_signals(trial, "tanh")


@check("kaiming_normal/signal")
def carries_signals_of_rectifiers(trial: Trial) -> None:
    """Expect signals of a deep network of rectifiers as its weights give them."""
    _carries_signals(trial, "relu")


@check("normal/signal")
def carries_signals_of_tanh(trial: Trial) -> None:
    """Expect signals of a deep network of tanh layers as its weights give them."""
    _carries_signals(trial, "tanh")


@check("xavier_normal/gradient")
def carries_gradients(trial: Trial) -> None:
    """Expect gradients of a deep linear network as its weights give them.

    From the last layer to the first, each hands on its gradient as one of its outputs.
    """
    ratios, counts = [], []
    gradient = cast(dyadic((_SAMPLES, trial.case.arguments[0])), trial.format.name)
    for layer in range(_DEPTH):
        drawn, weight, bias = _layer(trial, layer + 1)
        x = cast(np.zeros((_SAMPLES, weight.shape[0])), trial.format.name)
        below, _, _ = trial.implementation.linear_vjp(x, weight, bias, gradient)
        ratios.append(_variance_of_responses(gradient, below) / _variance(drawn))
        counts.append(float(below.size))
        gradient = below
    limits = _stated(trial, n=np.array(counts))
    trial.near(np.array(ratios), 1, limits, "variance of the gradient below a layer over its due")


def _carries_signals(trial: Trial, activation: str) -> None:
    """Expect the responses of every layer to have the variance of the layer's weights."""
    ratios, counts = [], []
    signal = cast(dyadic((_SAMPLES, 128)) * _UNIT, trial.format.name)
    for layer in range(_DEPTH):
        drawn, weight, bias = _layer(trial, layer)
        response = trial.implementation.linear(signal, weight, bias)
        ratios.append(_variance_of_responses(signal, response) / _variance(drawn))
        counts.append(float(response.size))
        signal = trial.implementation.call(activation, (response,), {})
    limits = _stated(trial, n=np.array(counts))
    what = f"variance of the signal in a layer over its due, before {activation}"
    trial.near(np.array(ratios), 1, limits, what)


def _layer(trial: Trial, layer: int) -> tuple[Case, Any, Any]:
    """Return the call for a layer's weights, its answer, and a bias of zeros.

    Each layer has a seed of its own.
    """
    arguments = trial.case.arguments
    first, second = arguments[0] if len(arguments) == 1 else arguments
    pair = (second, first) if layer % 2 else (first, second)
    seeded = trial.under(seed=trial.case.parameters["seed"] + layer)
    drawn = seeded.on(*((pair,) if len(arguments) == 1 else pair))
    return drawn.case, drawn.call(), cast(np.zeros(pair[1]), trial.format.name)


def _variance_of_responses(signal: Any, response: Any) -> float:
    """Return the mean square of a layer's responses, made independent.

    The signals are Q R, and Qᵀ W is as random as W is.
    """
    _, triangle = np.linalg.qr(wide(signal).T)
    return float(np.mean(np.square(np.linalg.solve(triangle.T, wide(response)))))


def _variance(case: Case) -> float:
    """Return the variance of the law, which the operation's clause on accuracy defines as `v`."""
    stated: Any = bound_of(clause_of(f"{case.operation}/accuracy"), case.operation)
    return float(_evaluated(dataclasses.replace(stated, expression="v"), case, "float64", n=1.0))


def _stated(trial: Trial, **quantities: Any) -> Array:
    """Return the bound of the clause for a statistic of `n` weights."""
    return _evaluated(trial.stated(), trial.case, trial.format.name, **quantities)


def _evaluated(formula: Any, case: Case, dtype: str, **quantities: Any) -> Array:
    given = {
        **dict(zip(arguments_of(case.operation), case.arguments, strict=True)),
        **case.parameters,
        **quantities,
    }
    found: Array = language.evaluate(formula, given, dtype=dtype, accumulates_in=dtype, axes=None)
    return found


def _standardized(trial: Trial) -> Array:
    """Return the weights of a call over the standard deviation of their law."""
    weights: Array = trial.shape()
    return weights / math.sqrt(_variance(trial.case))


def _probability(operation: str, z: Array) -> Array:
    """Return the distribution function of an operation's law at z, for variance 1."""
    if operation in UNIFORM:
        return np.clip((z / math.sqrt(3.0) + 1) / 2, 0.0, 1.0)
    if operation in TRUNCATED:
        cut, whole = _normal(np.clip(z * _REMAINING, -2.0, 2.0)), _normal(np.array([-2.0, 2.0]))
        return np.asarray((cut - whole[0]) / (whole[1] - whole[0]))
    return _normal(z)


def _normal(z: Array) -> Array:
    return np.array([math.erfc(-each / math.sqrt(2.0)) / 2 for each in z])


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
