"""Compares how deep networks carry signals and gradients with the law of their weights.

The page says how its limits follow from the law.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.pages.initializers import signals
from nnspec.conformance.pages.initializers.laws import stated, variance_of
from nnspec.conformance.pages.initializers.signals import (
    TANH,
    Activation,
    Growth,
    Layer,
    Turn,
    Weights,
)
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import shapes, wide
from nnspec.conformance.terms.outcomes import Malformed

# Layers that widen and narrow in turn, and tanh layers of one width.
_DEPTH = 24
_OF_TANH = 6
_WIDE = 512

# Points of Gaussian integrals, in standard deviations. The integrands are analytic around the real
# axis and vanish at the ends, so that equal weights are right to the last digits.
_POINTS = np.arange(-1280, 1281) / 128.0


def signal(trial: Trial, activation: Activation) -> None:
    """Expect layers to enlarge the mean square of a signal as the law says, over all units.

    After rectifiers with normal weights, the mean of the signal is judged as well.
    """
    weights = _weights(trial, _DEPTH)
    first = signals.start(trial, weights[0].fans[0])
    layers = signals.up(trial, weights, activation, first)
    _grows(trial, [signals.of_signal(each, activation) for each in layers], "signal")
    if "lean" in dict(trial.stated().definitions):
        _leans(trial, layers, activation)


def _leans(trial: Trial, layers: Sequence[Layer], activation: Activation) -> None:
    """Expect the mean of a signal after rectifiers to be the stated part of its size."""
    parts = []
    for each in layers:
        size = np.sqrt(each.weights.variance * activation.square * signals.square(each.signal))
        with np.errstate(all="ignore"):
            parts.append((wide(each.output) / size).reshape(-1))
    found = np.concatenate(parts)
    due = (1 - activation.left) / np.sqrt(np.pi * (1 + activation.left**2))
    allowed = stated(trial, "lean", n=float(found.size), l=len(layers), m=_widest(layers))
    what = "mean of the signal over its root mean square, after rectifiers"
    trial.near(np.asarray(np.mean(found)), due, allowed, what)


def gradient(trial: Trial, activation: Activation, *, fixed: bool = False) -> None:
    """Expect layers to enlarge the sum of squares of a gradient as the law says, over all units.

    The responses are `fixed`, or those of the network to a signal.
    """
    weights = _weights(trial, _DEPTH)
    if fixed:
        layers = signals.beside(trial, weights, activation)
    else:
        first = signals.start(trial, weights[0].fans[0])
        layers = signals.up(trial, weights, activation, first)
    turns = signals.down(trial, layers, activation)
    pairs = itertools.pairwise(turns)
    growths = [signals.of_gradient(*pair, activation, fixed=fixed) for pair in pairs]
    _grows(trial, growths, "gradient")
    _belongs(trial, turns, activation)


def _belongs(trial: Trial, turns: Sequence[Turn], activation: Activation) -> None:
    """Expect the gradient of an activation to be that of its signal, by Euler's theorem."""
    above = [wide(each.layer.output) * wide(each.above) for each in turns]
    below = [wide(each.layer.response) * wide(each.below) for each in turns]
    sizes = np.array([np.sum(np.abs(each)) for each in above])
    over, under = (np.array([np.sum(each) for each in side]) for side in (above, below))
    what = f"sum of signal times gradient above {activation.operation}, against that below"
    trial.near(over, under, stated(trial, "euler") * sizes, what)


def _grows(trial: Trial, growths: Sequence[Growth], subject: str) -> None:
    """Expect layers to enlarge a mean square by what is due, on average over the units."""
    widest = max(each.units for each in growths)
    kinds = {
        "layers": growths,
        "layers that widen": [each for each in growths if each.widens],
        "layers that narrow": [each for each in growths if not each.widens],
    }
    # All layers of one width are one kind.
    for kind, those in kinds.items() if kinds["layers that widen"] else [("layers", growths)]:
        units = np.array([each.units for each in those])
        total = float(np.sum(units))
        factor, unsure = (
            float(np.sum(units * np.array(values))) / total
            for values in ([each.factor for each in those], [each.unsure for each in those])
        )
        above, below = (
            stated(trial, each, n=total, l=len(those), m=widest) + unsure
            for each in ("above", "below")
        )
        what = f"mean square of the {subject} after a layer, over its due, mean over {kind}"
        trial.between(np.asarray(factor), 1 - below, 1 + above, what)


# --- tanh ---


def tanh(trial: Trial) -> None:
    """Expect the size of a signal after tanh layers where the Gaussian integral says, up to chance.

    A larger signal before a layer is a larger signal after it, for the same weights: the limits of
    a layer are those of a signal at the limits of the layer before.
    """
    # Of 512 signals of size 1, every third is negative.
    passing = cast(np.where(np.arange(_WIDE) % 3, 1.0, -1.0)[None], trial.format.name)
    low = high = 1.0
    growths, sizes, lows, highs = [], [], [], []
    for layer in signals.up(trial, _weights(trial, _OF_TANH, (_WIDE, _WIDE)), TANH, passing):
        variance = layer.weights.variance
        square = signals.square(layer.output) / _WIDE
        due, _ = moments_of_tanh(variance * signals.square(layer.signal))
        with np.errstate(all="ignore"):
            growths.append(Growth(float(np.divide(square, due)), _WIDE, widens=False))
        low, high = (
            _limit(trial, side, limit * variance * _WIDE)
            for side, limit in (("down", low), ("up", high))
        )
        sizes.append(np.sqrt(square))
        lows.append(np.sqrt(low))
        highs.append(np.sqrt(high))
    _grows(trial, growths, "signal")
    what = "root mean square of the signal after tanh, layer by layer"
    trial.between(np.array(sizes), np.array(lows), np.array(highs), what)


def _limit(trial: Trial, side: str, q: float) -> float:
    """Return a limit of the mean square after tanh of responses of the mean square q."""
    second, fourth = moments_of_tanh(q)
    return float(stated(trial, side, n=_WIDE, l=1, m=_WIDE, q=q, f=second, g=fourth))


def moments_of_tanh(q: float | np.float64) -> tuple[float, float]:
    """Return the means of tanh² and of tanh⁴ over a normal law of the variance q."""
    density = np.exp(-np.square(_POINTS) / 2)
    squares = np.square(np.tanh(np.sqrt(q) * _POINTS))
    whole = np.sum(density)
    return float(np.sum(squares * density) / whole), float(np.sum(squares**2 * density) / whole)


# --- layers ---


def _weights(trial: Trial, count: int, shape: tuple[int, int] | None = None) -> list[Weights]:
    """Return the weights of the layers, each of a seed of its own.

    Without a shape, the fans of the case change their places from layer to layer.
    """
    arguments = trial.case.arguments
    whole = len(arguments) == 1
    first, second = shape or (arguments[0] if whole else arguments)
    variances: dict[tuple[int, int], float] = {}
    found = []
    for layer in range(count):
        pair = (second, first) if layer % 2 else (first, second)
        seeded = trial.under(seed=trial.case.parameters["seed"] + layer)
        drawn = seeded.on(*((pair,) if whole else pair))
        answer = drawn.call()
        if shapes(answer) != pair:
            message = f"{drawn.case.operation} answered with shape {shapes(answer)}"
            raise Malformed(f"{message}; {pair} was needed")
        if pair not in variances:
            variances[pair] = variance_of(drawn.case)
        found.append(Weights(answer, variances[pair]))
    return found


def _widest(layers: Sequence[Layer]) -> int:
    return max(max(each.weights.fans) for each in layers)
