"""Families: the cases of an operation at any size, drawn by a key, and the sets made of them.

A page states for each operation the dimensions of its arguments, and how a case of given lengths is
drawn. The sets of this module are the same for every page: numbers with all their digits, a ladder
of sizes, a draw that a seed decides, and calls that differ late.
"""

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.pages.layouts import Make
from nnspec.conformance.terms.callbacks import Callback, live
from nnspec.conformance.terms.cases import Case, Drawn, Later
from nnspec.conformance.terms.draws import words
from nnspec.conformance.terms.formats import FORMATS, NAMES
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.nested import flat
from nnspec.conformance.terms.operations import OPERATIONS

Sizes = Mapping[str, int]

# Kernels change their path near powers of two: vectors, tiles, blocks and grids.
RUNGS = tuple(sorted({2**k + step for k in range(1, 13) for step in (-1, 0, 1)}))

# An index of 16 bits and a grid of 65,535 blocks end before the first two, a kernel for many
# classes begins before the third, and more elements than the last one's are a matter of memory.
GREAT = (2**16, 2**16 + 1, 100_003, 2**20 + 3)

# Where a unit more costs a call more, or a list is unrolled, the lengths from 18 on are those that
# follow a power of two.
CALLED = (*(n for n in RUNGS if n <= 2**4 + 1), *(2**k + 1 for k in (5, 6, 7, 9)))

# Two dimensions grow together to these lengths: equal, and one behind the other.
_PAIRS = (*((n, n) for n in (2, 3, 4, 8, 16, 17, 32, 33)), (5, 33), (33, 5), (15, 16), (16, 15))

# A library that compiles for each shape is asked at the lengths around these powers of two, and at
# the largest. Every format but the one that most kernels are written for is asked at the lengths
# that follow them, and at the largest one up to a limit.
FEW = (2**4, 2**8, 2**12)
_FEW_PAIRS = ((17, 17),)
_EVERY = "float32"
_FARTHEST = GREAT[1]

# A drawn case has lengths up to the first limit, and one dimension up to the second.
_SHORT, _LONG = 24, 4096

# An end tells if it changes the answer by more than this part of its largest number, in one of so
# many draws. A bound may be as large as a few roundings of that number.
_VISIBLE = 0.25
_DRAWS = 8


@dataclasses.dataclass(frozen=True)
class Dimension:
    """A dimension of an operation's arguments: its usual, its shortest and its largest length.

    Where the ladder ends before 4,097, leaves lengths out by its own `steps`, or stands in some
    formats only, `reason` says why. In the other formats the dimension has its shortest length. In
    float16 the ladder ends at `largest_in_float16`, if it is given.
    """

    usual: int
    shortest: int = 1
    largest: int = RUNGS[-1]
    reason: str = ""
    steps: tuple[int, ...] = (*RUNGS, *GREAT)
    formats: tuple[str, ...] = NAMES
    largest_in_float16: int | None = None

    @property
    def rungs(self) -> tuple[int, ...]:
        """The lengths that are asked, the others being usual."""
        return tuple(n for n in self.steps if self.shortest <= n <= self.largest)


@dataclasses.dataclass(frozen=True)
class Family:
    """The cases of a page's operations at any size.

    `dimensions` names the dimensions of an operation. `make` takes the operation, the dtype, a
    length for every dimension, and the key of the draw; it names no case. `formats` says in which
    formats an operation is judged: by default in all.
    """

    dimensions: Callable[[str], Mapping[str, Dimension]]
    make: Callable[[str, str, Sizes, str], Case]
    formats: Callable[[str], Sequence[str]] = lambda _: NAMES

    def asked(self, operation: str, dtype: str) -> dict[str, Dimension]:
        """Return the dimensions that an operation has in a format.

        A dimension that the format does not ask for stays at its shortest length.
        """
        return {name: _in(dtype, each) for name, each in self.dimensions(operation).items()}


