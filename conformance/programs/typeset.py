"""Typesets programs and trees in Unicode: `v ← β₂·v + (1 − β₂)·g²`.

A node `MARK` holds the edited part of a tree; its text comes between `OPENED` and `CLOSED`.
"""

from collections.abc import Mapping
from functools import lru_cache

from nnspec.conformance.programs.program import ANSWER, Line, Program, states
from nnspec.conformance.programs.tree import (
    COMPARISONS,
    MATRIX,
    NAME,
    NEGATIVE,
    NUMBER,
    POWER,
    PRODUCT,
    QUOTIENT,
    SUM,
    Node,
)
from nnspec.conformance.programs.words import SHAPES

MARK = "mark"
OPENED, CLOSED = "\ue010", "\ue011"

_NAMES: Mapping[str, str] = {
    "beta1": "β₁",
    "beta2": "β₂",
    "epsilon": "ε",
    "theta": "θ",
    "rate": "a",
    "learning_rate": "a",
    "decay": "ρ",
    "cotangent": "ȳ",
    "mu": "μ",
    "negative_slope": "slope",
    "m_hat": "m̂",
    "v_hat": "v̂",
    "first_rate": "a₁",
    "previous_rate": "aₜ₋₁",
    "next_rate": "aₜ₊₁",
    "start": "θ₀",
    "previous": "θₜ₋₁",
    "longest": "longest batch",
}

_DIGITS = dict(zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True))
_RAISED = {"2": "²", "3": "³", "t": "ᵗ", "n": "ⁿ", "x": "ˣ"}
_SIGNS = {">=": "≥", "<=": "≤", "==": "=", "!=": "≠"}

# Words that stand as signs beside their arguments, or around them.
_FORMS = {"sqrt": "√{}", "T": "{}ᵀ", "solve": "{}⁻¹{}"}
_AROUND = {"abs": "||", "norm": "‖‖"}
AXES_IN_WORDS = {
    "all": "all axes",
    "first": "axis 0",
    "second": "axis 1",
    "last": "the last axis",
    "others": "all but the first axis",
    "spatial": "axes 2 and 3",
}

_BINDS = {SUM: 1, NEGATIVE: 2, PRODUCT: 3, QUOTIENT: 3, MATRIX: 3, POWER: 5}
_CALL, _ATOM = 4, 6


def line_of(program: Program, line: Line) -> str:
    """Return a line of a program: `v ← …` where a step changes v, `s = …`, or an answer alone."""
    text = typeset(line.expression, program)
    if line.name == ANSWER:
        return text
    arrow = "←" if line.name in states(program) or line.name == "theta" else "="
    return f"{letter(line.name, program)} {arrow} {text}"


def lines_of(program: Program) -> list[str]:
    """Return a program line by line."""
    return [line_of(program, line) for line in program.lines]


def letter(name: str, program: Program) -> str:
    """Return a name as formulas write it."""
    return _letter(name, _momentum(program))


def typeset(node: Node, program: Program) -> str:
    """Return a tree in Unicode."""
    return _written(node, _momentum(program))[0]


def _momentum(program: Program) -> str:
    """Return the letter of momentum, the only one that depends on the program."""
    return "μ" if program.takes_steps else "momentum"


def _letter(name: str, momentum: str) -> str:
    if name == "momentum":
        return momentum
    if name.startswith(ANSWER):
        return f"y{_lowered(name.removeprefix(ANSWER))}"
    return _NAMES.get(name, name)


def _lowered(digits: str) -> str:
    return "".join(_DIGITS[digit] for digit in digits)


# Edits of a formula share all parts but those above the change.
@lru_cache(maxsize=2**15)
def _written(node: Node, momentum: str) -> tuple[str, int]:
    """Return a tree in Unicode, and how firmly its outermost operator binds."""
    if node.head == MARK:
        text, binds = _written(node.parts[0], momentum)
        return f"{OPENED}{text}{CLOSED}", binds
    if node.head == NUMBER:
        return node.text, _ATOM
    if node.head == NAME:
        return _letter(node.text, momentum), _ATOM
    if node.head in COMPARISONS:
        left, right = (_written(part, momentum)[0] for part in node.parts)
        return f"{left} {_SIGNS.get(node.head, node.head)} {right}", 0
    if node.word:
        return _called(node, momentum)
    return _joined(node, momentum), _BINDS[node.head]


def _joined(node: Node, momentum: str) -> str:
    binds = _BINDS[node.head]
    if node.head == SUM:
        return _sum(node, momentum)
    if node.head == NEGATIVE:
        return f"−{_within(node.parts[0], momentum, binds + 1)}"
    if node.head == POWER:
        return _power(node, momentum)
    joint = {PRODUCT: "·", QUOTIENT: "/", MATRIX: " @ "}[node.head]
    first, *others = node.parts
    texts = [
        _within(first, momentum, binds),
        *(_within(each, momentum, binds + 1) for each in others),
    ]
    return joint.join(texts)


def _sum(node: Node, momentum: str) -> str:
    first, *others = _positive_first(node.parts)
    text = _within(first, momentum, 1)
    for term in others:
        bare, sign, opened, closed = _signed(term)
        text += f" {sign} {opened}{_within(bare, momentum, 2)}{closed}"
    return text


def _positive_first(terms: tuple[Node, ...]) -> list[Node]:
    """Return terms with a positive one in front, if there is one: t − y and not −y + t."""
    place = next((k for k, term in enumerate(terms) if _signed(term)[1] != "−"), 0)
    return [terms[place], *terms[:place], *terms[place + 1 :]]


def _signed(term: Node) -> tuple[Node, str, str, str]:
    """Return a term without its sign, its sign, and the marks around it."""
    if term.head == MARK and term.parts[0].head == NEGATIVE:
        return term.parts[0].parts[0], "−", OPENED, CLOSED
    return (term.parts[0], "−", "", "") if term.head == NEGATIVE else (term, "+", "", "")


def _power(node: Node, momentum: str) -> str:
    base, exponent = node.parts
    text = _within(base, momentum, _ATOM)
    if exponent.text in _RAISED:
        return f"{text}{_RAISED[exponent.text]}"
    return f"{text}^{_within(exponent, momentum, _ATOM)}"


def _called(node: Node, momentum: str) -> tuple[str, int]:
    word, texts = node.head, [_written(part, momentum)[0] for part in node.parts]
    if word in SHAPES:
        return _written(node.parts[0], momentum)
    if word in _FORMS:
        atoms = (_within(part, momentum, _ATOM) for part in node.parts)
        return _FORMS[word].format(*atoms), _CALL
    if word == "where":
        return f"({texts[1]} if {texts[0]}, else {texts[2]})", _ATOM
    if word in _AROUND:
        return texts[0].join(_AROUND[word]), _ATOM
    word, _, axes = (
        word.partition("_") if word.partition("_")[2] in AXES_IN_WORDS else (word, "", "")
    )
    shown = "Σ" if word == "sum" else word
    along = f" over {AXES_IN_WORDS[axes]}" if axes else ""
    return f"{shown}({', '.join(texts)}{along})", _ATOM


def _within(node: Node, momentum: str, least: int) -> str:
    text, binds = _written(node, momentum)
    return text if binds >= least else f"({text})"
