"""What the reference does with arrays whatever the formula: blocks change no bit, arguments stay
as they are, answers are the caller's."""

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.terms.nested import leaves
from nnspec.reference import arrays
from tests.benchmarks.calls import call

# Several blocks and a part of one.
SIZE = 30_000


def answered(operation: str, arguments: list, parameters: dict) -> list[np.ndarray]:
    found = getattr(reference, operation)(*arguments, **parameters)
    return list(leaves(found if isinstance(found, np.ndarray) else list(found)))


@pytest.mark.parametrize("operation", reference.__all__)
def test_blocks_change_no_bit(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, parameters = call(operation, SIZE)
    by_blocks = answered(operation, arguments, parameters)
    monkeypatch.setattr(arrays, "_BLOCK", 10**9)
    whole = answered(operation, arguments, parameters)
    assert by_blocks
    assert [each.tobytes() for each in by_blocks] == [each.tobytes() for each in whole]


@pytest.mark.parametrize("operation", reference.__all__)
def test_no_answer_shares_memory_with_an_argument_and_none_is_written_to(operation: str) -> None:
    arguments, parameters = call(operation, 200)
    before = [array.copy() for array in leaves(arguments)]
    answers = answered(operation, arguments, parameters)
    assert all(answer.flags.writeable for answer in answers)
    assert not any(
        np.shares_memory(answer, given) for answer in answers for given in leaves(arguments)
    )
    assert all(
        np.array_equal(given, kept) for given, kept in zip(leaves(arguments), before, strict=True)
    )


@pytest.mark.parametrize("operation", ["adam", "gradient_descent", "minibatch_descent", "newton"])
def test_parameters_that_the_caller_changes_between_steps_do_not_move_the_next_one(
    operation: str,
) -> None:
    arguments, parameters = call(operation, 64)
    undisturbed = answered(operation, arguments, parameters)
    place = next(number for number, each in enumerate(arguments) if isinstance(each, list))
    found = []
    for step in getattr(reference, operation)(*arguments, **parameters):
        found.append(step[0].copy())
        arguments[place][0] += 1.0
        step[0][:] = np.nan
    assert [each.tobytes() for each in found] == [each.tobytes() for each in undisturbed]
