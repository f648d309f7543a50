"""An adapter as the checks see it: `implementation.softmax(x, axis=0)` answers an array of the dtype under test, or the case ends there."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import reference
from conformance.formats import NAMES
from conformance.operations import arrays_of
from conformance.outcomes import Absent, Malformed, Raised

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
    digest: str = ""

    def accumulator(self, dtype: str) -> str:
        """Return the dtype that sums are formed in: as declared, else float32 for 16-bit formats and the dtype itself for others."""
        return self.accumulates_in.get(dtype, "float32" if dtype in ("float16", "bfloat16") else dtype)


class Source(Protocol):
    """Where answers come from: an object in this process, or another process."""

    description: Description

    def call(self, operation: str, arrays: Sequence[NDArray[Any]], parameters: Mapping[str, Any]) -> Any:
        """Return the adapter's answer or raise one of `conformance.outcomes`."""
        ...


class Implementation:
    """The operations of a source for one dtype as attributes; every answer is looked at before it is passed on."""

    def __init__(self, source: Source, dtype: str) -> None:
        self._source = source
        self.dtype = dtype
        self.accumulates_in = source.description.accumulator(dtype)

    def __getattr__(self, operation: str) -> Callable[..., NDArray[Any]]:
        """Return the operation of that name as a callable."""
        if operation not in reference.__all__:
            raise AttributeError(operation)
        return lambda *arrays, **parameters: self.call(operation, arrays, parameters)

    def call(self, operation: str, arrays: Sequence[NDArray[Any]], parameters: Mapping[str, Any]) -> NDArray[Any]:
        """Return the answer of an operation; Malformed where it does not have the dtype of the arguments."""
        answer = self._source.call(operation, arrays, parameters)
        if not isinstance(answer, np.ndarray):
            message = f"{operation} answered with a {type(answer).__name__} of arrays; one array was needed"
            raise Malformed(message)
        if answer.dtype.name != self.dtype:
            message = f"{operation} answered in {answer.dtype.name}; its arguments are {self.dtype}"
            raise Malformed(message)
        return answer


class InProcess:
    """An adapter object in this process: any module, class or object whose attributes bear the operations' names."""

    def __init__(self, adapter: Any, name: str = "") -> None:
        self._adapter = adapter
        self.description = describe(adapter, name)

    def call(self, operation: str, arrays: Sequence[NDArray[Any]], parameters: Mapping[str, Any]) -> Any:
        """Call the adapter's function and look at its answer and at what became of its arguments."""
        function = getattr(self._adapter, operation, None)
        if function is None:
            message = f"the adapter offers no {operation}"
            raise Absent(message)
        before = [array.copy() for array in arrays]
        try:
            answer = function(*arrays, **parameters)
        except NotImplementedError as error:
            message = str(error) or f"{operation} raised NotImplementedError"
            raise Absent(message) from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  SystemExit of an adapter costs one case, never the run
            message = f"{operation} raised {type(error).__name__}: {error}".rstrip(": ")
            raise Raised(message, traceback=traceback.format_exc()) from None
        finally:
            modified = _restore(arrays, before)
        if modified:
            message = f"{operation} modified its argument {arrays_of(operation)[modified[0]]}"
            raise Malformed(message)
        return _arrays(operation, answer)


def _restore(arrays: Sequence[NDArray[Any]], before: Sequence[NDArray[Any]]) -> list[int]:
    """Put back what an adapter changed in its arguments, which later cases share, and return the places of those that it changed."""
    modified = [place for place, (array, kept) in enumerate(zip(arrays, before, strict=True)) if array.tobytes() != kept.tobytes()]
    for place in modified:
        arrays[place][...] = before[place]
    return modified


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
    return Description(
        name=str(getattr(adapter, "name", "") or name or getattr(adapter, "__name__", type(adapter).__name__)),
        version=str(getattr(adapter, "version", "")),
        operations=tuple(operation for operation in reference.__all__ if getattr(adapter, operation, None) is not None),
        dtypes=dtypes,
        accumulates_in=dict(accumulates_in),
        fixed=tables["fixed"],
        expected_failures=tables["expected_failures"],
    )


def _arrays(operation: str, answer: Any) -> Any:
    """Return the answer with NumPy scalars as arrays, (nested) lists of arrays as lists; Malformed for anything else."""
    if isinstance(answer, np.generic):
        answer = np.asarray(answer)
    if isinstance(answer, np.ndarray):
        if answer.dtype.name not in (*NAMES, "int64"):
            message = f"{operation} answered with an array of {answer.dtype.name}; one of {', '.join(NAMES)} was needed"
            raise Malformed(message)
        return answer
    if isinstance(answer, (list, tuple)) and answer and all(isinstance(item, (np.ndarray, np.generic, list, tuple)) for item in answer):
        return [_arrays(operation, item) for item in answer]
    inside = f" of {type(answer[0]).__name__}" if isinstance(answer, (list, tuple)) and answer else ""
    message = f"{operation} answered with a {type(answer).__name__}{inside}; a NumPy array was needed"
    raise Malformed(message)
