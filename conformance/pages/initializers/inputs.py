"""The inputs of the page `initializers`: shapes, fans and seeds that never change."""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

from nnspec.conformance.pages.families import RUNGS, away, between
from nnspec.conformance.pages.layouts import named
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.draws import uniform, words
from nnspec.conformance.terms.formats import NARROW, cast
from nnspec.conformance.terms.operations import arguments_of, parameters_of

# Any seed would do; these are fixed, and so is what an implementation answers to them.
_SEED = 20261
_STANDARD_DEVIATIONS = (0.25, 4.0)
_SLOPES = (0.0, 0.5, 2.0)

# The shortest and the longest side of weights that are drawn.
_SIDES = 64, 511

# A library that compiles for each shape is asked for these lengths only.
_FEW = (16, 255, 256, 257, 4097)


@named
def fans(operation: str, dtype: str) -> Iterator[Case]:
    """Weights of 64,000 entries, wide and tall, with every slope or standard deviation.

    Fans of 1, and fans that are 16 : 1, have 65,536 entries and the largest seeds.
    """
    for number, (name, shape) in enumerate((("wide", (160, 400)), ("tall", (400, 160)))):
        yield _case(name, operation, dtype, shape, number=number)
    if "negative_slope" in parameters_of(operation):
        yield _case("steep", operation, dtype, (320, 200), number=2)
    for number, shape in enumerate(((1, 65_536), (65_536, 1), (1024, 64), (64, 1024))):
        name = "-to-".join(map(str, shape))
        yield _case(name, operation, dtype, shape, number=number % 2, seed=2**32 - 1 - number)


@named
def ladder(operation: str, dtype: str) -> Iterator[Case]:
    """Weights of five columns or five rows, the other side around the powers of two to 4,096.

    The seeds take turns at both ends of their range.
    """
    for place, length in enumerate(RUNGS):
        seed = place if place % 2 else 2**32 - 1 - place
        for name, shape in (("rows", (length, 5)), ("columns", (5, length))):
            case = _case(f"{name}-{length}", operation, dtype, shape, seed=seed)
            yield case.changed(one_of_many=length not in _FEW)


@named
def wide(operation: str, dtype: str) -> Iterator[Case]:
    """Weights from 160 units to 400."""
    yield _case("", operation, dtype, (160, 400))


@named
def tall(operation: str, dtype: str) -> Iterator[Case]:
    """Weights from 400 units to 160, 64,000 entries."""
    yield _case("", operation, dtype, (400, 160))


