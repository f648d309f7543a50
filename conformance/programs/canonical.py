"""The canonical text of a tree: one text for all ways to write the same sums and products."""

from collections import Counter
from functools import lru_cache

from nnspec.conformance.programs.tree import (
    NEGATIVE,
    POWER,
    PRODUCT,
    QUOTIENT,
    SUM,
    TWO,
    Node,
)

# A comparison and the one that says the same with its sides exchanged.
_TURNED = {">": "<", ">=": "<="}

# These words mean the same whatever the order of their two arguments.
_SYMMETRIC = ("max", "min")


@lru_cache(maxsize=2**15)
def canonical(node: Node) -> str:
    """Return the text of a tree, with terms and factors in the order of their texts."""
    sign, text = _signed(node)
    return text if sign > 0 else f"-{text}"


@lru_cache(maxsize=2**15)
def _signed(node: Node) -> tuple[int, str]:
    """Return the sign of a tree, and the text of its magnitude as it is written."""
    if node.leaf:
        return 1, node.text
    if node.head == NEGATIVE:
        sign, text = _signed(node.parts[0])
        return -sign, text
    if node.head == SUM:
        return 1, f"({' + '.join(sorted(map(canonical, node.parts)))})"
    if node.head in (PRODUCT, QUOTIENT) or (node.head == POWER and node.parts[1] == TWO):
        return _product(node)
    return 1, _other(node)


def _other(node: Node) -> str:
    """Return the text of a power, a comparison, a matrix product, or a word."""
    texts = list(map(canonical, node.parts))
    if node.head in _TURNED:
        return f"({texts[1]} {_TURNED[node.head]} {texts[0]})"
    if not node.word:
        return f"({f' {node.head} '.join(texts)})"
    if node.head in _SYMMETRIC and len(texts) > 1:
        texts.sort()
    return f"{node.head}({', '.join(texts)})"


def _product(node: Node) -> tuple[int, str]:
    """Return the sign of products and quotients within each other, and their text."""
    sign, above, below = _factors(node)
    text = "*".join(_powers(above)) or "1"
    return sign, f"({'/'.join([text, *_powers(below)])})"


def _powers(factors: list[str]) -> list[str]:
    """Return factors in their order; one that stands several times is a power."""
    times = Counter(factors)
    return sorted(each if n == 1 else f"{each}**{n}" for each, n in times.items())


def _factors(node: Node) -> tuple[int, list[str], list[str]]:
    """Return the sign of a node, and the texts of its factors and of those it is divided by."""
    if node.head == POWER and node.parts[1] == TWO:
        _, once, once_below = _factors(node.parts[0])
        return 1, 2 * once, 2 * once_below
    if node.head not in (PRODUCT, QUOTIENT):
        sign, text = _signed(node)
        return sign, [text], []
    sign = 1
    above: list[str] = []
    below: list[str] = []
    for place, part in enumerate(node.parts):
        one, up, down = _factors(part)
        if node.head == QUOTIENT and place:
            up, down = down, up
        sign, above, below = sign * one, above + up, below + down
    return sign, above, below
