"""The inputs of the page `losses`: logits, targets and labels, small ones and huge ones."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.information.inputs.sets import clipping
from nnspec.conformance.pages.layouts import (
    LENGTHS,
    dyadic,
    exhausted,
    held,
    named,
    of_every_length,
    rearranged,
    scattered,
)
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NARROW, cast
from nnspec.conformance.terms.operations import arguments_of

Array = NDArray[np.float64]

# Every class but the label's has this share of the targets, at all lengths. The remainder, the
# label's share, is a number of 8 bits.
_SHARE = 1 / 256

_TARGETS = np.array([[32, 16, 8, 8, 0], [1, 2, 4, 8, 49], [0, 64, 0, 0, 0]]) / 64


def built(
    operation: str, name: str, dtype: str | None, logits: Array, targets: Array | None = None
) -> Case:
    """Return the case of an operation with these logits; a label is the row's number, in turn."""
    rows, classes = logits.shape if logits.ndim > 1 else (len(logits.reshape(-1)), 1)
    if targets is None:
        targets = np.resize(_TARGETS, logits.shape)
    scalar = operation.startswith("sum")
    cotangent = (
        np.asarray(1.5)
        if scalar
        else np.resize(
            [2.0, -0.5, 3.0], logits.shape if operation.startswith("sigmoid") else (rows,)
        )
    )
    given = {
        "labels": (np.arange(rows, dtype=np.int64) * 2 + 1) % classes,
        "target": targets,
        "targets": targets,
        "cotangent": cotangent,
    }
    first: Any = _shares(logits) if operation.startswith("one_hot") else logits
    arrays = [first, *(given[each] for each in arguments_of(operation)[1:])]
    arguments = tuple(
        array if array.dtype.kind == "i" or dtype is None else held(array, dtype)
        for array in arrays
    )
    return Case(name, operation, arguments, clipping(operation, dtype or "float64"))


@named
def everyday(operation: str, dtype: str) -> Iterator[Case]:
    """Three samples of five classes, many samples, and two classes.

    One number that is the cotangent of all samples is below 0 too.
    """
    yield built(operation, "three-by-five", dtype, dyadic((3, 5), 7), _TARGETS)
    yield built(operation, "many", dtype, dyadic((9, 4), 31))
    yield built(
        operation,
        "two-classes",
        dtype,
        dyadic((4, 2), 3),
        np.tile([[0.25, 0.75], [1.0, 0.0]], (2, 1)),
    )
    if operation == "sum_squared_error_vjp":
        case = built(operation, "falling", dtype, dyadic((3, 5), 7), _TARGETS)
        y, target, cotangent = case.arguments
        yield case.changed(arguments=(y, target, -cotangent))


@named
def digits(operation: str, dtype: str) -> Iterator[Case]:
    """Five samples of four classes with all the digits that the format holds."""
    yield built(operation, "digits", dtype, dyadic((5, 4), 3) / 3, dyadic((5, 4), 41) / 7)


@named
def large(operation: str, dtype: str) -> Iterator[Case]:
    """Logits up to 10⁴ of both signs, with the target at the largest, the smallest and between."""
    spread = np.array(
        [
            [9984.0, -9984.0, 0.0],
            [-9984.0, 9984.0, 512.0],
            [-9984.0, -9984.0, -9984.0],
            [128.0, -128.0, 96.0],
        ]
    )
    yield built(
        operation,
        "large",
        dtype,
        spread,
        np.array([[1.0, 0, 0], [0.5, 0, 0.5], [0, 1.0, 0], [0, 0.25, 0.75]]),
    )


@named
def unnormalized(operation: str, dtype: str) -> Iterator[Case]:
    """Targets that sum to 1/2, to 4 and to 0."""
    yield built(
        operation,
        "unnormalized",
        dtype,
        dyadic((3, 5), 7),
        _TARGETS * np.array([[0.5], [4.0], [0.0]]),
    )


@named
def impossible(operation: str, dtype: str) -> Iterator[Case]:
    """A probability of 0 at the label, and elsewhere; one of 1 at the label."""
    q = np.array([[0.5, 0.0, 0.5], [0.25, 0.75, 0.0], [0.0, 0.0, 1.0]])
    yield _labeled(operation, "impossible", q, [1, 1, 2], dtype)
    if clipping(operation, dtype):
        yield _labeled(operation, "impossible-sixteenth", q, [1, 1, 2], dtype, epsilon=1 / 16)


@named
def epsilons(operation: str, dtype: str) -> Iterator[Case]:
    """Shares at both ends of the clip and on both sides of them, for three ends."""
    for name, epsilon in (("machine", None), ("thirty-second", 1 / 32), ("quarter", 1 / 4)):
        end = clipping(operation, dtype, epsilon)["epsilon"]
        shares = np.array([end / 2, end, 2 * end, 1 - end, 1 - end / 2])
        q = np.stack([shares, shares[::-1]], axis=1)
        yield _labeled(operation, f"epsilon-{name}", q, [0, 1, 0, 1, 0], dtype, epsilon=epsilon)


