"""Mistakes about numbers: digits are lost on the way in or out, special numbers are skipped."""

from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import Operation, heard, spoiling
from nnspec.conformance.terms.nested import mapped, wide
from nnspec.conformance.terms.operations import OPERATIONS, arguments_of, parameters_of
from nnspec.spec import clauses

_CHOICE = "the derivative at NaN is a choice that is reported and never judged"
_ROWS = "NaN and what is summed with it are answered NaN: a mistake of the operation skips it"
_FLAT = "the answer at infinities is 0: a skipped number and a right one are answered alike"
_LEVEL = "as near to 0 the answer is that at 0, within the rounding of every format"


def _answer(operation: str, x: float) -> float:
    """Return the reference's answer to a number; the other arguments are 1."""
    others = (np.ones(1) for _ in arguments_of(operation)[1:])
    return float(getattr(reference, operation)(np.full(1, x), *others)[0])


def _without_parameters(*properties: str) -> list[str]:
    """Return the operations without parameters that have a clause of one of these properties."""
    listed = [clause for clause in clauses().values() if clause.id.endswith(properties)]
    named = dict.fromkeys(clause.operation for clause in listed)
    return [each for each in named if each in OPERATIONS and not parameters_of(each)]


def _flat() -> dict[str, str]:
    """Return the clauses on infinities of the operations that answer 0 there."""
    return {
        f"{each}/infinities": _FLAT
        for each in _without_parameters("/infinities")
        if not any(_answer(each, x) for x in (-np.inf, np.inf))
    }


def _level() -> dict[str, str]:
    """Return the operations that answer a subnormal number as they answer 0, but not with 0."""
    listed = _without_parameters("/special-inputs", "/subnormal-inputs")
    middle = {each: _answer(each, 0.0) for each in listed}
    return {
        each: _LEVEL
        for each in listed
        if middle[each]
        and all(
            abs(_answer(each, x) - middle[each]) <= fmt.u * abs(middle[each])
            for fmt in FORMATS.values()
            for x in (-fmt.tiny, fmt.tiny)
        )
    }


@spoiling(
    properties=("accuracy",),
    but={
        "initializers": "drawn numbers have no digits to lose: their distribution is judged",
        "minibatches": "a permutation consists of whole numbers",
        "draws": "draws are whole numbers",
    },
    dtypes=("float64",),
)
def computes_in_float32(operation: Operation) -> Operation:
    """Computes in float32 and answers in float64: about seven digits are right."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        # Numbers beyond float32 become infinite on the way in.
        with np.errstate(over="ignore"):
            given = [heard(np.dtype(np.float32), "float64", argument) for argument in arguments]
            narrow = operation(*given, **parameters)
        return mapped(
            lambda array: array if array.dtype.kind == "i" else array.astype(np.float64), narrow
        )

    return answer


@spoiling(properties=("overflow",))
def saturates_at_the_largest_number(operation: Operation) -> Operation:
    """Answers the largest number of the format in place of an infinity."""

    def saturated(array: Any) -> Any:
        top = FORMATS[array.dtype.name].maximum
        return np.clip(array, -top, top).astype(array.dtype)

    return lambda *arguments, **parameters: mapped(saturated, operation(*arguments, **parameters))


@spoiling(properties=("overflow",))
def takes_infinity_from_infinity(operation: Operation) -> Operation:
    """Subtracts a multiple of its answer from it, against rounding: ∞ - ∞ is NaN."""

    def compensated(array: Any) -> Any:
        with np.errstate(all="ignore"):
            return (array + (array - array)).astype(array.dtype)

    return lambda *arguments, **parameters: mapped(compensated, operation(*arguments, **parameters))


@spoiling(properties=("hyper-parameters",), dtypes=("float64",))
def rounds_every_hyper_parameter_to_float32(operation: Operation) -> Operation:
    """Keeps all hyper-parameters in float32."""
    return lambda *arguments, **parameters: operation(
        *arguments,
        **{
            name: np.asarray(value, dtype=np.float32).astype(np.float64).tolist()
            for name, value in parameters.items()
        },
    )


@spoiling(properties=("small-epsilon",), dtypes=("float16",))
def rounds_epsilon_to_the_format(operation: Operation) -> Operation:
    """Keeps epsilon in the format of its arrays, where it may be 0."""
    return lambda *arguments, epsilon, **parameters: operation(
        *arguments, epsilon=float(np.float16(epsilon)), **parameters
    )


@spoiling(
    properties=("infinities", "nan", "special-inputs", "subnormal-inputs"),
    but={
        **_flat(),
        "leaky_relu_vjp/nan": _CHOICE,
        "relu_vjp/nan": _CHOICE,
        "log_softmax": _ROWS,
        "log_softmax_vjp": _ROWS,
        "softmax": _ROWS,
        "softmax_vjp": _ROWS,
        "clipping/nan": _ROWS,
        "linear": _ROWS,
        "normalization": _ROWS,
    },
)
def skips_what_is_no_normal_number(operation: Operation) -> Operation:
    """Answers 0 unless a number is normal, as a guard against slow or strange numbers does."""

    def skipped(x: Any, answer: Any) -> Any:
        magnitude = np.abs(wide(x))
        return np.where(
            np.isfinite(magnitude) & (magnitude >= FORMATS[x.dtype.name].tiny), answer, 0
        ).astype(x.dtype)

    return lambda x, *others, **parameters: _by_array(
        skipped, x, operation(x, *others, **parameters)
    )


@spoiling(
    properties=("special-inputs", "subnormal-inputs"),
    but={
        **_level(),
        "relu": "flushes_small_numbers is this mistake, in the format itself",
        "tanh": "flushes_small_arguments is this mistake, in the format itself",
    },
)
def takes_subnormal_inputs_for_zero(operation: Operation) -> Operation:
    """Runs in a processor mode that takes subnormal numbers for 0."""

    def flushed(x: Any) -> Any:
        return np.where(np.abs(wide(x)) < FORMATS[x.dtype.name].tiny, 0, x).astype(x.dtype)

    return lambda x, *others, **parameters: operation(mapped(flushed, x), *others, **parameters)


def _by_array(function: Operation, given: Any, answered: Any) -> Any:
    """Return the answer of a function of two arrays, or the list of its answers to two lists."""
    return (
        [function(*pair) for pair in zip(given, answered, strict=True)]
        if isinstance(given, list)
        else function(given, answered)
    )
