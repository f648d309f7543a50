"""Edits that answer otherwise than the formula where a clause allows it, each with its proof.

    proof_of(edit)    the proof of an edit, with the words of the page that it quotes

An edit that answers as the formula does everywhere needs no proof.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.laws import Law, law_of
from nnspec.conformance.programs.lines import CannotRunError
from nnspec.conformance.programs.program import program_of
from nnspec.conformance.terms.operations import OPERATIONS


@dataclass(frozen=True)
class Proof:
    """Where an edit differs from the formula, and the words of its page that allow it."""

    differs: str
    quoted: str


SIGNS = Proof(
    "in the signs of columns",
    "Each is determined up to its sign, so the columns of scores are judged whatever their signs.",
)
CHANCE = Proof(
    "in a variance by less than chance does",
    "With 64,000 weights, 999 of 1,000 cases find each of three errors. They are an error of 5.6 % "
    "in the variance (float64 and float32; 8 % in bfloat16), of 0.04 standard deviations in the "
    "mean, and of 0.021 in a probability.",
)

# Edits that turn the signs of components, and do not change anything else.
_TURNED = {
    "pca": (
        "(data − μ) @ eigenvectors(C, components) → −(data − μ) @ eigenvectors(C, components)",
    ),
    "whiten": ("√eigenvalues(C, components) → −√eigenvalues(C, components)",),
}
_TURNED_IN_BOTH = (
    "data − μ → μ − data",
    "eigenvectors(C, components) → −eigenvectors(C, components)",
    "train − μ → μ − train, data − μ → μ − data",
    "data → −data, train → −train throughout",
    "data → 1 − data, train → 1 − train throughout",
)

# The errors of a law that the page on initializers says are found: of its variance, of its mean in
# standard deviations, and of a probability.
VARIANCE, MEAN, PROBABILITY = 1.056, 0.04, 0.021

# Layers, and slopes with standard deviations, at which laws are compared; the numbers, in
# deviations, up to which probabilities are.
_FANS = (1, 2, 3, 16, 400, 4096)
_SLOPES = ((0.0, 0.0625), (0.5, 0.5), (2.0, 3.0))
_POINTS = np.linspace(-4.0, 4.0, 81)


def proof_of(edit: Edit) -> Proof | None:
    """Return the proof that a page allows what an edit answers, None if there is none.

    An edit of a law has one if all its errors are smaller than those that the page says are found.
    """
    if edit.name in PROOFS:
        return PROOFS[edit.name]
    return CHANCE if _within_chance(edit) else None


@lru_cache(maxsize=2**12)
def _within_chance(edit: Edit) -> bool:
    described = OPERATIONS[edit.operation]
    if not described.random or described.answers_indices:
        return False
    taken = {*described.arguments, *described.parameters}
    return all(
        differ_by_chance(edit, {name: value for name, value in names.items() if name in taken})
        for names in _settings()
    )


def _settings() -> Iterator[dict[str, np.float64]]:
    for fan_in, fan_out, (slope, std) in itertools.product(_FANS, _FANS, _SLOPES):
        numbers = {"fan_in": fan_in, "fan_out": fan_out, "negative_slope": slope, "std": std}
        yield {name: np.float64(value) for name, value in numbers.items()}


def differ_by_chance(edit: Edit, names: Mapping[str, np.float64]) -> bool:
    """Say whether the errors of a law are smaller, there, than those that are found."""
    law = law_of(program_of(edit.operation), names)
    try:
        other = law_of(edit.program, names)
    except CannotRunError:
        return False
    if not isinstance(other, Law):
        return False
    deviation = math.sqrt(law.variance)
    x = _POINTS * deviation
    return bool(
        1 / VARIANCE < other.variance / law.variance < VARIANCE
        and abs(other.mean - law.mean) < MEAN * deviation
        and np.max(np.abs(other.probability(x) - law.probability(x))) < PROBABILITY
    )


PROOFS: Mapping[str, Proof] = {
    "relu_vjp: x > 0 → x ≥ 0": Proof(
        "at x = 0 alone, where it answers ȳ",
        "At $x = 0$ the answer lies between $0$ and $\\bar{y}$.",
    ),
    "leaky_relu_vjp: x > 0 → x ≥ 0": Proof(
        "at x = 0 alone, where it answers ȳ",
        "At $x = 0$ the answer lies between $a\\bar{y}$ and $\\bar{y}$.",
    ),
    **{
        f"{operation}: {change}": SIGNS
        for operation, own in _TURNED.items()
        for change in (*_TURNED_IN_BOTH, *own)
    },
}
