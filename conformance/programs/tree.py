"""The tree of a formula: an expression of the language of bounds, immutable and easy to edit.

A sum has any number of terms, and a product any number of factors. So dropping one, or putting one
in, is one change of one node. `parsed` reads an expression, `source` writes it.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from nnspec.conformance.bounds.language import BoundError, compiled

# The way from a tree to a node in it: the place among the parts at each level.
Path = tuple[int, ...]

# Heads of nodes that are no words.
NUMBER, NAME, SUM, PRODUCT, QUOTIENT = "number", "name", "+", "*", "/"
NEGATIVE, POWER, MATRIX = "-", "**", "@"
COMPARISONS = (">", ">=", "<", "<=", "==", "!=")
OPERATORS = (SUM, PRODUCT, QUOTIENT, NEGATIVE, POWER, MATRIX, *COMPARISONS)

_OF_AST = {
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}

# How firmly an operator binds; a node in brackets binds firmest.
_BINDS = {**dict.fromkeys(COMPARISONS, 0), SUM: 1, PRODUCT: 2, QUOTIENT: 2, MATRIX: 2, NEGATIVE: 3}
_POWER, _ATOM = 4, 5


@dataclass(frozen=True, slots=True)
class Node:
    """A number or a name with its `text`, or an operator or word with its `parts`."""

    head: str
    parts: tuple["Node", ...] = ()
    text: str = ""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Hash the node once: trees are looked up far more often than made."""
        object.__setattr__(self, "_hash", hash((self.head, self.parts, self.text)))

    def __hash__(self) -> int:
        return self._hash

    @property
    def leaf(self) -> bool:
        """Whether the node is a number or a name."""
        return self.head in (NUMBER, NAME)

    @property
    def word(self) -> str:
        """The word that the node calls, "" if it calls none."""
        return "" if self.leaf or self.head in OPERATORS else self.head


def number(value: float) -> Node:
    """Return the node of a number; that of a negative one negates it."""
    return negative(number(-value)) if value < 0 else Node(NUMBER, text=f"{value:g}")


def name(text: str) -> Node:
    """Return the node of a name."""
    return Node(NAME, text=text)


ZERO, ONE, TWO = number(0), number(1), number(2)


def call(word: str, *parts: Node) -> Node:
    """Return the node that calls a word."""
    return Node(word, parts)


def added(*terms: Node) -> Node:
    """Return the sum of terms; sums among them are taken apart, and zeros are left out."""
    flat = [
        each
        for term in terms
        for each in (term.parts if term.head == SUM else (term,))
        if each != ZERO
    ]
    return Node(SUM, tuple(flat)) if len(flat) > 1 else (flat[0] if flat else ZERO)


def multiplied(*factors: Node) -> Node:
    """Return the product of factors; products among them are taken apart, ones are left out."""
    flat = [
        each
        for factor in factors
        for each in (factor.parts if factor.head == PRODUCT else (factor,))
        if each != ONE
    ]
    if ZERO in flat:
        return ZERO
    signs = sum(each.head == NEGATIVE for each in flat)
    if signs:
        bare = multiplied(*(each.parts[0] if each.head == NEGATIVE else each for each in flat))
        return negative(bare) if signs % 2 else bare
    return Node(PRODUCT, tuple(flat)) if len(flat) > 1 else (flat[0] if flat else ONE)


def negative(node: Node) -> Node:
    """Return a node with the other sign."""
    if node == ZERO:
        return ZERO
    return node.parts[0] if node.head == NEGATIVE else Node(NEGATIVE, (node,))


def divided(numerator: Node, denominator: Node) -> Node:
    """Return a quotient; a denominator of 1 is left out."""
    if denominator == ONE:
        return numerator
    if numerator.head == NEGATIVE:
        return negative(divided(numerator.parts[0], denominator))
    return ZERO if numerator == ZERO else Node(QUOTIENT, (numerator, denominator))


def power(base: Node, exponent: Node) -> Node:
    """Return a power; an exponent of 1 is left out."""
    if exponent == ONE:
        return base
    return ONE if exponent == ZERO else Node(POWER, (base, exponent))


def squared(node: Node) -> Node:
    """Return the square of a node."""
    return power(node, TWO)


def built(head: str, parts: tuple[Node, ...]) -> Node:
    """Return a node of a head and parts, with trivial algebra done at this node."""
    if head == SUM:
        return added(*parts)
    if head == PRODUCT:
        return multiplied(*parts)
    if head == NEGATIVE:
        return negative(*parts)
    if head == QUOTIENT:
        return divided(*parts)
    return power(*parts) if head == POWER else Node(head, parts)


def factors_of(node: Node) -> tuple[list[Node], list[Node]]:
    """Return the factors of products and quotients within each other, above and below the line."""
    if node.head not in (PRODUCT, QUOTIENT):
        return [node], []
    above: list[Node] = []
    below: list[Node] = []
    for place, part in enumerate(node.parts):
        up, down = factors_of(part)
        if node.head == QUOTIENT and place:
            up, down = down, up
        above, below = above + up, below + down
    return above, below


