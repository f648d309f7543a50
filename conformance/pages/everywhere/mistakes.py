"""Mistakes that any operation may have, whatever its page: what is right loses digits on the way in or out, or elements in its loops."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import Operation, heard, spoiling
from nnspec.conformance.terms.nested import leaves, mapped, wide
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

_LENGTHS = (
    *(
        f"{page}/lengths"
        for page in ("activations", "information", "losses", "clipping", "normalization")
    ),
    *(f"{operation}/lengths" for operation in ("linear", "linear_vjp", "center", "standardize")),
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


# --- of vectorized kernels ---------------------------------------------------------------------------------------------------------


@spoiling(*_LENGTHS, "networks/sizes")
def stops_one_short(operation: Operation) -> Operation:
    """Leaves the last element as the memory happened to be, or takes what is there into its sum."""
    return _losing(operation, lambda length: slice(length - 1, length))


@spoiling(*_LENGTHS, "networks/sizes")
def leaves_the_remainder_of_eight(operation: Operation) -> Operation:
    """Leaves the elements after the last full vector of eight as the memory happened to be."""
    return _losing(operation, lambda length: slice(length // 8 * 8, length))


@spoiling(*_LENGTHS)
def misses_an_element_of_twenty_three(operation: Operation) -> Operation:
    """Has a kernel for each short length, and that for 23 leaves its last element as the memory happened to be."""
    return _losing(operation, lambda length: slice(length - (length == 23), length))


@spoiling(*_LENGTHS)
def forgets_a_block_of_an_unrolled_loop(operation: Operation) -> Operation:
    """Goes in steps of four vectors of 16, then in ones of one and two of them, and never treats a third."""
    return _losing(
        operation,
        lambda length: slice(
            length // 64 * 64 + 32, length // 64 * 64 + 32 + 16 * (length % 64 >= 48)
        ),
    )


# In a narrow format one term more or less in a sum of 129 is within the rounding of the terms.
@spoiling(*_LENGTHS, dtypes=("float64", "float32"))
def drops_the_last_of_more_than_a_hundred_and_twenty_eight(operation: Operation) -> Operation:
    """Has another kernel for what is longer than 128, four registers of 512 bits, which takes the last element for 0."""

    def dropped(array: Any) -> Any:
        kept = array.copy()
        if max(array.shape, default=0) > 128:
            np.moveaxis(kept, int(np.argmax(array.shape)), 0)[-1] = 0
        return kept

    return lambda *arguments, **parameters: operation(
        *(mapped(dropped, each) for each in arguments), **parameters
    )


def _losing(operation: Operation, places: Callable[[int], slice]) -> Operation:
    """Return an operation that loses places of its longest axis: what they are answered with, and all that is a sum over them, is NaN."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        length = max(next(leaves(arguments)).shape, default=1)
        lost = places(length)

        def spoiled(found: Any) -> Any:
            spoilt = found.copy()
            if length in found.shape:
                np.moveaxis(spoilt, found.shape.index(length), 0)[lost] = np.nan
            elif lost.start < lost.stop:
                spoilt[...] = np.nan
            return spoilt

        return mapped(spoiled, operation(*arguments, **parameters))

    return answer


def _by_array(function: Operation, given: Any, answered: Any) -> Any:
    """Return what a function of two arrays answers, or a list of it where they are lists."""
    return (
        [function(*pair) for pair in zip(given, answered, strict=True)]
        if isinstance(given, list)
        else function(given, answered)
    )
