"""Calls with one thing wrong or strange: whatever comes of them, an exception has a type that the
docstring names."""

import inspect
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import count, islice
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.operations import arguments_of, parameters_of
from tests.truth.drawn.digests import ETA, HUGE, INF, NAN, TINY, Array, one
from tests.truth.drawn.errors import drawn

Call = tuple[list[Any], dict[str, Any]]

_NUMBERS = (NAN, INF, -INF, HUGE, -HUGE, ETA, -ETA, TINY, 0.0, -0.0, 1.0, -1.0, 2.0**53 + 2)

_SETTINGS = (
    *_NUMBERS,
    *(0, 1, -1, 2, 7, 2**32, 2**53 + 1, 2**63, -(2**70), 10**400, True, 1 + 0j, None),
    *("1", b"1", "", "float32", "nonsense", "step", [], (), [0.5], [NAN], (1, 2), {}, object()),
    *(np.float64(0.5), np.float32(0.5), np.int64(1), np.uint64(2**64 - 1), np.array(0.5)),
    *(np.array([0, 1]), (0,), (0, 0), (-1,), (5,), ("relu",), [None], [["relu"]]),
)

_TYPES: tuple[Any, ...] = (
    *(
        None,
        "text",
        b"text",
        object(),
        {},
        {1.0},
        1.0,
        True,
        10**400,
        [],
        [[]],
        [[1.0], [1.0, 2.0]],
    ),
    *([None], ["a"], [object()], [1j], [10**400], [np.array([1.0]), None], iter([1.0]), range(3)),
    *(np.array(["a"]), np.array([1j]), np.array([None]), np.array([2**63], dtype=np.uint64)),
    *(np.array(["2020-01-01"], dtype="M8[D]"), np.array([1], dtype="m8[s]"), np.longdouble(1)),
)

_DTYPES = ("int64", "int8", "uint8", "bool", "float32", "float16", "complex128", "object", "U8")

# No memory holds so many numbers, and no one waits for so many steps.
_MANY = 10**4

# Arguments of operations that draw their answers, which the second set does not call.
_RANDOM: dict[str, Any] = {
    "shape": (3, 2),
    "fan_in": 3,
    "fan_out": 2,
    "count": 7,
    "batch_size": 3,
    "batch_count": 2,
    "seed": 5,
    "std": 0.1,
    "negative_slope": 0.1,
    "dtype": "float64",
}


def raised(operation: str) -> Counter[str]:
    """Make every strange call of an operation, and count the exceptions by their types."""
    found: Counter[str] = Counter()
    for arguments, parameters in strange(operation):
        try:
            with np.errstate(all="raise"), warnings.catch_warnings():
                warnings.simplefilter("error")
                answer = getattr(reference, operation)(*arguments, **parameters)
                _consumed(answer)
        except Exception as error:  # noqa: BLE001  every type counts
            found[type(error).__name__] += 1
    return found


@cache
def named(operation: str) -> frozenset[str]:
    """Return the exceptions that a docstring names, also by `As …` another function."""
    stated = inspect.getdoc(getattr(reference, operation)) or ""
    section = re.search(r"^Raises\n((?: +.*\n?)+)", stated, re.MULTILINE)
    text = section[1] if section else ""
    found = set(re.findall(r"\b[A-Z]\w*(?:Error|Exception)\b", text))
    for other in re.findall(r"As `?(\w+)`?[.,]", text):
        found |= named(other)
    return frozenset(found)


def strange(operation: str) -> Iterator[Call]:
    """Yield calls of an operation in which one argument or parameter is replaced."""
    for arguments, parameters in _ordinary(operation):
        for place, argument in enumerate(arguments):
            for other in _instead(argument, f"{operation} {place}"):
                yield [_live(each) for each in _replaced(arguments, place, other)], parameters
        for key in parameters:
            for other in _SETTINGS:
                yield [_live(each) for each in arguments], {**parameters, key: other}


def _ordinary(operation: str) -> Iterator[Call]:
    if "seed" not in parameters_of(operation):
        yield from islice(drawn(operation), 2)
        return
    names = arguments_of(operation), parameters_of(operation)
    yield [_RANDOM[name] for name in names[0]], {name: _RANDOM[name] for name in names[1]}


def _instead(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, Callback):
        yield from _callbacks(value)
    elif isinstance(value, np.ndarray):
        yield from _arrays(value, name)
        yield from _TYPES
    elif isinstance(value, list):
        yield from ((), value * 2, value[:-1], tuple(value), value[0], *_TYPES)
        for place, each in enumerate(value):
            for other in _instead(each, f"{name} {place}"):
                yield _replaced(value, place, other)
    else:
        yield from (each for each in (*_SETTINGS, *_TYPES) if not _is_many(each))


def _arrays(array: Array, name: str) -> Iterator[Any]:
    """Yield the array with strange numbers, in other shapes and layouts, and in other types."""
    if array.size and array.dtype.kind == "f":
        for number in _NUMBERS:
            single = array.copy()
            single.flat[one(f"{name} {number}", 0, array.size)] = number
            yield from (single, np.full(array.shape, number))
    yield from (array[None], array.reshape(-1), array.T, array[..., None], array.tolist())
    if array.ndim:
        yield from (array[:0], array[:1], array[..., :0], array[::-1], array.repeat(2, axis=-1))
        yield np.asfortranarray(array)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield from (array.astype(each) for each in _DTYPES)


def _callbacks(callback: Callback) -> Iterator[Any]:
    """Yield what answers strangely, and what is no callback at all."""
    for other in (*_TYPES, NAN):
        yield lambda *_, other=other: other
        yield lambda *_, other=other: [other]
    for number in _NUMBERS:
        yield lambda *_, number=number: [np.full(shape, number) for shape in callback.shapes]
    yield from (None, 1.0)


def _is_many(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and int(value) > _MANY


def _live(value: Any) -> Any:
    """Return a callback as a function, which answers whatever it is asked."""
    if not isinstance(value, Callback):
        return value
    numbers = count()
    return lambda *point: value.answer(next(numbers), *point)


def _replaced(values: list[Any], place: int, other: Any) -> list[Any]:
    return [*values[:place], other, *values[place + 1 :]]


def _consumed(answer: Any) -> None:
    if isinstance(answer, Iterator):
        for _ in answer:
            pass
