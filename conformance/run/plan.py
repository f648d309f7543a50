"""The plan: every clause × operation × dtype × case, made before anything runs."""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module

from nnspec import reference
from nnspec.conformance.judge.checks import ORDINARY, Binding, Check, Planned
from nnspec.conformance.run import cases, shares
from nnspec.conformance.sources.description import Description
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.operations import (
    OPERATIONS,
    clause_of,
    operations_of,
    operations_on,
    parameters_of,
)
from nnspec.spec import clauses, pages

# The levels of clauses that are judged.
LEVELS = ("MUST", "SHOULD")

# Everything that can be planned is asked of an adapter with every operation in every format.
EVERYTHING = Description("every operation", "", tuple(reference.__all__), dtypes=NAMES)


@lru_cache(maxsize=1)
def checks() -> dict[str, Check]:
    """Return the check of every clause that binds, by the clause's id.

    It is the function that `pages/<page>/checks.py` binds to the clause, else the ordinary one
    that the clause or its page names. A page's ordinary clauses come first.
    Raises ValueError if two functions are bound to a clause.
    """
    found: dict[str, Check] = {}
    for page in pages():
        ordinary = {
            clause.id: ORDINARY[clause.judged_by]
            for clause in clauses().values()
            if clause.page == page and clause.level != "Informative"
        }
        bound = _bound(page)
        order = sorted(ordinary | bound, key=lambda clause: clause in bound)
        found |= {clause: (ordinary | bound)[clause] for clause in order}
    return found


def _bound(page: str) -> dict[str, Check]:
    """Return the functions that a page binds to clauses, by their ids."""
    bound: dict[str, Check] = {}
    module = import_module(f"nnspec.conformance.pages.{page}.checks")
    for each in vars(module).values():
        for clause in each.clauses if isinstance(each, Binding) else ():
            if clause in bound:
                message = f"{clause} has two checks"
                raise ValueError(message)
            bound[clause] = each.check
    return bound


class UnknownSelectionError(Exception):
    """A selection names nothing that is planned; the message says what there is."""


def plan(
    description: Description,
    *,
    dtypes: Sequence[str] = (),
    only: Iterable[str] = (),
    operation: str | None = None,
    seed: int = 0,
    part: shares.Part | None = None,
) -> list[Planned]:
    """Return the cases for an adapter, or those of one operation, ordered by operation and dtype.

    `dtypes` and `only` select cases; without them every case is planned. Of these, a `part` has the
    operations that `shares` gives it. The seed decides the inputs of the sets `fresh`. Raises
    UnknownSelectionError if a selection names no case, or if all of them name none in these dtypes.
    A plan of one operation does not raise it: the selection may be about others. Raises
    SharingError if there are fewer offered operations than parts.
    """
    if operation is None:
        _refuse_undeclared(description, dtypes)
    # A dtype that is named twice is judged once.
    only, dtypes = tuple(only), tuple(dict.fromkeys(dtypes))
    selections = [_selection(text) for text in only]
    names = [operation] if operation is not None else operations_selected(only)
    mine = names
    if part is not None and operation is None:
        mine = shares.share(names, description.operations, part)
    # Whether a selection names a case, the whole plan says.
    planned = [
        each
        for name in (names if selections else mine)
        for each in _planned(name, dtypes or description.dtypes, description, seed)
    ]
    if operation is None:
        _refuse_unknown(selections, planned, dtypes or description.dtypes)
    return [
        each
        for each in planned
        if each.operation in mine
        and (not selections or any(_selected(each, *selection) for selection in selections))
    ]


def operations_selected(only: Iterable[str]) -> list[str]:
    """Return the operations that selections are about; without a selection, all operations.

    Raises UnknownSelectionError for text that is no selection, UnknownClauseError if it names no
    page, operation or clause.
    """
    about = [_selection(text)[0] for text in only]
    concerned = {name for each in about for name in _operations_about(each)}
    return [name for name in reference.__all__ if not about or name in concerned]


def _operations_about(about: str) -> tuple[str, ...]:
    if about in pages():
        # A page may have clauses about operations of other pages, and none of its own.
        stated = [
            each for each in clauses().values() if each.page == about and each.level in LEVELS
        ]
        concerned = (name for clause in stated for name in operations_of(clause))
        return tuple(dict.fromkeys([*operations_on(about), *concerned]))
    return (about,) if about in reference.__all__ else operations_of(clause_of(about))


def _refuse_undeclared(description: Description, dtypes: Sequence[str]) -> None:
    """Raise UnknownSelectionError for a dtype that the adapter does not declare."""
    for dtype in dtypes:
        if dtype not in description.dtypes:
            declared = ", ".join(description.dtypes)
            message = f"{description.name} declares the dtypes {declared}; got {dtype}"
            raise UnknownSelectionError(message)


