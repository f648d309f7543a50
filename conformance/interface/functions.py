"""A user's function as an operation: it is given the arrays that it takes, and its answer is read.

Which arrays these are, the keyword `arrays` says. Else the type of the function tells it, else its
annotation, else the libraries that its code uses, and last its first call. That call is made with
NumPy arrays. If it raises, it is made with those of each library that is loaded.
"""

import dis
import functools
import inspect
import itertools
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnspec.conformance.interface import signatures
from nnspec.conformance.interface.arrays import (
    NUMPY,
    Library,
    expect_plain,
    library,
    loaded,
    outside,
    package_of,
)
from nnspec.conformance.interface.fences import Fences
from nnspec.conformance.terms.nested import leaves

# The libraries whose own functions take their own arrays, by the roots of their modules.
_LIBRARIES = {"torch": "torch", "jax": "jax", "jaxlib": "jax", NUMPY: NUMPY}

# Functions that make arrays of a library of those of another one.
_MAKERS = {"from_numpy", "as_tensor", "tensor", "from_dlpack", "device_put"}

# So deep are the functions that a function calls looked at.
_DEPTH = 3


class Function:
    """A user's function that answers for an operation, with the last call and what it raised.

    `found` says how the library of its arrays was found out, and is empty until then.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        operation: str,
        *,
        arrays: str | None = None,
        device: str | None = None,
        fixed: Mapping[str, Any] | None = None,
        strict: bool = True,
        as_is: bool = False,
        held: bool = False,
        distrusted: bool = False,
    ) -> None:
        self.function, self.operation = function, operation
        self.library: Library | None = None
        self.last: tuple[Sequence[Any], Mapping[str, Any]] | None = None
        self.raised: BaseException | None = None
        self.tried = tuple(loaded())
        self._device = device or _device_of(function)
        # What nobody trusts has its arguments between fences, and must answer with plain arrays.
        self._fences = Fences() if distrusted else None
        # An adapter is given NumPy arrays and answers with such; nothing of it is converted.
        self._as_is = as_is and not arrays
        # So may be a function that another object holds, whatever its code uses.
        known = (NUMPY, "") if self._as_is else _library_of(function, by_code=not held)
        name, self.found = (arrays, "as you say") if arrays else known
        if name:
            self.library = library(name, self._device if name == "torch" else "")
        self.signature = signatures.signature(
            function, self.signed, fixed or {}, torch=name == "torch", strict=strict
        )
        # An autograd function takes no keywords.
        self.bare = signatures.is_forward(function)
        self._call = signatures.positional(function) if self.bare else function

    # Whether the answer is that of a derivative.
    derived = False

    @property
    def signed(self) -> str:
        """The operation whose arguments the function takes."""
        return self.operation

    def __call__(self, *arguments: Any, **parameters: Any) -> Any:
        """Return the function's answer in NumPy arrays; an exception is handed through, and kept.

        An answer that is a Python number counts as rounded to the dtype of the arguments.
        """
        self.last, self.raised = (arguments, parameters), None
        try:
            fenced = self._fences.given(arguments) if self._fences else arguments
            answer = self._answer(fenced, parameters)
            kind = _dtype(arguments, parameters)
            if isinstance(answer, Iterator):
                return self._steps(answer, kind)
            return self._settled(answer, kind)
        except (Exception, SystemExit) as error:
            self.raised = error
            raise

    def again(self, arguments: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the function's own answer to a call, as it gives it."""
        chosen = self.library or library(NUMPY)
        return self._asked(chosen, arguments, parameters)

    def _settled(self, answer: Any, dtype: Any) -> Any:
        """Return an answer in NumPy arrays; of a function that nobody trusts, what it did too."""
        if self._fences is not None:
            self._fences.settle(self.operation)
            expect_plain(answer, self.library.name if self.library is not None else NUMPY)
        return answer if self._as_is else _read(answer, dtype)

    def _answer(self, arguments: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        if self.library is not None:
            return self._asked(self.library, arguments, parameters)
        answer, self.library, self.found = self._tried(arguments, parameters)
        return answer

    def _tried(
        self, arguments: Sequence[Any], parameters: Mapping[str, Any]
    ) -> tuple[Any, Library, str]:
        """Make the first call with arrays of one library after the other until one is answered.

        Raises the exception of the first library whose arrays the function seems to take.
        """
        refused: list[tuple[str, Exception]] = []
        for name in self.tried:
            chosen = library(name, self._device if name == "torch" else "")
            try:
                answer = _begun(self._asked(chosen, arguments, parameters))
            except NotImplementedError:
                raise
            except Exception as error:  # noqa: BLE001  a function may raise anything
                refused.append((name, error))
                continue
            steps = isinstance(answer, Iterator)
            theirs = "" if steps else package_of(next(_leaves(answer), None))
            if name == NUMPY and theirs not in ("", NUMPY):
                return answer, library(theirs), f"its answer to NumPy arrays is of {theirs}"
            how = "it answers to them; the keyword arrays chooses others"
            if refused:
                how = f"it raises {type(refused[0][1]).__name__} for those of {refused[0][0]}"
            return answer, chosen, how
        # TypeError and AttributeError are what arrays of another library lead to.
        foreign = (TypeError, AttributeError)
        told = next((each for _, each in refused if not isinstance(each, foreign)), refused[0][1])
        if len(refused) > 1:
            said = ", ".join(f"{name}: {type(each).__name__}" for name, each in refused)
            told.add_note(f"no library's arrays are answered ({said})")
        raise told

    def _asked(
        self, chosen: Library, arguments: Sequence[Any], parameters: Mapping[str, Any]
    ) -> Any:
        return self._call(*self._given(chosen, arguments), **self.signature.given(parameters))

    def _given(self, chosen: Library, arguments: Sequence[Any]) -> list[Any]:
        """Return arguments as arrays of a library, the same tensors again between fences."""
        fences = self._fences
        if fences is None or chosen.name != "torch" or chosen.device:
            return given(chosen, arguments)
        known = replace(chosen, inside=lambda array: fences.tensor(array, chosen.inside))
        return given(known, arguments)

    def _steps(self, answer: Iterator[Any], dtype: Any) -> Iterator[Any]:
        """Yield the steps of an optimizer; an exception is kept."""
        try:
            for step in answer:
                yield self._settled(step, dtype)
        except (Exception, SystemExit) as error:
            self.raised = error
            raise


def _begun(answer: Any) -> Any:
    """Return an answer whose first step has been made, if it is one of steps: that may raise."""
    if not isinstance(answer, Iterator):
        return answer
    first = list(itertools.islice(answer, 1))
    return itertools.chain(first, answer)


def given(chosen: Library, arguments: Sequence[Any]) -> list[Any]:
    """Return arguments as arrays of a library; one array stays one where it is given twice."""
    if chosen.name == NUMPY:
        return list(arguments)
    made: dict[int, Any] = {}

    def inside(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            if id(value) not in made:
                made[id(value)] = chosen.inside(value)
            return made[id(value)]
        if isinstance(value, (list, tuple)) and any(isinstance(each, np.ndarray) for each in value):
            return [inside(each) for each in value]
        return _heard(chosen, value) if callable(value) else value

    return [inside(each) for each in arguments]


def _heard(chosen: Library, callback: Callable[..., Any]) -> Callable[..., Any]:
    """Return a callback of the suite that is asked and answers in arrays of a library."""

    def asked(*points: Any) -> Any:
        answer = callback(*(_read(each, None) for each in points))
        return given(chosen, [answer])[0]

    return asked


def _read(value: Any, dtype: Any) -> Any:
    """Return an answer with NumPy arrays in the place of others; what is no array stays."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and dtype is not None:
        return np.asarray(value, dtype=dtype)
    if isinstance(value, (list, tuple)):
        return [_read(each, None) for each in value]
    return outside(value) if package_of(value) else value


def _dtype(arguments: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
    """Return the dtype that a Python number counts as: that of the first array of numbers."""
    arrays = (each for argument in arguments for each in leaves(argument))
    kinds = [each.dtype for each in arrays if each.dtype.kind != "i"]
    return kinds[0] if kinds else parameters.get("dtype")


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


# --- the arrays that a function takes ---


def _library_of(function: Any, *, by_code: bool) -> tuple[str, str]:
    """Return the library of the arrays that a function takes, and how that is known; "" if not."""
    inner = plain(function)
    if signatures.is_module(function):
        return "torch", "it is a torch.nn.Module"
    if signatures.is_forward(function):
        return "torch", "it is a torch.autograd.Function"
    for each in (type(function), function, inner, getattr(inner, "__self__", None)):
        if root := _LIBRARIES.get(_root(each)):
            return root, f"it is a function of {root}"
    if annotated := _annotated(inner):
        return annotated, "its annotation says so"
    if by_code and len(used := _used(inner, _DEPTH)) == 1:
        (name,) = used
        # A function that makes arrays of this library may well be given others.
        return ("", "") if _makes(inner) else (name, f"its code uses {name}")
    return "", ""


def plain(function: Any) -> Any:
    """Return the function behind a partial, a decorator, a method or an object that is called."""
    if signatures.is_module(function):
        return plain(function.forward)
    if signatures.is_forward(function):
        return plain(function.__self__.forward)
    if isinstance(function, functools.partial):
        return plain(function.func)
    unwrapped = inspect.unwrap(function)
    if inspect.ismethod(unwrapped):
        return plain(unwrapped.__func__)
    if inspect.isroutine(unwrapped):
        return unwrapped
    called = getattr(type(unwrapped), "__call__", None)  # noqa: B004  the method is wanted
    return called if inspect.isfunction(called) else unwrapped


def _root(value: Any) -> str:
    return str(getattr(value, "__module__", "") or "").partition(".")[0]


def _annotated(function: Any) -> str:
    """Return the library that the annotation of the first argument names, "" if it names none."""
    said = [
        each for name, each in getattr(function, "__annotations__", {}).items() if name != "return"
    ]
    if not said:
        return ""
    text = said[0] if isinstance(said[0], str) else f"{_root(said[0])}.{said[0]!r}"
    names = {"torch": "torch", "jax": "jax", "jnp": "jax", "numpy": NUMPY, "np": NUMPY}
    return names.get(text.partition(".")[0], "torch" if text in ("Tensor", "torch.Tensor") else "")


def _used(function: Any, depth: int) -> set[str]:
    """Return the libraries of arrays whose modules the code of a function names."""
    code = getattr(function, "__code__", None)
    if code is None:
        return set()
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=False))
    held = {name: _content(cell) for name, cell in cells.items()}
    known = {**{name: function.__globals__.get(name) for name in _globals(code)}, **held}
    found: set[str] = set()
    for value in known.values():
        name = value.__name__ if isinstance(value, types.ModuleType) else _root(value)
        root = name.partition(".")[0]
        if root in (*loaded(),):
            found.add(root)
        elif isinstance(value, types.ModuleType) and hasattr(value, "__array_namespace_info__"):
            found.add(value.__name__)
        elif depth and inspect.isfunction(value):
            found |= _used(value, depth - 1)
    return found


def _makes(function: Any) -> bool:
    """Say whether the code of a function makes arrays of arrays of another library."""
    return bool(_names(function.__code__) & _MAKERS)


def _globals(code: types.CodeType) -> set[str]:
    """Return the global names that code uses, and those of the functions inside it."""
    found = {each.argval for each in dis.get_instructions(code) if "GLOBAL" in each.opname}
    return found.union(*(_globals(each) for each in code.co_consts if _is_code(each)))


def _is_code(value: Any) -> bool:
    return isinstance(value, types.CodeType)


def _names(code: types.CodeType) -> set[str]:
    """Return the names and attributes that code uses, and those of the functions inside it."""
    found = set(code.co_names)
    for each in code.co_consts:
        if _is_code(each):
            found |= _names(each)
    return found


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return None


def _device_of(function: Any) -> str:
    """Return the device of a torch module, of its first parameter or buffer; else ""."""
    if not signatures.is_module(function):
        return ""
    held = [*function.parameters(), *function.buffers()]
    return str(held[0].device) if held and held[0].device.type != "cpu" else ""
