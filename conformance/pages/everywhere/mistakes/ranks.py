"""Mistakes of arrays of many dimensions: kernels that know four, or the usual parameters alone."""

from typing import Any

from numpy.typing import NDArray

from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import Operation, spoiling

Array = NDArray[Any]

# The usual parameters of the pages; an epsilon is the machine's unless a page has another.
_USUAL = {"negative_slope": 0.125, "momentum": 0.25}
_EPSILON = {"normalization": 2.0**-10}


@spoiling(properties=("axes",))
def counts_the_axes_of_an_image(operation: Operation) -> Operation:
    """Counts axes modulo 4, as of images, where an array has five dimensions."""

    def answer(*arrays: Array, axis: int, **parameters: Any) -> Any:
        chosen = axis % 4 if arrays[0].ndim > len("NCHW") else axis
        return operation(*arrays, axis=chosen, **parameters)

    return answer


@spoiling(properties=("axes",))
def takes_an_axis_from_the_end_for_the_last(operation: Operation) -> Operation:
    """Takes every axis that counts from the end for the last one."""
    return lambda *arrays, axis, **parameters: operation(
        *arrays, axis=-1 if axis < 0 else axis, **parameters
    )


@spoiling(properties=("axes",))
def takes_a_vector_for_samples_of_one_class(operation: Operation) -> Operation:
    """Takes a vector for a column: every number is a row of its own."""

    def answer(*arrays: Array, axis: int, **parameters: Any) -> Any:
        if arrays[0].ndim > 1:
            return operation(*arrays, axis=axis, **parameters)
        column = operation(*(each[:, None] for each in arrays), axis=-1, **parameters)
        return column.reshape(-1)

    return answer


def _usual(page: str, operation: Operation) -> Operation:
    """Return an operation with the usual parameters, for arrays of more than three dimensions."""

    def answer(x: Array, *others: Array, **parameters: Any) -> Any:
        machine = 2 * FORMATS[x.dtype.name].u
        usual = {**_USUAL, "epsilon": _EPSILON.get(page, machine)}
        kept = {name: usual.get(name, value) for name, value in parameters.items()}
        return operation(x, *others, **(kept if x.ndim > len("NHW") else parameters))

    return answer


@spoiling("activations/form", operations=("leaky_relu", "leaky_relu_vjp"))
def has_the_usual_slope_in_images(operation: Operation) -> Operation:
    """Takes the usual slope for arrays of more than three dimensions, whatever slope is given."""
    return _usual("activations", operation)


@spoiling("information/form", operations=("cross_entropy_clipped", "cross_entropy_renormalized"))
def clips_at_the_usual_end_in_images(operation: Operation) -> Operation:
    """Clips arrays of more than three dimensions at the machine epsilon, whatever is given."""
    return _usual("information", operation)


@spoiling("normalization/form")
def has_the_usual_parameters_in_images(operation: Operation) -> Operation:
    """Takes the usual epsilon and momentum for images, whatever is given."""
    return _usual("normalization", operation)