# --- places ---


def places(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield every node of a tree with its path, the tree itself first."""
    yield path, node
    for place, part in enumerate(node.parts):
        yield from places(part, (*path, place))


def at(node: Node, path: Path) -> Node:
    """Return the node at the end of a path."""
    for place in path:
        node = node.parts[place]
    return node


def replaced(node: Node, path: Path, new: Node) -> Node:
    """Return a tree with another node at the end of a path, and trivial algebra done above it."""
    if not path:
        return new
    parts = list(node.parts)
    parts[path[0]] = replaced(parts[path[0]], path[1:], new)
    return built(node.head, tuple(parts))


def replaced_at(node: Node, changes: Mapping[Path, Node], path: Path = ()) -> Node:
    """Return a tree with other nodes at the ends of several paths, of which none leads on."""
    if path in changes:
        return changes[path]
    if not any(each[: len(path)] == path for each in changes):
        return node
    parts = (replaced_at(part, changes, (*path, k)) for k, part in enumerate(node.parts))
    return built(node.head, tuple(parts))


def substituted(node: Node, old: Node, new: Node) -> Node:
    """Return a tree in which every `old` node is the new one."""
    if node == old:
        return new
    if not node.parts:
        return node
    return built(node.head, tuple(substituted(part, old, new) for part in node.parts))


@lru_cache(maxsize=2**14)
def names_in(node: Node) -> frozenset[str]:
    """Return the names that a tree uses, without its words."""
    if node.head == NAME:
        return frozenset([node.text])
    return frozenset().union(*map(names_in, node.parts))


# --- reading and writing ---


def parsed(expression: str) -> tuple[Node, ...]:
    """Return the trees of an expression, several if commas separate them.

    Raises BoundError if it is no expression of the language.
    """
    compiled(expression)
    body = ast.parse(expression.strip(), mode="eval").body
    try:
        return tuple(map(_read, body.elts if isinstance(body, ast.Tuple) else [body]))
    except RecursionError:
        message = f"a formula cannot be nested as deeply as {expression!r}"
        raise BoundError(message) from None


def _read(tree: ast.expr) -> Node:
    match tree:
        case ast.Constant():
            return Node(NUMBER, text=ast.unparse(tree))
        case ast.Name():
            return name(tree.id)
        case ast.UnaryOp(op=ast.USub()):
            return negative(_read(tree.operand))
        case ast.Compare():
            parts = _read(tree.left), _read(tree.comparators[0])
            return Node(_OF_AST[type(tree.ops[0])], parts)
        case ast.Call(func=ast.Name(id=word)):
            return Node(word, tuple(map(_read, tree.args)))
        case ast.BinOp():
            return _joined(tree)
    message = f"a formula cannot have {ast.unparse(tree)!r}"
    raise BoundError(message)


def _joined(tree: ast.BinOp) -> Node:
    left, right = _read(tree.left), _read(tree.right)
    match tree.op:
        case ast.Add():
            return added(left, right)
        case ast.Sub():
            return added(left, negative(right))
        case ast.Mult():
            return _product(left, right)
        case ast.Div():
            return divided(left, right)
        case ast.MatMult():
            return Node(MATRIX, (left, right))
    return power(left, right)


def _product(left: Node, right: Node) -> Node:
    """Return a product, in which a factor that stands twice is a square."""
    factors = left.parts if left.head == PRODUCT else (left,)
    if right in factors and right.head != NUMBER:
        return multiplied(*(squared(each) if each == right else each for each in factors))
    return multiplied(left, right)


@lru_cache(maxsize=2**15)
def source(node: Node) -> str:
    """Return a tree as an expression of the language."""
    return _written(node)[0]


def _written(node: Node) -> tuple[str, int]:
    """Return a tree as an expression, and how firmly its outermost operator binds."""
    if node.leaf:
        return node.text, _ATOM
    if node.word:
        return f"{node.head}({', '.join(map(source, node.parts))})", _ATOM
    binds = _BINDS.get(node.head, _POWER)
    if node.head == SUM:
        terms = [
            f" - {_within(term.parts[0], binds + 1)}"
            if term.head == NEGATIVE
            else f" + {_within(term, binds)}"
            for term in node.parts
        ]
        text = "".join(terms)
        return (text.removeprefix(" + ") if text.startswith(" + ") else f"-{text[3:]}"), binds
    if node.head == NEGATIVE:
        return f"-{_within(node.parts[0], binds)}", binds
    first, *others = node.parts
    # Of a power, the base needs brackets where the exponent may do without.
    opening = _within(first, binds + (node.head == POWER))
    joint = f" {node.head} " if node.head in (*COMPARISONS, MATRIX) else node.head
    return joint.join([opening, *(_within(each, binds + 1) for each in others)]), binds


def _within(node: Node, least: int) -> str:
    text, binds = _written(node)
    return text if binds >= least else f"({text})"
