"""Mistakes with neighbors: numbers share a scale, or a sum, with those beside them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.everywhere.mistakes.digits import hearing
from nnspec.conformance.terms.mistakes import Operation, spoiling
from nnspec.conformance.terms.nested import mapped

Array = NDArray[Any]

_BUT = {"minibatches": "neighbors are indices there that follow each other in an epoch"}

# Formats of blocks keep the exponent of the largest number of a block, and so many bits of each.
_BLOCK, _BITS = 8, 7


@spoiling(properties=("neighbors",), but=_BUT)
def shares_a_scale_in_a_block(operation: Operation) -> Operation:
    """Scales eight numbers by the largest of them and keeps seven bits, as 8-bit kernels do."""
    return hearing(operation, _scaled)


@spoiling(properties=("neighbors",), but=_BUT)
def adds_to_the_sum_of_its_neighbor(operation: Operation) -> Operation:
    """Begins a sum with what the one before left, where an accumulator should be cleared."""

    def added(array: Array) -> Array:
        return np.asarray(array + np.roll(array, 1))

    return lambda *arguments, **parameters: mapped(added, operation(*arguments, **parameters))


def _scaled(array: Array) -> Array:
    """Return numbers rounded to seven bits of the largest of the eight that lie together."""
    wide = array.astype(np.float64).reshape(-1)
    blocks = np.concatenate([wide, np.zeros(-wide.size % _BLOCK)]).reshape(-1, _BLOCK)
    _, exponent = np.frexp(np.abs(blocks).max(axis=1, initial=0.0, keepdims=True))
    kept = np.ldexp(np.rint(np.ldexp(blocks, _BITS - exponent)), exponent - _BITS)
    return kept.reshape(-1)[: wide.size].reshape(array.shape).astype(array.dtype)
