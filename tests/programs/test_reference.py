"""Every program answers as the reference does, on the probes and in every dtype."""

from typing import Any

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.programs.probes import asked_of, probes
from nnspec.conformance.programs.program import programs_of
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import flat, mapped, shapes
from tests.programs.formulas import BY_CHANCE, FORMS

# The textbook's form may cancel and rounds at every step. The probes are ordinary numbers: there it
# loses less than seven of sixteen digits.
RELATIVE = 1e-9


def listed(answer: Any) -> Any:
    """An answer with the steps of a generator, and single numbers as arrays."""
    if isinstance(answer, (np.ndarray, np.generic)):
        return np.asarray(answer)
    return [listed(item) for item in answer]


@pytest.mark.parametrize(
    ("operation", "form"), [each for each in FORMS if each[0] not in BY_CHANCE]
)
def test_every_program_answers_as_the_reference_does(operation: str, form: int) -> None:
    program = programs_of(operation)[form]
    compared = 0
    for arguments, parameters in asked_of(operation):
        truth = listed(getattr(reference, operation)(*arguments, **parameters))
        answer = listed(implementation(program)(*arguments, **parameters))
        assert shapes(answer) == shapes(truth)
        scale = np.max(np.abs(flat(truth)), initial=0.0)
        assert flat(answer) == pytest.approx(flat(truth), rel=RELATIVE, abs=RELATIVE * scale)
        compared += flat(truth).size
    assert compared >= len(probes(operation)) > 1


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_an_implementation_answers_in_the_dtype_and_rounds_once(dtype: str) -> None:
    (arguments, parameters), *_ = asked_of("softmax_vjp")
    narrow = [cast(array, dtype) for array in arguments]
    wide = [array.astype(np.float64) for array in narrow]
    answer = implementation(programs_of("softmax_vjp")[0])(*narrow, **parameters)
    assert answer.dtype == narrow[0].dtype
    truth = cast(reference.softmax_vjp(*wide, **parameters), dtype)
    assert answer.astype(np.float64) == pytest.approx(truth.astype(np.float64), rel=2.0**-7)


def test_an_implementation_asks_its_callbacks_in_the_dtype() -> None:
    (_, parameters), *_ = asked_of("nesterov")
    seen = []

    def gradient(params: list[Any]) -> list[Any]:
        seen.append(params[0].dtype)
        return mapped(lambda array: array * 0 + 1, params)

    params = [np.ones(2, dtype=np.float32)]
    (answer,) = implementation(programs_of("nesterov")[0])(gradient, params, 1, **parameters)
    assert seen == [np.float32]
    assert answer[0].dtype == np.float32
