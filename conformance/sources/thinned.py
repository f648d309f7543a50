"""Answers of many numbers as a certificate holds them: a digest, and the numbers that decide.

Written down are the numbers near their bound or beyond it, the worst ones, and a sample. Whoever
judges the certificate again puts them into the reference's answer, where they belong. The other
numbers are not judged then: their digest says only which they were.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.adapters import loopback
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.messages import MessageError, array_of, callbacks_of, encode
from nnspec.conformance.terms.draws import words
from nnspec.conformance.terms.nested import leaves, mapped, shapes

# An answer of more numbers may be thinned; a wrong one is held whole up to so many bytes.
MANY = 2**12
_WHOLE = 2**20

# The numbers of the sample, and the most numbers beside it.
_SAMPLE = 256
MOST = 1_024

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Questions to callbacks: the name of each, and its arguments.
Asked = Sequence[tuple[str, Sequence[Any]]]


@dataclass(frozen=True)
class Kept:
    """The places of an answer's flat vector that decide, of rows that are so many numbers wide.

    A place stands for its column in every row: steps of an optimizer follow from the one before. A
    `wrong` answer is held whole if it is not too large.
    """

    places: Places
    width: int
    wrong: bool


def is_thinned(answer: Any, kept: Kept) -> bool:
    """Say whether an answer is one of those that are thinned."""
    arrays = list(leaves(answer))
    size, count = (sum(getattr(each, name) for each in arrays) for name in ("size", "nbytes"))
    return (
        size > MANY
        and len({each.dtype for each in arrays}) == 1
        and not (kept.wrong and count <= _WHOLE)
    )


def thinned(answer: Any, asked: Asked, drawn: str, kept: Kept) -> dict[str, Any]:
    """Return what is held of an answer and of the questions to callbacks, as values of JSON.

    The places of the sample are `drawn` by a key.
    """
    vector = _vector(answer)
    columns = np.union1d(kept.places % kept.width, sample(drawn, kept.width))
    places = _in_every_row(columns, kept.width, vector.size)
    return {
        "shapes": _listed(shapes(answer)),
        "sha256": hashlib.sha256(vector.tobytes()).hexdigest(),
        "columns": encode(columns),
        "width": kept.width,
        "numbers": encode(vector[places]),
        "asked": [[name, encode(_vector(list(given))[columns])] for name, given in asked],
    }


def filled(
    message: Mapping[str, Any], drawn: str, call: tuple[str, Sequence[Any], Mapping[str, Any]]
) -> tuple[Any, list[tuple[str, list[Any]]], Mask]:
    """Return an answer, the questions to callbacks, and which numbers of the answer are known.

    The others are the reference's. The places of the sample are `drawn` by a key. Raises
    MessageError if the numbers are not those to be held.
    """
    operation, arrays, parameters = call
    questions: list[tuple[str, list[Any]]] = []
    names = iter(callbacks_of(operation, arrays))
    given = [
        _answering(next(names), each, questions) if callable(each) else each for each in arrays
    ]
    answer = InProcess(loopback).call(operation, given, parameters)
    columns, numbers = (array_of(message.get(name)) for name in ("columns", "numbers"))
    width: Any = message.get("width")
    arrays_of_it = list(leaves(answer))
    if message.get("shapes") != _listed(shapes(answer)) or {
        each.dtype for each in arrays_of_it
    } != {numbers.dtype}:
        raise MessageError("an answer of other shapes or another dtype than is needed")
    vector = _vector(answer)
    if vector.size <= MANY:
        raise MessageError("an answer of few numbers that is recorded in part")
    _look_at(columns, width, vector.size, numbers.size, drawn)
    places = _in_every_row(columns, width, vector.size)
    vector[places] = numbers
    known = np.zeros(vector.size, dtype=bool)
    known[places] = True
    return _like(vector, answer), _overlaid(message.get("asked"), questions, columns), known


def key_of_sample(seed: Any, request: str) -> str:
    """Return the key of the sample of an answer: the run's seed and the call's digest decide it.

    Whoever answers before the seed is drawn does not know which numbers are looked at.
    """
    return f"{seed} sample of {request}"


def sample(drawn: str, size: int) -> Places:
    """Return the places of the sample among so many, which a key decides."""
    places = words(drawn, _SAMPLE) % np.uint64(size)
    return np.unique(places.astype(np.int64))


def _look_at(columns: Any, width: Any, size: int, count: int, drawn: str) -> None:
    """Raise MessageError if columns are not increasing numbers, or the sample is not among them."""
    rows = size // width if type(width) is int and 0 < width <= size and size % width == 0 else 0
    in_order = columns.dtype == np.int64 and columns.ndim == 1 and np.all(np.diff(columns) > 0)
    if not rows or not in_order or columns.size * rows != count:
        raise MessageError("numbers in places that an answer does not have")
    if columns[0] < 0 or columns[-1] >= width:
        raise MessageError("numbers in places that an answer does not have")
    if not np.all(np.isin(sample(drawn, width), columns)):
        raise MessageError("an answer without a number of its sample")


def _overlaid(
    written: Any, questions: list[tuple[str, list[Any]]], columns: Places
) -> list[tuple[str, list[Any]]]:
    """Return the questions with the numbers that are written of their arguments."""
    if not isinstance(written, list) or [each[0] for each in written] != [
        name for name, _ in questions
    ]:
        raise MessageError("other questions to callbacks than an answer follows from")
    found = []
    for (name, given), (_, numbers) in zip(questions, written, strict=True):
        vector = _vector(given)
        vector[columns] = array_of(numbers)
        found.append((name, _like(vector, given)))
    return found


def _answering(name: str, callback: Any, questions: list[tuple[str, list[Any]]]) -> Any:
    """Return a callback that answers as the script of another one says, and notes what is asked."""
    script = list(callback.script)

    def asked(*arguments: Any) -> Any:
        number = sum(1 for other, _ in questions if other == name)
        questions.append((name, mapped(np.copy, list(arguments))))
        return script[min(number, len(script) - 1)]

    return asked


def _in_every_row(columns: Places, width: int, size: int) -> Places:
    return (np.arange(size // width)[:, None] * width + columns).reshape(-1)


def _vector(answer: Any) -> NDArray[Any]:
    return np.concatenate([array.reshape(-1) for array in leaves(answer)])


def _like(vector: NDArray[Any], answer: Any) -> Any:
    start = 0

    def taken(array: NDArray[Any]) -> NDArray[Any]:
        nonlocal start
        start += array.size
        return vector[start - array.size : start].reshape(array.shape)

    return mapped(taken, answer)


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, (list, tuple)) else value
