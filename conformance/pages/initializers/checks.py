"""Checks of the page `initializers`: statistics of the weights, with limits that a right implementation leaves once in 10⁹ cases."""

import dataclasses
import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import language
from nnspec.conformance.judge import expect
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.pages.layouts import dyadic
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import Array, wide
from nnspec.conformance.terms.operations import arguments_of, bound_of, clause_of

ANSWERS = {
    "zeros/accuracy": "A weight that should be 0 is another number.",
    "constant/accuracy": "A weight is not the value that was asked for.",
    "constant/rounding": "A weight is not the number of the format nearest to the value.",
}

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


def weights_of_another_variance(implementation: Implementation, case: Case) -> None:
    """The mean square of the weights is not the variance of the law."""
    weights = expect.shape(implementation, case)
    allowed = _stated(implementation, case, n=weights.size)
    expect.near(
        implementation,
        case,
        np.asarray(np.mean(np.square(weights))),
        _variance(case),
        allowed,
        "mean square of the weights",
    )


def weights_of_another_mean(implementation: Implementation, case: Case) -> None:
    """The mean of the weights is not 0."""
    z = _standardized(implementation, case)
    allowed = _stated(implementation, case, n=z.size)
    expect.near(
        implementation,
        case,
        np.asarray(np.mean(z)),
        0,
        allowed,
        "mean of the weights over their standard deviation",
    )


def weights_of_another_law(implementation: Implementation, case: Case) -> None:
    """The shares of the weights below fixed points are not those of the law."""
    z = _standardized(implementation, case)
    expect.sampled(case, z, partial(_probability, case.operation))
    share = np.searchsorted(np.sort(z, axis=None), _POINTS, side="right") / z.size
    # A draw that was rounded on its way may have crossed a point from as far as this.
    fmt = implementation.format
    crossed = 5 * fmt.u * (np.abs(_POINTS) + 1) + fmt.tiny / math.sqrt(_variance(case))
    due, below, above = (
        _probability(case.operation, points)
        for points in (_POINTS, _POINTS - crossed, _POINTS + crossed)
    )
    low, high = (
        _stated(implementation, case, n=z.size, y=probability) for probability in (below, above)
    )
    allowed = np.maximum(above + high - due, due - below + low)
    expect.near(
        implementation,
        case,
        share,
        due,
        allowed,
        "share of the weights up to -3.5, -3.25, … 3.5 deviations",
    )


def weights_out_of_range(implementation: Implementation, case: Case) -> None:
    """A weight lies where the law has none, or is not finite."""
    z = _standardized(implementation, case)
    limit = _stated(implementation, case, n=z.size)
    expect.between(implementation, case, z, -limit, limit, "weights over their standard deviation")


def weights_that_repeat(implementation: Implementation, case: Case) -> None:
    """Weights depend on other weights of the array, or on those of another seed."""
    z = _standardized(implementation, case).ravel()
    seed = (case.parameters["seed"] + _OTHER_SEED[case.name]) % _SEEDS
    other = _standardized(
        implementation, dataclasses.replace(case, parameters={**case.parameters, "seed": seed})
    ).ravel()
    allowed = _stated(implementation, case, n=z.size, m=np.arange(z.size, 0, -1))
    own, foreign = _spectrum(z), _spectrum(other)
    for what, second in (("of this seed", own), ("of another seed", foreign)):
        ahead, behind = _correlations(own, second, z.size)
        expect.near(
            implementation,
            case,
            ahead[1:],
            0,
            allowed[1:],
            f"sum of weights times those {what}, at every distance ahead",
        )
        if second is foreign:
            expect.near(
                implementation,
                case,
                behind,
                0,
                allowed,
                f"sum of weights times those {what}, at every distance behind",
            )


@check("xavier_fan_in_normal/response")
def responses_of_another_variance(implementation: Implementation, case: Case) -> None:
    """The responses of the units to an input do not have the variance of the weights times the input's squared length."""
    weights = expect.shape(implementation, case)
    fan_in, fan_out = weights.shape
    # Signs that change every 1, 2, 4 … inputs, and never.
    inputs = 1.0 - 2.0 * (np.arange(fan_in) >> np.arange(9)[:, None] & 1)
    ratios = np.mean(np.square(inputs @ weights), axis=1) / (fan_in * _variance(case))
    expect.near(
        implementation,
        case,
        ratios,
        1,
        _stated(implementation, case, n=fan_out),
        "variance of the responses over its due",
    )


@check("xavier_fan_in_normal/signal")
def xavier_loses_the_signal(implementation: Implementation, case: Case) -> None:
    """The signal in a deep network of linear or tanh layers does not have the variance that the weights give it."""
    _follows(implementation, case, "identity")
    _follows(implementation, case, "tanh")


@check("kaiming_normal/signal")
def kaiming_loses_the_signal(implementation: Implementation, case: Case) -> None:
    """The signal in a deep network of rectifiers does not have the variance that the weights give it."""
    _follows(implementation, case, "relu")


@check("normal/signal")
def normal_loses_the_signal(implementation: Implementation, case: Case) -> None:
    """The signal in a deep network of tanh layers does not have the variance that the weights give it."""
    _follows(implementation, case, "tanh")


