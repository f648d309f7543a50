"""The page of each operation: it begins with formula, call and picture, and has every clause."""

import re

import pytest

from nnspec.conformance.command.site import operation as site
from nnspec.conformance.terms.operations import OPERATIONS, called, operations_of
from nnspec.spec import clauses


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_page_has_the_call_and_every_clause_about_its_operation(operation: str) -> None:
    text = site.page(operation)
    assert text.startswith(f"# {operation}\n")
    assert f"```python\n{called(operation)}\n```" in text
    spoken = {each.id for each in clauses().values() if operation in operations_of(each)}
    assert (
        set(re.findall(r"\(#clause:([^)]+)\)", text.partition("## Clauses about it")[2])) == spoken
    )


def test_a_page_begins_with_formula_call_and_picture_and_ends_with_general_clauses() -> None:
    text = site.page("tanh")
    parts = (
        "```math\n\\tanh(x)",
        "tanh(x)\n```",
        ">>> tanh(",
        "](/spec/figures/activations.svg)",
        "## Clauses about it",
        "[tanh/accuracy]",
        "## Clauses about every operation of its page",
        "[activations/lengths]",
    )
    places = [text.index(each) for each in parts]
    assert places == sorted(places)


def test_a_page_leads_to_the_siblings() -> None:
    assert "[adam_epsilon_hat](/operations/adam_epsilon_hat.md)" in site.page("adam")
    assert "figures/" not in site.page("softmax")
