"""Trees are read, written and made canonical without a change of their value."""

from dataclasses import replace

import numpy as np
import pytest

from nnspec.conformance.bounds import language
from nnspec.conformance.bounds.language import BoundError
from nnspec.conformance.programs import program
from nnspec.conformance.programs.canonical import canonical
from nnspec.conformance.programs.lines import followed
from nnspec.conformance.programs.program import (
    Line,
    NoProgramError,
    program_of,
    programs_of,
    stated,
    states,
)
from nnspec.conformance.programs.tree import parsed, source
from nnspec.conformance.terms.operations import clause_of
from tests.programs.formulas import FORMS

NAMES = {name: np.float64(0.3 + k / 17) for k, name in enumerate("abcdegmrtvx")} | {
    "where": np.where,
    "sqrt": np.sqrt,
    "max": np.maximum,
}

EXPRESSIONS = [
    "a - (b - c)",
    "a - b + c - d",
    "-(a + b)*c",
    "a*-b",
    "-a**2",
    "(-a)**2",
    "2**-a",
    "a**(b + 1)",
    "(a**b)**c",
    "a/b*c",
    "a/(b*c)",
    "a/(b/c)",
    "a*(b/c)",
    "a - r*(m/(1 - b**t))/(sqrt(v/(1 - c**t)) + e)",
    "where(a > 1, x*x, max(g, 2e-3))",
    "(1 - a)*g*g",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_tree_that_is_written_is_the_same_tree_with_the_same_value(expression: str) -> None:
    (tree,) = parsed(expression)
    assert parsed(source(tree)) == (tree,)
    followed([Line("value", tree)], names := {}, dict(NAMES))
    truth = language.value(expression, {}, dict(NAMES))
    assert names["value"] == pytest.approx(truth, rel=1e-14)


def test_a_factor_that_stands_twice_is_a_square() -> None:
    assert source(*parsed("(1 - b)*g*g")) == "(1 - b)*g**2"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a + b - c", "-c + b + a"),
        ("a*b/c", "b/c*a"),
        ("-(a*b)", "a*(-b)"),
        ("a/(b/c)", "a*c/b"),
        ("a > b", "b < a"),
        ("max(a, b)", "max(b, a)"),
        ("a - (b - c)", "a - (c - b)*-1"),
    ],
)
def test_the_canonical_text_does_not_depend_on_the_order_of_terms_and_factors(
    one: str, other: str
) -> None:
    same = one.count("(b - c)") == 0
    assert (canonical(*parsed(one)) == canonical(*parsed(other))) == same


def test_other_values_have_other_canonical_texts() -> None:
    texts = ["a - b", "b - a", "a/b", "b/a", "a**b", "b**a", "a > b", "a >= b", "a @ b", "b @ a"]
    assert len({canonical(*parsed(text)) for text in texts}) == len(texts)


def test_a_formula_is_arithmetic_and_nothing_else() -> None:
    with pytest.raises(BoundError):
        parsed("[a for a in b]")
    with pytest.raises(BoundError):
        parsed("a.b")


def test_names_in_their_own_definition_are_state() -> None:
    assert states(program_of("adam")) == ("m", "v")
    assert states(program_of("gradient_descent")) == ()
    # Its line of `point` uses m before the line of m.
    assert states(program_of("nesterov")) == ("m",)
    assert states(program_of("softmax_vjp")) == ()


def test_an_operation_without_a_formula_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    zero = clause_of("step/zero")
    monkeypatch.setattr(program, "clause_of", lambda _: zero)
    with pytest.raises(NoProgramError, match="step/accuracy states no formula"):
        programs_of.__wrapped__("step")


@pytest.mark.parametrize(("operation", "form"), FORMS)
def test_every_formula_is_written_as_it_was_read(operation: str, form: int) -> None:
    for line in programs_of(operation)[form].lines:
        assert parsed(source(line.expression)) == (line.expression,)


@pytest.mark.parametrize(("operation", "form"), FORMS)
def test_a_program_is_stated_as_the_formula_that_it_was_read_from(
    operation: str, form: int
) -> None:
    read = programs_of(operation)[form]
    again = program._program(operation, stated(read))
    assert again == read


def test_a_program_whose_answer_comes_too_early_is_no_formula() -> None:
    moved = replace(program_of("adam"), lines=program_of("adam").lines[::-1])
    with pytest.raises(ValueError, match="definitions first"):
        stated(moved)
