"""Callbacks: functions, such as a gradient, that an operation calls and the suite answers.

The suite answers in the dtype under test and logs every call.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnspec.conformance.terms.formats import cast, name_of
from nnspec.conformance.terms.nested import Array, flat, like, mapped, wide
from nnspec.conformance.terms.operations import arguments_of
from nnspec.conformance.terms.outcomes import Malformed

Answer = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Callback:
    """A function that an operation calls: `answer(number of the call, *arguments)`, in float64.

    `shapes` are the shapes of the arrays in its first argument. If the answers do not depend on the
    arguments, `script` lists them call by call, in numbers of the dtype under test. One that
    answers with its first argument `itself` hands back the very same arrays.
    """

    description: str
    answer: Answer
    shapes: tuple[tuple[int, ...], ...]
    script: tuple[Any, ...] = ()
    itself: bool = False


@dataclass(frozen=True, eq=False)
class Asking:
    """One call of a callback: its name, its arguments and its answer, all in float64."""

    name: str
    arguments: tuple[Any, ...]
    answer: Any


def scripted(
    steps: Sequence[Any], dtype: str, description: str = "answers given call by call"
) -> Callback:
    """Return a callback that answers the steps one after the other, whatever its arguments.

    A step is an array or a list of arrays. After the last step the callback repeats it.
    """
    # The arrays are many and small: one cast of all is faster than a cast of each.
    given = [
        step
        if isinstance(step, np.ndarray)
        else [np.asarray(array, dtype=np.float64) for array in step]
        for step in steps
    ]
    script = tuple(like(wide(cast(flat(given), dtype)), given))
    arrays = script[0] if isinstance(script[0], list) else [script[0][0]]
    return Callback(
        description,
        lambda number, *_: script[min(number, len(script) - 1)],
        tuple(array.shape for array in arrays),
        script=script,
    )


class Live:
    """A callback as an operation calls it: it checks arguments, answers in the dtype, logs both.

    It `takes` so many arguments; without a number it takes all that come.
    """

    def __init__(
        self,
        callback: Callback,
        name: str,
        dtype: str,
        log: list[Asking],
        takes: int | None = None,
    ) -> None:
        self._callback, self._name, self._dtype, self._log = callback, name, dtype, log
        self._takes = takes
        self._form = [(shape, dtype) for shape in callback.shapes]
        self._number = -1

    def __call__(self, *arguments: Any) -> Any:
        """Answer the next call; raises Malformed if its first argument is unlike the parameters."""
        answer = self.heard(*arguments)
        return arguments[0] if self.itself else self._in_dtype(answer)

    def heard(self, *arguments: Any) -> Any:
        """Log the next call and return its answer in float64.

        A process that received the script computes the answer itself.
        """
        self._number += 1
        self._count(arguments)
        given = (self._looked_at(arguments[0]), *arguments[1:]) if arguments else ()
        try:
            answer = self._callback.answer(self._number, *given)
            answer = answer if self._callback.script else wide(self._in_dtype(answer))
        except (TypeError, ValueError, LookupError) as error:
            message = (
                f"{self._name} was asked what it has no answer to: {type(error).__name__}: {error}"
            )
            raise Malformed(message) from None
        self._log.append(Asking(self._name, given, answer))
        return answer

    def renewed(self) -> "Live":
        """Return the callback as it was before its first call, with a log of its own."""
        return Live(self._callback, self._name, self._dtype, [], self._takes)

    @property
    def itself(self) -> bool:
        """Whether the callback answers with the very arrays that it is given."""
        return self._callback.itself

    @property
    def script(self) -> list[Any]:
        """The answers call by call, in the dtype; empty if they depend on the arguments."""
        script = list(self._callback.script)
        found: list[Any] = like(cast(flat(script), self._dtype), script)
        return found

    def _in_dtype(self, answer: Any) -> Any:
        return mapped(lambda array: cast(array, self._dtype), answer)

    def _count(self, arguments: Sequence[Any]) -> None:
        """Raise Malformed if there are other arguments than a list of arrays and numbers.

        A check could not look at what is not there.
        """
        if self._takes is None:
            return
        if len(arguments) != self._takes:
            message = (
                f"{self._name} was asked with {len(arguments)} arguments; {self._takes} "
                f"{'was' if self._takes == 1 else 'were'} needed"
            )
            raise Malformed(message)
        for each in arguments[1:]:
            if not _is_whole(each):
                message = f"{self._name} was asked with a {type(each).__name__} for a whole number"
                raise Malformed(message)

    def _looked_at(self, point: Any) -> list[Array]:
        """Return the point in float64; raises Malformed if its arrays are unlike the parameters."""
        if not isinstance(point, (list, tuple)) or not all(map(_is_array, point)):
            message = (
                f"{self._name} was asked at a {type(point).__name__}; a list of arrays was needed"
            )
            raise Malformed(message)
        if [(array.shape, name_of(array.dtype)) for array in point] != self._form:
            came = ", ".join(f"{array.dtype.name} {array.shape}" for array in point)
            needed = ", ".join(map(str, self._callback.shapes))
            message = (
                f"{self._name} was asked at the arrays {came or 'none'}; "
                f"{self._dtype} of the shapes {needed} was needed"
            )
            raise Malformed(message)
        # NumPy computes scalars of arrays without dimensions.
        return [np.asarray(array).astype(np.float64) for array in point]


def live(operation: str, arguments: Sequence[Any], dtype: str) -> list[Any]:
    """Return the arguments of an operation with their callbacks as it calls them."""
    return [
        Live(argument, arguments_of(operation)[place], dtype, [])
        if isinstance(argument, Callback)
        else argument
        for place, argument in enumerate(arguments)
    ]


def _is_whole(value: Any) -> bool:
    """Say whether a value is one whole number, of whatever type."""
    if isinstance(value, int):
        return True
    return (
        isinstance(value, (float, np.ndarray, np.generic))
        and np.ndim(value) == 0
        and np.asarray(value).dtype.kind in "iuf"
        and float(value).is_integer()
    )


def _is_array(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic))
