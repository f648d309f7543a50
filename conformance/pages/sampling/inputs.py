"""The inputs of the page `sampling`: sizes and seeds of epochs, losses with exact gradients."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.conformance.pages import again as asking
from nnspec.conformance.pages.aliasing import aliased
from nnspec.conformance.pages.families import GREAT, RUNGS, between
from nnspec.conformance.pages.layouts import dyadic, named
from nnspec.conformance.pages.sampling import family
from nnspec.conformance.pages.steps import courses
from nnspec.conformance.pages.steps.neighbors import far_apart
from nnspec.conformance.terms.callbacks import Callback, scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.draws import words
from nnspec.conformance.terms.formats import NARROW, cast

Array = NDArray[np.float64]

FAMILY = family.FAMILY

_SIZES = ((10, 3), (12, 4), (7, 7), (5, 8), (1, 1), (9, 2), (64, 1), (1000, 32))

# As many draws as these miss a sample of the set, but for one time in 300,000.
_MANY_SAMPLES = 15


@named
def epochs(operation: str, _: str) -> Iterator[Case]:
    """Numbers of samples that batches divide and do not; one batch, single samples, large ones."""
    for count, batch_size in _SIZES:
        for seed in (0, 2**32 - 1):
            yield Case(
                f"{count}-by-{batch_size}-seed-{seed}",
                operation,
                (count, batch_size),
                {"seed": seed},
            )


@named
def counts(operation: str, _: str) -> Iterator[Case]:
    """Sets of about 16, 32 … 4,096 and 65,536 samples, in batches of 1 to 257.

    `draws` takes three batches. Seeds are s and 2^32 - s in turn.
    """
    for place, count in enumerate((*RUNGS, *GREAT[:2])):
        if count < _MANY_SAMPLES:
            continue
        size = (16, 7, 257, 1, 32)[place % 5]
        seed = place + 1 if place % 2 else 2**32 - 1 - place
        sizes = (count, size, 3) if operation == "draws" else (count, size)
        yield Case(f"{count}-by-{size}", operation, sizes, {"seed": seed})


def fresh_sizes(seed: int, operation: str, _: str) -> Iterator[Case]:
    """2 to 5,000 samples, in batches of 1 to 300, whose numbers a seed decides.

    `draws` takes 1 to 40 batches.
    """
    drawn = words(f"{seed} sizes of {operation}", 4)
    sizes = between(drawn[0], 2, 5000), between(drawn[1], 1, 300)
    sizes_of_draws = (*sizes, between(drawn[2], 1, 40))
    given = sizes_of_draws if operation == "draws" else sizes
    yield Case("fresh", operation, given, {"seed": int(drawn[3]) % 2**32})


# The sets that the seed of a run decides.
DRAWS = {"fresh-sizes": fresh_sizes}


@named
def sixty_four(operation: str, _: str) -> Iterator[Case]:
    """64 samples in batches of 10: two seeds agree by chance once in 10^89."""
    sizes = (64, 10, 6) if operation == "draws" else (64, 10)
    yield Case("sixty-four", operation, sizes, {"seed": 7})


@named
def four(operation: str, _: str) -> Iterator[Case]:
    """Four samples, which have 24 orders, in batches of three."""
    yield Case("four", operation, (4, 3), {"seed": 0})


@named
def thousand(operation: str, _: str) -> Iterator[Case]:
    """1,024 samples in batches of 32, and as many draws as samples."""
    sizes = (1024, 32, 32) if operation == "draws" else (1024, 32)
    yield Case("thousand", operation, sizes, {"seed": 0})


@named
def requests(operation: str, _: str) -> Iterator[Case]:
    """Batches smaller and larger than the set, of one sample, and sets of one sample."""
    for sizes in ((10, 3, 4), (1, 4, 3), (12, 1, 7), (5, 8, 2), (9, 9, 1), (1000, 32, 10)):
        for seed in (0, 2**32 - 1):
            name = f"{sizes[2]}-of-{sizes[1]}-out-of-{sizes[0]}-seed-{seed}"
            yield Case(name, operation, sizes, {"seed": seed})


@named
def twenty_four(operation: str, _: str) -> Iterator[Case]:
    """1,024 draws out of 24 samples, in batches of 16."""
    yield Case("twenty-four", operation, (24, 16, 64), {"seed": 0})


@named
def large_set(operation: str, _: str) -> Iterator[Case]:
    """1,024 draws out of 3·2^30 samples, in batches of 32."""
    yield Case("large-set", operation, (3 * 2**30, 32, 32), {"seed": 0})


@named
def again(operation: str, dtype: str) -> Iterator[Case]:
    """A small call, asked eight times; in the last format until there were 1,024 calls."""
    if operation != "minibatch_descent":
        return asking.repeated(next(sixty_four(operation, dtype)))
    # A batch of one sample: its gradient is the same whatever is asked.
    params, batches = [dyadic((3,), 5), dyadic((2, 2), 9)], [np.array([3])]
    gradient = scripted([[dyadic((3,), 31), dyadic((2, 2), 47)]], dtype, "one given gradient")
    arguments = gradient, [cast(array, dtype) for array in params], batches
    return asking.repeated(Case("again", operation, arguments, {"learning_rate": 0.25}))


@named
def neighbors(operation: str, dtype: str) -> Iterator[Case]:
    """Elements, and arrays of the list, beside others whose gradients are far away; one sample."""
    for course in far_apart(dtype) if operation == "minibatch_descent" else ():
        params = [cast(array, dtype) for array in course.params]
        batches = [np.array([place]) for place in range(course.steps)]
        arguments = course.gradient, params, batches
        yield Case(course.name, operation, arguments, {"learning_rate": course.rate})


@named
def aliasing(operation: str, dtype: str) -> Iterator[Case]:
    """Parameters that are one array or overlap, and gradients that are the parameters."""
    if operation == "minibatch_descent":
        params, batches = [dyadic((4,), 21), dyadic((4,), 5)], [[3, 1, 0], [2, 5]]
        yield from aliased(_descent("", operation, dtype, params, batches, 0.25))


@named
def nothing(operation: str, dtype: str) -> Iterator[Case]:
    """No samples, or no batches."""
    if operation == "minibatches":
        yield Case("no-samples", operation, (0, 4), {"seed": 1})
    else:
        yield _descent("no-batches", operation, dtype, [dyadic((3,), 1)], [], 0.25)


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """Quadratic losses, one for each sample: batches of equal and unequal lengths, in any order."""
    one, several = [dyadic((3,), 5)], [dyadic((2, 3), 2), dyadic((4,), 30), dyadic((1, 1), 9)]
    yield _descent("one-array", operation, dtype, one, [[4, 1, 0], [3, 2, 5]], 0.25)
    yield _descent(
        "several-arrays", operation, dtype, several, [[6, 2, 9, 0], [3, 1, 8, 4], [5, 7]], 0.125
    )
    yield _descent("growing", operation, dtype, one, [[5], [2, 0], [1, 3, 4, 6, 7]], 0.5)
    yield _descent("backwards", operation, dtype, several, [[7, 6, 5], [4, 3, 2], [1, 0]], 0.0625)
    yield _descent("everything", operation, dtype, one, [list(range(12))] * 3, 0.5)
    yield _descent("long", operation, dtype, one, [list(range(100))], 0.5)


@named
def narrow(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, one step of 16,384 parameters for a batch of three samples without pattern."""
    if dtype in NARROW:
        course = courses.long_step(dtype, samples=3)
        params = [cast(each, dtype) for each in course.params]
        arguments = (course.gradient, params, [np.array([2, 0, 1])])
        yield Case(course.name, operation, arguments, {"learning_rate": course.rate})