def _refuse_unknown(
    selections: Sequence[tuple[str, str, str]], planned: Sequence[Planned], dtypes: Sequence[str]
) -> None:
    """Raise UnknownSelectionError for a selection that selects none of the planned cases.

    Beside others that select some, it may: its cases may exist in other dtypes alone.
    """
    empty = [each for each in selections if not any(_selected(one, *each) for one in planned)]
    for about, case, dtype in empty:
        if len(empty) == len(selections) or not _exists(about, case, dtype):
            names = dict.fromkeys(each.case.name for each in planned if about in _names(each))
            message = (
                f"{about} has no case {case!r} in {dtype or 'any dtype'}; "
                f"its cases are {', '.join(names)} in {', '.join(dtypes)}"
            )
            raise UnknownSelectionError(message)


def selected(planned: Sequence[Planned], only: Iterable[str]) -> list[Planned]:
    """Return the planned cases that selections name.

    Raises UnknownSelectionError for text that is no selection.
    """
    selections = [_selection(text) for text in only]
    return [each for each in planned if any(_selected(each, *one) for one in selections)]


def idle(only: Iterable[str], planned: Sequence[Planned]) -> list[str]:
    """Return the selections that select none of the planned cases."""
    return [
        text for text in only if not any(_selected(each, *_selection(text)) for each in planned)
    ]


def _exists(about: str, case: str, dtype: str) -> bool:
    """Say whether a selection selects a case of an adapter with every operation and format."""
    return any(
        _selected(each, about, case, dtype)
        for name in _operations_about(about)
        for each in _planned(name, EVERYTHING.dtypes, EVERYTHING, 0)
    )


def _planned(
    operation: str, dtypes: Sequence[str], description: Description, seed: int
) -> Iterator[Planned]:
    """Yield the cases of an operation, in one dtype after the other."""
    judging = [(clauses()[identifier], check) for identifier, check in checks().items()]
    judging = [(clause, check) for clause, check in judging if operation in operations_of(clause)]
    # MUST first: an operation that keeps ending its process is given up after a few cases.
    judging.sort(key=lambda pair: pair[0].level != "MUST")
    asked = [each for each in dtypes if OPERATIONS[operation].asked_in(each)]
    for dtype in asked if OPERATIONS[operation].has_dtype else (None,):
        for clause, check in judging:
            alone = len(operations_of(clause)) == 1
            for case in cases.cases(clause, operation, dtype or "float64", seed):
                if case.one_of_many and description.compiles_shapes:
                    continue
                # All calls count, and most were made before those in the last dtype.
                if case.calls and dtype not in (None, asked[-1]):
                    continue
                yield fitted(
                    Planned(clause, check, operation, dtype, case if alone else _qualified(case)),
                    description,
                )


@lru_cache(maxsize=None)
def _qualified(case: Case) -> Case:
    """Return a case whose name says its operation, for clauses about several.

    The clauses share the case, and the truth that is remembered of it.
    """
    return case.changed(name=f"{case.operation}.{case.name}")


def fitted(planned: Planned, description: Description) -> Planned:
    """Return a case with the values that the library fixes, or barred if it is about others.

    Whether an answer comes again to the last bit, an adapter may say that it does not.
    """
    if planned.clause.id.endswith("/determinism") and not description.deterministic:
        return dataclasses.replace(planned, barred="the adapter declares deterministic = False")
    case, given = planned.case, description.fixed.get(planned.operation, {})
    fixed = {
        name: value for name, value in given.items() if name in parameters_of(planned.operation)
    }
    if not fixed:
        return planned
    other = [
        name
        for name, value in fixed.items()
        if name in planned.clause.given and case.parameters[name] != value
    ]
    if other:
        needed = ", ".join(f"{name} = {case.parameters[name]!r}" for name in other)
        return dataclasses.replace(
            planned, barred=f"the library fixes {', '.join(other)}, and this case needs {needed}"
        )
    return dataclasses.replace(
        planned,
        altered=True,
        case=case.changed(parameters={**case.parameters, **fixed}, truth=None),
    )


def _selection(text: str) -> tuple[str, str, str]:
    """Split `clause[case,dtype]`, of which bracket and dtype may be left out.

    An operation or a page may stand for all of its clauses.
    """
    match = re.fullmatch(
        r"(?P<about>[^\[\]]+)(?:\[(?P<case>[^,\]]+)(?:,(?P<dtype>\w+))?\])?", text.strip()
    )
    if match is None:
        message = (
            "a selection is a clause, an operation or a page, alone or with [case] or "
            f"[case,dtype]; got {text!r}"
        )
        raise UnknownSelectionError(message)
    return match["about"], match["case"] or "", match["dtype"] or ""


def _selected(planned: Planned, about: str, case: str, dtype: str) -> bool:
    return (
        about in _names(planned)
        and case in ("", planned.case.name, planned.dtype, planned.operation)
        and dtype in ("", planned.dtype or "")
    )


def _names(planned: Planned) -> tuple[str, str, str]:
    """Return the names by which a selection may name a case."""
    return planned.clause.id, planned.operation, planned.clause.page
