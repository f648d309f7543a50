"""The operations of the specification, each as one record, and the clauses that speak of them.

`OPERATIONS` is built once from the functions of the reference. A record says of an operation what
its signature says, and what the section `Shapes` of its docstring says: whether an element of the
answer depends on one element, which arguments hold indices, and along which axes sums run.
"""

import dataclasses
import difflib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_args, get_origin

import numpy as np
from numpy.typing import ArrayLike

from nnspec import reference
from nnspec.conformance.terms.nested import leaves
from nnspec.spec import Clause, Formula, clauses

_OTHER_CLAUSE = re.compile(r"(?P<operation>[a-z]\w*)/(?P<property>[a-z][a-z-]*)")

# The libraries decompose matrices in 32 and 64 bits alone, so no narrower format is asked of these.
WIDE = ("newton", "pca", "whiten")

_SHAPES = re.compile(r"^Shapes\n(?P<paragraph>(?: +.*\n?)+)", re.MULTILINE)
_AS_FOR = re.compile(r"As for `?(\w+)`?\.")
_SUMS = re.compile(r"Sums run along ax[ie]s (?P<axes>-?\d+(?:(?:, | and )-?\d+)*)\.")

# Two exchanged letters among seven, or one missing letter of four, leave this share in common.
_NEAR = 0.85


class UnknownClauseError(Exception):
    """No clause has the id that was asked for."""


@dataclass(frozen=True)
class Operation:
    """One operation, as its function in the reference describes it.

    `arguments` are positional, `parameters` go by name. Some arguments are not one array of
    numbers: the operation calls `callbacks`; `lists` hold arrays, or are callbacks that answer
    lists of arrays; `indices` hold int64; `sizes` are whole numbers and shapes. Sums run along
    `axes` of the first argument if no parameter chooses the axes; None means all.
    """

    name: str
    page: str
    arguments: tuple[str, ...]
    parameters: tuple[str, ...]
    callbacks: tuple[str, ...]
    lists: tuple[str, ...]
    indices: tuple[str, ...]
    sizes: tuple[str, ...]
    axes: tuple[int, ...] | None
    elementwise: bool
    has_dtype: bool
    answers_indices: bool

    @property
    def unary(self) -> bool:
        """Whether one array and the cotangent of its answer are all that the operation takes."""
        return set(self.arguments) <= {"x", "cotangent"}

    @property
    def rows(self) -> bool:
        """Whether the operation answers each row of matrices by itself, whatever the others are."""
        return self.axes == (-1,)

    @property
    def steps(self) -> bool:
        """Whether the operation takes a number of steps and yields its parameters after each."""
        return "steps" in self.arguments

    @property
    def batches(self) -> bool:
        """Whether the operation takes a step for each batch of samples."""
        return "batches" in self.arguments

    @property
    def trains(self) -> bool:
        """Whether the operation changes weights at a learning rate."""
        return "learning_rate" in self.parameters

    @property
    def random(self) -> bool:
        """Whether a seed decides the answer: libraries draw differently, so no truth is stored."""
        return "seed" in self.parameters

    @property
    def wide(self) -> bool:
        """Whether the operation is asked for in 32 and 64 bits alone."""
        return self.name in WIDE

    def asked_in(self, dtype: str) -> bool:
        """Say whether the operation has cases in a dtype."""
        return not self.wide or dtype in ("float64", "float32")


def _described(name: str) -> Operation:
    """Return the record of an operation, as its signature and its docstring describe it."""
    function = getattr(reference, name)
    signature = inspect.signature(function)
    kinds = {
        each.name: each.annotation
        for each in signature.parameters.values()
        if each.kind is not inspect.Parameter.KEYWORD_ONLY
    }
    parameters = tuple(each for each in signature.parameters if each not in kinds)
    section = _SHAPES.search(inspect.getdoc(function) or "")
    stated = " ".join(section["paragraph"].split()) if section else ""
    return Operation(
        name,
        str(function.__module__).removeprefix(f"{reference.__name__}.").partition(".")[0],
        tuple(kinds),
        parameters,
        callbacks=tuple(each for each, kind in kinds.items() if get_origin(kind) is Callable),
        lists=tuple(each for each, kind in kinds.items() if _of_lists(kind)),
        indices=tuple(each for each in kinds if _holds_indices(each, stated)),
        sizes=tuple(each for each, kind in kinds.items() if kind in (int, Sequence[int])),
        axes=_summed(name, stated),
        elementwise=not {"axis", "axes"} & set(parameters) and _elementwise(list(kinds), stated),
        has_dtype="dtype" in parameters or any(kind is not int for kind in kinds.values()),
        answers_indices="int64" in str(signature.return_annotation),
    )


@lru_cache(maxsize=None)
def taken_by(operation: str, argument: str) -> int | None:
    """Return how many arguments a callback of an operation takes, None if it is no callback."""
    kind = inspect.signature(getattr(reference, operation)).parameters[argument].annotation
    return len(get_args(kind)[0]) if get_origin(kind) is Callable else None