def _labeled(
    operation: str,
    name: str,
    q: Array,
    labels: list[int],
    dtype: str,
    *,
    epsilon: float | None = None,
) -> Case:
    """Return the case of an operation on given probabilities and labels."""
    arguments = cast(q, dtype), np.array(labels, dtype=np.int64)
    return Case(name, operation, arguments, clipping(operation, dtype, epsilon))


@named
def hollow(operation: str, dtype: str) -> Iterator[Case]:
    """A single number, and none."""
    yield Case(
        "single", operation, (cast(np.asarray(3.0), dtype), cast(np.asarray(1.0), dtype)), {}
    )
    yield Case(
        "none", operation, (cast(np.zeros((0, 3)), dtype), cast(np.zeros((0, 3)), dtype)), {}
    )


@named
def distributions(operation: str, dtype: str) -> Iterator[Case]:
    """Targets that are distributions: soft, one-hot, and equal to the softmax of equal logits."""
    yield built(operation, "distributions", dtype, dyadic((3, 5), 7), _TARGETS)
    yield built(operation, "level", dtype, np.zeros((2, 4)), np.full((2, 4), 0.25))


@named
def confident(operation: str, dtype: str) -> Iterator[Case]:
    """The right class ahead by 4 to 20: losses that are nearly 0."""
    gaps = np.array([4.0, 6.0, 8.0]) if dtype in NARROW else np.array([4.0, 8.0, 12.0, 16.0, 20.0])
    if operation.startswith("sigmoid"):
        yield built(
            operation,
            "confident",
            dtype,
            np.concatenate([gaps, -gaps])[:, None],
            np.repeat([1.0, 0.0], gaps.size)[:, None],
        )
    else:
        hot = np.eye(3)[(np.arange(gaps.size) * 2 + 1) % 3]
        yield built(operation, "confident", dtype, gaps[:, None] * hot, hot)


@named
def far_ahead(operation: str, dtype: str) -> Iterator[Case]:
    """The right class ahead by 40 and 80; nothing for 16-bit formats, which end before."""
    if dtype in NARROW:
        return
    gaps = np.array([40.0, 80.0])
    if operation.startswith("sigmoid"):
        logits, targets = np.concatenate([gaps, -gaps])[:, None], np.repeat([1.0, 0.0], 2)[:, None]
    else:
        targets = np.eye(3)[[1, 0]]
        logits = gaps[:, None] * targets
    yield built(operation, "far-ahead", dtype, logits, targets)


