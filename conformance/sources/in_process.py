"""An adapter in this process: the suite looks at every answer, and at the arguments afterwards."""

import inspect
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.sources.description import Call, Description, describe
from nnspec.conformance.sources.places import from_here
from nnspec.conformance.sources.repeats import Repeats, renewed
from nnspec.conformance.terms.formats import NAMES, name_of
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import arguments_of, called
from nnspec.conformance.terms.outcomes import Absent, Ended, Malformed, Raised


class InProcess:
    """An adapter object in this process: any module, class or object with operations as attributes.

    It is watched: an adapter that changes its arguments, or what a callback answered, is caught at
    it. A caller that knows the adapter's description gives it.
    """

    def __init__(
        self, adapter: Any, name: str = "", *, description: Description | None = None
    ) -> None:
        self._adapter = adapter
        self._repeats = Repeats()
        self.description = describe(adapter, name) if description is None else description

    def foresee(self, calls: Sequence[Call]) -> None:
        """Nothing is asked here before its time."""

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Call the adapter's function, and look at its answer and at its arguments afterwards."""
        function = _function(self._adapter, operation)
        self._repeats.made[operation] += 1
        before = [_kept(argument) for argument in arrays]
        answered: dict[str, list[Any]] = {}
        names = arguments_of(operation)
        given = [
            _watched(argument, answered.setdefault(names[place], []))
            if callable(argument)
            else argument
            for place, argument in enumerate(arrays)
        ]
        try:
            answer = _called(operation, function, given, parameters)
        finally:
            modified = _restore(arrays, before)
        if modified:
            message = f"{operation} modified its argument {names[modified[0]]}"
            raise Malformed(message)
        for name, answers in answered.items():
            if any(_changed(kept) for kept in answers):
                message = f"{operation} modified what {name} had answered"
                raise Malformed(message)
        return _arrays(operation, answer)

    def again(self, call: Call, *, times: int, calls: int) -> list[Any]:
        """Ask a call again and again, and return its different answers so far."""
        due = self._repeats.due(call, times=times, calls=calls)
        return self._repeats.with_those(call, (self.call(*renewed(call)) for _ in range(due)))


class Steady(InProcess):
    """An adapter in this process that answers a call as often as it is asked in one way.

    It keeps nothing from one call to the next: what is asked again is asked once.
    """

    def again(self, call: Call, *, times: int, calls: int) -> list[Any]:
        """Return the answer to one call: all others are the same."""
        del times, calls
        return [self.call(*call)]


class Unwatched:
    """An adapter object in this process that may change its arguments: nobody looks, nobody copies.

    A sweep asks so: it makes the arguments of each call anew.
    """

    def __init__(self, adapter: Any, description: Description) -> None:
        self._adapter, self.description = adapter, description

    def foresee(self, calls: Sequence[Call]) -> None:
        """Nothing is asked here before its time."""

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Call the adapter's function and look at its answer."""
        function = _function(self._adapter, operation)
        return _arrays(operation, _called(operation, function, arrays, parameters))

    def again(self, call: Call, *, times: int, calls: int) -> list[Any]:
        """Return the answer to one call: a sweep asks nothing again."""
        del times, calls
        return [self.call(*call)]


def _function(adapter: Any, operation: str) -> Callable[..., Any]:
    """Return the adapter's function; raises Absent if it has none."""
    function: Callable[..., Any] | None = getattr(adapter, operation, None)
    if function is None:
        message = f"the adapter offers no {operation}"
        raise Absent(message)
    return function


def _called(
    operation: str,
    function: Callable[..., Any],
    given: Sequence[Any],
    parameters: Mapping[str, Any],
) -> Any:
    """Return the function's answer, with all that it yields in a list.

    Raises Absent if the function says that it is not implemented, Raised for any other exception.
    """
    try:
        answer = function(*given, **parameters)
        return _listed(operation, answer) if isinstance(answer, Iterator) else answer
    except NotImplementedError as error:
        message = said_by(error) or f"{operation} raised NotImplementedError"
        raise Absent(message) from None
    except (KeyboardInterrupt, Ended):
        raise
    except BaseException as error:  # noqa: BLE001  SystemExit too costs one case, never the run
        message = f"{operation} raised {type(error).__name__}: {said_by(error)}".rstrip(": ")
        if isinstance(error, TypeError):
            message = misfit(operation, function, given, parameters) or message
        raise Raised(message, traceback=from_here(traceback.format_exc())) from None