def _in(dtype: str, dimension: Dimension) -> Dimension:
    """Return a dimension as it is in a format."""
    if dtype not in dimension.formats:
        return dataclasses.replace(dimension, usual=dimension.shortest, largest=dimension.shortest)
    if dtype == "float16" and dimension.largest_in_float16 is not None:
        return dataclasses.replace(dimension, largest=dimension.largest_in_float16)
    return dimension


def family(page: str) -> Family | None:
    """Return the family of a page, None if its inputs have none."""
    found: Family | None = getattr(
        import_module(f"nnspec.conformance.pages.{page}.inputs"), "FAMILY", None
    )
    return found


def sets(page: str, seed: int) -> Mapping[str, Make]:
    """Return the sets of inputs that the family of a page makes, with a draw of this seed.

    A page without a family, or with operations beside it, has `DRAWS`: sets of its own that take
    the seed first.
    """
    of_page = family(page)
    made = {} if of_page is None else {**_fixed(of_page), "fresh": _fresh(of_page, seed)}
    inputs = import_module(f"nnspec.conformance.pages.{page}.inputs")
    own = {name: _of_seed(make, seed) for name, make in getattr(inputs, "DRAWS", {}).items()}
    return {**made, **own}


# The cases of a set, and their truths, are remembered by its function.
@lru_cache(maxsize=None)
def _fixed(of_page: Family) -> Mapping[str, Make]:
    return {
        "significands": _judged(of_page, partial(significands, of_page)),
        "ladder": _judged(of_page, partial(ladder, of_page)),
        "late-elements": _judged(of_page, partial(late_elements, of_page)),
    }


@lru_cache(maxsize=None)
def _of_seed(make: Callable[[int, str, str], Iterator[Case]], seed: int) -> Make:
    return partial(make, seed)


@lru_cache(maxsize=None)
def _fresh(of_page: Family, seed: int) -> Make:
    return _judged(of_page, partial(fresh, of_page, seed))


def _judged(of_page: Family, make: Make) -> Make:
    """Return a set that is empty in the formats in which an operation is not judged."""

    def cases(operation: str, dtype: str) -> Iterator[Case]:
        if dtype in of_page.formats(operation):
            yield from make(operation, dtype)

    return cases


def significands(of_page: Family, operation: str, dtype: str) -> Iterator[Case]:
    """Numbers with all the digits that the format holds, at the usual size of every dimension."""
    yield _drawn(of_page, operation, dtype, "significands", {})


def ladder(of_page: Family, operation: str, dtype: str) -> Iterator[Case]:
    """Every dimension by itself at the lengths around the powers of two, and pairs of dimensions.

    The other dimensions have their usual lengths. Every case is drawn by itself, so that an earlier
    answer that was left in memory is wrong. One format is asked every length. The others are asked
    17, 257 and 4,097, and the largest up to 65,537: an answer that is wrong beyond a shorter length
    is wrong at that one.
    """
    dimensions = of_page.asked(operation, dtype)
    every = dtype == _EVERY or not OPERATIONS[operation].has_dtype
    for name, dimension in dimensions.items():
        rungs = [n for n in dimension.rungs if every or n <= _FARTHEST]
        few = {*rungs[-1:], *(n + step for n in FEW for step in ((-1, 0, 1) if every else (1,)))}
        for length in rungs if every else sorted(few & {*rungs}):
            case = _drawn(of_page, operation, dtype, f"{name}-{length}", {name: length})
            yield case.changed(one_of_many=length not in few)
    for first, second in itertools.combinations(dimensions, 2):
        for pair in _PAIRS if every else _FEW_PAIRS:
            lengths = dict(zip((first, second), pair, strict=True))
            if all(
                dimensions[name].shortest <= n <= dimensions[name].largest
                for name, n in lengths.items()
            ):
                named = "-".join(f"{name}-{n}" for name, n in lengths.items())
                case = _drawn(of_page, operation, dtype, named, lengths)
                yield case.changed(one_of_many=pair not in _FEW_PAIRS)


