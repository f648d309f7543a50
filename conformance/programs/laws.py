"""Laws: the answer of a program whose operation draws its numbers by a seed.

    law_of(program, names)         the law that a program states: normal, cut, or uniform
    law.mean, law.variance         its moments
    law.probability(x)             how probable a number below x is
    law.drawn(shape, seed)         numbers drawn by it

`N(m, v)` is normal and `U(a, b)` uniform. `cut(law, k)` is a normal law without the numbers that
are k of its deviations or more from its mean.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.programs.lines import CannotRunError, followed
from nnspec.conformance.programs.program import Program
from nnspec.conformance.programs.words import vocabulary
from nnspec.conformance.terms.nested import Array


@dataclass(frozen=True)
class Law:
    """A normal law of a mean and variance, cut at so many deviations, or a uniform law.

    A uniform law lies between `low` and `high`. Of a normal one these are the ends of the cut.
    """

    family: str
    middle: float
    spread: float
    cut: float = math.inf

    @property
    def mean(self) -> float:
        """The mean."""
        return self.middle

    @property
    def variance(self) -> float:
        """The variance that is left after the cut."""
        if self.family == "uniform":
            return self.spread**2 / 12
        if math.isinf(self.cut):
            return self.spread
        density = math.exp(-(self.cut**2) / 2) * math.sqrt(2 / math.pi)
        return self.spread * (1 - self.cut * density / math.erf(self.cut / math.sqrt(2)))

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest number."""
        half = self.spread / 2 if self.family == "uniform" else self.cut * math.sqrt(self.spread)
        return self.middle - half, self.middle + half

    def probability(self, x: Array) -> Array:
        """Return the distribution function."""
        low, high = self.ends
        if self.family == "uniform":
            return np.asarray(np.clip((x - low) / (high - low), 0.0, 1.0))
        z = (np.clip(x, low, high) - self.middle) / math.sqrt(2 * self.spread)
        below = np.array([math.erf(each) for each in z.reshape(-1)]).reshape(z.shape)
        return np.asarray((below / math.erf(self.cut / math.sqrt(2)) + 1) / 2)

    def drawn(self, shape: tuple[int, ...], seed: int) -> Array:
        """Return numbers drawn by the law; those beyond a cut are drawn again."""
        generator, (low, high) = np.random.default_rng(seed), self.ends
        if self.family == "uniform":
            return generator.uniform(low, high, shape)
        deviation = math.sqrt(self.spread)
        found = generator.normal(self.middle, deviation, shape)
        while np.any(beyond := (found < low) | (found > high)):
            found[beyond] = generator.normal(self.middle, deviation, int(np.sum(beyond)))
        return found


def normal(mean: Any, variance: Any) -> Law:
    """Return a normal law; raises ValueError if the variance is no positive number."""
    return Law("normal", _finite(mean), _positive(variance))


def uniform(low: Any, high: Any) -> Law:
    """Return a uniform law; raises ValueError if its ends are no two numbers in their order."""
    return Law("uniform", (_finite(low) + _finite(high)) / 2, _positive(high - low))


def cut(law: Law, deviations: Any) -> Law:
    """Return a normal law that is cut on both sides; raises ValueError if it is uniform."""
    if law.family == "uniform":
        raise ValueError("a uniform law has no deviation to be cut at")
    return replace(law, cut=_positive(deviations))


# An edit may make counts that fill the memory: an exponential of one.
_MOST, _MOST_PIECES = 2**24, 2**16

_LAWS: Mapping[str, Any] = {"N": normal, "U": uniform, "cut": cut}


def law_of(program: Program, names: Mapping[str, Any]) -> Any:
    """Return the law that a program states for these arguments and parameters.

    Raises CannotRunError if it states none.
    """
    return _stated(program, names, {**vocabulary(None, 2), **_LAWS})


def drawn(
    program: Program, names: Mapping[str, Any], shape: tuple[int, ...], seed: int
) -> list[Array]:
    """Return numbers drawn by the law of a program, or the indices that it draws.

    Raises CannotRunError if it states neither.
    """
    found = _stated(program, names, {**vocabulary(None, 2), **_LAWS, **_orders(seed)})
    if isinstance(found, Law):
        return [found.drawn(shape, seed)]
    if isinstance(found, list):
        return found
    raise CannotRunError(f"{program} states a number and no law")


def _stated(program: Program, names: Mapping[str, Any], words: dict[str, Any]) -> Any:
    values = dict(names)
    with np.errstate(all="ignore"):
        followed(program.lines, values, words)
    return values[program.answers[0]]


def _orders(seed: int) -> dict[str, Any]:
    """Return the words that draw indices."""
    generator = np.random.default_rng(seed)
    return {
        "shuffled": lambda k: generator.permutation(_count(k)),
        "drawn": lambda k, m: generator.integers(0, int(k), _count(m)),
        "counted": lambda k: np.arange(_count(k)),
        "pieces": _pieces,
    }


def _pieces(indices: NDArray[np.int64], length: Any) -> list[NDArray[np.int64]]:
    """Cut indices into pieces; raises ValueError if there are more than anybody asks for."""
    size = _count(length)
    _count(len(indices) / size, _MOST_PIECES)
    return [indices[first : first + size] for first in range(0, len(indices), size)]


def _count(value: Any, most: int = _MOST) -> int:
    """Return a count; raises ValueError if nobody asks for as many."""
    if not 0 <= value <= most:
        raise ValueError(f"{value} is no count of indices")
    return int(value)


def _positive(value: Any) -> float:
    if not 0 < value < math.inf:
        raise ValueError(f"{value} is no positive number")
    return float(value)


def _finite(value: Any) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number")
    return float(value)
