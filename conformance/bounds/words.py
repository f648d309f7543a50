"""The words of the language of bounds: each stands once, with its meaning and its two halves.

A bound is evaluated on arrays by the plain halves. A running error is evaluated on values that
carry their errors by the running halves. A word without a half is missing in that kind of formula.
`spec/notation.md` shows this table, and a test holds the two together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.bounds import networks, plain
from nnspec.conformance.bounds.rounding import Arithmetic, Rounded, exact, root
from nnspec.conformance.terms.operations import parameters_of


@dataclass(frozen=True)
class Word:
    """A word as it is used, its meaning, and the halves: what it stands for in an arithmetic."""

    form: str
    meaning: str
    plain: Callable[[Arithmetic], Any] | None = None
    running: Callable[[Arithmetic], Any] | None = None

    @property
    def name(self) -> str:
        """The word without its arguments."""
        return self.form.partition("(")[0]


def always(value: Any) -> Callable[[Arithmetic], Any]:
    """Return the half of a word that stands for the same in every arithmetic."""
    return lambda _: value


# --- Running halves ---


def _running_sum(arithmetic: Arithmetic) -> Callable[[Rounded], Rounded]:
    return lambda values: values.summed(arithmetic.axes)


def _running_mean(arithmetic: Arithmetic) -> Callable[[Rounded], Rounded]:
    def mean(values: Rounded) -> Rounded:
        total = values.summed(arithmetic.axes)
        return total / (values.value.size / max(total.value.size, 1))

    return mean


def _running_extreme(pairwise: np.ufunc) -> Callable[[Arithmetic], Callable[..., Rounded]]:
    def half(arithmetic: Arithmetic) -> Callable[..., Rounded]:
        def extreme(values: Any, *others: Any) -> Rounded:
            if not others:
                error = np.max(values.error, axis=arithmetic.axes, keepdims=True)
                value = pairwise.reduce(values.value, axis=arithmetic.axes, keepdims=True)
                return Rounded(value, error, arithmetic)
            left, right = exact(values, arithmetic), exact(others[0], arithmetic)
            error = np.maximum(left.error, right.error)
            return Rounded(pairwise(left.value, right.value), error, arithmetic)

        return extreme

    return half


def _running_where(arithmetic: Arithmetic) -> Callable[[Any, Any, Any], Rounded]:
    def where(condition: Any, left: Any, right: Any) -> Rounded:
        left, right = exact(left, arithmetic), exact(right, arithmetic)
        value = np.where(condition, left.value, right.value)
        return Rounded(value, np.where(condition, left.error, right.error), arithmetic)

    return where


def _running_norm(arithmetic: Arithmetic) -> Callable[[Any], Rounded]:
    def norm(values: Any) -> Rounded:
        parts = values if isinstance(values, list) else [values]
        value, error = (
            np.concatenate([each.reshape(-1) for each in side] or [np.zeros(0)])
            for side in ([part.value for part in parts], [part.error for part in parts])
        )
        joined = Rounded(value, error, arithmetic)
        return root((joined * joined).summed(None, keepdims=False))

    return norm


def _running_exponential(function: np.ufunc) -> Callable[[Rounded], Rounded]:
    """Return e^x or e^x − 1 of running values: both have the slope e^x."""
    return lambda values: values.through(
        function, np.exp(values.value + values.error), values.arithmetic.units.elementary
    )


def _running_log(values: Rounded) -> Rounded:
    least = values.value - values.error
    return values.through(
        np.log, np.where(least > 0, 1 / least, np.inf), values.arithmetic.units.elementary
    )


def _running_one_hot(arithmetic: Arithmetic) -> Callable[[Rounded, Rounded], Rounded]:
    return lambda labels, like: exact(plain.one_hot(labels.value, like.value), arithmetic)


def _running_channel(arithmetic: Arithmetic) -> Callable[[Rounded], Rounded]:
    return lambda values: values.reshaped(plain.channels(arithmetic))


# --- The table ---

# A certificate makes some thousand statistical comparisons. A library that is right fails in one of
# them once in about a million seeds.
LEVEL = 1e-9

_WORDS = (
    Word(
        "u",
        "unit roundoff of the dtype: 2⁻⁵³, 2⁻²⁴, 2⁻¹¹, 2⁻⁸",
        plain=lambda arithmetic: arithmetic.working.u,
    ),
    Word(
        "u_a",
        "unit roundoff of the dtype that sums are formed in: the dtype's own for 64 and 32 bits,"
        " float32's for 16 bits, or the one that the adapter declares",
        plain=lambda arithmetic: arithmetic.accumulator.u,
    ),
    Word(
        "tiny",
        "smallest normal number of the dtype",
        plain=lambda arithmetic: arithmetic.working.tiny,
    ),
    Word(
        "eta",
        "smallest subnormal number of the dtype",
        plain=lambda arithmetic: arithmetic.working.eta,
    ),
    Word(
        "huge",
        "largest number of the dtype",
        plain=lambda arithmetic: arithmetic.working.maximum,
    ),
    Word(
        "wide(v, w)",
        "v in 32 and 64 bits, w in 16 bits",
        plain=plain.by_width,
        running=plain.by_width,
    ),
    Word(
        "level",
        "10⁻⁹: the probability with which chance may take a right implementation out of a limit",
        plain=always(LEVEL),
    ),
    Word(
        "ulp(v)",
        "spacing of the dtype's numbers at v; `eta` below the normal range",
        plain=lambda arithmetic: arithmetic.working.ulp,
    ),
    Word(
        "gamma(k)",
        "k·u_a/(1 − k·u_a): relative error of a sum of k terms of one sign, in any order",
        plain=lambda arithmetic: arithmetic.gamma,
    ),
    Word(
        "flush(v)",
        "`tiny` where v < `tiny`, else 0: an answer whose magnitude may come out as small as v may"
        " be flushed to zero",
        plain=plain.flush,
    ),
    Word(
        "sum(v)",
        "the sum along the operation's axes, or over all elements",
        plain=plain.total,
        running=_running_sum,
    ),
    Word(
        "others(v)",
        "the sum of all elements but the element itself, along the operation's axis, or of all",
        plain=plain.others,
    ),
    Word(
        "mean(v)",
        "the mean along the operation's axes, or over all elements",
        plain=plain.mean,
        running=_running_mean,
    ),
    Word(
        "max(v) or max(v, w)",
        "the largest along the operation's axes, or of all; of v and w element by element",
        plain=plain.extreme(np.maximum, -np.inf),
        running=_running_extreme(np.maximum),
    ),
    Word(
        "min(v) or min(v, w)",
        "the smallest along the operation's axes, or of all; of v and w element by element",
        plain=plain.extreme(np.minimum, np.inf),
        running=_running_extreme(np.minimum),
    ),
    Word(
        "where(c, v, w)",
        "v where the comparison c holds, else w",
        plain=always(np.where),
        running=_running_where,
    ),
    Word(
        "abs(v)",
        "the magnitude of each element",
        plain=always(np.abs),
        running=always(abs),
    ),
    Word(
        "sqrt(v)",
        "the square root of each element",
        plain=always(np.sqrt),
        running=always(root),
    ),
    Word(
        "exp(v)",
        "e to the power of each element",
        plain=always(np.exp),
        running=always(_running_exponential(np.exp)),
    ),
    Word(
        "expm1(v)",
        "exp(v) − 1 of each element",
        plain=always(np.expm1),
        running=always(_running_exponential(np.expm1)),
    ),
    Word(
        "log(v)",
        "the natural logarithm of each element",
        plain=always(np.log),
        running=always(_running_log),
    ),
    Word(
        "log2(v)",
        "the logarithm of each element to base 2",
        plain=always(np.log2),
    ),
    Word(
        "norm(v)",
        "the Euclidean norm over everything, of a list of arrays too",
        plain=always(plain.norm),
        running=_running_norm,
    ),
    Word(
        "T(v)",
        "v with its last two axes exchanged",
        plain=always(lambda values: np.swapaxes(values, -1, -2)),
        running=always(Rounded.transposed),
    ),
    Word(
        "one_hot(labels, v)",
        "1 where, along the last axis, the label points, else 0; in the shape of v",
        plain=always(plain.one_hot),
        running=_running_one_hot,
    ),
    Word(
        "channel(v)",
        "a vector over channels, shaped to broadcast against `x`",
        plain=plain.channel,
        running=_running_channel,
    ),
    Word(
        "vector(v)",
        "statistics of the channels as a vector",
        plain=always(lambda values: values.reshape(-1)),
    ),
    Word(
        "column(v)",
        "a vector as a matrix of one column",
        plain=always(lambda values: values[..., None]),
        running=always(networks.column),
    ),
    Word(
        "column_sums(v)",
        "the sum of the rows of a matrix",
        plain=always(partial(np.sum, axis=0)),
        running=always(networks.column_sums),
    ),
    Word(
        "N(m, v)",
        "the normal law of mean m and variance v",
    ),
    Word(
        "U(a, b)",
        "the uniform law between a and b",
    ),
    Word(
        "cut(N(m, v), k)",
        "a normal law without the numbers that are k of its deviations or more from its mean",
    ),
    Word(
        "shuffled(k)",
        "the whole numbers from 0 to k − 1 in an order by chance",
    ),
    Word(
        "drawn(k, m)",
        "m whole numbers from 0 to k − 1, each drawn by itself",
    ),
    Word(
        "pieces(i, b)",
        "numbers in pieces of length b; the last piece may be shorter",
    ),
    Word(
        "activation(a)",
        "the activation of a layer, in the formula of a layer",
    ),
    Word(
        "activation_vjp(a, g)",
        "the gradient of ⟨g, activation(a)⟩ with respect to a, there",
    ),
    Word(
        "solve(H, g)",
        "the vector d with H d = g",
        plain=always(np.linalg.solve),
    ),
    Word(
        "eigenvalues(C, k)",
        "the k largest eigenvalues of a symmetric matrix, the largest first",
        plain=always(plain.eigenvalues),
    ),
    Word(
        "eigenvectors(C, k)",
        "their eigenvectors as columns; the first coordinate above 0.6 of the largest is positive",
        plain=always(plain.eigenvectors),
    ),
)

WORDS: Mapping[str, Word] = {word.name: word for word in _WORDS}

# Running errors know networks, and the activations whose parameters no network has to fix.
_RUNNING: Mapping[str, Callable[..., Any]] = {
    "linear": networks.linear,
    "mlp": networks.mlp,
    "mlp_vjp": networks.mlp_vjp,
    **{
        name: activation.forward
        for name, activation in networks.ACTIVATIONS.items()
        if not parameters_of(name)
    },
}

# The operations themselves are words too, with their parameters by name.
OPERATIONS: Mapping[str, Word] = {
    name: Word(
        f"{name}(…)",
        "the operation itself",
        plain=plain.operation(name),
        running=always(_RUNNING[name]) if name in _RUNNING else None,
    )
    for name in reference.__all__
}


@lru_cache(maxsize=None)
def vocabulary(arithmetic: Arithmetic, *, running: bool = False) -> dict[str, Any]:
    """Return what the words stand for in an arithmetic: their plain halves, or the running ones."""
    words: dict[str, Any] = {"__builtins__": {}}
    for name, word in {**WORDS, **OPERATIONS}.items():
        half = word.running if running else word.plain
        if half is not None:
            words[name] = half(arithmetic)
    return words
