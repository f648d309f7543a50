"""An adapter as the checks see it: `implementation.softmax(x, axis=0)` answers an array of the dtype under test, or the case ends there."""

import inspect
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.terms.callbacks import Asking, Callback, Live
from nnspec.conformance.terms.formats import FORMATS, NAMES, name_of
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import answers_indices, arguments_of, nearest
from nnspec.conformance.terms.outcomes import Absent, Ended, Malformed, Raised

DEFAULT_DTYPES = ("float64", "float32")


class AdapterError(Exception):
    """An adapter cannot be loaded or describes itself wrongly; the message says what was needed and what came."""


@dataclass(frozen=True)
class Description:
    """What an adapter says of itself."""

    name: str
    version: str
    operations: tuple[str, ...]
    dtypes: tuple[str, ...] = DEFAULT_DTYPES
    accumulates_in: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    expected_failures: Mapping[str, str] = field(default_factory=dict)
    compiles_shapes: bool = False
    digest: str = ""

    def expected(self, clause: str, operation: str) -> str:
        """Return the key of `expected_failures` for a clause and operation, `clause[operation]` or `clause`, "" where there is none."""
        return next((key for key in (f"{clause}[{operation}]", clause) if key in self.expected_failures), "")

    def accumulator(self, dtype: str) -> str:
        """Return the dtype that sums are formed in: as declared, else float32 for 16-bit formats and the dtype itself for others."""
        return self.accumulates_in.get(dtype, usual_accumulator(dtype))

    def plain(self) -> dict[str, Any]:
        """Return it as values that JSON has, as reports and the line protocol write it."""
        return {
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "dtypes": list(self.dtypes),
            "operations": list(self.operations),
            "accumulates_in": dict(self.accumulates_in),
            "fixed": {operation: dict(values) for operation, values in self.fixed.items()},
            "expected_failures": dict(self.expected_failures),
            "compiles_shapes": self.compiles_shapes,
        }


def usual_accumulator(dtype: str) -> str:
    """Return the dtype that sums are formed in where an adapter declares none."""
    return "float32" if dtype in ("float16", "bfloat16") else dtype


# An operation, its arrays and its parameters by their names.
Call = tuple[str, Sequence[Any], Mapping[str, Any]]


class Source(Protocol):
    """Where answers come from: an object in this process, or another process."""

    description: Description

    def foresee(self, calls: Sequence[Call]) -> None:
        """Take note of the calls that will be made next, if it helps to know them; others may be made in between."""
        ...

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the adapter's answer or raise one of `nnspec.conformance.terms.outcomes`."""
        ...


class Implementation:
    """The operations of a source for one dtype as attributes; every answer is looked at before it is passed on."""

    def __init__(self, source: Source, dtype: str | None) -> None:
        self._source = source
        self.dtype = dtype
        self.format = FORMATS[dtype or "float64"]
        self.accumulates_in = source.description.accumulator(self.format.name)
        self.asked: list[Asking] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Return the operation of that name as a callable."""
        if operation not in reference.__all__:
            raise AttributeError(operation)
        return lambda *arguments, **parameters: self.call(operation, arguments, parameters)

    def call(self, operation: str, arguments: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the answer of an operation; Malformed where it does not have the dtype of the arguments.

        What the operation's callbacks were asked is then in `asked`.
        """
        self.asked = []
        names = arguments_of(operation)
        given = [
            Live(argument, names[place], self.format.name, self.asked) if isinstance(argument, Callback) else argument
            for place, argument in enumerate(arguments)
        ]
        answer = self._source.call(operation, given, parameters)
        needed = "int64" if answers_indices(operation) else self.dtype
        for array in leaves(answer):
            if name_of(array.dtype) != needed:
                wanted = f"its arguments are {needed}" if needed == self.dtype else f"{needed} was needed"
                message = f"{operation} answered in {array.dtype.name}; {wanted}"
                raise Malformed(message)
        return answer


