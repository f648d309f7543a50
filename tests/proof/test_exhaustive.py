"""Exhaustion: of an operation that acts on one element at a time, a certificate judges all 65,536
numbers of each 16-bit format."""

from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.adapters import loopback
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages.layouts import every, kinds
from nnspec.conformance.run import cases, plan
from nnspec.conformance.run.plan import EVERYTHING
from nnspec.conformance.search import sweep
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, dtype_of
from nnspec.conformance.terms.nested import flat, leaves, mapped, shapes
from nnspec.conformance.terms.outcomes import BREAKS
from nnspec.spec import clauses
from tests.sources.programs import worker

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

NARROW = ("float16", "bfloat16")
EVERY = 2**16

OPERATIONS = (
    *sweep.operations(),
    "clip_by_value",
    "sigmoid_cross_entropy",
    "sigmoid_cross_entropy_vjp",
)


@lru_cache(maxsize=None)
def planned(operation: str, dtype: str) -> tuple[Planned, ...]:
    return tuple(
        each for each in plan.plan(EVERYTHING, dtypes=[dtype]) if each.operation == operation
    )


def bits(value: Any) -> np.ndarray:
    return np.concatenate([array.reshape(-1).view(np.uint16) for array in leaves(value)])


def asked(case: Case) -> np.ndarray:
    """Return the bits of the first argument: it is exhausted. Others are targets and cotangents."""
    return bits(case.arguments[0])


def elementwise(operation: str) -> bool:
    """Find out whether all arguments are arrays shaped like the answer, and no element of it
    changes with the first ones of the arrays."""
    found = cases.cases(clauses()[f"{operation}/accuracy"], operation, "float64")
    case = max(
        found, key=lambda case: max((array.size for array in leaves(case.arguments)), default=0)
    )
    function = getattr(reference, operation)
    if not case.arguments or not all(
        isinstance(each, (np.ndarray, list)) for each in case.arguments
    ):
        return False
    before = function(*case.arguments, **case.parameters)
    if any(shapes(argument) != shapes(before) for argument in case.arguments):
        return False

    def spoilt(array: np.ndarray) -> np.ndarray:
        changed = array.copy()
        changed.reshape(-1)[0] = 0.625
        return changed

    after = function(*(mapped(spoilt, argument) for argument in case.arguments), **case.parameters)
    pairs = list(zip(leaves(before), leaves(after), strict=True))
    return all(np.array_equal(one.reshape(-1)[1:], other.reshape(-1)[1:]) for one, other in pairs)


def test_the_operations_that_are_exhausted_are_all_that_act_on_one_element_at_a_time() -> None:
    found = {name for name in reference.__all__ if elementwise(name)}
    assert found == set(OPERATIONS)


@pytest.mark.parametrize("dtype", NARROW)
def test_the_kinds_of_numbers_are_all_numbers(dtype: str) -> None:
    names = dict.fromkeys(kind for _, kind in kinds(FORMATS[dtype]))
    assert np.array_equal(
        np.sort(np.concatenate([bits(every(dtype, kind)) for kind in names])), np.arange(EVERY)
    )
    assert every("float32", *names).size == 0
    fraction = FORMATS[dtype].precision - 1
    quiet = every(dtype, "nan").view(np.uint16) >> (fraction - 1) & 1
    assert np.count_nonzero(quiet) == 2 ** (fraction)
    assert np.count_nonzero(quiet == 0) == 2**fraction - 2


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_all_numbers_are_asked_and_a_wrong_answer_to_any_of_them_is_found(
    operation: str, dtype: str
) -> None:
    wrong = InProcess(
        SimpleNamespace(name="wrong", dtypes=NARROW, **{operation: answering_wrongly(operation)})
    )
    found, seen = np.zeros(EVERY, dtype=bool), np.zeros(EVERY, dtype=bool)
    for each in planned(operation, dtype):
        seen[asked(each.case)] = True
        result = attempt(each, wrong)
        given = asked(each.case)
        if each.clause.id == "clipping/nan":
            given = given[np.isnan(flat(each.case.arguments[0]))]
        if result.outcome == BREAKS and result.message.startswith(f"{given.size} of {given.size} "):
            found[given] = True
    assert np.all(seen)
    assert np.all(found)


