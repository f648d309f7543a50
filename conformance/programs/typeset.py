"""Typesets programs and trees in Unicode: `v ← β₂·v + (1 − β₂)·g²`.

A node `MARK` holds the edited part of a tree; its text comes between `OPENED` and `CLOSED`.
"""

from collections.abc import Mapping

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
    if name == "momentum" and program.takes_steps:
        return "μ"
    if name.startswith(ANSWER):
        return f"y{_lowered(name.removeprefix(ANSWER))}"
    return _NAMES.get(name, name)


def typeset(node: Node, program: Program) -> str:
    """Return a tree in Unicode."""
    return _written(node, program)[0]


def _lowered(digits: str) -> str:
    return "".join(_DIGITS[digit] for digit in digits)


def _written(node: Node, program: Program) -> tuple[str, int]:
    """Return a tree in Unicode, and how firmly its outermost operator binds."""
    if node.head == MARK:
        text, binds = _written(node.parts[0], program)
        return f"{OPENED}{text}{CLOSED}", binds
    if node.head == NUMBER:
        return node.text, _ATOM
    if node.head == NAME:
        return letter(node.text, program), _ATOM
    if node.head in COMPARISONS:
        left, right = (typeset(part, program) for part in node.parts)
        return f"{left} {_SIGNS.get(node.head, node.head)} {right}", 0
    if node.word:
        return _called(node, program)
    return _joined(node, program), _BINDS[node.head]


def _joined(node: Node, program: Program) -> str:
    binds = _BINDS[node.head]
    if node.head == SUM:
        return _sum(node, program)
    if node.head == NEGATIVE:
        return f"−{_within(node.parts[0], program, binds + 1)}"
    if node.head == POWER:
        return _power(node, program)
    joint = {PRODUCT: "·", QUOTIENT: "/", MATRIX: " @ "}[node.head]
    first, *others = node.parts
    texts = [
        _within(first, program, binds),
        *(_within(each, program, binds + 1) for each in others),
    ]
    return joint.join(texts)


def _sum(node: Node, program: Program) -> str:
    first, *others = _positive_first(node.parts)
    text = _within(first, program, 1)
    for term in others:
        bare, sign, opened, closed = _signed(term)
        text += f" {sign} {opened}{_within(bare, program, 2)}{closed}"
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


def _power(node: Node, program: Program) -> str:
    base, exponent = node.parts
    text = _within(base, program, _ATOM)
    if exponent.text in _RAISED:
        return f"{text}{_RAISED[exponent.text]}"
    return f"{text}^{_within(exponent, program, _ATOM)}"


def _called(node: Node, program: Program) -> tuple[str, int]:
    word, texts = node.head, [typeset(part, program) for part in node.parts]
    if word in SHAPES:
        return _written(node.parts[0], program)
    if word in _FORMS:
        atoms = (_within(part, program, _ATOM) for part in node.parts)
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


def _with_axes(word: str) -> tuple[str, str]:
    """Return a reduction without its axes, and the axes."""
    bare, _, axes = word.partition("_")
    return (bare, axes) if axes in AXES_IN_WORDS else (word, "")


def _within(node: Node, program: Program, least: int) -> str:
    text, binds = _written(node, program)
    return text if binds >= least else f"({text})"
