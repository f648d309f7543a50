"""A case is one call of an operation, together with the source of its true answer."""

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.nested import leaves, shapes, wide

# Cases with more numbers than this have full significands: no two dtypes hold the same ones.
_SMALL = 2**10


@dataclass(frozen=True, eq=False)
class Case:
    """One named input: the arguments and parameters of one call, and the source of its true answer.

    An argument is an array, a list of arrays, a whole number, a shape or a callback. The true
    answer is `truth`, the unevaluated sum of two float64 arrays (flat if the answer is several
    arrays); else the reference answers for the arguments `same_as`, else for `arguments`. A case
    that is `one_of_many` differs from others in its shapes alone. A library that compiles for every
    shape is not asked for it. A case that is asked again is asked so many `times`, and until its
    operation has been called as often as `calls` says.
    """

    name: str
    operation: str
    arguments: tuple[Any, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    same_as: tuple[Any, ...] | None = None
    truth: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    one_of_many: bool = False
    times: int = 0
    calls: int = 0

    @cached_property
    def key(self) -> Hashable:
        """A value that cases share if the reference is asked the same for them, in any dtype.

        A case with arrays beyond a limit, callbacks or other arguments has a key of its own.
        """
        arrays = list(leaves(self.arguments))
        size = sum(array.size for array in arrays)
        if self.same_as is not None or size > _SMALL or not all(map(_of_arrays, self.arguments)):
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
