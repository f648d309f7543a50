"""Edits that answer otherwise than the formula where a clause allows it, each with its proof.

Each proof quotes the words of the page that leave the answer open. An edit that answers as the
formula does everywhere needs no proof here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


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

# Constants that somebody adds to a denominator or under a root, where numbers of inputs stand.
_CONSTANTS = ("1e-3", "1e-5", "1e-6", "1e-7", "1e-8", "1e-12")
_OF_BOTH_FANS = "2/(fan_in + fan_out)", "2/(fan_in + fan_out + {})"
_OF_THE_SLOPE = "2/((1 + slope²)·fan_in)", "2/((1 + slope²)·fan_in + {})"
_DENOMINATORS = {
    "xavier_fan_in_normal": ("1/fan_in", "1/(fan_in + {})"),
    "xavier_normal": _OF_BOTH_FANS,
    "xavier_truncated_normal": _OF_BOTH_FANS,
    "xavier_uniform": _OF_BOTH_FANS,
    "kaiming_normal": _OF_THE_SLOPE,
    "kaiming_truncated_normal": _OF_THE_SLOPE,
    "kaiming_uniform": _OF_THE_SLOPE,
}
_UNDER_ROOTS = {"xavier_uniform": _CONSTANTS[3:], "kaiming_uniform": _CONSTANTS[2:]}


def _by_chance() -> Iterator[str]:
    """Yield the names of edits of laws that no number of weights in the plan can show."""
    for operation, (old, new) in _DENOMINATORS.items():
        yield from (f"{operation}: {old} → {new.format(each)}" for each in _CONSTANTS)
    for operation, constants in _UNDER_ROOTS.items():
        yield from (f"{operation}: √(3·v) → √(3·v + {each})" for each in constants)


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
    **dict.fromkeys(_by_chance(), CHANCE),
}
