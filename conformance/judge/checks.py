"""What a check is: a plain function of a trial, bound to the clauses that it judges."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nnspec.conformance.judge import again
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.cases import Case
from nnspec.spec import Clause

# A check compares through a trial. It raises an exception of `terms.outcomes` if the case fails.
Check = Callable[[Trial], Any]

# How a clause is judged that no function is bound to, by the word that the clause or its page has.
ORDINARY: dict[str, Check] = {
    "answers": Trial.answer,
    "steps": Trial.steps,
    "mean": Trial.mean,
    "repetitions": again.each_answer,
    "bits": again.one_answer,
}


@dataclass(frozen=True)
class Binding:
    """A check and the ids of the clauses that it is bound to."""

    clauses: tuple[str, ...]
    check: Check


def check(*clauses: str) -> Callable[[Check], Binding]:
    """Bind a function to clauses; each clause says what is true when it is broken."""
    return lambda function: Binding(clauses, function)


@dataclass(frozen=True, eq=False)
class Planned:
    """One case of one clause, for one operation and dtype, and the check that judges it.

    `altered` says that the library fixes parameters of the case. `barred` says why the library
    cannot be asked, and is empty where it can.
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
        """The name that `--only` takes and every report gives: `clause[case,dtype]`.

        It has no dtype where the operation has none.
        """
        return f"{self.clause.id}[{self.case.name}{f',{self.dtype}' if self.dtype else ''}]"
