"""The numbers that a clause tells, beside those that an experiment finds."""

import re
from collections.abc import Iterable

import pytest

from nnspec import spec

NUMBER = r"([−-]?[\d,.]*\d)"


def told(clause: str, sentence: str) -> list[float]:
    """Return the numbers of a clause that stand where the sentence has a #.

    Raises AssertionError if the clause does not hold the sentence once.
    """
    text = re.sub(r"\s+", " ", spec.clauses()[clause].text)
    pattern = re.escape(re.sub(r"\s+", " ", sentence)).replace(r"\#", NUMBER)
    (match,) = re.finditer(pattern, text)
    return [float(each.replace("−", "-").replace(",", "")) for each in match.groups()]


def tells(clause: str, sentence: str, found: Iterable[float], within: float = 0.02) -> None:
    """Expect the numbers of a sentence to be those found, but for a share of each."""
    assert told(clause, sentence) == pytest.approx(list(found), rel=within)
