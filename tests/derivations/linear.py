"""First-order error analysis: a value carries how far each rounding so far moves it.

A running error takes the errors of two arguments for independent. Here e/(1 + e) knows that both
have the same e: each rounding has a column of its own, and a step multiplies columns by its slopes
(F. Bauer 1974). Errors below the normal range are left out.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnspec.conformance.bounds.rounding import Array, Units

# Each step of a computation has a number.
_STEPS = itertools.count()


@dataclass(frozen=True)
class Roundings:
    """What a step adds, in units of u, and what a sum of n terms adds for each |term|.

    A vector of channels has so many `trailing` axes behind it.
    """

    u: float
    units: Units
    u_a: float
    axes: tuple[int, ...] | None
    trailing: int = 0

    def along(self, value: Array) -> tuple[int, ...]:
        """Return the axes that sums run along."""
        axes = range(value.ndim) if self.axes is None else self.axes
        return tuple(axis % value.ndim for axis in axes)

    @property
    def logistic(self) -> float:
        """The units of a logistic function: 8 ulp, or what its clause says in 16 bits."""
        return 16.0 if self.u == self.u_a else 3.1

    @property
    def stored(self) -> float:
        """The rounding of a sum to the format, if it was formed in another one."""
        return 0.0 if self.u == self.u_a else self.u


@dataclass(eq=False)
class Linear:
    """A value, and what each rounding so far moves each of its elements by.

    The roundings of one step are the last axis of an array, which has the number of the step.
    """

    value: Array
    moved: dict[int, Array]
    roundings: Roundings

    __array_ufunc__ = None

    @property
    def error(self) -> Array:
        """Return the first-order error: all roundings together, each as bad as it can be."""
        each = [np.sum(abs(columns), axis=-1) for columns in self.moved.values()]
        return np.asarray(sum(each, np.zeros(self.value.shape)))

    @property
    def scales(self) -> bool:
        """Say whether a product with these numbers is exact: powers of two, ±1 and 0."""
        return not self.moved and bool(np.all(np.isin(abs(np.frexp(self.value)[0]), (0.0, 0.5))))

    def __add__(self, other: Any) -> "Linear":
        other = self.of(other)
        return self._made(self.value + other.value, (self, 1.0), (other, 1.0))

    def __sub__(self, other: Any) -> "Linear":
        other = self.of(other)
        return self._made(self.value - other.value, (self, 1.0), (other, -1.0))

    def __mul__(self, other: Any) -> "Linear":
        other = self.of(other)
        units = 0 if self.scales or other.scales else 1
        slopes = (self, other.value), (other, self.value)
        return self._made(self.value * other.value, *slopes, units=units)

    def __truediv__(self, other: Any) -> "Linear":
        other = self.of(other)
        value = self.value / other.value
        slopes = (self, 1 / other.value), (other, -value / other.value)
        units = 0 if other.scales else self.roundings.units.quotient
        return self._made(value, *slopes, units=units)

    def __radd__(self, other: Any) -> "Linear":
        return self.of(other) + self

    def __rsub__(self, other: Any) -> "Linear":
        return self.of(other) - self

    def __rmul__(self, other: Any) -> "Linear":
        return self.of(other) * self

    def __rtruediv__(self, other: Any) -> "Linear":
        return self.of(other) / self

    def __neg__(self) -> "Linear":
        moved = {step: -columns for step, columns in self.moved.items()}
        return Linear(-self.value, moved, self.roundings)

    def __gt__(self, other: Any) -> Any:
        return self.value > self.of(other).value

    def of(self, other: Any) -> "Linear":
        """Return another value of the same kind; a number is exact."""
        return other if isinstance(other, Linear) else exact(other, self.roundings)

    def through(self, value: Array, slope: Any, units: float) -> "Linear":
        """Return a function of the value, with its slope there, computed to `units` u."""
        return self._made(value, (self, slope), units=units)

    def times(self, factor: Array) -> "Linear":
        """Return a product with exact numbers of 0, 1 and −1, which rounds nothing."""
        return self._made(self.value * factor, (self, factor), units=0)

    def reshaped(self, shape: tuple[int, ...]) -> "Linear":
        """Return the same numbers in another shape."""
        moved = {step: each.reshape(*shape, each.shape[-1]) for step, each in self.moved.items()}
        return Linear(self.value.reshape(shape), moved, self.roundings)

    def summed(self, count: float = 1.0) -> "Linear":
        """Return the sum along the axes, or the mean, which is rounded to the format once.

        A sum of n terms passes n − 1 roundings at most.
        """
        axes = self.roundings.along(self.value)
        terms = int(np.prod([self.value.shape[axis] for axis in axes]))
        value, sizes = (
            np.sum(each, axis=axes, keepdims=True) for each in (self.value, abs(self.value))
        )
        moved = {
            step: np.sum(columns, axis=axes, keepdims=True) for step, columns in self.moved.items()
        }
        u_a = self.roundings.u_a
        quotient = self.roundings.units.quotient * self.roundings.u
        stored = self.roundings.stored if count == 1 else quotient
        passed = (terms - 1) * u_a
        added = passed / (1 - passed) * sizes + stored * abs(value)
        moved = {step: columns / count for step, columns in moved.items()}
        return Linear(
            value / count, {**moved, next(_STEPS): _columns(added / count)}, self.roundings
        )

    def _made(self, value: Array, *parts: tuple["Linear", Any], units: float = 1) -> "Linear":
        moved: dict[int, Array] = {}
        for part, slope in parts:
            for step, columns in part.moved.items():
                more = columns * np.asarray(slope)[..., None]
                moved[step] = moved.get(step, 0.0) + np.broadcast_to(
                    more, (*value.shape, more.shape[-1])
                )
        if units:
            moved[next(_STEPS)] = _columns(units * self.roundings.u * abs(value))
        return Linear(value, moved, self.roundings)


def exact(value: Any, roundings: Roundings) -> Linear:
    """Return numbers without error."""
    return Linear(np.asarray(value, dtype=np.float64), {}, roundings)


def _columns(added: Array) -> Array:
    """Return a column for each element, which holds what is added there."""
    return np.diag(added.reshape(-1)).reshape(*added.shape, added.size)


def words() -> dict[str, Any]:
    """Return the words of bounds for values of this kind."""

    def elementary(
        function: Callable[[Array], Array], slope: Callable[[Array, Array], Array]
    ) -> Callable[[Linear], Linear]:
        def word(x: Linear) -> Linear:
            value = function(x.value)
            return x.through(value, slope(x.value, value), x.roundings.units.elementary)

        return word

    return {
        "__builtins__": {},
        "exp": elementary(np.exp, lambda _, y: y),
        "log": elementary(np.log, lambda x, _: 1 / x),
        "log1p": elementary(np.log1p, lambda x, _: 1 / (1 + x)),
        "sqrt": lambda x: x.through(
            np.sqrt(x.value), 0.5 / np.sqrt(x.value), x.roundings.units.quotient
        ),
        "sigmoid": lambda x: x.through(
            1 / (1 + np.exp(-x.value)), _bell(x.value), x.roundings.logistic
        ),
        "abs": lambda x: x.times(np.where(x.value < 0, -1.0, 1.0)),
        "sum": Linear.summed,
        "mean": _mean,
        "max": lambda *parts: _extreme(np.maximum, *parts),
        "min": lambda *parts: _extreme(np.minimum, *parts),
        "where": _where,
        "column": lambda v: v.reshaped((*v.value.shape, 1)),
        "one_hot": lambda labels, like: exact(
            np.arange(like.value.shape[-1]) == labels.value[..., None], labels.roundings
        ),
        "channel": lambda v: v.reshaped((1, -1, *(1,) * v.roundings.trailing)),
    }


def _bell(x: Array) -> Array:
    e = np.exp(-abs(x))
    return np.asarray(e / (1 + e) ** 2)


def _mean(x: Linear) -> Linear:
    axes = x.roundings.along(x.value)
    return x.summed(float(np.prod([x.value.shape[axis] for axis in axes])))


def _extreme(pick: np.ufunc, x: Linear, *others: Any) -> Linear:
    if others:
        return _where(x.value == pick(x.value, x.of(others[0]).value), x, others[0])
    assert not x.moved, "an extreme of numbers that carry errors"
    return exact(pick.reduce(x.value, axis=x.roundings.along(x.value), keepdims=True), x.roundings)


def _where(condition: Any, one: Any, other: Any) -> Linear:
    roundings = next(each.roundings for each in (one, other) if isinstance(each, Linear))
    parts = [each if isinstance(each, Linear) else exact(each, roundings) for each in (one, other)]
    value = np.where(condition, *(part.value for part in parts))
    chosen = [np.where(condition, 1.0, 0.0), np.where(condition, 0.0, 1.0)]
    made = Linear(value, {}, roundings)._made
    return made(value, *zip(parts, chosen, strict=True), units=0)
