"""The candidates of a diagnosis: mistakes of an operation, and its siblings in its place."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np

from nnspec import reference
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.sources.description import Description, describe
from nnspec.conformance.sources.in_process import InProcess, Steady
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.mistakes import Mistake, mistakes, rounded, standing_in
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import arguments_of, parameters_of


@dataclass(frozen=True)
class Candidate:
    """A possible explanation of an operation's answers, known by its name.

    `make` makes it anew, without memory of earlier calls. One that `remembers` keeps something from
    one call to the next; the call of `opening` was the first one that the suite made.
    """

    operation: str
    name: str
    description: str = field(compare=False)
    make: Callable[[], InProcess] = field(compare=False)
    remembers: bool = field(default=False, compare=False)
    opening: Case | None = field(default=None, compare=False)


def candidates(operation: str, dtype: str | None, opening: Case | None) -> list[Candidate]:
    """Return the candidates of an operation: its mistakes, and its siblings in its place."""
    listed = [
        Candidate(
            operation,
            each.name,
            each.description,
            partial(source_of, each),
            each.remembers,
            opening,
        )
        for each in mistakes()[operation]
        if each.visible(dtype)
    ]
    for sibling in reference.__all__:
        if sibling != operation and (arguments_of(sibling), parameters_of(sibling)) == (
            arguments_of(operation),
            parameters_of(operation),
        ):
            first = (
                (inspect.getdoc(getattr(reference, sibling)) or "").partition("\n")[0].rstrip(".")
            )
            description = f"{first}. Fix the formula, or rename the function."
            listed.append(
                Candidate(
                    operation, sibling, description, partial(_in_the_place_of, operation, sibling)
                )
            )
    return listed


def size(planned: Planned) -> int:
    """Return how many numbers the arguments of a case hold, with its steps and its calls."""
    return _size(planned.case)


# Cases are sorted by their sizes for each failure that is explained.
@lru_cache(maxsize=2**14)
def _size(case: Case) -> int:
    if case.deferred and case.many:
        return case.size
    numbers = [int(np.prod(each)) for each in case.arguments if isinstance(each, (int, tuple))]
    held = sum(array.size for array in leaves(case.arguments))
    return held + sum(numbers) + case.calls


def source_of(mistake: Mistake) -> InProcess:
    """Return a mistake as a source, without memory of earlier calls."""
    kind = InProcess if mistake.remembers else Steady
    return kind(mistake.adapter(), description=_description())


def _in_the_place_of(operation: str, sibling: str) -> InProcess:
    return Steady(standing_in(operation, rounded(sibling), sibling), description=_description())


@lru_cache(maxsize=1)
def _description() -> Description:
    """Return the description that all candidates share: each offers all operations."""
    first = reference.__all__[0]
    return describe(standing_in(first, rounded(first), "a candidate"))
