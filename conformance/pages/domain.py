"""The record that a page's `domains` module ends with: all that a search knows of the page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from numpy.typing import NDArray

from nnspec.conformance.terms.cases import Case

# Writes an array as nested lists of literals.
Numbers = Callable[[NDArray[Any]], str]


def _of_no_page(_: Case, __: Numbers) -> str:
    return ""


@dataclass(frozen=True)
class Domain:
    """What a search knows of a page: how to draw its cases, to judge, to shorten and to write them.

    A search judges the accuracy of an operation, the layouts of its page, and the clauses `beside`.
    A domain is `free` if a number of a case may lose digits and the case stays in the domain.
    `line` writes a case as the call of a function of the page's inputs, "" if none makes it.
    """

    cases: Callable[[str, str], st.SearchStrategy[Case]]
    beside: tuple[str, ...] = ()
    free: bool = False
    line: Callable[[Case, Numbers], str] = _of_no_page