@named
def narrow(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, 16,384 numbers or rows of four without pattern; the terms of no answer cancel.

    Logits lie in ±[1/4, 9/4), or [1/4, 9/4) in rows, and targets are far from their sigmoid. A
    gradient of rows has targets of one class. The sum of squares is that of 4,096 errors.
    """
    if dtype not in NARROW:
        return
    count = 2**12 if operation == "sum_squared_error" else 2**14
    places = np.arange(count)
    hot = np.arange(4) == places[:, None] % 4 if operation.endswith("_vjp") else 1
    given = {
        "y": scattered("y", (count,), 0.25, 0.4),
        # Half the sum of 4,096 squares lies just below a number of both formats: cuts are seen.
        "target": -scattered("target 6", (count,), 0.25, 0.45),
        "logits": scattered("logits", (count, 4), 0.25, 2.25),
        "q": scattered("q", (count, 4), 0.0625, 0.125),
        "labels": places % 4,
        "targets": hot * scattered("targets", (count, 4), 0.125, 0.25),
        "cotangent": scattered("cotangent", (count,), 0.5, 1.0),
    }
    if operation.startswith("sigmoid"):
        size, share = given["logits"][:, 0], scattered("targets", (count,), 0.125, 0.25)
        given["logits"] = np.where(places % 2, -size, size)
        given["targets"] = np.where(places % 2, 1 - share, share)
    if operation.startswith("sum"):
        given["cotangent"] = np.asarray(1.3)
    arguments = (given[name] for name in arguments_of(operation))
    held_in = (each if each.dtype.kind == "i" else cast(each, dtype) for each in arguments)
    yield Case("narrow", operation, tuple(held_in), clipping(operation, dtype))


@named
def small_beside_large(operation: str, dtype: str) -> Iterator[Case]:
    """In 16 bits, errors of one size and a small one: half the squares are near 4^k + 3/4 ulp."""
    for size in (0.25, 1.0, 4.0) if dtype in NARROW else ():
        small = size * np.sqrt(1.5 * FORMATS[dtype].ulp(1.0))
        errors = np.array([size, -size, small])
        arguments = cast(errors, dtype), cast(np.zeros(3), dtype)
        yield Case(f"small-beside-{size:g}", operation, arguments, {})


@named
def many_classes(operation: str, dtype: str) -> Iterator[Case]:
    """4,096 classes with equal logits and equal targets: sums that a 16-bit format cannot form."""
    yield built(operation, "many-classes", dtype, np.zeros((1, 4096)), np.full((1, 4096), 2.0**-12))


@named
def long_sums(operation: str, dtype: str) -> Iterator[Case]:
    """4,096 errors of 1: a sum that a 16-bit format cannot form one after the other."""
    yield Case(
        "long-sums",
        operation,
        (cast(np.ones((64, 64)), dtype), cast(np.zeros((64, 64)), dtype)),
        {},
    )


@named
def shapes(operation: str, dtype: str) -> Iterator[Case]:
    """One sample, one class, and as many samples as classes."""
    for shape in ((1, 5), (4, 1), (3, 3)):
        yield built(operation, f"shape-{shape[0]}x{shape[1]}", dtype, dyadic(shape, 21) + 0.0625)


@named
def empty(operation: str, dtype: str) -> Iterator[Case]:
    """No samples; operations that answer sum-of-squares errors have a clause of their own."""
    case = built(operation, "", dtype, dyadic((2, 3), 7))
    yield dataclasses.replace(
        case,
        name="no-samples",
        arguments=tuple(array[:0] if array.ndim else array for array in case.arguments),
    )


@named
def layouts(operation: str, dtype: str) -> Iterator[Case]:
    """The same numbers in Fortran order, strided, reversed, and read-only."""
    yield from rearranged(built(operation, "", dtype, dyadic((6, 5), 13)))


# --- one logit at a time -------------------------------------------------------------------------


@named
def infinities(operation: str, dtype: str) -> Iterator[Case]:
    """Infinite logits of both signs beside a finite one; targets agree, disagree or lie between."""
    logits, targets = (
        [-np.inf, np.inf, -np.inf, np.inf, 1.0, -np.inf, np.inf],
        [0.0, 0.0, 0.25, 0.25, 0.5, 1.0, 1.0],
    )
    yield built(operation, "infinities", dtype, np.array(logits), np.array(targets))


@named
def nans(operation: str, dtype: str) -> Iterator[Case]:
    """NaN among finite logits, for targets of 0, 1 and between."""
    yield built(
        operation,
        "nans",
        dtype,
        np.array([np.nan, 1.0, np.nan, -2.0, np.nan]),
        np.array([0.0, 0.25, 0.5, 1.0, 1.0]),
    )


@named
def subnormals(operation: str, dtype: str) -> Iterator[Case]:
    """Subnormal logits of both signs, the smallest and the largest ones."""
    fmt = FORMATS[dtype]
    logits = fmt.eta * np.array([1.0, 3.0, 2.0 ** (fmt.precision - 1) - 1])
    yield built(
        operation,
        "subnormals",
        dtype,
        np.concatenate([logits, -logits]),
        np.array([0.0, 0.25, 1.0, 1.0, 0.75, 0.0]),
    )


def _of_logits(operation: str, name: str, logits: NDArray[Any], dtype: str) -> Case:
    return built(operation, name, dtype, logits)


@named
def every_value(operation: str, dtype: str) -> Iterator[Case]:
    """Every normal number and zero of a 16-bit format as a logit; nothing for the wider formats."""
    yield from exhausted(_of_logits, operation, "every-value", dtype, "zero", "normal")


@named
def every_subnormal(operation: str, dtype: str) -> Iterator[Case]:
    """Every subnormal number of a 16-bit format as a logit; nothing for the wider formats."""
    yield from exhausted(_of_logits, operation, "every-subnormal", dtype, "subnormal")


@named
def every_nan(operation: str, dtype: str) -> Iterator[Case]:
    """Every NaN of a 16-bit format as a logit, quiet and signaling; nothing for wider formats."""
    yield from exhausted(_of_logits, operation, "every-nan", dtype, "nan")


@named
def lengths(operation: str, dtype: str) -> Iterator[Case]:
    """Three samples of every number of classes, labeled the last, a middle and the first one.

    Losses of elements take so many elements.
    """
    if operation.startswith(("sigmoid", "sum")):
        yield from of_every_length(
            built(operation, "", dtype, dyadic((LENGTHS[-1],), 9) + 0.0625), dtype
        )
        return
    whole = built(operation, "", dtype, dyadic((3, LENGTHS[-1]), 9) + 0.0625)
    for case in of_every_length(whole, dtype):
        classes = case.arguments[0].shape[-1]
        labels = np.array([classes - 1, classes // 2, 0], dtype=np.int64)
        targets = np.full((3, classes), _SHARE)
        targets[[0, 1, 2], labels] += 1 - classes * _SHARE
        given = {"labels": labels, "targets": cast(targets, dtype)}
        arguments = tuple(
            given.get(name, argument)
            for name, argument in zip(arguments_of(operation), case.arguments, strict=True)
        )
        yield dataclasses.replace(case, arguments=arguments)


@named
def twice(operation: str, dtype: str) -> Iterator[Case]:
    """Five samples of four classes."""
    yield built(operation, "twice", dtype, dyadic((5, 4), 57))


def _shares(logits: Array) -> Array:
    """Return positive 64ths, small enough to be probabilities, from numbers of any size."""
    return (1 + np.abs(logits * 32).astype(np.int64) * 7 % 29) / 64.0