class InProcess:
    """An adapter object in this process: any module, class or object whose attributes bear the operations' names.

    Without `watching` nobody looks whether it changes its arguments: that costs copies, and who does not need them afterwards can do
    without. Who knows its description already gives it.
    """

    def __init__(self, adapter: Any, name: str = "", *, description: Description | None = None, watching: bool = True) -> None:
        self._adapter, self._watching = adapter, watching
        self.description = describe(adapter, name) if description is None else description

    def foresee(self, calls: Sequence[Call]) -> None:
        """Nothing is asked here before its time."""

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Call the adapter's function, list what it yields, and look at its answer and at what became of its arguments."""
        function = getattr(self._adapter, operation, None)
        if function is None:
            message = f"the adapter offers no {operation}"
            raise Absent(message)
        before = [_kept(argument) for argument in arrays] if self._watching else None
        answered: dict[str, list[Any]] = {}
        names = arguments_of(operation)
        given = [
            _watched(argument, answered.setdefault(names[place], [])) if callable(argument) else argument
            for place, argument in enumerate(arrays)
        ]
        try:
            answer = function(*given, **parameters)
            if isinstance(answer, Iterator):
                answer = _listed(operation, answer)
        except NotImplementedError as error:
            message = _said(error) or f"{operation} raised NotImplementedError"
            raise Absent(message) from None
        except (KeyboardInterrupt, Ended):
            raise
        except BaseException as error:  # noqa: BLE001  SystemExit of an adapter costs one case, never the run
            message = f"{operation} raised {type(error).__name__}: {_said(error)}".rstrip(": ")
            raise Raised(message, traceback=traceback.format_exc()) from None
        finally:
            modified = _restore(arrays, before) if before is not None else []
        if modified:
            message = f"{operation} modified its argument {arguments_of(operation)[modified[0]]}"
            raise Malformed(message)
        for name, answers in answered.items():
            if any(_changed(kept) for kept in answers):
                message = f"{operation} modified what {name} had answered"
                raise Malformed(message)
        return _arrays(operation, answer)


def _watched(callback: Callable[..., Any], answers: list[Any]) -> Callable[..., Any]:
    """Return a callback that keeps each of its answers with a copy, to see later whether it was modified."""

    def asked(*arguments: Any) -> Any:
        answer = callback(*arguments)
        answers.append(_kept(answer))
        return answer

    return asked