@named
def narrow(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, weights from 400 units to 160."""
    if dtype in NARROW:
        yield _case("narrow", operation, dtype, (400, 160))


@named
def layers(operation: str, dtype: str) -> Iterator[Case]:
    """The first weights of networks of 64 and 128 units in turn, in float64 and float32.

    Weights for rectifiers have a case with a slope. Normal weights have a small and a large
    standard deviation; the check chooses their widths.
    """
    if dtype not in ("float64", "float32"):
        return
    varied: dict[str, dict[str, float]] = {"": {}}
    if operation == "normal":
        varied = {"collapsing": {"std": 2.0**-6}, "saturating": {"std": 0.5}}
    elif "negative_slope" in parameters_of(operation):
        varied = {"relu": {"negative_slope": 0.0}, "leaky": {"negative_slope": 0.5}}
    for name, given in varied.items():
        case = _case(name, operation, dtype, (64, 128))
        yield dataclasses.replace(case, parameters={**case.parameters, **given})


@named
def seeds(operation: str, dtype: str) -> Iterator[Case]:
    """Neighboring seeds, seeds whose lower 16 or 31 bits agree, and s and 2^32 - s.

    The check has the other seed of each pair.
    """
    yield _case("neighbors", operation, dtype, (250, 256), seed=_SEED)
    yield _case("small", operation, dtype, (60, 50), seed=0)
    yield _case("largest", operation, dtype, (50, 60), seed=2**32 - 1)
    yield _case("opposite", operation, dtype, (50, 60), seed=2**32 - _SEED)
    yield _case("large-neighbors", operation, dtype, (60, 50), seed=2**32 - 3)


@named
def single(operation: str, dtype: str) -> Iterator[Case]:
    """One weight in float32; the check asks for it under 4,000 seeds."""
    if dtype == "float32":
        yield _case("one-to-one", operation, dtype, (1, 1), seed=0)


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """A small array, asked for again after another one of its shape, of two seeds."""
    yield _case("", operation, dtype, (6, 5), seed=7)
    if "seed" in parameters_of(operation):
        yield _case("seed-0", operation, dtype, (5, 6), seed=0)
        for seed in (2**32 - 7, 2**32 - 2):
            yield _case(f"seed-{seed}", operation, dtype, (6, 5), seed=seed)


@named
def shapes(operation: str, dtype: str) -> Iterator[Case]:
    """Shapes of one to four dimensions, and unequal fans for operations that take fans."""
    if "shape" not in arguments_of(operation):
        for fan_in, fan_out in ((2, 3), (3, 2), (5, 1), (1, 4)):
            yield _case(f"{fan_in}-{fan_out}", operation, dtype, (fan_in, fan_out))
    else:
        for shape in ((6,), (1, 4), (3, 1, 2), (2, 3, 1, 2)):
            yield _case("-".join(map(str, shape)), operation, dtype, shape)


@named
def hollow(operation: str, dtype: str) -> Iterator[Case]:
    """Shapes without elements, and the shape without dimensions."""
    for name, shape in (("empty", (0,)), ("no-rows", (0, 3)), ("scalar", ())):
        yield _case(name, operation, dtype, shape)


@named
def exact(operation: str, dtype: str) -> Iterator[Case]:
    """Values that every format holds."""
    for value in (0.0, 1.0, -0.5, 3.0, 2.0**-7, -192.0):
        yield Case(f"{value:g}", operation, ((3, 4),), {"value": value, "dtype": dtype})


@named
def decimal(operation: str, dtype: str) -> Iterator[Case]:
    """Values between the numbers of every format but float64."""
    for value in (
        0.1,
        0.7,
        -1 / 3,
        1 + 2.0**-8 + 2.0**-30,
        1 + 2.0**-11 + 2.0**-40,
        1 + 2.0**-24 + 2.0**-50,
    ):
        yield Case(f"{value:.17g}", operation, ((2, 2),), {"value": value, "dtype": dtype})


def fresh(seed: int, operation: str, dtype: str) -> Iterator[Case]:
    """Weights of 4,096 entries to 261,121, whose sides, seed and parameters a seed decides."""
    drawn = words(f"{seed} weights of {operation} in {dtype}", 6)
    sides = between(drawn[0], *_SIDES), between(drawn[1], *_SIDES)
    made = _case("fresh", operation, dtype, sides, seed=int(drawn[2]) % 2**32)
    value = away(uniform(f"{seed} value of {operation} in {dtype}", ()))
    chosen = {
        "std": math.ldexp(between(drawn[3], 8, 15), -between(drawn[4], 3, 7)),
        "negative_slope": between(drawn[5], 0, 16) / 8,
        "value": float(cast(value, dtype)),
    }
    given = {name: chosen.get(name, each) for name, each in made.parameters.items()}
    yield dataclasses.replace(made, parameters=given)


# The sets that the seed of a run decides.
DRAWS = {"fresh": fresh}


def _case(
    name: str,
    operation: str,
    dtype: str,
    shape: tuple[int, ...],
    *,
    seed: int = _SEED,
    number: int = 0,
) -> Case:
    chosen: dict[str, Any] = {
        "std": _STANDARD_DEVIATIONS[number % 2],
        "negative_slope": _SLOPES[number],
        "value": 0.5,
        "seed": seed,
        "dtype": dtype,
    }
    arguments = (shape,) if "shape" in arguments_of(operation) else shape
    return Case(
        name or "sample",
        operation,
        arguments,
        {key: chosen[key] for key in parameters_of(operation)},
    )
