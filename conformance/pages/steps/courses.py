"""Courses that any method can take: where its steps begin, and which gradients it is given."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnspec.conformance.pages.layouts import dyadic, scattered
from nnspec.conformance.terms.callbacks import Callback, scripted

Array = NDArray[np.float64]
Shapes = Sequence[tuple[int, ...]]
Rates = float | tuple[float, ...]

# Makes gradients of these shapes: a page's `gradients`.
Give = Callable[..., Callback]

# The formats in which more than a first step is judged. In 16 bits the rounding of every step
# drowns the method.
WIDE = ("float64", "float32")

# Rates that rise, fall, and stand still for a while.
CHANGING = (0.5, 0.25, 1.0, 0.125, 0.125, 2.0)

# Rates of 0 between others, and rates below 0 between others.
PAUSING = (0.25, 0.0, 0.5, 0.0, 0.0, 0.125)
TURNING = (0.25, -0.125, 0.5, -0.25, -0.25, 0.125)

# A quadratic with its minimum at 0, where its descent begins, and how many steps it takes.
CURVATURES = np.array([0.5, 1.0, 2.0])
SLOPE = Callback("gradient of a quadratic", lambda _, point: [CURVATURES * point[0]], ((3,),))
ABOVE = [2.0, -3.0, 1.5]
DOWN = 64


@dataclass(frozen=True, eq=False)
class Course:
    """Some steps of any method. `past` is the weight of the past, if the course sets one."""

    name: str
    gradient: Callback
    params: Sequence[ArrayLike]
    steps: int
    rate: Rates
    past: float | None = None


def long_step(dtype: str, *, samples: int = 1) -> Course:
    """Return one step of 16,384 parameters of [1, 2), with a gradient of [1/16, 1/2) a sample.

    The step is so small that what stands in all elements, as 1 - β, moves no answer by a rounding.
    """
    size = 2**14
    each = [[scattered(f"sample {k}", (size,), 0.0625, 0.5)] for k in range(1, samples + 1)]
    given = scripted(each, dtype, "given gradients without pattern")
    return Course("narrow", given, [scattered("parameters", (size,), 1.0, 2.0)], 1, 11 / 256)


def count(dtype: str, steps: int) -> int:
    """Return how many steps a method takes in a format: one in 16 bits."""
    return steps if dtype in WIDE else 1


def params(shapes: Shapes) -> list[Array]:
    """Return parameters of these shapes."""
    return [dyadic(shape, 31 + 7 * place) for place, shape in enumerate(shapes)]


def gradients(
    shapes: Shapes,
    steps: int,
    dtype: str,
    *,
    offset: int = 0,
    signs: Sequence[float] = (1.0,),
    shift: float = 0.0,
    scale: float = 1.0,
) -> Callback:
    """Return gradients that differ in every step and element, wherever they are asked for."""
    each = [
        [
            (dyadic(shape, offset + 17 * step + 5 * place) + shift)
            * signs[step % len(signs)]
            * scale
            for place, shape in enumerate(shapes)
        ]
        for step in range(steps)
    ]
    return scripted(each, dtype, f"{steps} given gradients")


def thousand(dtype: str, shift: float = 0.0) -> Callback:
    """Return a thousand gradients, which come again after 97."""
    return scripted(
        [[dyadic((3,), 11 * (step % 97)) + shift] for step in range(1000)],
        dtype,
        "1000 given gradients",
    )


def turning(dtype: str, give: Give) -> Course:
    """Return a course whose gradients turn round in every step."""
    shapes = [(4,), (3,)]
    gradient = give(shapes, 8, dtype, offset=90, signs=(1.0, -1.0))
    return Course("turning", gradient, params(shapes), 8, 0.25, 0.75)


def of_shapes(dtype: str, give: Give) -> Iterator[Course]:
    """Yield courses of one to four arrays of one to four dimensions, some axes of length one."""
    for shapes in (
        [(1,)],
        [(3, 2)],
        [(3,), (3,)],
        [(1, 4), (4, 1), (2,)],
        [(2,), (1, 2, 1, 2), (1, 1), (3,)],
    ):
        steps = count(dtype, 3)
        name = "+".join("x".join(map(str, shape)) for shape in shapes)
        yield Course(name, give(shapes, steps, dtype, offset=3), params(shapes), steps, 0.25)


def of_two_arrays(dtype: str, give: Give) -> Course:
    """Return a course whose parameters can be laid out in memory in every way."""
    shapes, steps = [(3, 4), (5,)], count(dtype, 2)
    return Course("", give(shapes, steps, dtype), params(shapes), steps, 0.5)


def a_few(dtype: str, give: Give) -> Course:
    """Return a course of a few steps."""
    shapes, steps = [(3,), (2, 2)], count(dtype, 3)
    return Course("a-few", give(shapes, steps, dtype, offset=7), params(shapes), steps, 0.25)


def at_rates(dtype: str, give: Give, past: float) -> Iterator[Course]:
    """Yield a course under changing rates, and one whose rate is halved in every step."""
    if dtype in WIDE:
        shapes, steps = [(3,), (2, 2)], len(CHANGING)
        given = give(shapes, steps, dtype, offset=19)
        yield Course("changing", given, params(shapes), steps, CHANGING)
        halves = tuple(2.0**-step for step in range(5))
        given = give(shapes, 5, dtype, offset=23)
        yield Course("halved", given, params(shapes), 5, halves, past)


def pausing(dtype: str, give: Give, past: float) -> Iterator[Course]:
    """Yield courses whose rate is 0 in some steps, in the first one, and in all."""
    shapes = [(3,), (2, 2)]
    if dtype in WIDE:
        steps = len(PAUSING)
        given = give(shapes, steps, dtype, offset=29)
        yield Course("pausing", given, params(shapes), steps, PAUSING, past)
    steps = count(dtype, 3)
    given = give(shapes, steps, dtype, offset=37)
    yield Course("late", given, params(shapes), steps, (0.0, 0.5, 0.25)[:steps], past)
    yield Course("never", given, params(shapes), steps, 0.0, past)


def ascending(dtype: str, give: Give, past: float) -> Iterator[Course]:
    """Yield courses whose rate is below 0 in some steps, and in the first one."""
    shapes = [(3,), (2, 2)]
    if dtype in WIDE:
        steps = len(TURNING)
        given = give(shapes, steps, dtype, offset=41)
        yield Course("turning", given, params(shapes), steps, TURNING, past)
    steps = count(dtype, 2)
    given = give(shapes, steps, dtype, offset=43)
    yield Course("ascending", given, params(shapes), steps, (-0.25, -0.5)[:steps], past)


def heeding(dtype: str) -> Iterator[Course]:
    """Yield courses on a function that is no quadratic: gradients show where they are asked for."""
    if dtype in WIDE:
        hyperbolic = Callback(
            "gradient of a function that is no quadratic",
            lambda _, point: [each * (1 + 1 / (1 + each * each)) for each in point],
            ((3,), (2, 2)),
        )
        start = [np.array([2.0, -1.5, 0.75]), np.array([[1.0, -0.25], [0.5, 3.0]])]
        yield Course("constant", hyperbolic, start, 6, 0.25)
        changing = (0.25, 0.125, 0.5, 0.25, 0.0625, 0.125)
        yield Course("changing", hyperbolic, start, 6, changing, 0.75)


def hollow(dtype: str, give: Give) -> Iterator[Course]:
    """Yield courses of arrays without dimensions and of arrays without elements, beside others."""
    for name, shapes in (
        ("without-dimensions", [(), (2,), ()]),
        ("without-elements", [(0, 3), (2,), (0,)]),
    ):
        steps = count(dtype, 3)
        yield Course(name, give(shapes, steps, dtype), params(shapes), steps, 0.25)
