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
