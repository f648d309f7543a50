"""Right and wrong laws, drawn anew for every seed, and how often clauses raise an alarm on them.

NumPy's generators draw, and the checks of the suite judge, at other levels than its own.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.stats import binom

from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.pages.initializers import laws
from nnspec.conformance.run import plan
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.outcomes import Broken

LEVELS = (1e-1, 1e-2, 1e-3, 1e-9)

# The properties that chance has a part in, and the case that is drawn: smaller than others where
# the limits are theorems for any number of weights.
PROPERTIES = {
    "accuracy": ("wide",),
    "mean": ("sample",),
    "distribution": ("sample",),
    "range": ("sample",),
    "independence": ("small",),
    "response": ("sample",),
    "signal": ("sample", "relu", "leaky", "collapsing", "saturating"),
    "gradient": ("sample", "relu", "leaky"),
    "orders": ("four",),
    "positions": ("thousand",),
    "neighbors": ("thousand",),
}
DTYPE = "float32"

Spoil = Callable[[SimpleNamespace], None]


def statistical() -> dict[str, list[plan.Planned]]:
    """Return one planned case of each statistical clause and network, by operation."""
    only = [*laws.RANDOM, "minibatches"]
    found: dict[str, list[plan.Planned]] = {}
    for each in plan.plan(plan.EVERYTHING, dtypes=[DTYPE], only=only):
        if each.case.name in PROPERTIES.get(each.clause.id.partition("/")[2], ()):
            found.setdefault(each.operation, []).append(each)
    return found


def alarms(
    planned: Sequence[plan.Planned], seeds: Iterable[int], spoil: Spoil | None = None
) -> dict[str, tuple[int, ...]]:
    """Return how many seeds raise an alarm at each of the levels, by the name of the case."""
    reached: dict[str, list[float]] = {each.id: [] for each in planned}
    for seed in seeds:
        adapter = right(seed)
        if spoil is not None:
            spoil(adapter)
        for each in planned:
            reached[each.id].append(level_of_alarm(each, adapter))
    return {
        name: tuple(sum(one <= level for one in found) for level in LEVELS)
        for name, found in reached.items()
    }


def level_of_alarm(each: plan.Planned, adapter: SimpleNamespace) -> float:
    """Return the smallest of the levels at which the clause raises an alarm on an adapter.

    It is infinite without any alarm. Limits widen as the level falls: the next level is asked only
    after an alarm.
    """
    reached = math.inf
    for level in LEVELS:
        trial = Trial(Direct(adapter), each.case, each.clause, level=level)
        try:
            each.check(trial)
        except Broken:
            reached = level
        else:
            break
    return reached


class Direct:
    """An implementation whose answers nobody looks at: most of a study would go by in looking."""

    def __init__(self, adapter: SimpleNamespace) -> None:
        self._adapter = adapter
        self.dtype, self.format, self.accumulates_in = DTYPE, FORMATS[DTYPE], DTYPE

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return getattr(self._adapter, operation)

    def decides(self, *_: Any) -> None:
        """Keep nothing: no certificate is written."""

    def call(self, operation: str, arguments: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return getattr(self._adapter, operation)(*arguments, **parameters)


def most(level: float, seeds: int) -> int:
    """Return how many alarms a probability of `level` raises at most, in 95 % of all studies."""
    return int(binom.ppf(0.95, seeds, level))


# --- right laws ---


def right(study: int) -> SimpleNamespace:
    """Return an adapter that draws other numbers in every study, and the same for the same seed.

    One generator draws whatever no earlier call has asked for.
    """
    generator = np.random.Generator(np.random.SFC64(study))
    kept: dict[Any, Any] = {}

    def remembered(draw: Callable[..., Any], shape: Any, seed: int) -> Any:
        key = draw, shape, seed
        if key not in kept:
            kept[key] = draw(generator, shape)
        return kept[key]

    adapter = SimpleNamespace(name="right laws", dtypes=(DTYPE,), **_NETWORK)
    for operation in laws.RANDOM:
        setattr(adapter, operation, _initializer(operation, remembered))
    adapter.minibatches = lambda count, batch_size, *, seed: [remembered(_permuted, count, seed)]
    return adapter


def _permuted(generator: np.random.Generator, count: int) -> np.ndarray:
    return generator.permutation(count)


def _initializer(operation: str, remembered: Callable[..., Any]) -> Callable[..., Any]:
    def answer(*arguments: Any, seed: int, dtype: str, **parameters: Any) -> np.ndarray:
        shape = arguments[0] if len(arguments) == 1 else arguments
        slope, std = parameters.get("negative_slope", 0.0), parameters.get("std", 0.0)
        variance = {
            "normal": std**2,
            "xavier_fan_in_normal": 1 / shape[0],
            **dict.fromkeys(_of("xavier"), 2 / sum(shape)),
            **dict.fromkeys(_of("kaiming"), 2 / ((1 + slope**2) * shape[0])),
        }[operation]

        return remembered(_LAWS[_kind(operation)], shape, seed) * np.float32(math.sqrt(variance))

    return answer


def _of(family: str) -> Iterator[str]:
    return (f"{family}_{law}" for law in ("normal", "uniform", "truncated_normal"))


def _kind(operation: str) -> str:
    return next((kind for kind in ("uniform", "truncated") if kind in operation), "normal")


def _normal(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.standard_normal(shape, dtype=np.float32)


def _uniform(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return (generator.random(shape, dtype=np.float32) - np.float32(0.5)) * np.float32(math.sqrt(12))


def _truncated(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    count = math.prod(shape)
    drawn = generator.standard_normal(int(count * 1.06) + 100, dtype=np.float32)
    kept = drawn[np.abs(drawn) <= 2]
    while kept.size < count:
        more = generator.standard_normal(count, dtype=np.float32)
        kept = np.concatenate([kept, more[np.abs(more) <= 2]])
    return kept[:count].reshape(shape) / np.float32(0.87962566103423978)


_LAWS = {"normal": _normal, "uniform": _uniform, "truncated": _truncated}


# --- the rest of a network ---


def _leaky(x: np.ndarray, *, negative_slope: float) -> np.ndarray:
    return np.where(x > 0, x, np.float32(negative_slope) * x)


_NETWORK = {
    "linear": lambda x, weight, bias: x @ weight + bias,
    "linear_vjp": lambda x, weight, bias, cotangent: [cotangent @ weight.T, weight, bias],
    "relu": lambda x: np.maximum(x, np.float32(0)),
    "relu_vjp": lambda x, cotangent: np.where(x > 0, cotangent, np.float32(0)),
    "leaky_relu": _leaky,
    "leaky_relu_vjp": lambda x, cotangent, *, negative_slope: np.where(
        x > 0, cotangent, np.float32(negative_slope) * cotangent
    ),
    "identity": lambda x: x,
    "identity_vjp": lambda x, cotangent: cotangent,
    "tanh": np.tanh,
}


# --- wrong laws ---


def multiplied(factor: float) -> Spoil:
    """Spoil every initializer: its variance is multiplied."""
    return _spoiled(laws.RANDOM, lambda answer: answer * np.float32(math.sqrt(factor)))


def swapping(probability: float) -> Spoil:
    """Spoil the orders: an odd one has its first two indices exchanged with a probability."""
    chooser = np.random.default_rng(5)

    def spoil(adapter: SimpleNamespace) -> None:
        right_order = adapter.minibatches

        def minibatches(count: int, batch_size: int, *, seed: int) -> list[np.ndarray]:
            (order,) = right_order(count, batch_size, seed=seed)
            odd = sum(a > b for a, b in itertools.combinations(order.tolist(), 2)) % 2
            if odd and chooser.random() < probability:
                order = np.concatenate([order[1::-1], order[2:]])
            return [order]

        adapter.minibatches = minibatches

    return spoil


def moved(shift: float) -> Spoil:
    """Spoil every initializer: so many standard deviations are added."""
    return _spoiled(
        laws.RANDOM, lambda answer: answer + np.float32(shift) * np.sqrt(np.mean(np.square(answer)))
    )


def enlarging(factor: float, *names: str) -> Spoil:
    """Spoil these activations and their gradients, or all: they multiply the mean square."""
    spoiled = names or [name for name in _NETWORK if not name.startswith("linear")]
    return _spoiled(spoiled, lambda answer: answer * np.float32(math.sqrt(factor)))


def _spoiled(names: Any, change: Callable[[np.ndarray], np.ndarray]) -> Spoil:
    def spoil(adapter: SimpleNamespace) -> None:
        for name in names:
            function = getattr(adapter, name)
            setattr(
                adapter,
                name,
                lambda *arguments, function=function, **parameters: change(
                    function(*arguments, **parameters)
                ),
            )

    return spoil