def fresh(of_page: Family, seed: int, operation: str, dtype: str) -> Iterator[Case]:
    """Two cases whose lengths and numbers a seed decides: short ones, and one long dimension.

    No length is 1 where it could be 2: one class has the loss 0, whatever its logit.
    """
    dimensions = of_page.asked(operation, dtype)
    drawn = words(f"{seed} lengths of {operation} in {dtype}", 2 * len(dimensions) + 2)
    lengths = {
        name: between(drawn[place], _least(each), min(each.largest, _SHORT))
        for place, (name, each) in enumerate(dimensions.items())
    }
    yield _drawn(of_page, operation, dtype, "fresh-short", lengths, seed)
    growing = [name for name, each in dimensions.items() if each.largest > each.shortest]
    if growing:
        name = growing[int(drawn[-1] % len(growing))]
        most = min(dimensions[name].largest, _LONG)
        # Every power of two is as likely as the others.
        power = between(drawn[-2], 1, int(math.log2(most)))
        length = max(between(drawn[-3], 2 ** (power - 1), 2**power), _least(dimensions[name]))
        short = {each: min(lengths[each], of.usual) for each, of in dimensions.items()}
        yield _drawn(of_page, operation, dtype, "fresh-long", short | {name: length}, seed)


def shaped(
    of_page: Family, operation: str, dtype: str, name: str, lengths: Sizes, seed: int
) -> Case:
    """Return a case whose lengths a caller chooses and whose numbers a seed decides."""
    return _drawn(of_page, operation, dtype, name, lengths, seed)


def redrawn(of_page: Family, case: Case, dtype: str, lengths: Sizes) -> Case:
    """Return a drawn case with other lengths. Raises ValueError if the case was not drawn."""
    if case.drawn is None:
        message = f"{case.name} was not drawn"
        raise ValueError(message)
    made = of_page.make(case.operation, dtype, lengths, case.drawn.key)
    return dataclasses.replace(made, name=case.name, drawn=Drawn(case.drawn.key, lengths))


def late_elements(of_page: Family, operation: str, dtype: str) -> Iterator[Case]:
    """A case for each argument that differs from a call just before in the argument's end alone."""
    for place, number in _ends(of_page, operation):
        first, arguments = _late(of_page, operation, dtype, place, number)
        yield dataclasses.replace(
            first, name=f"late-{place + 1}", arguments=arguments, before=first.arguments
        )


@lru_cache(maxsize=None)
def _ends(of_page: Family, operation: str) -> list[tuple[int, int]]:
    """Return the places of the arguments that have an end, each with a draw in which it tells.

    A derivative may be 0 at the end of a draw, and then the end of a cotangent tells nothing.
    """
    sizes = _usual(of_page.asked(operation, "float64"))
    usual = of_page.make(operation, "float64", sizes, operation)
    ended = [
        place
        for place, argument in enumerate(usual.arguments)
        if _ended(argument, argument) is not None
    ]
    draws = [(place, _telling(of_page, operation, place)) for place in ended]
    return [(place, number) for place, number in draws if number is not None]


def _telling(of_page: Family, operation: str, place: int) -> int | None:
    """Return the first draw in which the end of an argument tells, else the one that tells most.

    Of an argument that moves no answer it returns None.
    """
    best, most = None, 0.0
    for number in range(_DRAWS):
        change = _change(of_page, operation, place, number)
        if change > most:
            best, most = number, change
        if most > _VISIBLE:
            break
    return best


def _change(of_page: Family, operation: str, place: int, number: int) -> float:
    """Return how far the end of an argument moves the answer, as a part of its largest number."""
    case, arguments = _late(of_page, operation, "float64", place, number)
    before, after = (
        flat(rounded(operation)(*live(operation, each, "float64"), **case.parameters))
        for each in (case.arguments, arguments)
    )
    largest = np.max(np.abs(after), initial=FORMATS["float32"].tiny)
    return float(np.max(np.abs(before - after), initial=0.0) / largest)


