"""Calls that differ from the call before in one place that a seed draws: no sample shows it.

A cache that knows a call again by its shape and some of its numbers gives the earlier answer. The
place is neither the first nor the last one, which the clauses `late-elements` ask anyway.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.pages import families
from nnspec.conformance.pages.families import Dimension, Family, between
from nnspec.conformance.run import plan
from nnspec.conformance.sources.description import Description
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.draws import words
from nnspec.conformance.terms.operations import OPERATIONS, clause_of, operations_of
from nnspec.spec import clauses

# So many twins of each argument, in each dtype.
_COUNT = 2

# A dimension that may grow as far as this has a length between the two below.
_GROWS = 4096
_SHORTEST, _LONGEST = 9, 24

_NAME = "twin"

# An axis of fewer elements has none between its first and its last one.
_LEAST = 3


def planned(
    operation: str, dtypes: Sequence[str], description: Description, seed: int
) -> list[Planned]:
    """Return the twins of an operation, judged by the clause `late-elements` of its page."""
    page = OPERATIONS[operation].page
    of_page, identifier = families.family(page), f"{page}/late-elements"
    if of_page is None or identifier not in clauses():
        return []
    clause = clause_of(identifier)
    if operation not in operations_of(clause):
        return []
    check, alone = plan.checks()[clause.id], len(operations_of(clause)) == 1
    found = []
    for dtype in dtypes:
        if OPERATIONS[operation].asked_in(dtype) and dtype in of_page.formats(operation):
            for case in _twins(of_page, operation, dtype, seed):
                name = case.name if alone else f"{operation}.{case.name}"
                each = Planned(clause, check, operation, dtype, case.changed(name=name))
                found.append(plan.fitted(each, description))
    return found


def _twins(of_page: Family, operation: str, dtype: str, seed: int) -> Iterator[Case]:
    dimensions = of_page.asked(operation, dtype)
    for place in range(len(OPERATIONS[operation].arguments)):
        for number in range(1, _COUNT + 1):
            name = f"{_NAME}-{place + 1}-{number}"
            drawn = words(f"{seed} {operation} {name} in {dtype}", len(dimensions) + 1)
            lengths = {
                each: _length(dimension, drawn[index])
                for index, (each, dimension) in enumerate(dimensions.items())
            }
            first, second = (
                families.shaped(of_page, operation, dtype, f"{name} {which}", lengths, seed)
                for which in ("before", "after")
            )
            changed = _changed(first.arguments[place], second.arguments[place], drawn[-1])
            if changed is not None:
                arguments = (*first.arguments[:place], changed, *first.arguments[place + 1 :])
                yield Case(name, operation, arguments, first.parameters, before=first.arguments)


def _length(dimension: Dimension, word: np.uint64) -> int:
    if dimension.largest < _GROWS:
        return dimension.usual
    return max(between(word, _SHORTEST, _LONGEST), dimension.shortest)


def _changed(before: Any, after: Any, word: np.uint64) -> Any:
    """Return an argument with one entry of its first axis from another one; None if it has none.

    Of a list of arrays, one array has it.
    """
    if isinstance(before, list) and before:
        index = int(word) % len(before)
        inner = _changed(before[index], after[index], word)
        return None if inner is None else [*before[:index], inner, *before[index + 1 :]]
    if not isinstance(before, np.ndarray) or not before.ndim or len(before) < _LEAST:
        return None
    copy = before.copy()
    place = between(word, 1, len(before) - 2)
    copy[place] = after[place]
    return copy


def of_name(case: str, seed: int) -> list[Planned]:
    """Return the twins that a selection such as `…[softmax.twin-1-1,float32]` names."""
    everything = plan.EVERYTHING
    if f"{_NAME}-" not in case:
        return []
    found = [
        each
        for operation in everything.operations
        if f"[{operation}." in case or case.startswith(f"{OPERATIONS[operation].page}/")
        for each in planned(operation, everything.dtypes, everything, seed)
    ]
    return plan.selected(found, [case])
