"""The candidates of a diagnosis: mistakes of an operation, siblings in its place, and edits.

An edit is a program, which is run by itself on the numbers of a case. A mistake or a sibling is an
adapter, which is asked like any other.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.bounds.steps import takes_steps
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.programs.behaviors import apart
from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.programs.program import NoProgramError, Program, program_of
from nnspec.conformance.sources.description import Description, describe
from nnspec.conformance.sources.in_process import InProcess, Steady
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.mistakes import Mistake, mistakes_of, rounded, standing_in
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import OPERATIONS, arguments_of, parameters_of

MISTAKE, SIBLING, EDIT = "mistake", "operation", "edit"


@dataclass(frozen=True)
class Candidate:
    """A possible explanation of an operation's answers, known by its name.

    `make` makes it anew, without memory of earlier calls. One that `remembers` keeps something from
    one call to the next. Of candidates that answer alike, the one of the least `order` is told;
    `others` are edits that answer so too. A mistake is bound to `clauses`.
    """

    operation: str
    name: str
    description: str = field(compare=False)
    make: Callable[[], InProcess] = field(compare=False)
    kind: str = field(default=MISTAKE, compare=False)
    order: tuple[Any, ...] = field(default=(), compare=False)
    remembers: bool = field(default=False, compare=False)
    program: Program | None = field(default=None, compare=False)
    others: tuple[str, ...] = field(default=(), compare=False)
    clauses: tuple[str, ...] = field(default=(), compare=False)


def candidates(operation: str, dtype: str | None) -> list[Candidate]:
    """Return the candidates of an operation that are functions: its mistakes, and its siblings.

    A mistake has the best words. Behind it come operations, and behind these `edits`.
    """
    listed = [
        Candidate(
            operation,
            each.name,
            each.description,
            partial(source_of, each),
            order=(0, place),
            remembers=each.remembers,
            clauses=each.clauses,
        )
        for place, each in enumerate(mistakes_of(operation))
        if each.visible(dtype)
    ]
    return [*listed, *_siblings(operation)]


def _siblings(operation: str) -> list[Candidate]:
    """Return the operations that are called like this one, each in its place."""
    listed: list[Candidate] = []
    for sibling in reference.__all__:
        if sibling != operation and (arguments_of(sibling), parameters_of(sibling)) == (
            arguments_of(operation),
            parameters_of(operation),
        ):
            first = (
                (inspect.getdoc(getattr(reference, sibling)) or "").partition("\n")[0].rstrip(".")
            )
            description = f"{first}. Fix the formula, or rename the function."
            make = partial(_in_the_place_of, operation, sibling)
            listed.append(
                Candidate(
                    operation,
                    sibling,
                    description,
                    make,
                    SIBLING,
                    (1, len(listed)),
                    program=_as_steps(operation, sibling),
                )
            )
    return listed


def _as_steps(operation: str, sibling: str) -> Program | None:
    """Return the formula of a sibling that takes steps: it is run from where each step began."""
    program = program_of(sibling) if takes_steps(sibling) else None
    return None if program is None else replace(program, operation=operation)


def edits(operation: str, accounts: Callable[[Candidate], bool]) -> list[Candidate]:
    """Return the edits of an operation's formula that account for something, the simplest first.

    Those that answer alike on the probes are one candidate. Few of thousands account for anything,
    and only these are run on the probes.
    """
    listed = {each.name: each for each in _edits(operation) if accounts(each)}
    if not listed:
        return []
    chosen = [each for each in edits_of(operation) if each.name in listed]
    return [
        replace(listed[each.edit.name], others=tuple(other.name for other in each.others))
        for each in apart(operation, chosen).different
    ]


@lru_cache(maxsize=8)
def _edits(operation: str) -> tuple[Candidate, ...]:
    """Return all edits of an operation's formula as candidates, the simplest first."""
    if OPERATIONS[operation].answers_indices:
        # No order of samples has a true answer that another one could be held against.
        return ()
    try:
        listed = edits_of(operation)
    except NoProgramError:
        return ()
    return tuple(
        Candidate(
            operation,
            each.name,
            f"{each.sentence}.",
            partial(_edited, operation, each.program, each.name),
            EDIT,
            order=(2, *each.order),
            program=each.program,
        )
        for each in listed
    )


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


def source_in_place(operation: str, function: Callable[..., Any], name: str) -> InProcess:
    """Return a source that answers with a function in the place of an operation."""
    return Steady(standing_in(operation, function, name), description=_description())


def _in_the_place_of(operation: str, sibling: str) -> InProcess:
    return source_in_place(operation, rounded(sibling), sibling)


def _edited(operation: str, program: Program, name: str) -> InProcess:
    return source_in_place(operation, implementation(program), name)


@lru_cache(maxsize=1)
def _description() -> Description:
    """Return the description that all candidates share: each offers all operations."""
    first = reference.__all__[0]
    return describe(standing_in(first, rounded(first), "a candidate"))