def _late(
    of_page: Family, operation: str, dtype: str, place: int, number: int
) -> tuple[Case, tuple[Any, ...]]:
    """Return a case of usual size, and its arguments but for another end of one.

    Families may give the ends of arrays one sign. So every second draw takes an array's beginning.
    """
    sizes = _usual(of_page.asked(operation, dtype))
    draw = f" {number}" if number else ""
    first = of_page.make(operation, dtype, sizes, f"{operation} before{draw}")
    second = of_page.make(operation, dtype, sizes, f"{operation} after{draw}")
    ended = _ended(first.arguments[place], second.arguments[place], taken=0 if number % 2 else -1)
    return first, (*first.arguments[:place], ended, *first.arguments[place + 1 :])


def _ended(before: Any, after: Any, *, taken: int = -1) -> Any:
    """Return an argument with the end of another one; None if it is a number or a shape.

    The end of an array is its last element along its first axis. It becomes the element of the
    other one whose place is `taken`.
    """
    if isinstance(before, Callback):
        return after
    if isinstance(before, list):
        ended = _ended(before[-1], after[-1], taken=taken) if before else None
        return None if ended is None else [*before[:-1], ended]
    if not isinstance(before, np.ndarray) or not before.size:
        return None
    if not before.ndim:
        return after
    copy = before.copy()
    copy[-1] = after[taken]
    return copy


def _drawn(
    of_page: Family, operation: str, dtype: str, name: str, sizes: Sizes, seed: int | None = None
) -> Case:
    """Return a case of given lengths, the others being usual, by the key of its name.

    A case is made when it is asked for its arguments.
    """
    lengths = _usual(of_page.asked(operation, dtype)) | dict(sizes)
    key = f"{operation} {name}" if seed is None else f"{seed} {operation} {name} in {dtype}"
    drawn = Drawn(key, lengths)

    def made() -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        case = of_page.make(operation, dtype, lengths, key)
        return case.arguments, case.parameters

    if max(lengths.values(), default=0) < GREAT[0]:
        later = Later(made)
        return Case(name, operation, later, later, drawn=drawn)  # type: ignore[arg-type]
    # The small case has the parameters of the great one, and a library may fix some of them.
    small = of_page.make(operation, dtype, _usual(of_page.asked(operation, dtype)), key)
    later = Later(made, math.prod(lengths.values()))
    return Case(name, operation, later, small.parameters, drawn=drawn)  # type: ignore[arg-type]


def _usual(dimensions: Mapping[str, Dimension]) -> dict[str, int]:
    return {name: each.usual for name, each in dimensions.items()}


def _least(dimension: Dimension) -> int:
    """Return the shortest length that is drawn: a share or a direction of one element is 1."""
    return min(max(dimension.shortest, 2), dimension.largest)


def between(word: np.uint64, low: int, high: int) -> int:
    """Return a whole number from low to high that a drawn word decides."""
    return low + int(word) % (high - low + 1)


def heavy(key: str, shape: Sequence[int], axis: int = -1) -> NDArray[np.bool_]:
    """Return where two elements of each row stand out: the last one, and one that is drawn.

    In a long sum, a lost element is seen if it is a large share of the sum: a bound grows with the
    number of terms. The neighbor of the last one is not drawn: an exchange of the two is seen.
    """
    length = shape[axis]
    drawn = int(words(f"{key} heavy", 1)[0] % max(length - 2, 1))
    places = np.arange(length)
    return _along((places == length - 1) | (places == drawn), shape, axis)


def halved(shape: Sequence[int], axis: int) -> NDArray[np.float64]:
    """Return ones, and 1/2 for the last but one along an axis: an exchange of the two is seen."""
    length = shape[axis]
    factors = np.where(np.arange(length) == length - 2, 0.5, 1.0)
    return np.asarray(_along(factors, shape, axis))


def _along(values: NDArray[Any], shape: Sequence[int], axis: int) -> NDArray[Any]:
    """Return values along an axis, in an array of a shape."""
    form = [1] * len(shape)
    form[axis] = shape[axis]
    return np.asarray(np.broadcast_to(values.reshape(form), shape))


def away(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return numbers moved away from 0 by 1/16: none is subnormal in any format."""
    return numbers + np.copysign(1 / 16, numbers)
