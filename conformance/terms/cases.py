"""What a check is: a plain function of an implementation and a case, bound to one clause, and what is true when it fails."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from nnspec.conformance.sources.in_process import Implementation


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


@dataclass(frozen=True)
class Check:
    """A function bound to a clause, and what is true when it fails.

    `chosen` names the parameters whose given values it speaks of: a library that fixes others does not have its cases.
    """

    clause: str
    failure: str
    function: Callable[["Implementation", Case], Any]
    chosen: tuple[str, ...] = ()

    def __call__(self, implementation: "Implementation", case: Case) -> None:
        """Judge one case; an exception of `nnspec.conformance.terms.outcomes` says how it failed, none that it conforms."""
        self.function(implementation, case)


def check(clause: str, *, chosen: tuple[str, ...] = ()) -> Callable[[Callable[["Implementation", Case], None]], Check]:
    """Bind a function to a clause; the first line of its docstring says what is true when it fails."""
    return lambda function: Check(clause, (inspect.getdoc(function) or "").partition("\n")[0], function, chosen)
