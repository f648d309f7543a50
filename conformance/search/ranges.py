"""How a sweep is divided: into tasks, and what has no answer into halves, down to a range that is small enough to be reported."""

from collections.abc import Sequence

# Inputs of one task: about a tenth of a second of work, so that little is lost with it, and 256 tasks are a whole float32.
TASK = 2**24

# Inputs of one call of the implementation: many enough that its own cost is spread.
CALL = 2**18

# A call that fails is tried again in halves down to so few inputs.
_SMALL = 2**10

# After so many deaths and time-outs what fails is not tried again in halves.
PATIENCE = 40


def halves(first: int, count: int) -> list[tuple[int, int]]:
    """Return a range that had no answer as the two to be tried instead, or as it is where it is small."""
    half = count // 2
    return [(first, half), (first + half, count - half)] if count > _SMALL else [(first, count)]


def tasks(size: int, part: tuple[int, int] = (1, 1)) -> list[tuple[int, int]]:
    """Return the tasks of a part (number, of how many) of all inputs, each as its first pattern and how many there are."""
    count = min(TASK, size // 16)
    every = [(first, count) for first in range(0, size, count)]
    number, of = part
    return every[(number - 1) * len(every) // of : number * len(every) // of]


def left_over(
    planned: Sequence[tuple[int, int]], covered: Sequence[list[int]]
) -> list[tuple[int, int]]:
    """Return what is to be done of planned tasks where some ranges are covered already."""
    found = []
    for first, count in planned:
        start = first
        for low, high in sorted(covered):
            if low < first + count and high >= start:
                found.append((start, low - start))
                start = high + 1
        found.append((start, first + count - start))
    return [(first, count) for first, count in found if count > 0]
