"""A case is one call of an operation, together with the source of its true answer."""

import hashlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.nested import leaves, shapes, wide

# Cases with more numbers than this have full significands: no two dtypes hold the same ones.
_SMALL = 2**10

# What of a case may be made later, in the order in which it is made.
_LATER = ("arguments", "parameters")

# Cases with more numbers than this are judged in pieces, and little of them is remembered.
_MANY = 2**12


@dataclass(frozen=True, eq=False)
class Later:
    """Arguments and parameters of a call, which are made when somebody asks for them.

    A plan names hundreds of cases of a million numbers, and memory holds a few. The arguments hold
    so many numbers as `size` says; it is 0 where they have to be made to be counted.
    """

    make: Callable[[], tuple[tuple[Any, ...], Mapping[str, Any]]]
    size: int = 0


Made = tuple[tuple[Any, ...], Mapping[str, Any]]


@dataclass(frozen=True)
class Drawn:
    """How a case of a page's family was drawn: by a key, with a length for every dimension."""

    key: str
    lengths: Mapping[str, int]


# A judgement asks many times for the arguments of its case.
@lru_cache(maxsize=1)
def _made_of_many(later: Later) -> Made:
    return later.make()


# The first calls of all cases of an operation in a format are foreseen before one is judged.
@lru_cache(maxsize=512)
def _made_of_few(later: Later) -> Made:
    return later.make()


def _made(later: Later) -> Made:
    return _made_of_many(later) if later.size else _made_of_few(later)


@dataclass(frozen=True, eq=False)
class Case:
    """One named input: the arguments and parameters of one call, and the source of its true answer.

    An argument is an array, a list of arrays, a whole number, a shape or a callback. The true
    answer is `truth`, the unevaluated sum of two float64 arrays (flat if the answer is several
    arrays); else the reference answers for the arguments `same_as`, else for `arguments`. A case
    that is `one_of_many` differs from others in its shapes alone. A library that compiles for every
    shape is not asked for it. The implementation answers for the arguments `before` just before it
    answers. A case that is asked again is asked so many `times`, and until its operation has been
    called as often as `calls` says. Arguments and parameters that are `Later` are made when they
    are asked for. If they were forgotten, they are made anew with the same bits. A case that was
    `drawn` may be drawn again, with other lengths.
    """

    name: str
    operation: str
    arguments: tuple[Any, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    same_as: tuple[Any, ...] | None = None
    truth: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    one_of_many: bool = False
    before: tuple[Any, ...] | None = None
    times: int = 0
    calls: int = 0
    drawn: Drawn | None = None

    def __post_init__(self) -> None:
        """Keep what is made later under another name, so that `__getattr__` makes it.

        Nothing else of a case costs more for it.
        """
        for name in _LATER:
            if isinstance(vars(self)[name], Later):
                vars(self)[f"_{name}"] = vars(self).pop(name)

    def __getattr__(self, name: str) -> Any:
        """Make the arguments or the parameters that are made when they are asked for."""
        if name in _LATER and f"_{name}" in vars(self):
            return _made(vars(self)[f"_{name}"])[_LATER.index(name)]
        raise AttributeError(name)

    @property
    def deferred(self) -> bool:
        """Whether the arguments are made when they are asked for."""
        return "_arguments" in vars(self)

    def changed(self, **changes: Any) -> "Case":
        """Return the case with other fields; what is made later stays so."""
        kept = {name: vars(self)[f"_{name}"] for name in _LATER if f"_{name}" in vars(self)}
        return replace(self, **{**kept, **changes})

    @cached_property
    def size(self) -> int:
        """How many numbers the arrays of the arguments hold."""
        known = vars(self)["_arguments"].size if self.deferred else 0
        return int(known) or sum(array.size for array in leaves(self.arguments))

    @property
    def many(self) -> bool:
        """Whether the arrays of the arguments hold many numbers."""
        return self.size > _MANY

    @cached_property
    def key(self) -> Hashable:
        """A value that cases share if the reference is asked the same for them, in any dtype.

        A case with arrays beyond a limit, callbacks or other arguments has a key of its own.
        """
        if self.size > _SMALL:
            return object()
        arrays = list(leaves(self.arguments))
        if self.same_as is not None or not all(map(_of_arrays, self.arguments)):
            return object()
        numbers = [wide(array) for array in arrays]
        kinds = [array.dtype.kind for array in numbers]
        asked = self.operation, sorted(self.parameters.items()), shapes(self.arguments), kinds
        digest = hashlib.sha256(repr(asked).encode())
        for array in numbers:
            digest.update(array.tobytes())
        return digest.digest()


def _of_arrays(value: Any) -> bool:
    """Say whether a value is an array or a list of values that are."""
    return isinstance(value, np.ndarray) or (
        isinstance(value, list) and all(map(_of_arrays, value))
    )
