"""What other tools ask of the suite: clauses in words, planned cases, inputs, mistakes, vectors."""

from collections.abc import Iterable
from io import StringIO
from typing import Any

from rich.console import Console

from nnspec import reference
from nnspec.conformance.interface import twins
from nnspec.conformance.interface.arrays import NUMPY, library
from nnspec.conformance.interface.functions import given
from nnspec.conformance.interface.seeds import seed as seed_of
from nnspec.conformance.interface.shapes import chosen
from nnspec.conformance.interface.shapes import planned as in_shapes
from nnspec.conformance.interface.subjects import operation_of
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.pages.vectors import entries
from nnspec.conformance.programs.behaviors import behaviors
from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.program import programs_of
from nnspec.conformance.programs.typeset import lines_of
from nnspec.conformance.reports.clause import show
from nnspec.conformance.reports.operation import show as show_operation
from nnspec.conformance.run import plan as planning
from nnspec.conformance.terms import mistakes as known
from nnspec.conformance.terms.callbacks import live
from nnspec.conformance.terms.mistakes import Mistake
from nnspec.conformance.terms.operations import (
    OPERATIONS,
    UnknownClauseError,
    bound_of,
    clause_of,
    operations_of,
    page_of,
)
from nnspec.spec.translations import LANGUAGES

# So many edits of a formula are listed, the likeliest first.
_EDITS = 10

_WIDTH = 80


def explain(name: str, *, language: str = "") -> str:
    """Return a clause in words: its formula, bound, example, reason, source, and what it rejects.

    The name of an operation stands for its clause on accuracy. With the language "zh" the
    requirement is in Chinese. Raises ValueError if there is no such clause or language.
    """
    if language and language not in LANGUAGES:
        message = f"expected a language of {', '.join(LANGUAGES)}, found {language!r}"
        raise ValueError(message)
    written = StringIO()
    console = Console(
        file=written, width=_WIDTH, highlight=False, color_system=None, force_jupyter=False
    )
    try:
        explained(name, console, language)
    except UnknownClauseError as error:
        raise ValueError(str(error)) from None
    return written.getvalue()


def explained(name: str, console: Console, language: str = "") -> None:
    """Print a clause, its formula with the commonest edits, and the mistakes that it rejects.

    The name of an operation stands for its clause on accuracy. Before it stands how the operation
    is called, and what its siblings do otherwise.
    """
    clause = clause_of(f"{name}/accuracy" if name in OPERATIONS else name)
    if name in OPERATIONS:
        show_operation(name, console)
        console.print()
    rejected = [
        each
        for about in operations_of(clause)
        for each in known.mistakes_of(about)
        if clause.id in each.clauses
    ]
    bound = None if clause.operation == clause.page else bound_of(clause, clause.operation)
    stated = clause.id == f"{clause.operation}/accuracy" and clause.formulas
    formulas = [lines_of(program) for program in programs_of(clause.operation)] if stated else []
    descriptions = {each.name: each.description for each in rejected}
    edits = _commonest(clause.operation) if formulas else []
    show(clause, bound, descriptions, console, formulas, edits, language)


def plan(
    *only: str, dtypes: str | Iterable[str] | None = None, seed: int | str | None = None
) -> list[Planned]:
    """Return planned cases: of these clauses, operations or pages, or all.

    A case has an `id`, the `clause` and the `check` that judge it, and its `case`: arguments and
    parameters of one call. Raises ValueError for a selection that names nothing.
    """
    asked = (dtypes,) if isinstance(dtypes, str) else tuple(dtypes or ())
    try:
        return planning.plan(planning.EVERYTHING, dtypes=asked, only=only, seed=seed_of(seed))
    except (planning.UnknownSelectionError, UnknownClauseError) as error:
        raise ValueError(str(error)) from None


def inputs(
    case: str,
    *,
    seed: int | str | None = None,
    shapes: Any = None,
    arrays: str = NUMPY,
    device: str = "",
) -> list[Any]:
    """Return the arguments of a case by its id, such as `tanh/accuracy[zero,float32]`.

    A seed, shapes and arrays are as for `check`. Raises ValueError if there is no such case.
    """
    extra = chosen(shapes)
    found = _shaped(case, extra, seed_of(seed)) if extra else twins.of_name(case, seed_of(seed))
    (first, *_) = found or plan(case, seed=seed)
    dtype = first.dtype or "float64"
    called = live(first.operation, first.case.arguments, dtype)
    return given(library(arrays, device), called)


def mistakes(operation: str) -> tuple[Mistake, ...]:
    """Return the known mistakes of an operation: wrong functions, and the clauses that reject each.

    Raises ValueError if there is no such operation.
    """
    return tuple(known.mistakes_of(operation_of(operation)))


def vectors(operation: str) -> list[dict[str, Any]]:
    """Return the stored true answers of an operation, as `spec/vectors/README.md` describes them.

    Raises ValueError if there is no such operation.
    """
    listed = entries(page_of(operation_of(operation)))
    return [dict(entry) for entry in listed if entry["operation"] == operation]


def _shaped(case: str, shapes: list[Any], seed: int) -> list[Planned]:
    """Return the cases in chosen shapes that a selection names."""
    everything = planning.EVERYTHING
    found: list[Planned] = []
    inside = case.partition("[")[2]
    for operation in reference.__all__:
        if inside.startswith(f"{operation}.") or case.startswith(
            f"{page_of(operation)}/fresh[chosen"
        ):
            found += in_shapes(shapes, operation, everything.dtypes, everything, seed)
    return planning.selected(found, [case])


def _commonest(operation: str) -> list[Edit]:
    """Return the likeliest edits of a formula that answer otherwise than it does."""
    return [each.edit for each in behaviors(operation).different[:_EDITS]]