def _said(error: BaseException) -> str:
    """Return what an exception says; one of an adapter's own may not be able to say it."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  its __str__ may raise anything
        return "an exception that cannot be printed"


def _kept(value: Any) -> list[tuple[NDArray[Any], bytes]]:
    """Return the arrays of a value, each with its numbers as bits, by which zeros of both signs differ and a NaN is the same as itself."""
    return [(array, array.tobytes()) for array in leaves(value)]


def _changed(kept: list[tuple[NDArray[Any], bytes]]) -> list[tuple[NDArray[Any], bytes]]:
    return [(array, bits) for array, bits in kept if array.tobytes() != bits]


def _restore(arguments: Sequence[Any], before: Sequence[list[tuple[NDArray[Any], bytes]]]) -> list[int]:
    """Put back what an adapter changed in its arguments, which later cases share, and return the places of those that it changed."""
    modified = []
    for place, (argument, kept) in enumerate(zip(arguments, before, strict=True)):
        changed = _changed(kept)
        for array, bits in changed:
            array[...] = np.frombuffer(bits, array.dtype).reshape(array.shape)
        replaced = isinstance(argument, list) and [id(array) for array in leaves(argument)] != [id(array) for array, _ in kept]
        if replaced:
            argument[:] = [array for array, _ in kept]
        if changed or replaced:
            modified.append(place)
    return modified


def _listed(operation: str, yielded: Iterator[Any]) -> list[Any]:
    """List all that is yielded before any of it is judged; Malformed where a later step changed what an earlier one had yielded."""
    steps, kept = [], []
    for step in yielded:
        steps.append(step)
        kept.append(_kept(step))
    for number, each in enumerate(kept, 1):
        if _changed(each):
            message = f"{operation} changed the arrays that it had yielded in step {number} of {len(steps)}: it must yield copies"
            raise Malformed(message)
    return steps


def describe(adapter: Any, name: str = "") -> Description:
    """Read an adapter's optional attributes; AdapterError says which one is not as it must be."""
    dtypes = tuple(getattr(adapter, "dtypes", DEFAULT_DTYPES))
    accumulates_in = getattr(adapter, "accumulates_in", {})
    if isinstance(accumulates_in, str):
        accumulates_in = dict.fromkeys(dtypes, accumulates_in)
    for attribute, names in (("dtypes", dtypes), ("accumulates_in", tuple(accumulates_in.values()))):
        unknown = [given for given in names if given not in NAMES]
        if unknown:
            message = f"the adapter's {attribute} must be names out of {', '.join(NAMES)}; got {', '.join(map(repr, unknown))}"
            raise AdapterError(message)
    tables: dict[str, Any] = {attribute: getattr(adapter, attribute, {}) for attribute in ("fixed", "expected_failures")}
    for attribute, table in tables.items():
        if not isinstance(table, Mapping):
            message = f"the adapter's {attribute} must be a dict; got {type(table).__name__}"
            raise AdapterError(message)
    compiles_shapes = getattr(adapter, "compiles_shapes", False)
    if not isinstance(compiles_shapes, bool):
        message = f"the adapter's compiles_shapes must be True or False; got {compiles_shapes!r}"
        raise AdapterError(message)
    return Description(
        name=str(getattr(adapter, "name", "") or name or getattr(adapter, "__name__", type(adapter).__name__)),
        version=str(getattr(adapter, "version", "")),
        operations=tuple(operation for operation in reference.__all__ if getattr(adapter, operation, None) is not None),
        dtypes=dtypes,
        accumulates_in=dict(accumulates_in),
        fixed=tables["fixed"],
        expected_failures=tables["expected_failures"],
        compiles_shapes=compiles_shapes,
    )


def misspelt(adapter: Any) -> tuple[str, ...]:
    """Return the names of an adapter's own public functions that are those of operations but for a letter or two."""
    return tuple(name for name in dir(adapter) if not name.startswith("_") and nearest(name) and _own_function(adapter, name))


def _own_function(adapter: Any, name: str) -> bool:
    """Say whether an attribute is a function, and in a module one that the module does not import under the function's own name."""
    found = inspect.getattr_static(adapter, name)
    if isinstance(found, type) or not callable(found):
        return False
    imported = not f"{getattr(found, '__module__', '')}.".startswith(f"{getattr(adapter, '__name__', '')}.")
    return not (isinstance(adapter, ModuleType) and imported and getattr(found, "__name__", "") == name)


def _arrays(operation: str, answer: Any) -> Any:
    """Return the answer with NumPy scalars as arrays, (nested) lists of arrays as lists; Malformed for anything else."""
    if isinstance(answer, np.generic):
        answer = np.asarray(answer)
    if isinstance(answer, np.ndarray):
        if name_of(answer.dtype) not in (*NAMES, "int64"):
            message = f"{operation} answered with an array of {answer.dtype.name}; one of {', '.join(NAMES)} was needed"
            raise Malformed(message)
        return answer
    if isinstance(answer, (list, tuple)) and all(isinstance(item, (np.ndarray, np.generic, list, tuple)) for item in answer):
        return [_arrays(operation, item) for item in answer]
    inside = f" of {type(answer[0]).__name__}" if isinstance(answer, (list, tuple)) and answer else ""
    kind = type(answer).__name__ if type(answer).__module__ == "builtins" else f"{type(answer).__module__}.{type(answer).__name__}"
    message = f"{operation} answered with a {kind}{inside}; a NumPy array was needed"
    raise Malformed(message)
