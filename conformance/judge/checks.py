"""What a check is: a plain function of a trial, bound to one clause, and what is true when it fails."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.cases import Case
from nnspec.spec import Clause


@dataclass(frozen=True)
class Check:
    """A function bound to a clause, and what is true when it fails.

    `chosen` names the parameters whose given values it speaks of: a library that fixes others does not have its cases.
    """

    clause: str
    failure: str
    function: Callable[[Trial], Any]
    chosen: tuple[str, ...] = ()

    def __call__(self, trial: Trial) -> None:
        """Judge one case. Raises an exception of `terms.outcomes` if it does not conform."""
        self.function(trial)


def check(
    clause: str, *, chosen: tuple[str, ...] = ()
) -> Callable[[Callable[[Trial], None]], Check]:
    """Bind a function to a clause; the first line of its docstring says what is true when it fails."""
    return lambda function: Check(
        clause, (inspect.getdoc(function) or "").partition("\n")[0], function, chosen
    )


@dataclass(frozen=True, eq=False)
class Planned:
    """One case of one clause, for one operation and dtype, and the check that will judge it.

    `altered` says that the library fixes parameters of it, `barred` why it cannot be asked at all.
    """

    clause: Clause
    check: Check
    operation: str
    dtype: str | None
    case: Case
    altered: bool = False
    barred: str = ""

    @property
    def id(self) -> str:
        """The name that `--only` takes and every report gives: `clause[case,dtype]`, without a dtype where the operation has none."""
        return f"{self.clause.id}[{self.case.name}{f',{self.dtype}' if self.dtype else ''}]"
