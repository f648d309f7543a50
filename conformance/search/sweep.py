"""A sweep of an operation: every number of a format is an input, each answer is judged by clauses.

Cheap tests find the answers that are surely right; only the others are put to a clause's full
bound, through `allowances`:

    1. An answer is right by every bound if it is, bit for bit, the truth rounded to the format: a
       bound is 0 only if the truth is a number of the format; otherwise it is half an ulp or more.
    2. An answer within `surely(…)` ulp of the truth is right, because no bound is smaller;
       tests/search/test_sweep.py compares this with the full bound of every clause at every
       number of the 16-bit formats.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.judge import allowances, errors
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.run.plan import checks
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, Format, dtype_of
from nnspec.conformance.terms.operations import arguments_of, bound_of, operations_of, parameters_of
from nnspec.spec import Clause, clauses

# The formats that can be swept: 2^16 and 2^32 numbers. Float64 has 2^64.
DTYPES = ("float32", "float16", "bfloat16")

# The least bound of an activation, or of a derivative that is judged by its stored output, in ulp
# of the truth y: 8 ulp, or the term 8u·y, and u·y is at least half an ulp of y.
_LEAST = 4.0

_ULPS = re.compile(r"(?P<number>[\d.]+)\*ulp\(y\)(?: \+ flush\(.*\))?")

# The sets of inputs by which clauses speak of numbers of a kind.
_SETS = {
    "zero": ("zero", "signed-zeros"),
    "subnormal": ("subnormals",),
    "infinite": ("infinities",),
    "nan": ("nans",),
}


@dataclass(frozen=True)
class Sweep:
    """An operation with its parameters, in a dtype, and the dtype that sums are formed in."""

    operation: str
    dtype: str
    accumulates_in: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def format(self) -> Format:
        """The format of inputs and answers."""
        return FORMATS[self.dtype]

    @property
    def size(self) -> int:
        """The number of inputs."""
        return 1 << (8 * dtype_of(self.dtype).itemsize)

    def arguments(self, x: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """Return the arguments of a call: x, and a cotangent of 1 if the operation takes one."""
        return (
            (x, np.ones(x.shape, x.dtype)) if "cotangent" in arguments_of(self.operation) else (x,)
        )


def operations() -> tuple[str, ...]:
    """Return the operations that can be swept: elementwise in x, perhaps with a cotangent."""
    return tuple(
        name
        for name in reference.__all__
        if arguments_of(name) in {("x",), ("x", "cotangent")}
        and not {"axis", "axes"} & set(parameters_of(name))
    )


@lru_cache(maxsize=None)
def judges(operation: str, kind: str) -> tuple[Clause, ...]:
    """Return the clauses that speak of an operation's answers to numbers of a kind, one by one.

    `accuracy` and `precision` speak of normal numbers, and of zero if there is no clause `at-zero`.
    A derivative at NaN may be a choice that is only measured: then no clause judges it.
    """
    about = {
        clause.id.partition("/")[2]: clause
        for clause in clauses().values()
        if operations_of(clause) == (operation,) and clause.id in checks()
    }
    names = [
        name
        for name, clause in about.items()
        if any(f"`{each}`" in clause.inputs for each in _SETS.get(kind, ()))
    ]
    if kind == "normal" or (kind == "zero" and "at-zero" not in about):
        names = ["accuracy", "precision", *names]
    if kind == "nan":
        names = [name for name in names if checks()[about[name].id] is Trial.answer]
    return tuple(about[name] for name in dict.fromkeys(names) if name in about)


@lru_cache(maxsize=None)
def surely(clause: Clause, operation: str, dtype: str) -> float:
    """Return the error, in ulp of the truth, up to which an answer is surely right by a clause.

    It is 0 in 16 bits: the bounds are smaller there, and few numbers are to be judged.
    """
    formula = bound_of(clause, operation)
    if FORMATS[dtype].narrow or formula is None or formula.expression == "0":
        return 0.0
    match = _ULPS.fullmatch(formula.expression)
    return float(match["number"]) if match else _LEAST


def outside(
    clause: Clause,
    sweep: Sweep,
    x: NDArray[Any],
    answers: NDArray[np.float64],
    truth: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return which answers are outside the bound of a clause, as its check would find."""
    case = Case("sweep", sweep.operation, sweep.arguments(x), sweep.parameters)
    # Signaling NaN is among the numbers of a format.
    with np.errstate(all="ignore"):
        allowed = allowances.allowance(clause, case, truth, sweep.dtype, sweep.accumulates_in)
        return errors.wrong(sweep.format, answers, truth, np.zeros(truth.shape), allowed)
