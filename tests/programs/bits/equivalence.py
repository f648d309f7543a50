"""Says whether an edit equals its formula: to 2⁻¹⁰⁰ of the answer, on many calls at 300 bits."""

from collections.abc import Iterator, Sequence

import numpy as np
from flint import arb, ctx

from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.program import Program, program_of
from tests.programs.bits.batches import Batch
from tests.programs.bits.domains import batch
from tests.programs.bits.words import unary
from tests.truth.balls import Balls

BITS = 300

# An answer of 0 may be the difference of numbers: then the part is one of the largest of them.
_PART, _OF_THE_LARGEST = arb(2) ** -100, arb(2) ** -200

# Calls in a batch: a value of all calls takes a megabyte or less. Batches differ in their shapes
# and numbers of steps, so that few calls are in several batches too.
_CALLS, _BATCHES = 1000, 6

_finite = unary(arb.is_finite)


def unequal(
    operation: str, edits: Sequence[Edit], calls: int, *, signs: bool = True
) -> Iterator[tuple[Edit, str]]:
    """Yield the edits that differ from the formula in one of so many calls, and how.

    Without `signs`, magnitudes are compared.
    """
    left = list(edits)
    with ctx.workprec(BITS):
        batches = max(_BATCHES, -(-calls // _CALLS))
        for place in range(batches):
            asked = batch(operation, place, -(-calls // batches))
            formula = asked.answers(program_of(operation))
            mark = asked.values.mark()
            for edit in list(left):
                found = difference(asked, formula, edit.program, signs=signs)
                asked.values.forget(mark)
                if found:
                    left.remove(edit)
                    yield edit, f"batch {place}: {found}"


def difference(
    asked: Batch, formula: Sequence[int], program: Program, *, signs: bool = True
) -> str:
    """Return how the answers of a program differ from those of the formula, "" if they agree."""
    try:
        answers = asked.answers(program)
    except (LookupError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    arrays = asked.values.arrays
    for number, (one, other) in enumerate(zip(answers, formula, strict=True)):
        if one != other:
            pair = [arrays[one], arrays[other]] if signs else [abs(arrays[one]), abs(arrays[other])]
            try:
                apart = _apart(*np.broadcast_arrays(*pair), asked)
            except ValueError as error:
                return f"answer {number}: {error}"
            if apart is not None:
                return f"answer {number} of call {apart}"
    return ""


def _apart(one: Balls, other: Balls, asked: Batch) -> int | None:
    """Return a call in which two answers differ, None if there is none."""
    wrong = ~np.asarray(abs(one - other) <= abs(other) * _PART, dtype=bool)
    for place in zip(*np.nonzero(wrong), strict=True):
        mine, right = one[place], other[place]
        if not right.is_finite():
            if mine.is_finite():
                return int(place[-1])
        elif not abs(mine - right) <= _largest(asked, int(place[-1])) * _OF_THE_LARGEST:
            return int(place[-1])
    return None


def _largest(asked: Batch, call: int) -> arb:
    """Return the largest number that a call holds or the formula computes."""
    sizes = (
        abs(part.mid())
        for array in asked.values.arrays
        if array.dtype == object
        for part in np.ravel(array[..., call if array.shape[-1] > 1 else 0])
        if part.is_finite()
    )
    return max(sizes, default=arb(0))
