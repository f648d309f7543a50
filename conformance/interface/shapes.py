"""Cases in shapes of the caller's choice, drawn anew by the seed and judged by the clauses `fresh`.

A shape is that of the operation's first argument, or the lengths of its dimensions by their names.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.pages import families
from nnspec.conformance.pages.families import Dimension, Family
from nnspec.conformance.run import plan
from nnspec.conformance.sources.description import Description
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import OPERATIONS, clause_of, operations_of

Shape = Sequence[int] | Mapping[str, int]

# Lengths that no two dimensions share tell which axis is which dimension.
_TELLING = (11, 13, 17, 19, 23, 29)


def planned(
    shapes: Iterable[Shape],
    operation: str,
    dtypes: Sequence[str],
    description: Description,
    seed: int,
) -> list[Planned]:
    """Return a case in each shape and dtype. Raises ValueError for a shape that cannot be drawn."""
    of_page = families.family(OPERATIONS[operation].page)
    if of_page is None or not of_page.dimensions(operation):
        message = f"no input of {operation} has a shape that could be chosen"
        raise ValueError(message)
    clause = clause_of(f"{OPERATIONS[operation].page}/fresh")
    check, alone = plan.checks()[clause.id], len(operations_of(clause)) == 1
    found = []
    for shape in shapes:
        for dtype in dtypes:
            if not OPERATIONS[operation].asked_in(dtype):
                continue
            case = _case(of_page, shape, operation, dtype, seed)
            name = case.name if alone else f"{operation}.{case.name}"
            each = Planned(clause, check, operation, dtype, case.changed(name=name))
            found.append(plan.fitted(each, description))
    return found


def chosen(shapes: Any) -> list[Shape]:
    """Return shapes as a list; one shape may stand alone. Raises TypeError for anything else."""
    if shapes is None:
        return []
    if isinstance(shapes, Mapping) or (shapes and all(map(_is_length, shapes))):
        shapes = [shapes]
    for each in shapes:
        lengths = each.values() if isinstance(each, Mapping) else each
        if not all(map(_is_length, lengths)):
            message = f"a shape is a tuple of lengths, or lengths by name; got {each!r}"
            raise TypeError(message)
    return list(shapes)


def _is_length(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _case(of_page: Family, shape: Shape, operation: str, dtype: str, seed: int) -> Case:
    dimensions = of_page.asked(operation, dtype)
    if isinstance(shape, Mapping):
        _expect_lengths(shape, dimensions, operation)
        name = "chosen-" + "-".join(f"{name}-{length}" for name, length in shape.items())
        return families.shaped(of_page, operation, dtype, name, shape, seed)
    name = "chosen-" + "x".join(map(str, shape))
    names = _axes(of_page, operation, dtype)
    if len(shape) == len(names):
        lengths = dict(zip(names, shape, strict=True))
        _expect_lengths(lengths, dimensions, operation)
        return families.shaped(of_page, operation, dtype, name, lengths, seed)
    if not _any_shape(operation) or not shape:
        message = (
            f"the first argument of {operation} has the shape ({', '.join(names)}); got {shape}"
        )
        raise ValueError(message)
    *outer, last = shape if len(names) > 1 else (math.prod(shape),)
    lengths = dict(zip(names, (math.prod(outer), last) if len(names) > 1 else (last,), strict=True))
    _expect_lengths(lengths, dimensions, operation)
    case = families.shaped(of_page, operation, dtype, name, lengths, seed)
    arguments = tuple(each.reshape(tuple(shape)) for each in case.arguments)
    return Case(name, operation, arguments, case.parameters)


def _any_shape(operation: str) -> bool:
    """Say whether all arguments have the shape of the first one, whatever it is."""
    each = OPERATIONS[operation]
    return each.unary and (each.elementwise or each.parameters == ("axis",))


def _axes(of_page: Family, operation: str, dtype: str) -> list[str]:
    """Return the dimensions of the axes of the first array among the arguments."""
    dimensions = of_page.asked(operation, dtype)
    lengths = {
        name: min(length, each.largest)
        for (name, each), length in zip(dimensions.items(), _TELLING, strict=False)
    }
    case = of_page.make(operation, dtype, lengths, "axes")
    first: tuple[int, ...] = next(leaves(list(case.arguments))).shape
    names = {length: name for name, length in lengths.items()}
    return [names.get(length, "") for length in first]


def _expect_lengths(
    lengths: Mapping[str, int], dimensions: Mapping[str, Dimension], operation: str
) -> None:
    """Raise ValueError for a dimension that the operation has not, or one of too few elements."""
    for name, length in lengths.items():
        if name not in dimensions:
            message = f"the dimensions of {operation} are {', '.join(dimensions)}; got {name!r}"
            raise ValueError(message)
        if length < dimensions[name].shortest:
            needed = dimensions[name].shortest
            message = f"{operation} needs at least {needed} {name}; got {length}"
            raise ValueError(message)


def of_names(shapes: Iterable[Shape]) -> Iterator[str]:
    """Yield the shapes as they are written in a call."""
    for each in shapes:
        yield repr(dict(each) if isinstance(each, Mapping) else tuple(map(int, each)))
