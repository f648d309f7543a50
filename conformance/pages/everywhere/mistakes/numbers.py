"""Mistakes about numbers: digits are lost on the way in or out, special numbers are skipped."""

from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import Operation, heard, spoiling
from nnspec.conformance.terms.nested import mapped, wide
from nnspec.conformance.terms.operations import page_of

# Drawn numbers have no digits to lose: what is judged of them is their distribution; a permutation has none at all.
_ACCURACY = tuple(
    f"{name}/accuracy"
    for name in reference.__all__
    if page_of(name) not in ("initializers", "sampling")
)

_HYPER_PARAMETERS = tuple(
    f"{about}/hyper-parameters" for about in ("adaptive", "descent", "leaky_relu", "leaky_relu_vjp")
)

# What is said of operations at inputs of a kind, where 0 is not the answer.
_SPECIAL = (
    *(
        f"{about}/infinities"
        for about in ("leaky_relu", "leaky_relu_vjp", "relu", "relu_vjp", "sigmoid", "step", "tanh")
    ),
    *(
        f"{about}/nan"
        for about in ("leaky_relu", "relu", "sigmoid", "sigmoid_vjp", "step", "tanh", "tanh_vjp")
    ),
    *(
        f"{about}/subnormal-inputs"
        for about in (
            "leaky_relu",
            "leaky_relu_vjp",
            "relu",
            "relu_vjp",
            "sigmoid",
            "sigmoid_vjp",
            "step",
        )
    ),
    *(f"{about}/subnormal-inputs" for about in ("clip_by_value", "tanh", "tanh_vjp")),
    *(f"sigmoid_cross_entropy/{inputs}" for inputs in ("infinities", "nan", "subnormal-inputs")),
    *(
        f"sigmoid_cross_entropy_vjp/{inputs}"
        for inputs in ("infinities", "nan", "subnormal-inputs")
    ),
    *("clip_by_value/infinities", "identity/special-inputs", "identity_vjp/special-inputs"),
)

_FLUSHED = tuple(
    f"{name}/subnormal-inputs"
    for name in ("step", "relu_vjp", "leaky_relu", "leaky_relu_vjp", "clip_by_value")
)


@spoiling(*_ACCURACY, dtypes=("float64",))
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


@spoiling(*_HYPER_PARAMETERS, dtypes=("float64",))
def rounds_every_hyper_parameter_to_float32(operation: Operation) -> Operation:
    """Keeps all hyper-parameters in float32."""
    return lambda *arguments, **parameters: operation(
        *arguments,
        **{
            name: np.asarray(value, dtype=np.float32).astype(np.float64).tolist()
            for name, value in parameters.items()
        },
    )


@spoiling(*_SPECIAL)
def skips_what_is_no_normal_number(operation: Operation) -> Operation:
    """Answers 0 to what is no normal number, as a guard against slow or strange ones does."""

    def skipped(x: Any, answer: Any) -> Any:
        magnitude = np.abs(wide(x))
        return np.where(
            np.isfinite(magnitude) & (magnitude >= FORMATS[x.dtype.name].tiny), answer, 0
        ).astype(x.dtype)

    return lambda x, *others, **parameters: _by_array(
        skipped, x, operation(x, *others, **parameters)
    )


@spoiling(*_FLUSHED, "identity/special-inputs")
def takes_subnormal_inputs_for_zero(operation: Operation) -> Operation:
    """Runs in a processor mode that takes subnormal numbers for 0."""

    def flushed(x: Any) -> Any:
        return np.where(np.abs(wide(x)) < FORMATS[x.dtype.name].tiny, 0, x).astype(x.dtype)

    return lambda x, *others, **parameters: operation(mapped(flushed, x), *others, **parameters)


def _by_array(function: Operation, given: Any, answered: Any) -> Any:
    """Return what a function of two arrays answers, or a list of it where they are lists."""
    return (
        [function(*pair) for pair in zip(given, answered, strict=True)]
        if isinstance(given, list)
        else function(given, answered)
    )
