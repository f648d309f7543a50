"""Edits that answer otherwise than the formula where a clause allows it, each with its proof.

Each proof quotes the words of the clause that leaves the answer open. An edit that answers as the
formula does everywhere needs no proof here.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Proof:
    """Where an edit differs from the formula, and the words of the clause that allow it."""

    differs: str
    clause: str
    quoted: str


_SIGNS = "the columns of scores are judged whatever their signs"
_CHANCE = (
    "With 64,000 weights, 999 of 1,000 cases find each of three errors. They are an error of 5.6 % "
    "in the variance (float64 and float32; 8 % in bfloat16), of 0.04 standard deviations in the "
    "mean, and of 0.021 in a probability."
)

PROOFS: Mapping[str, Proof] = {
    "relu_vjp: x > 0 → x ≥ 0": Proof(
        "at x = 0 alone, where it answers ȳ",
        "relu_vjp/at-zero",
        "At $x = 0$ the answer lies between $0$ and $\\bar{y}$.",
    ),
    "leaky_relu_vjp: x > 0 → x ≥ 0": Proof(
        "at x = 0 alone, where it answers ȳ",
        "leaky_relu_vjp/at-zero",
        "At $x = 0$ the answer lies between $a\\bar{y}$ and $\\bar{y}$.",
    ),
}