def answering_wrongly(operation: str) -> Callable[..., Any]:
    """Return an operation that is wrong everywhere: NaN for numbers, and a number that no answer
    is for NaN."""

    def answer(x: Any, *others: Any, **parameters: Any) -> Any:
        with np.errstate(invalid="ignore"):
            right = getattr(loopback, operation)(x, *others, **parameters)
            spoilt = mapped(
                lambda array: np.where(np.isnan(array), 100.0, np.nan).astype(array.dtype), right
            )
            # At NaN, NaN is a right derivative of a rectifier, if not the only one.
            return (
                np.where(np.isnan(x), 100.0, spoilt).astype(spoilt.dtype)
                if operation.endswith("relu_vjp")
                else spoilt
            )

    return answer


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_truth_of_every_nan_is_nan_where_it_depends_on_the_input(
    operation: str, dtype: str
) -> None:
    (each,) = [
        each
        for each in planned(operation, dtype)
        if each.case.name == "every-nan" or each.case.name.endswith(".every-nan")
    ]
    given = next(leaves(each.case.arguments[0]))
    assert np.array_equal(given.view(np.uint16), bits(every(dtype, "nan")))
    truth = getattr(reference, operation)(*each.case.arguments, **each.case.parameters)
    assert np.all(np.isnan(next(leaves(truth))) == (operation != "identity_vjp"))


@pytest.mark.parametrize("dtype", NARROW)
def test_every_number_of_16_bits_reaches_another_process_and_comes_back_to_the_last_bit(
    dtype: str,
) -> None:
    patterns = np.arange(EVERY, dtype=np.uint16)
    with worker("TellsOfItsInputs") as process:
        answer = process.call("identity", [patterns.view(dtype_of(dtype))], {})
    assert np.array_equal(answer.view(np.uint16), patterns)


@pytest.mark.parametrize("dtype", NARROW)
def test_cotangents_make_no_derivative_leave_the_range(dtype: str) -> None:
    for operation in OPERATIONS:
        for each in planned(operation, dtype):
            if operation.endswith("_vjp") and each.case.name.startswith("every-"):
                cotangent = np.abs(flat(each.case.arguments[-1]))
                assert cotangent.min() >= 0.25
                assert cotangent.max() <= 4
                # Both signs at nearly every magnitude: no sign belongs to a kind of numbers.
                assert {-1.0, 1.0} == set(np.sign(flat(each.case.arguments[-1])))


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize(
    ("operation", "at_nan", "taken"),
    [
        ("relu_vjp", lambda cotangent, slope: np.nan * cotangent, "NaN"),
        ("relu_vjp", lambda cotangent, slope: cotangent, "that of positive numbers"),
        ("relu_vjp", lambda cotangent, slope: 0 * cotangent, "that of negative numbers"),
        ("relu_vjp", lambda cotangent, slope: cotangent / 2, "another"),
        ("leaky_relu_vjp", lambda cotangent, slope: slope * cotangent, "that of negative numbers"),
        ("leaky_relu_vjp", lambda cotangent, slope: np.nan * cotangent, "NaN"),
    ],
)
def test_the_derivative_of_a_rectifier_at_nan_is_reported(
    operation: str, at_nan: Callable[..., Any], taken: str, dtype: str
) -> None:
    def answer(x: Any, cotangent: Any, **parameters: Any) -> Any:
        with np.errstate(invalid="ignore"):
            right = getattr(loopback, operation)(x, cotangent, **parameters)
            chosen = at_nan(cotangent.astype(np.float64), parameters.get("negative_slope", 0.0))
            return np.where(np.isnan(x), chosen, right.astype(np.float64)).astype(x.dtype)

    source = InProcess(SimpleNamespace(name="choosing", dtypes=NARROW, **{operation: answer}))
    found = [
        attempt(each, source)
        for each in planned(operation, dtype)
        if each.clause.id == f"{operation}/nan"
    ]
    assert [each.outcome for each in found] == ["conforms", "conforms"]
    assert [each.measured for each in found] == [{"derivative at NaN": taken}] * 2
