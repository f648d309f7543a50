"""What a case is: one call with its arguments and parameters, and where its true answer is to be found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Case:
    """One named input: the arguments and parameters of one call, and where its true answer is to be found.

    An argument is an array, a list of arrays, a whole number, a shape or a callback. `same_as` holds other arguments with the same
    true answer; `truth` holds it as the unevaluated sum of two float64 arrays, flat where the answer is several arrays. Without
    either the reference answers for `arguments`. A case that is `one_of_many` differs from others in its shapes alone, and a library
    that compiles for each of them is not asked.
    """

    name: str
    operation: str
    arguments: tuple[Any, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    same_as: tuple[Any, ...] | None = None
    truth: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    one_of_many: bool = False
