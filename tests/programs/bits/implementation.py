"""An edit as an implementation that computes at 300 bits and rounds once.

The textbook's form of a formula may cancel or overflow in float64. Every case then rejects the
form, and tells nothing of its edits. At 300 bits a case judges the mathematics of an edit alone.
"""

from typing import Any

import numpy as np
from flint import arb, ctx

from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.evaluation import call_of, fitted
from nnspec.conformance.programs.program import Program, programs_of
from nnspec.conformance.run.edits import cases, rejects
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import computed, standing_in
from nnspec.conformance.terms.nested import Array
from nnspec.conformance.terms.operations import arguments_of
from tests.programs.bits.domains import calls_of
from tests.programs.bits.equivalence import BITS

# The pages whose formulas are one call of arrays: no steps, lists, layers or laws.
ORDINARY = ("activations", "information", "losses", "normalization", "preprocessing")


def rejecting(edit: Edit, dtypes: tuple[str, ...] = ("float64", "float32")) -> str:
    """Return the first short case that rejects an edit of an ordinary formula, "" if none does.

    Cases that reject the form itself are left out: 300 bits do not hold 1 and 10⁻³⁰⁰ in one sum.
    """
    form = programs_of(edit.operation)[edit.form]
    edited, right = (
        InProcess(standing_in(edit.operation, implementation(each), edit.name))
        for each in (edit.program, form)
    )
    short, _ = cases(edit.operation, dtypes)
    return next(
        (case.id for case in short if rejects(case, edited) and not rejects(case, right)), ""
    )


def implementation(program: Program) -> Any:
    """Return an operation that computes what a program says at 300 bits."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        given = dict(zip(arguments_of(program.operation), arguments, strict=True))
        arrays = {name: np.asarray(array)[..., None] for name, array in given.items()}
        with ctx.workprec(BITS):
            asked = calls_of(program.operation, arrays, parameters)
            found = [_floats(asked.values.arrays[each]) for each in asked.answers(program)]
        call = call_of(program.operation, arguments, parameters)
        answers = [fitted(array, call, call.shape) for array in found]
        return answers[0] if len(answers) == 1 else answers

    return computed(answer, wide=True)


def _floats(array: Any) -> Array:
    """Return the numbers of one call in float64."""
    single = np.asarray(array[..., 0], dtype=object)
    return np.vectorize(lambda ball: float(arb(ball).mid()), otypes=[np.float64])(single)