@named
def ragged(operation: str, dtype: str) -> Iterator[Case]:
    """Epochs whose last batch is shorter than the others."""
    for name, sizes in (("4-4-1", (4, 4, 1)), ("3-3-2", (3, 3, 2)), ("8-3", (8, 3))):
        ends = np.cumsum(sizes)
        batches = [
            list(range(end - size, end)) for size, end in zip(sizes, ends.tolist(), strict=True)
        ]
        yield _descent(name, operation, dtype, [dyadic((3,), 21), dyadic((2, 2), 3)], batches, 0.25)


@named
def repeated(operation: str, dtype: str) -> Iterator[Case]:
    """Batches that hold a sample twice, and one sample alone, as draws with replacement do."""
    params = [dyadic((3,), 21), dyadic((2, 2), 3)]
    yield _descent("twice", operation, dtype, params, [[3, 1, 3], [0, 0, 2, 2, 5]], 0.25)
    yield _descent("alone", operation, dtype, params, [[4, 4], [1, 1, 1, 1]], 0.5)


@named
def singles(operation: str, dtype: str) -> Iterator[Case]:
    """Batches of one sample."""
    yield _descent(
        "singles",
        operation,
        dtype,
        [dyadic((4,), 17), dyadic((2, 1), 8)],
        [[3], [0], [2], [1]],
        0.25,
    )


@named
def every_batch(operation: str, dtype: str) -> Iterator[Case]:
    """All batches of a size out of a small set, each from the same parameters, computed exactly."""
    table = np.array(
        [
            [3.0, -1.0, 4.0],
            [-5.0, 2.0, 6.0],
            [1.0, 7.0, -8.0],
            [0.0, -3.0, 2.0],
            [6.0, 1.0, 8.0],
            [1.0, -6.0, 6.0],
        ]
    )
    for count, size in ((6, 1), (6, 2), (6, 4), (4, 4)):
        # The mean over the set is a whole number, so that its variance is a fraction of small ones.
        samples = (
            table[:count]
            - np.mod(table[:count].sum(axis=0), count) * (np.arange(count) == count - 1)[:, None]
        )
        batches = [list(each) for each in itertools.combinations(range(count), size)]
        params = [np.array([1.0, -2.0]), np.array([[0.5]])]
        yield _case(
            f"{size}-of-{count}", operation, dtype, params, batches, 0.5, _constant(samples)
        )


def _descent(
    name: str,
    operation: str,
    dtype: str,
    params: Sequence[Array],
    batches: Sequence[Sequence[int]],
    rate: float,
) -> Case:
    """Return a case with the loss ½ w_i θ² + c_i θ in every parameter, for sample i."""

    def answer(_: int, point: list[Array], index: int) -> list[Array]:
        weight = (int(index) % 5 + 1) / 8.0
        return [
            weight * array + dyadic(array.shape, 31 * int(index) + 7 * place)
            for place, array in enumerate(point)
        ]

    return _case(name, operation, dtype, params, batches, rate, answer)


def _constant(samples: Array) -> Callable[..., list[Array]]:
    """Return a callback whose gradients are numbers of the sample: two and one."""
    return lambda _, __, index: [samples[int(index), :2], samples[int(index), 2:].reshape(1, 1)]


def _case(
    name: str,
    operation: str,
    dtype: str,
    params: Sequence[ArrayLike],
    batches: Sequence[Sequence[int]],
    rate: float,
    answer: Callable[..., list[Array]],
) -> Case:
    held = [cast(array, dtype) for array in params]
    callback = Callback(
        "the gradient of one sample's loss", answer, tuple(array.shape for array in held)
    )
    indices: list[NDArray[Any]] = [np.array(batch, dtype=np.int64) for batch in batches]
    return Case(name, operation, (callback, held, indices), {"learning_rate": rate})