def _of_lists(kind: Any) -> bool:
    """Say whether an argument is a list of arrays, or a callback that answers lists of arrays."""
    listed = get_args(kind)[-1] if get_origin(kind) is Callable else kind
    return bool(listed == Sequence[ArrayLike])


def _holds_indices(argument: str, stated: str) -> bool:
    """Say whether the stated shapes call the elements of an argument integers or indices."""
    return re.search(rf"\b{argument}: [^;]*\b(?:integers|indices)\b", stated) is not None


def _elementwise(arguments: list[str], stated: str) -> bool:
    """Say whether the first argument has any shape, and the others and the answer have the same."""
    first, *others = [*arguments, "answer"]
    return f"{first}: any shape;" in stated and all(
        re.search(rf"\b{each}\b[\w ,]* like {first}\b", stated) for each in others
    )


def _summed(name: str, stated: str) -> tuple[int, ...] | None:
    """Return the axes that the stated shapes name; raises ValueError if they say it otherwise."""
    sentence = _SUMS.search(stated)
    if sentence is None:
        if "sums run" in stated.lower():
            message = (
                f"the Shapes of reference.{name} must say 'Sums run along axis 0.' "
                f"or 'Sums run along axes 0, 2 and 3.'; got {stated!r}"
            )
            raise ValueError(message)
        return None
    return tuple(int(axis) for axis in re.findall(r"-?\d+", sentence["axes"]))


OPERATIONS: Mapping[str, Operation] = {name: _described(name) for name in reference.__all__}


def operations_of(clause: Clause) -> tuple[str, ...]:
    """Return the operations that a clause speaks of.

    A clause whose id opens with its page's name speaks of every operation of the page, unless it
    lists them. Any other clause speaks of one operation.
    """
    if clause.operation == clause.page:
        return tuple(filter(clause.speaks_of, operations_on(clause.page)))
    return (clause.operation,)


@lru_cache(maxsize=None)
def operations_on(page: str) -> tuple[str, ...]:
    """Return the operations of a page."""
    return tuple(name for name, each in OPERATIONS.items() if each.page == page)


def bound_of(clause: Clause, operation: str) -> Formula | None:
    """Return the bound of a clause for an operation.

    A clause that states "that of" another clause has the bound of that one. It may be rounded once.
    """
    stated = clause.bound
    other = _OTHER_CLAUSE.fullmatch(stated.expression) if stated else None
    if other is None:
        return stated
    name = operation if other["operation"] == "operation" else other["operation"]
    found = bound_of(clause_of(f"{name}/{other['property']}"), operation)
    return dataclasses.replace(found, once=True) if found and stated and stated.once else found


def page_of(operation: str) -> str:
    """Return the page of an operation: the module or package of the reference that defines it."""
    return OPERATIONS[operation].page


def arguments_of(operation: str) -> tuple[str, ...]:
    """Return the names of an operation's positional arguments."""
    return OPERATIONS[operation].arguments


def called(operation: str) -> str:
    """Return how an operation is called: `softmax(x, *, axis)`."""
    each = OPERATIONS[operation]
    parameters = ["*", *each.parameters] if each.parameters else []
    return f"{operation}({', '.join([*each.arguments, *parameters])})"


def shapes_of(operation: str) -> str:
    """Return the shapes of an operation's arguments and answer in words."""
    section = _SHAPES.search(inspect.getdoc(getattr(reference, operation)) or "")
    stated = " ".join(section["paragraph"].split()) if section else ""
    other = _AS_FOR.match(stated)
    return f"{shapes_of(other[1])}{stated[other.end() :]}" if other else stated


def parameters_of(operation: str) -> tuple[str, ...]:
    """Return the names of an operation's keyword-only parameters."""
    return OPERATIONS[operation].parameters


def axes_of(
    operation: str, arguments: Sequence[Any], parameters: Mapping[str, Any]
) -> tuple[int, ...] | None:
    """Return the axes along which an operation's sums run in a call; None means all.

    The parameters `axes` or `axis` choose them. Otherwise they are the operation's own, as far as
    the first argument has them.
    """
    chosen = parameters.get("axes", parameters.get("axis"))
    if isinstance(chosen, (int, np.integer)):
        return (int(chosen),)
    if chosen is not None:
        return tuple(int(axis) for axis in chosen)
    own = OPERATIONS[operation].axes
    if own is None:
        return None
    dimensions = next(leaves(arguments[0])).ndim
    return tuple(axis for axis in own if axis < dimensions)


def nearest(name: str) -> str:
    """Return the operation whose name is misspelt, "" if it is an operation's or near to none."""
    near = difflib.get_close_matches(name, OPERATIONS, n=1, cutoff=_NEAR)
    return "".join(near) if name not in OPERATIONS else ""


def clause_of(identifier: str) -> Clause:
    """Return a clause by its id; raises UnknownClauseError with the nearest ids if none has it."""
    clause = clauses().get(identifier)
    if clause is None:
        near = difflib.get_close_matches(identifier, clauses(), n=3, cutoff=0.3)
        message = (
            f"there is no clause {identifier!r}; near it are {', '.join(near) or 'none'} "
            "(conformance list shows all)"
        )
        raise UnknownClauseError(message)
    return clause
