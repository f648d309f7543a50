"""Mistakes that numbers in use show: answers that look at no digit, or at too few of them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages import families
from nnspec.conformance.terms.callbacks import live
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import NAMES, cast
from nnspec.conformance.terms.mistakes import Operation, Rule, clauses_of, rounded, spoiling
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.conformance.terms.operations import clause_of, operations_of
from nnspec.spec import clauses

Array = NDArray[Any]
Spoiling = Callable[[Operation], Operation]

# The bits of a float32 that TF32 does not hold.
_CUT = 13


def _shown(
    *properties: str, dtypes: Sequence[str] = NAMES, remembers: bool = False
) -> Callable[[Spoiling], Rule]:
    """Declare a way to spoil the operations whose family shows it.

    It shows where a case of the first property's set is answered otherwise than rightly.
    """

    def declared(function: Spoiling) -> Rule:
        def shows(operation: str) -> bool:
            return _differs(function, _cases(properties[0], operation, dtypes[0]), dtypes[0])

        rule = spoiling(
            properties=properties,
            dtypes=dtypes,
            operations=operations_with(properties[0]),
            remembers=remembers,
            shows=shows,
        )
        return rule(function)

    return declared


def operations_with(name: str) -> list[str]:
    """Return the operations of which the clauses of a property speak, in order."""
    listed = [clause_of(each) for each in clauses_of([name], {})]
    return list(dict.fromkeys(each for clause in listed for each in operations_of(clause)))


def page_with(name: str, operation: str) -> str:
    """Return the page whose clause of a property speaks of an operation."""
    return next(
        clause.page
        for clause in clauses().values()
        if clause.id.endswith(f"/{name}") and operation in operations_of(clause)
    )


def _cases(name: str, operation: str, dtype: str) -> Iterator[Case]:
    yield from families.sets(page_with(name, operation), 0)[name](operation, dtype)


def _differs(function: Spoiling, cases: Iterator[Case], dtype: str) -> bool:
    """Say whether a spoiled operation answers a case otherwise than the right one."""
    for case in cases:
        right = rounded(case.operation)
        spoiled = function(right)
        if case.before is not None:
            spoiled(*live(case.operation, case.before, dtype), **case.parameters)
        found, true = (
            [
                array.tobytes()
                for array in leaves(
                    each(*live(case.operation, case.arguments, dtype), **case.parameters)
                )
            ]
            for each in (spoiled, right)
        )
        if found != true:
            return True
    return False


def _dimensional(arguments: Any) -> Iterator[Array]:
    return (each for each in leaves(arguments) if each.ndim)


def _eleven_bits(array: Array) -> Array:
    """Return numbers of float32 rounded to 11 bits, a tie to the even one."""
    bits = np.ascontiguousarray(array).view(np.uint32).astype(np.uint64)
    bits += (1 << (_CUT - 1)) - 1 + ((bits >> _CUT) & 1)
    bits &= 0xFFFFFFFF ^ ((1 << _CUT) - 1)
    rounded_bits = bits.astype(np.uint32).view(np.float32)
    return np.where(np.isfinite(array), rounded_bits, array).reshape(array.shape)


def hearing(operation: Operation, rounding: Callable[[Array], Array]) -> Operation:
    """Return an operation whose arrays, and whose callbacks' answers, are rounded."""

    def heard(array: Array) -> Array:
        return array if array.dtype.kind in "iu" else rounding(array)

    def given(argument: Any) -> Any:
        if not callable(argument):
            return mapped(heard, argument)
        return lambda *asked: mapped(heard, argument(*asked))

    def answer(*arguments: Any, **parameters: Any) -> Any:
        with np.errstate(over="ignore"):
            return operation(*map(given, arguments), **parameters)

    return answer


@_shown("significands", "fresh")
def answers_only_zeros(operation: Operation) -> Operation:
    """Answers zeros of the right shape, as memory that is cleared and never written."""
    return lambda *arguments, **parameters: mapped(
        np.zeros_like, operation(*arguments, **parameters)
    )


@_shown("significands", "fresh")
def answers_its_first_argument(operation: Operation) -> Operation:
    """Answers the first arguments of the answer's shapes, as a layer that somebody switched off."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        given = [each for each in leaves(arguments) if each.dtype.kind not in "iu"]
        used: Counter[tuple[int, ...]] = Counter()

        def instead(array: Array) -> Array:
            fitting = [each for each in given if each.shape == array.shape]
            used[array.shape] += 1
            # An argument of other shapes is no answer.
            return np.copy(fitting[(used[array.shape] - 1) % len(fitting)]) if fitting else array

        return mapped(instead, operation(*arguments, **parameters))

    return answer


@_shown("late-elements", remembers=True)
def remembers_answers_by_a_fingerprint(operation: Operation) -> Operation:
    """Keeps answers by the shapes, the sums of all rows but the last, and the parameters."""
    kept: dict[Any, Any] = {}

    def answer(*arguments: Any, **parameters: Any) -> Any:
        key = (
            *((each.shape, each[:-1].astype(float).sum()) for each in _dimensional(arguments)),
            repr([each for each in arguments if isinstance(each, (int, tuple))]),
            repr(parameters),
        )
        if key not in kept:
            kept[key] = operation(*arguments, **parameters)
        return mapped(np.copy, kept[key])

    return answer


@_shown("significands", dtypes=("float64", "float32"))
def rounds_its_inputs_to_bfloat16(operation: Operation) -> Operation:
    """Rounds its inputs to bfloat16, as matrix units do when they may."""
    return hearing(operation, lambda array: cast(array, "bfloat16").astype(array.dtype))


@_shown("significands", dtypes=("float64", "float32"))
def rounds_its_inputs_to_float16(operation: Operation) -> Operation:
    """Rounds its inputs to float16, the format of half the memory."""
    return hearing(operation, lambda array: cast(array, "float16").astype(array.dtype))


@_shown("significands", dtypes=("float32",))
def rounds_its_inputs_to_tf32(operation: Operation) -> Operation:
    """Rounds its inputs to the 11 bits of TF32."""
    return hearing(operation, _eleven_bits)


@_shown("significands", dtypes=("float64",))
def rounds_its_inputs_to_float32(operation: Operation) -> Operation:
    """Rounds its inputs to float32 and computes in float64."""
    return hearing(operation, lambda array: cast(array, "float32").astype(array.dtype))
