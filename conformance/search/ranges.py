"""Divides a sweep into tasks, and a range without an answer into halves.

A range that is small enough is reported instead of halved.
"""

from collections.abc import Sequence

# Inputs of one task. A task takes about a tenth of a second, so that little is lost with it; 256
# tasks cover float32.
TASK = 2**24

# Inputs of one call: so many that the fixed cost of a call hardly counts.
CALL = 2**18

# The sweep tries a failed call again in halves, down to so few inputs.
_SMALL = 2**10

# After so many deaths and time-outs the sweep no longer tries a failed call again.
PATIENCE = 40


def halves(first: int, count: int) -> list[tuple[int, int]]:
    """Return the two halves of a range without an answer, or the range itself if it is small."""
    half = count // 2
    return [(first, half), (first + half, count - half)] if count > _SMALL else [(first, count)]


def tasks(size: int, part: tuple[int, int] = (1, 1)) -> list[tuple[int, int]]:
    """Return the tasks of a part of all inputs; a part is its number and the number of parts.

    A task is its first bit pattern and its number of inputs.
    """
    count = min(TASK, size // 16)
    every = [(first, count) for first in range(0, size, count)]
    number, of = part
    return every[(number - 1) * len(every) // of : number * len(every) // of]


def left_over(
    planned: Sequence[tuple[int, int]], covered: Sequence[list[int]]
) -> list[tuple[int, int]]:
    """Return the parts of planned tasks that no covered range holds."""
    found = []
    for first, count in planned:
        start = first
        for low, high in sorted(covered):
            if low < first + count and high >= start:
                found.append((start, low - start))
                start = high + 1
        found.append((start, first + count - start))
    return [(first, count) for first, count in found if count > 0]
