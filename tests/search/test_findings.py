"""Findings on parts of a format are merged in any order, and no input is counted twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnspec.conformance.search import findings, ranges
from nnspec.conformance.search.findings import Findings, merged, whole
from nnspec.conformance.search.task import carry_out
from tests.search.sweeps import EVERY, half, of, source_of

pytestmark = pytest.mark.usefixtures("plain_folder")


def spoiled(x: np.ndarray) -> np.ndarray:
    answer = half(x)
    answer[x.view(np.uint16) % 7 == 0] = 3.0
    return np.where(np.abs(x) > 9, np.float16(np.nan), answer)


@pytest.fixture(scope="module")
def pieces() -> list[Findings]:
    source = source_of("tanh", spoiled)
    return [
        carry_out(of("tanh", "float16"), source, first, 4096) for first in range(0, EVERY, 4096)
    ]


def plan(numbers: list[int]) -> st.SearchStrategy[object]:
    """Draw an order, and a way to put brackets into it."""
    if len(numbers) == 1:
        return st.just(numbers[0])
    return st.integers(1, len(numbers) - 1).flatmap(
        lambda at: st.tuples(plan(numbers[:at]), plan(numbers[at:]))
    )


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(16)).flatmap(plan))
def test_merging_is_associative_and_commutative(pieces: list[Findings], brackets: object) -> None:
    def joined(each: object) -> Findings:
        return merged(joined(each[0]), joined(each[1])) if isinstance(each, tuple) else pieces[each]  # type: ignore[call-overload]

    assert joined(brackets) == whole(pieces)


def test_the_findings_on_ranges_together_are_those_on_their_union(pieces: list[Findings]) -> None:
    at_once, together = (
        carry_out(of("tanh", "float16"), source_of("tanh", spoiled), 0, EVERY),
        whole(pieces),
    )
    for name in ("covered", "histogram", "bottom", "worst", "specials"):
        assert at_once[name] == together[name]
    for name, each in at_once["clauses"].items():
        assert (each["judged"], each["wrong"], each["worst"]) == tuple(
            together["clauses"][name][part] for part in ("judged", "wrong", "worst")
        )
    assert (
        together["clauses"]["tanh/accuracy"]["number"]
        > len(together["clauses"]["tanh/accuracy"]["ranges"])
        == findings.KEPT
    )


def test_an_input_that_is_counted_twice_is_an_error(pieces: list[Findings]) -> None:
    with pytest.raises(ValueError, match="swept twice"):
        whole([*pieces, pieces[3]])


def test_what_is_left_of_tasks_is_what_no_range_covers() -> None:
    assert ranges.left_over([(0, 10), (10, 10), (20, 10)], [[3, 4], [8, 12], [20, 29]]) == [
        (0, 3),
        (5, 3),
        (13, 7),
    ]
    assert ranges.left_over([(0, 10)], []) == [(0, 10)]
