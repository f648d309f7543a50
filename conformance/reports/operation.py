"""An operation in a terminal: how it is called, of what shapes it is, and its siblings."""

import inspect
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Union, get_args, get_origin

from numpy.typing import ArrayLike
from rich.console import Console
from rich.text import Text

from nnspec import reference
from nnspec.conformance.programs.program import NoProgramError, programs_of
from nnspec.conformance.programs.typeset import lines_of
from nnspec.conformance.reports.folding import folded
from nnspec.conformance.terms.operations import OPERATIONS, called, operations_on, shapes_of

# Words that many operations of a page have in their names.
_COMMON = {"vjp", "by", "norm", "cross", "entropy", "normal", "uniform"}

_KINDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    ArrayLike: "an array",
    Sequence[ArrayLike]: "a list of arrays",
    Sequence[int]: "a tuple of whole numbers",
    Sequence[float]: "a tuple of numbers",
}


def show(operation: str, console: Console) -> None:
    """Print how an operation is called, what it takes and answers, and its siblings."""
    first = (inspect.getdoc(getattr(reference, operation)) or "").partition("\n")[0]
    console.print(folded(Text.assemble((operation, "bold"), f"  {first}")), soft_wrap=True)
    _section("Called as", [called(operation), *_arguments(operation)], console)
    _section("Shapes", [shapes_of(operation)], console)
    if siblings := [line for each in siblings_of(operation) for line in _sibling(operation, each)]:
        _section("Siblings", siblings, console)


def siblings_of(operation: str) -> list[str]:
    """Return the operations of the page that share a telling word of the name, and the arguments.

    A gradient is no sibling of what it is the gradient of.
    """
    words = set(operation.split("_")) - _COMMON
    own = OPERATIONS[operation]
    return [
        each
        for each in operations_on(own.page)
        if each != operation
        and words & set(each.split("_"))
        and OPERATIONS[each].arguments == own.arguments
    ]


def _arguments(operation: str) -> Iterator[str]:
    """Yield what each argument and parameter is."""
    for each in inspect.signature(getattr(reference, operation)).parameters.values():
        yield f"  {each.name}: {_kind(each.annotation, each.name)}"


def _kind(annotation: Any, name: str) -> str:
    """Return an annotation in words."""
    if annotation in _KINDS:
        return _KINDS[annotation]
    if get_origin(annotation) is Callable:
        answer = _KINDS.get(get_args(annotation)[-1], "arrays")
        return f"a function that is given the parameters once a step, and answers {answer}"
    if get_origin(annotation) in (Union, types.UnionType):
        if name == "learning_rate":
            return "a number, or a tuple with a number for each step"
        kinds = [_kind(each, name) for each in get_args(annotation) if each is not type(None)]
        return " or ".join(dict.fromkeys(kinds))
    return "as the formula has it"


def _sibling(operation: str, sibling: str) -> Iterator[str]:
    """Yield what a sibling is, and the lines of its formula that this one does not have."""
    first = (inspect.getdoc(getattr(reference, sibling)) or "").partition("\n")[0]
    yield f"{sibling}: {first}"
    try:
        own, other = (lines_of(programs_of(each)[0]) for each in (operation, sibling))
    except NoProgramError:
        return
    new, old = (
        [each for each in one if each not in two] for one, two in ((other, own), (own, other))
    )
    instead = f" instead of {old[0]}" if len(new) == len(old) == 1 else ""
    yield from (f"  there {line}{instead}" for line in new)


def _section(heading: str, lines: Sequence[str], console: Console) -> None:
    console.print()
    console.print(Text(heading, "bold"))
    for line in lines:
        console.print(folded(Text(f"  {line}")), soft_wrap=True)