def misfit(
    operation: str,
    function: Callable[..., Any],
    given: Sequence[Any],
    parameters: Mapping[str, Any],
) -> str:
    """Say how an operation is called if a function does not take that, "" if it does.

    Nothing is said of a function that does not tell what it takes.
    """
    try:
        signature = inspect.signature(function)
    except Exception:  # noqa: BLE001  an object of an adapter's own may raise anything
        return ""
    try:
        signature.bind(*given, **parameters)
    except TypeError as error:
        taken = ", ".join(map(_taken, signature.parameters.values()))
        return (
            f"{operation} is called as {called(operation)}; the adapter's function takes "
            f"({taken}): {error}"
        )
    return ""


def _taken(parameter: inspect.Parameter) -> str:
    """Return the name of a parameter as it stands in a signature; a default may be anything."""
    stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
    stars = "**" if parameter.kind is parameter.VAR_KEYWORD else stars
    default = "" if parameter.default is parameter.empty else "=…"
    return f"{stars}{parameter.name}{default}"


def _watched(callback: Callable[..., Any], answers: list[Any]) -> Callable[..., Any]:
    """Return a callback that keeps a copy of each answer, to see later whether it was modified.

    An answer that is the adapter's own argument is the adapter's, and may be modified.
    """

    def asked(*arguments: Any) -> Any:
        if any(map(np.ma.is_masked, leaves(arguments))):
            raise Malformed("a callback was asked at a masked array; numbers were needed")
        answer = callback(*arguments)
        if not any(answer is each for each in arguments):
            answers.append(_kept(answer))
        return answer

    return asked


def said_by(error: BaseException) -> str:
    """Return what an exception says; one of an adapter's own may not be able to say it."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  its __str__ may raise anything
        return "an exception that cannot be printed"


def _kept(value: Any) -> list[tuple[NDArray[Any], bytes]]:
    """Return the arrays of a value, each with its bits.

    By their bits the zeros of both signs differ, and a NaN equals itself.
    """
    return [(array, array.tobytes()) for array in leaves(value)]


def _changed(kept: list[tuple[NDArray[Any], bytes]]) -> list[tuple[NDArray[Any], bytes]]:
    return [(array, bits) for array, bits in kept if array.tobytes() != bits]


def _restore(
    arguments: Sequence[Any], before: Sequence[list[tuple[NDArray[Any], bytes]]]
) -> list[int]:
    """Undo an adapter's changes to its arguments, and return the places of the changed ones.

    Later cases share the arguments.
    """
    modified = []
    for place, (argument, kept) in enumerate(zip(arguments, before, strict=True)):
        changed = _changed(kept)
        for array, bits in changed:
            array[...] = np.frombuffer(bits, array.dtype).reshape(array.shape)
        replaced = isinstance(argument, list) and [id(array) for array in leaves(argument)] != [
            id(array) for array, _ in kept
        ]
        if replaced:
            argument[:] = [array for array, _ in kept]
        if changed or replaced:
            modified.append(place)
    return modified


def _listed(operation: str, yielded: Iterator[Any]) -> list[Any]:
    """List all that is yielded, before any of it is judged.

    Raises Malformed if a later step changed the arrays of an earlier one.
    """
    steps, kept = [], []
    for step in yielded:
        steps.append(step)
        kept.append(_kept(step))
    for number, each in enumerate(kept, 1):
        if _changed(each):
            message = (
                f"{operation} changed the arrays that it had yielded in step {number} of "
                f"{len(steps)}: it must yield copies"
            )
            raise Malformed(message)
    return steps


def _arrays(operation: str, answer: Any) -> Any:
    """Return the answer with NumPy scalars as arrays, and (nested) sequences of arrays as lists.

    Raises Malformed for anything else.
    """
    if isinstance(answer, np.generic):
        answer = np.asarray(answer)
    if np.ma.is_masked(answer):
        count = np.count_nonzero(np.ma.getmaskarray(answer))
        hidden = f"a mask over {count:,} of {np.size(answer):,} numbers"
        raise Malformed(f"{operation} answered with {hidden}; an array of numbers was needed")
    if isinstance(answer, np.ndarray):
        if name_of(answer.dtype) not in (*NAMES, "int64"):
            message = (
                f"{operation} answered with an array of {answer.dtype.name}; "
                f"one of {', '.join(NAMES)} was needed"
            )
            raise Malformed(message)
        return answer
    if isinstance(answer, (list, tuple)) and all(
        isinstance(item, (np.ndarray, np.generic, list, tuple)) for item in answer
    ):
        return [_arrays(operation, item) for item in answer]
    inside = (
        f" of {type(answer[0]).__name__}" if isinstance(answer, (list, tuple)) and answer else ""
    )
    kind = (
        type(answer).__name__
        if type(answer).__module__ == "builtins"
        else f"{type(answer).__module__}.{type(answer).__name__}"
    )
    message = f"{operation} answered with a {kind}{inside}; a NumPy array was needed"
    raise Malformed(message)
