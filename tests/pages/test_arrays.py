"""Blocks change no bit, arguments stay unchanged, and answers belong to the caller."""

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.reference import arrays
from tests.benchmarks.calls import call

# Several blocks and a part of one.
SIZE = 30_000


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 2, 2**63 - 1, 2**64 - 1])
def test_an_integer_beyond_two_to_the_53_is_refused_and_not_rounded(value: int) -> None:
    with pytest.raises(TypeError, match=rf"x must hold real numbers .* float64; got {value}"):
        reference.relu([value, value])
    with pytest.raises(ValueError, match=r"limit must be a number .* integer beyond 2⁵³"):
        reference.clip_by_value([np.ones(1)], limit=value)


def test_integers_up_to_two_to_the_53_are_exact() -> None:
    assert reference.identity(np.array([2**53, -(2**53)])).tolist() == [2.0**53, -(2.0**53)]
    assert reference.identity(np.array([2**53], dtype=np.uint64)).tolist() == [2.0**53]
    assert reference.identity(np.zeros(0, dtype=np.int64)).shape == (0,)
    with pytest.raises(ValueError, match="integer beyond"):
        reference.clip_by_value([np.ones(1)], limit=10**400)


@pytest.mark.parametrize("operation", reference.__all__)
@pytest.mark.parametrize("scale", [1.0, 1e160, 1e-160, 1e300, 1e-300])
def test_no_answer_depends_on_how_numpy_treats_floating_point_errors(
    operation: str, scale: float
) -> None:
    arguments, parameters = call(operation, 64)
    scaled = mapped(lambda array: array * scale if array.dtype.kind == "f" else array, arguments)
    # Of numbers whose squares leave the range, principal components are refused.
    outcomes: list[list[np.ndarray] | str] = []
    for treatment in ("ignore", "raise"):
        with np.errstate(all=treatment):
            try:
                outcomes.append(answered(operation, scaled, parameters))
            except ValueError as error:
                outcomes.append(str(error))
    first, second = outcomes
    if isinstance(first, str) or isinstance(second, str):
        assert first == second
    else:
        assert [each.tobytes() for each in first] == [each.tobytes() for each in second]


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
