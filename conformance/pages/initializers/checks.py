"""Checks of the page `initializers`: statistics of the weights, with limits that a right implementation leaves once in 10⁹ cases."""

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

# Seeds go up to here; a pair of them differs by 1, or in its highest bits alone.
_SEEDS = 2**32
_OTHER_SEED = {"neighbors": 1, "small": 2**16, "largest": 2**31}

# Deep networks: so many layers, and so many samples in a batch.
_DEPTH = 6
_SAMPLES = 32

# Named inputs are spread over [-4, 4): with this factor their variance is nearly 1, and no digit is lost.
_UNIT = 7 / 16

_REMAINING = math.sqrt(
    1.0 - 4.0 * math.exp(-2.0) / math.sqrt(2.0 * math.pi) / math.erf(math.sqrt(2.0))
)


def weights_of_another_variance(trial: Trial) -> None:
    """The mean square of the weights is not the variance of the law."""
    weights = trial.shape()
    allowed = _stated(trial, n=weights.size)
    trial.near(
        np.asarray(np.mean(np.square(weights))),
        _variance(trial.case),
        allowed,
        "mean square of the weights",
    )


def weights_of_another_mean(trial: Trial) -> None:
    """The mean of the weights is not 0."""
    z = _standardized(trial)
    allowed = _stated(trial, n=z.size)
    trial.near(
        np.asarray(np.mean(z)), 0, allowed, "mean of the weights over their standard deviation"
    )


def weights_of_another_law(trial: Trial) -> None:
    """The shares of the weights below fixed points are not those of the law."""
    z = _standardized(trial)
    trial.sampled(z, partial(_probability, trial.case.operation))
    share = np.searchsorted(np.sort(z, axis=None), _POINTS, side="right") / z.size
    # A draw that was rounded on its way may have crossed a point from as far as this.
    fmt = trial.format
    crossed = 5 * fmt.u * (np.abs(_POINTS) + 1) + fmt.tiny / math.sqrt(_variance(trial.case))
    due, below, above = (
        _probability(trial.case.operation, points)
        for points in (_POINTS, _POINTS - crossed, _POINTS + crossed)
    )
    low, high = (_stated(trial, n=z.size, y=probability) for probability in (below, above))
    allowed = np.maximum(above + high - due, due - below + low)
    trial.near(share, due, allowed, "share of the weights up to -3.5, -3.25, … 3.5 deviations")


def weights_out_of_range(trial: Trial) -> None:
    """A weight lies where the law has none, or is not finite."""
    z = _standardized(trial)
    limit = _stated(trial, n=z.size)
    trial.between(z, -limit, limit, "weights over their standard deviation")


def weights_that_repeat(trial: Trial) -> None:
    """Weights depend on other weights of the array, or on those of another seed."""
    z = _standardized(trial).ravel()
    seed = (trial.case.parameters["seed"] + _OTHER_SEED[trial.case.name]) % _SEEDS
    other = _standardized(
        trial.of(
            dataclasses.replace(trial.case, parameters={**trial.case.parameters, "seed": seed})
        )
    ).ravel()
    allowed = _stated(trial, n=z.size, m=np.arange(z.size, 0, -1))
    own, foreign = _spectrum(z), _spectrum(other)
    for what, second in (("of this seed", own), ("of another seed", foreign)):
        ahead, behind = _correlations(own, second, z.size)
        trial.near(
            ahead[1:], 0, allowed[1:], f"sum of weights times those {what}, at every distance ahead"
        )
        if second is foreign:
            trial.near(
                behind, 0, allowed, f"sum of weights times those {what}, at every distance behind"
            )


@check("xavier_fan_in_normal/response")
def responses_of_another_variance(trial: Trial) -> None:
    """The responses of the units to an input do not have the variance of the weights times the input's squared length."""
    weights = trial.shape()
    fan_in, fan_out = weights.shape
    # Signs that change every 1, 2, 4 … inputs, and never.
    inputs = 1.0 - 2.0 * (np.arange(fan_in) >> np.arange(9)[:, None] & 1)
    ratios = np.mean(np.square(inputs @ weights), axis=1) / (fan_in * _variance(trial.case))
    trial.near(ratios, 1, _stated(trial, n=fan_out), "variance of the responses over its due")


@check("xavier_fan_in_normal/signal")
def xavier_loses_the_signal(trial: Trial) -> None:
    """The signal in a deep network of linear or tanh layers does not have the variance that the weights give it."""
    _follows(trial, "identity")
    _follows(trial, "tanh")


@check("kaiming_normal/signal")
def kaiming_loses_the_signal(trial: Trial) -> None:
    """The signal in a deep network of rectifiers does not have the variance that the weights give it."""
    _follows(trial, "relu")


@check("normal/signal")
def normal_loses_the_signal(trial: Trial) -> None:
    """The signal in a deep network of tanh layers does not have the variance that the weights give it."""
    _follows(trial, "tanh")


