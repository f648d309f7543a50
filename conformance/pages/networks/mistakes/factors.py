"""Mistakes of matrix products: units that keep fewer bits of a factor than its format has."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.factors import FACTORS
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import Operation, spoiling
from nnspec.conformance.terms.nested import mapped

Array = NDArray[Any]


@spoiling("networks/arithmetic", dtypes=("float64", "float32"))
def rounds_its_factors_to_tf32(operation: Operation) -> Operation:
    """Multiplies in a matrix unit that keeps 11 bits of each factor."""
    return _with_factors(operation, partial(_kept, bits=FACTORS["tf32"].bits))


@spoiling("networks/arithmetic", dtypes=("float64", "float32", "float16"))
def rounds_its_factors_to_bfloat16(operation: Operation) -> Operation:
    """Multiplies in a matrix unit that keeps 8 bits of each factor."""
    return _with_factors(operation, partial(_kept, bits=FACTORS["bfloat16"].bits))


@spoiling("networks/arithmetic", dtypes=("float64", "float32"))
def splits_its_factors_into_two_parts_of_bfloat16(operation: Operation) -> Operation:
    """Multiplies sums of two numbers of bfloat16, which keep 16 bits of each factor."""
    return _with_factors(operation, partial(_kept, bits=FACTORS["bfloat16x2"].bits))


@spoiling("networks/arithmetic")
def keeps_half_the_bits_of_its_factors(operation: Operation) -> Operation:
    """Multiplies numbers with half the bits of the format."""
    return _with_factors(
        operation, lambda array: _kept(array, bits=FORMATS[array.dtype.name].precision // 2)
    )


def _with_factors(operation: Operation, rounding: Operation) -> Operation:
    return lambda *arguments, **parameters: operation(
        *(mapped(rounding, each) for each in arguments), **parameters
    )


def _kept(array: Array, bits: int) -> Array:
    """Round each number to so many bits."""
    significand, exponent = np.frexp(array.astype(np.float64))
    kept = np.ldexp(np.rint(np.ldexp(significand, bits)), exponent - bits)
    return np.asarray(kept.astype(array.dtype))
