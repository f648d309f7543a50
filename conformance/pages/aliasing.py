"""One array as two arguments: the very same array, and views of one memory that overlap.

The cases of every operation are made of a case of its page's family, in which all dimensions that
can have one length have it. Each pair of its arrays of one shape then shares memory.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages import families
from nnspec.conformance.pages.families import Family
from nnspec.conformance.pages.layouts import Make
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.nested import flat, leaves, mapped
from nnspec.conformance.terms.operations import arguments_of

Array = NDArray[Any]

# The length of all dimensions but those of `_KEPT`: pixels, layers, lists and steps.
_LENGTH = 4
_KEPT = ("height", "width", "layers", "arrays", "steps")

# These arguments keep their numbers where they share memory with another one, the earlier in this
# list before the later: the formula has a root, a logarithm or a decomposition of them.
_KEEP = ("train", "variance", "running_variance", "q", "p", "targets", "target")

# How a callback is described that answers with its own argument.
ITSELF = "the parameters themselves"


@lru_cache(maxsize=None)
def sets(page: str) -> Mapping[str, Make]:
    """Return the set of a page that has a family, by its name."""
    of_page = families.family(page)
    return {} if of_page is None else {"aliasing": _of(of_page)}


def _of(of_page: Family) -> Make:
    """Return the set of a page: its operations with arguments that share memory."""

    def aliasing(operation: str, dtype: str) -> Iterator[Case]:
        """Arguments that are one array, or overlapping views; gradients that are the parameters."""
        if dtype in of_page.formats(operation):
            sizes = {
                name: each.usual if name in _KEPT else max(_LENGTH, each.shortest)
                for name, each in of_page.asked(operation, dtype).items()
            }
            yield from aliased(of_page.make(operation, dtype, sizes, f"{operation} aliasing"))

    return aliasing


def aliased(case: Case) -> Iterator[Case]:
    """Yield a case with each pair of its arrays of one shape in one memory, in three ways."""
    names = list(_names(case))
    arrays = list(leaves(case.arguments))
    for first, second in itertools.combinations(range(len(arrays)), 2):
        pair = arrays[first], arrays[second]
        if len({(each.shape, each.dtype) for each in pair}) > 1 or not _counts(case, second):
            continue
        keeps_second = _rank(names[second]) < _rank(names[first])
        kept, other = (second, first) if keeps_second else (first, second)
        yield _with(case, f"{names[second]}-is-{names[first]}", {other: arrays[kept]})
        for behind, before in ((second, first), (first, second)):
            lower, upper = _overlapping(arrays[kept], kept_above=kept == behind)
            name = f"{names[behind]}-behind-{names[before]}"
            yield _with(case, name, {before: lower, behind: upper})
    yield from _itself(case)


def _counts(case: Case, place: int) -> bool:
    """Say whether the numbers of an array move the answer: those of a last bias move no gradient.

    What a callback moves is not asked.
    """
    array = list(leaves(case.arguments))[place]
    if any(isinstance(each, Callback) for each in case.arguments) or array.dtype.kind in "iu":
        return True
    moved = _with(case, case.name, {place: spent(array)})
    before, after = (
        flat(rounded(each.operation)(*each.arguments, **each.parameters)) for each in (case, moved)
    )
    return not np.array_equal(before, after, equal_nan=True)


def spent(array: Array) -> Array:
    """Return what stands in the memory of a used array: no shift and no scale of its numbers."""
    one = array.dtype.type(1)
    return np.asarray(array + one if array.dtype.kind in "iu" else one - array * array)


def _overlapping(kept: Array, *, kept_above: bool) -> tuple[Array, Array]:
    """Return two views of one memory, the second one element behind the first.

    One of them has the numbers of an array; the other's are one place on.
    """
    numbers = kept.reshape(-1)
    memory = np.concatenate([numbers[-1:], numbers] if kept_above else [numbers, numbers[:1]])
    lower, upper = memory[:-1], memory[1:]
    return lower.reshape(kept.shape), upper.reshape(kept.shape)


def _itself(case: Case) -> Iterator[Case]:
    """Yield a case whose gradient is the parameters, as that of half of their squares' sum is."""
    names = arguments_of(case.operation)
    if names[0] == "gradient":
        shapes = tuple(array.shape for array in case.arguments[names.index("params")])
        gradient = Callback(ITSELF, lambda *asked: asked[1], shapes, itself=True)
        arguments = gradient, *case.arguments[1:]
        yield replace(case, name="gradient-is-params", arguments=arguments)


def _with(case: Case, name: str, arrays: dict[int, Array]) -> Case:
    """Return a case under another name, with other arrays in some places among all."""
    places = itertools.count()

    def taken(array: Array) -> Array:
        return arrays.get(next(places), array)

    arguments = tuple(mapped(taken, argument) for argument in case.arguments)
    return replace(case, name=name, arguments=arguments)


def _names(case: Case) -> Iterator[str]:
    """Yield the name of each array: its argument's, and its number in a list from 1 on."""
    for name, argument in zip(arguments_of(case.operation), case.arguments, strict=True):
        plain = name.replace("_", "-")
        if isinstance(argument, np.ndarray):
            yield plain
        elif isinstance(argument, list):
            yield from (f"{plain}-{number}" for number, _ in enumerate(argument, 1))


def _rank(name: str) -> int:
    """Return the place of an argument among those that keep their numbers."""
    return next(
        (rank for rank, each in enumerate(_KEEP) if each.replace("_", "-") == name), len(_KEEP)
    )