@check("xavier_normal/gradient")
def xavier_loses_the_gradient(trial: Trial) -> None:
    """The gradient in a deep linear network does not have the variance that the weights give it."""
    ratios, counts = [], []
    gradient = cast(dyadic((_SAMPLES, trial.case.arguments[0])), trial.format.name)
    # From the last layer to the first: each hands on what it was given, as a gradient of its outputs.
    for layer in range(_DEPTH):
        drawn, weight, bias = _layer(trial, layer + 1)
        x = cast(np.zeros((_SAMPLES, weight.shape[0])), trial.format.name)
        below, _, _ = trial.implementation.linear_vjp(x, weight, bias, gradient)
        ratios.append(_variance_of_responses(gradient, below) / _variance(drawn))
        counts.append(float(below.size))
        gradient = below
    limits = _stated(trial, n=np.array(counts))
    trial.near(np.array(ratios), 1, limits, "variance of the gradient below a layer over its due")


@check("initializers/form")
def another_shape(trial: Trial) -> None:
    """The answer does not have the shape or the dtype that was asked for."""
    answered = trial.shape()
    trial.between(answered, -np.inf, np.inf, "weights")


def empty_shapes_refused(trial: Trial) -> None:
    """An empty shape, or one without dimensions, is not answered by such an array."""
    answered = trial.shape()
    trial.near(
        np.asarray(answered.size), math.prod(trial.case.arguments[0]), 0, "number of weights"
    )


@check("initializers/repeatability")
def answers_that_change(trial: Trial) -> None:
    """The same call is answered by other weights, or a call changes what was answered before."""
    case = trial.case

    def changed(weights: Any, what: str) -> None:
        trial.near(
            np.asarray(np.count_nonzero(weights != kept)), 0, 0, f"weights that changed {what}"
        )

    trial.shape()
    first = trial.call()
    kept = first.copy()
    if "seed" in case.parameters:
        trial.of(_seeded(case, case.parameters["seed"] + 1)).call()
        changed(first, "by a call with another seed")
    changed(trial.call(), "when they were asked for again")
    if first.flags.writeable:
        first[...] = first + first.dtype.type(1)
    changed(trial.call(), "after the first answer had been written over")


_LAWS = {
    "accuracy": weights_of_another_variance,
    "mean": weights_of_another_mean,
    "distribution": weights_of_another_law,
    "range": weights_out_of_range,
    "independence": weights_that_repeat,
}

# Eight operations are judged by the same five statistics, and three take empty shapes.
_EMPTY = ("constant", "normal", "zeros")
globals().update(
    {
        f"{each}_{name}": check(f"{each}/{name}")(function)
        for each in RANDOM
        for name, function in _LAWS.items()
    }
)
globals().update({f"{each}_empty": check(f"{each}/empty")(empty_shapes_refused) for each in _EMPTY})


def _follows(trial: Trial, activation: str) -> None:
    """Expect what every layer makes of its signal to have the variance of the layer's weights."""
    ratios, counts = [], []
    signal = cast(dyadic((_SAMPLES, 128)) * _UNIT, trial.format.name)
    for layer in range(_DEPTH):
        drawn, weight, bias = _layer(trial, layer)
        response = trial.implementation.linear(signal, weight, bias)
        ratios.append(_variance_of_responses(signal, response) / _variance(drawn))
        counts.append(float(response.size))
        signal = trial.implementation.call(activation, (response,), {})
    limits = _stated(trial, n=np.array(counts))
    trial.near(
        np.array(ratios),
        1,
        limits,
        f"variance of the signal in a layer over its due, before {activation}",
    )


def _layer(trial: Trial, layer: int) -> tuple[Case, Any, Any]:
    """Return the call for the weights of a layer, drawn with a seed of their own, with its answer and a bias of zeros."""
    case = _seeded(trial.case, trial.case.parameters["seed"] + layer)
    first, second = case.arguments[0] if len(case.arguments) == 1 else case.arguments
    pair = (second, first) if layer % 2 else (first, second)
    drawn = dataclasses.replace(case, arguments=(pair,) if len(case.arguments) == 1 else pair)
    return drawn, trial.of(drawn).call(), cast(np.zeros(pair[1]), trial.format.name)


def _seeded(case: Case, seed: int) -> Case:
    return dataclasses.replace(case, parameters={**case.parameters, "seed": seed})


def _variance_of_responses(signal: Any, response: Any) -> float:
    """Return the mean square of a layer's responses, made independent: with Q of the signals' Q R, Qᵀ W is as random as W is."""
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
    """Return the Fourier transform of values among zeros, so many that for no distance one end meets the other."""
    with np.errstate(invalid="ignore"):
        return np.fft.rfft(values, 2 ** (2 * values.size - 1).bit_length())


def _correlations(
    first: NDArray[np.complex128], second: NDArray[np.complex128], size: int
) -> tuple[Array, Array]:
    """Return Σ_i first_i second_(i+k) and Σ_i first_(i+k) second_i for every k ≥ 0, of `size` values each by their spectra."""
    with np.errstate(invalid="ignore"):
        circular = np.fft.irfft(np.conj(first) * second)
    return circular[:size], np.concatenate([circular[:1], circular[:-size:-1]])
