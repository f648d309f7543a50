"""The plan: every clause × operation × dtype × case, made before anything runs, so that what is planned can be accounted for."""

import dataclasses
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module

from nnspec import reference
from nnspec.conformance.judge.checks import ORDINARY, Binding, Check, Planned
from nnspec.conformance.run import cases as inputs
from nnspec.conformance.sources.description import Description
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.operations import (
    clause_of,
    has_dtype,
    operations_of,
    operations_on,
    parameters_of,
)
from nnspec.spec import clauses, pages

# Whoever offers all there is in every format is asked everything that can be planned.
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
    description: Description, *, dtypes: Sequence[str] = (), only: Iterable[str] = ()
) -> list[Planned]:
    """Return the cases for an adapter, ordered by operation and dtype; UnknownSelectionError where a selection is none of its own."""
    for dtype in dtypes:
        if dtype not in description.dtypes:
            message = f"{description.name} declares the dtypes {', '.join(description.dtypes)}; got {dtype}"
            raise UnknownSelectionError(message)
    selections = [_selection(text) for text in only]
    wanted = {name for about, _, _ in selections for name in _concerned(about)} or reference.__all__
    planned = _in_dtypes(description, dtypes, wanted)
    for about, case, dtype in selections:
        if not any(_selected(each, about, case, dtype) for each in planned):
            cases = dict.fromkeys(each.case.name for each in planned if about in _names(each))
            where = ", ".join(dtypes or description.dtypes)
            message = f"{about} has no case {case!r} in {dtype or 'any dtype'}; its cases are {', '.join(cases)} in {where}"
            raise UnknownSelectionError(message)
    return _left(planned, selections)


def share(
    description: Description,
    operation: str,
    *,
    dtypes: Sequence[str] = (),
    only: Iterable[str] = (),
) -> list[Planned]:
    """Return the cases of one operation in the plan for an adapter, in its order."""
    return _left(_in_dtypes(description, dtypes, (operation,)), [_selection(text) for text in only])


def concerned(only: Iterable[str]) -> tuple[str, ...]:
    """Return the operations that a selection leaves cases of, whatever the adapter: all of them without any selection."""
    return tuple(
        dict.fromkeys(name for text in only for name in _concerned(_selection(text)[0]))
    ) or tuple(reference.__all__)


def _concerned(about: str) -> tuple[str, ...]:
    """Return the operations that a page, an operation or a clause may be about; UnknownClauseError where it is none of them."""
    if about in pages():
        return operations_on(about)
    return (about,) if about in reference.__all__ else operations_of(clause_of(about))


def _in_dtypes(
    description: Description, dtypes: Sequence[str], wanted: Container[str]
) -> list[Planned]:
    return [
        each
        for operation in reference.__all__
        if operation in wanted
        for each in _planned(
            operation,
            (dtypes or description.dtypes) if has_dtype(operation) else (None,),
            description,
        )
    ]


def _left(planned: list[Planned], selections: Sequence[tuple[str, str, str]]) -> list[Planned]:
    """Return what selections leave of a plan: all of it where there are none."""
    return [
        each
        for each in planned
        if not selections or any(_selected(each, *selection) for selection in selections)
    ]


def _planned(
    operation: str, dtypes: Sequence[str | None], description: Description
) -> Iterator[Planned]:
    """Yield the cases of an operation, in one dtype after the other."""
    judging = [(clauses()[identifier], check) for identifier, check in checks().items()]
    judging = [(clause, check) for clause, check in judging if operation in operations_of(clause)]
    # MUST first: an operation that keeps ending its process is given up after a few cases.
    judging.sort(key=lambda pair: pair[0].level != "MUST")
    for dtype in dtypes:
        for clause, check in judging:
            alone = len(operations_of(clause)) == 1
            for case in inputs.cases(clause, operation, dtype or "float64"):
                if case.one_of_many and description.compiles_shapes:
                    continue
                yield fitted(
                    Planned(clause, check, operation, dtype, case if alone else _qualified(case)),
                    description,
                )


@lru_cache(maxsize=None)
def _qualified(case: Case) -> Case:
    """Return a case whose name says its operation, for clauses about several; they share it, and what is remembered of it."""
    return dataclasses.replace(case, name=f"{case.operation}.{case.name}")


def fitted(planned: Planned, description: Description) -> Planned:
    """Return a case with the parameters that the library fixes at the values it fixes them to, or barred where it is about others."""
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
        case=dataclasses.replace(case, parameters={**case.parameters, **fixed}, truth=None),
    )


def _selection(text: str) -> tuple[str, str, str]:
    """Split `clause[case,dtype]`, whose bracket and dtype may be left out; an operation or a page may stand for all of its clauses."""
    match = re.fullmatch(
        r"(?P<about>[^\[\]]+)(?:\[(?P<case>[^,\]]+)(?:,(?P<dtype>\w+))?\])?", text.strip()
    )
    if match is None:
        message = f"a selection is a clause, an operation or a page, alone or with [case] or [case,dtype]; got {text!r}"
        raise UnknownSelectionError(message)
    return match["about"], match["case"] or "", match["dtype"] or ""


def _selected(planned: Planned, about: str, case: str, dtype: str) -> bool:
    return (
        about in _names(planned)
        and case in ("", planned.case.name)
        and dtype in ("", planned.dtype or "")
    )


def _names(planned: Planned) -> tuple[str, str, str]:
    """Return what a selection may name a case by."""
    return planned.clause.id, planned.operation, planned.clause.page
