"""Programs answer the cases of the suite, scripts of callbacks and all, as an adapter does."""

import numpy as np
import pytest

from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.programs.cases import answered, put
from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.programs.program import Program, program_of
from nnspec.conformance.run.cases import cases
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.mistakes import standing_in
from nnspec.conformance.terms.nested import Array, flat
from nnspec.conformance.terms.operations import clause_of
from tests.programs.formulas import OPERATIONS as EVERY

OPERATIONS = [
    "adam",
    "nesterov",
    "minibatch_descent",
    "softmax_vjp",
    "entropy",
    "linear_vjp",
    "mlp_vjp",
    "clip_by_global_norm",
    "batch_norm_train",
    "whiten",
]

# Both compute in float64, and the adapter rounds once. Where the parameters are rounded between two
# calls of a gradient, an error of half an ulp is carried along.
RELATIVE = 2.0**-20


def by_an_adapter(program: Program, case: Case, dtype: str) -> Array:
    adapter = standing_in(program.operation, implementation(program), "a program")
    source = Implementation(InProcess(adapter), dtype)
    return flat(source.call(case.operation, case.arguments, case.parameters))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_program_answers_a_case_as_an_adapter_with_the_program_does(operation: str) -> None:
    compared = 0
    programs = [program_of(operation), edits_of(operation)[0].program]
    for case in cases(clause_of(f"{operation}/accuracy"), operation, "float32")[:12]:
        call = put(case, "float32")
        for program in [*programs, programs[0]]:
            answer = answered(program, call)
            if answer is not None and np.all(np.abs(answer) < 1e30):
                other = by_an_adapter(program, case, "float32")
                scale = np.max(np.abs(other), initial=0.0)
                assert answer.reshape(-1) == pytest.approx(
                    other.reshape(-1), rel=RELATIVE, abs=RELATIVE * scale
                )
                compared += 1
    assert compared > 3


def test_a_program_that_has_no_answer_answers_none() -> None:
    (case, *_) = cases(clause_of("linear/accuracy"), "linear", "float64")
    broken = next(edit for edit in edits_of("linear") if edit.change == "weight ↔ x")
    assert answered(broken.program, put(case, "float64")) is None


def smallest(operation: str) -> list[Case]:
    """Return the smallest case of an operation, of networks one for each activation."""
    found: dict[str, Case] = {}
    listed = cases(clause_of(f"{operation}/accuracy"), operation, "float64")
    for case in sorted(listed, key=lambda case: flat(list(case.arguments)).size):
        for name in case.parameters.get("activations", ("",)):
            found.setdefault(name, case)
    return list(found.values())


@pytest.mark.proof
@pytest.mark.parametrize("operation", EVERY)
def test_every_edit_has_an_answer_or_none(operation: str) -> None:
    calls = [put(case, "float64") for case in smallest(operation)]
    for edit in edits_of(operation):
        for call in calls:
            answer = answered(edit.program, call)
            assert answer is None or isinstance(answer, np.ndarray)
