"""Every symbol of a formula stands in spec/symbols.md with its page, and no other one does."""

import re

import pytest

from nnspec import reference
from nnspec.conformance.bounds.words import WORDS
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.spec import pages
from tests.house.symbols import (
    EVERY,
    index,
    names,
    of_page,
    of_programs,
    parts,
    rows,
    symbols,
)


@pytest.mark.parametrize("page", pages())
def test_every_symbol_of_a_page_is_in_the_index_with_that_page(page: str) -> None:
    listed = {
        each for found, on in index().items() if any(page in on_ for on_ in on) for each in found
    }
    assert of_page(page) <= listed, of_page(page) - listed


def test_every_row_speaks_of_pages_whose_formulas_have_its_symbols() -> None:
    for found, listed in index().items():
        for on in listed:
            used = [page for page in on if of_page(page) & found]
            assert used if on == pages() else used == list(on), (sorted(found), on)


def test_pages_of_a_row_are_pages() -> None:
    for shown, listed, _, _ in rows():
        assert listed == EVERY or {*listed.split(", ")} <= {*pages()}, shown


@pytest.mark.parametrize("page", pages())
def test_every_name_of_a_formula_for_machines_is_a_word_a_parameter_or_in_the_index(
    page: str,
) -> None:
    given = {name for each in OPERATIONS.values() for name in (*each.arguments, *each.parameters)}
    explained = {word.partition("(")[0] for word in WORDS} | {*reference.__all__} | given
    for clause, used in of_programs(page).items():
        assert used <= explained | names(page), clause


def test_a_name_without_a_symbol_stands_in_a_formula_of_its_pages() -> None:
    for cell, listed in parts():
        for page in listed.split(", "):
            used = set().union(*of_programs(page).values())
            assert {*re.findall(r"\w+", cell)} <= used, (cell, page)


def test_symbols_are_read_as_they_are_set() -> None:
    assert symbols(r"\hat m = m/(1 - \beta_1^t)", frozenset()) == {"\\hat m", "m", "\\beta", "t"}
    assert symbols(r"\bar{x} = \tfrac12 aL", frozenset()) == {"\\bar x", "a", "L"}
    assert symbols(r"FE \text{ is } \mathrm{fan\_in}", frozenset({"FE"})) == {"FE"}
    assert symbols(r"\begin{cases} x & y \end{cases}", frozenset()) == {"x", "y"}
