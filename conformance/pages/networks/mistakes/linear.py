"""Mistakes of one layer: the bias, the transposed weight, the sum over samples."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import NARROW
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling
from nnspec.conformance.terms.nested import mapped

Array = NDArray[Any]


# --- of every operation --------------------------------------------------------------------------


@spoiling("networks/layouts")
def takes_a_matrix_in_fortran_order_for_its_transpose(operation: Operation) -> Operation:
    """Hands Fortran-ordered memory to a matrix product that expects rows."""

    def mistaken(array: Array) -> Array:
        fortran = array.flags.f_contiguous and not array.flags.c_contiguous
        return array.ravel(order="K").reshape(array.shape) if fortran else array

    return lambda *arguments, **parameters: operation(
        *(mapped(mistaken, each) for each in arguments), **parameters
    )


# --- linear --------------------------------------------------------------------------------------


@mistake("linear/accuracy", "linear/broadcast")
def linear_reads_the_weight_as_outputs_by_inputs(x: Array, weight: Array, bias: Array) -> Array:
    """Takes the weight's memory for a matrix of (outputs, inputs)."""
    return x @ weight.reshape(weight.shape[::-1]).T + bias


@mistake("linear/accuracy", dtypes=("float64",))
def linear_sums_in_float32(x: Array, weight: Array, bias: Array) -> Array:
    """Forms the sums of float64 products in float32."""
    return (x.astype(np.float32) @ weight.astype(np.float32)).astype(x.dtype) + bias


@mistake("linear/accuracy", dtypes=NARROW, native=True)
def linear_sums_in_the_narrow_format(x: Array, weight: Array, bias: Array) -> Array:
    """Accumulates 16-bit products in 16 bits, one after the other."""
    total = np.zeros((x.shape[0], weight.shape[1]), dtype=x.dtype)
    for j in range(x.shape[1]):
        total = total + x[:, j, None] * weight[j]
    return total + bias


@mistake("linear/accuracy", dtypes=("float32",))
def linear_rounds_its_factors_to_bfloat16(x: Array, weight: Array, bias: Array) -> Array:
    """Multiplies in a matrix unit that keeps eight bits of each factor."""
    return _eight_bits(x) @ _eight_bits(weight) + bias


@mistake("linear/accuracy", "linear/rows")
def linear_adds_the_bias_to_the_first_sample_only(x: Array, weight: Array, bias: Array) -> Array:
    """Adds the bias to the first row, as memory of one row's length invites to."""
    found = x @ weight
    found[:1] += bias
    return found


@mistake("linear/rows")
def linear_centers_the_batch(x: Array, weight: Array, bias: Array) -> Array:
    """Subtracts the batch's mean from every sample."""
    return (x - x.sum(axis=0) / len(x)) @ weight + bias


@mistake("linear/broadcast")
def linear_adds_the_bias_down_the_samples(x: Array, weight: Array, bias: Array) -> Array:
    """Broadcasts the bias as a column wherever it fits along the samples."""
    return x @ weight + (bias[:, None] if bias.size == len(x) else bias)


@mistake("linear/nan")
def linear_skips_weights_of_zero(x: Array, weight: Array, bias: Array) -> Array:
    """Leaves out products with weights of 0, of NaN too."""
    terms = np.where(weight == 0, 0, x[:, :, None] * weight)
    return terms.sum(axis=1) + bias


@mistake("linear/nan")
def linear_replaces_nan_by_zero(x: Array, weight: Array, bias: Array) -> Array:
    """Takes NaN for 0, as sums that skip missing values do."""
    return np.nan_to_num(x) @ weight + bias


# --- linear_vjp ----------------------------------------------------------------------------------


@mistake("linear_vjp/accuracy", "linear_vjp/batch")
def linear_vjp_keeps_the_last_sample(x: Array, weight: Array, bias: Array, cotangent: Array) -> Any:
    """Overwrites the gradients of weight and bias sample by sample instead of adding to them."""
    return cotangent @ weight.T, np.outer(x[-1], cotangent[-1]), cotangent[-1]


@mistake("linear_vjp/accuracy")
def linear_vjp_keeps_the_bias_gradient_of_each_sample(
    x: Array, weight: Array, bias: Array, cotangent: Array
) -> Any:
    """Does not sum the bias's gradient over the samples: the next bias becomes a matrix."""
    return cotangent @ weight.T, x.T @ cotangent, cotangent.copy()


@mistake("linear_vjp/accuracy")
def linear_vjp_loses_the_bias(x: Array, weight: Array, bias: Array, cotangent: Array) -> Any:
    """Answers 0 for the bias, whose broadcasting automatic differentiation did not see."""
    return cotangent @ weight.T, x.T @ cotangent, np.zeros_like(bias)


@mistake("linear_vjp/accuracy", "linear_vjp/broadcast")
def linear_vjp_reads_the_weight_as_outputs_by_inputs(
    x: Array, weight: Array, bias: Array, cotangent: Array
) -> Any:
    """Propagates through the weight's memory taken for a matrix of (outputs, inputs)."""
    return cotangent @ weight.reshape(weight.shape[::-1]), x.T @ cotangent, cotangent.sum(axis=0)


@mistake("linear_vjp/accuracy", "linear_vjp/broadcast")
def linear_vjp_answers_the_weight_gradient_as_outputs_by_inputs(
    x: Array, weight: Array, bias: Array, cotangent: Array
) -> Any:
    """Lays the weight's gradient out as (outputs, inputs)."""
    return cotangent @ weight.T, (cotangent.T @ x).reshape(weight.shape), cotangent.sum(axis=0)


@mistake("linear_vjp/accuracy", dtypes=("float64",))
def linear_vjp_sums_in_float32(x: Array, weight: Array, bias: Array, cotangent: Array) -> Any:
    """Forms the sums of float64 products in float32."""
    narrow, factors = (
        cotangent.astype(np.float32),
        (x.astype(np.float32), weight.astype(np.float32)),
    )
    return tuple(
        each.astype(x.dtype)
        for each in (narrow @ factors[1].T, factors[0].T @ narrow, narrow.sum(axis=0))
    )


@mistake("linear_vjp/accuracy", dtypes=NARROW, native=True)
def linear_vjp_sums_in_the_narrow_format(
    x: Array, weight: Array, bias: Array, cotangent: Array
) -> Any:
    """Accumulates 16-bit gradients in 16 bits, one sample after the other."""
    weight_bar, bias_bar = np.zeros_like(weight), np.zeros_like(bias)
    for row, back in zip(x, cotangent, strict=True):
        weight_bar = weight_bar + row[:, None] * back
        bias_bar = bias_bar + back
    return cotangent @ weight.T, weight_bar, bias_bar


def _eight_bits(array: Array) -> Array:
    """Return numbers with eight bits, the rest cut off, as float32."""
    return (array.astype(np.float32).view(np.int32) & np.int32(-65536)).view(np.float32)