@check("xavier_normal/gradient")
def xavier_loses_the_gradient(implementation: Implementation, case: Case) -> None:
    """The gradient in a deep linear network does not have the variance that the weights give it."""
    ratios, counts = [], []
    gradient = cast(dyadic((_SAMPLES, case.arguments[0])), implementation.format.name)
    # From the last layer to the first: each hands on what it was given, as a gradient of its outputs.
    for layer in range(_DEPTH):
        drawn, weight, bias = _layer(implementation, case, layer + 1)
        x = cast(np.zeros((_SAMPLES, weight.shape[0])), implementation.format.name)
        below, _, _ = implementation.linear_vjp(x, weight, bias, gradient)
        ratios.append(_variance_of_responses(gradient, below) / _variance(drawn))
        counts.append(float(below.size))
        gradient = below
    limits = _stated(implementation, case, n=np.array(counts))
    expect.near(
        implementation,
        case,
        np.array(ratios),
        1,
        limits,
        "variance of the gradient below a layer over its due",
    )


@check("initializers/form")
def another_shape(implementation: Implementation, case: Case) -> None:
    """The answer does not have the shape or the dtype that was asked for."""
    answered = expect.shape(implementation, case)
    expect.between(implementation, case, answered, -np.inf, np.inf, "weights")


def empty_shapes_refused(implementation: Implementation, case: Case) -> None:
    """An empty shape, or one without dimensions, is not answered by such an array."""
    answered = expect.shape(implementation, case)
    expect.near(
        implementation,
        case,
        np.asarray(answered.size),
        math.prod(case.arguments[0]),
        0,
        "number of weights",
    )


@check("initializers/repeatability")
def answers_that_change(implementation: Implementation, case: Case) -> None:
    """The same call is answered by other weights, or a call changes what was answered before."""
    answer = getattr(implementation, case.operation)

    def changed(weights: Any, what: str) -> None:
        expect.near(
            implementation,
            case,
            np.asarray(np.count_nonzero(weights != kept)),
            0,
            0,
            f"weights that changed {what}",
        )

    expect.shape(implementation, case)
    first = answer(*case.arguments, **case.parameters)
    kept = first.copy()
    if "seed" in case.parameters:
        answer(*case.arguments, **{**case.parameters, "seed": case.parameters["seed"] + 1})
        changed(first, "by a call with another seed")
    changed(answer(*case.arguments, **case.parameters), "when they were asked for again")
    if first.flags.writeable:
        first[...] = first + first.dtype.type(1)
    changed(
        answer(*case.arguments, **case.parameters), "after the first answer had been written over"
    )


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


def _follows(implementation: Implementation, case: Case, activation: str) -> None:
    """Expect what every layer makes of its signal to have the variance of the layer's weights."""
    ratios, counts = [], []
    signal = cast(dyadic((_SAMPLES, 128)) * _UNIT, implementation.format.name)
    for layer in range(_DEPTH):
        drawn, weight, bias = _layer(implementation, case, layer)
        response = implementation.linear(signal, weight, bias)
        ratios.append(_variance_of_responses(signal, response) / _variance(drawn))
        counts.append(float(response.size))
        signal = getattr(implementation, activation)(response)
    limits = _stated(implementation, case, n=np.array(counts))
    expect.near(
        implementation,
        case,
        np.array(ratios),
        1,
        limits,
        f"variance of the signal in a layer over its due, before {activation}",
    )


def _layer(implementation: Implementation, case: Case, layer: int) -> tuple[Case, Any, Any]:
    """Return the call for the weights of a layer, drawn with a seed of their own, with its answer and a bias of zeros."""
    first, second = case.arguments[0] if len(case.arguments) == 1 else case.arguments
    pair = (second, first) if layer % 2 else (first, second)
    parameters = {**case.parameters, "seed": case.parameters["seed"] + layer}
    drawn = dataclasses.replace(
        case, arguments=(pair,) if len(case.arguments) == 1 else pair, parameters=parameters
    )
    weight = getattr(implementation, case.operation)(*drawn.arguments, **parameters)
    return drawn, weight, cast(np.zeros(pair[1]), implementation.format.name)


def _variance_of_responses(signal: Any, response: Any) -> float:
    """Return the mean square of a layer's responses, made independent: with Q of the signals' Q R, Qᵀ W is as random as W is."""
    _, triangle = np.linalg.qr(wide(signal).T)
    return float(np.mean(np.square(np.linalg.solve(triangle.T, wide(response)))))


def _variance(case: Case) -> float:
    """Return the variance of the law, which the operation's clause on accuracy defines as `v`."""
    stated: Any = bound_of(clause_of(f"{case.operation}/accuracy"), case.operation)
    return float(_evaluated(dataclasses.replace(stated, expression="v"), case, "float64", n=1.0))


def _stated(implementation: Implementation, case: Case, **quantities: Any) -> Array:
    """Return the bound of the clause for a statistic of `n` weights."""
    return _evaluated(expect.stated(case), case, implementation.format.name, **quantities)


def _evaluated(formula: Any, case: Case, dtype: str, **quantities: Any) -> Array:
    given = {
        **dict(zip(arguments_of(case.operation), case.arguments, strict=True)),
        **case.parameters,
        **quantities,
    }
    found: Array = language.evaluate(formula, given, dtype=dtype, accumulates_in=dtype, axes=None)
    return found


def _standardized(implementation: Implementation, case: Case) -> Array:
    """Return the weights of a call over the standard deviation of their law."""
    weights: Array = expect.shape(implementation, case)
    return weights / math.sqrt(_variance(case))


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
