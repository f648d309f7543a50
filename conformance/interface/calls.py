"""A failing case as lines to paste: with literal arrays if they are short, else by its name."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.interface.arrays import NUMPY
from nnspec.conformance.interface.derivatives import wanted
from nnspec.conformance.interface.functions import Function
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import OPERATIONS

# Arrays of more numbers are fetched by the name of their case, and so are arguments whose text is
# longer than three lines.
_SHORT, _LONGEST = 24, 228

_MAKERS = {NUMPY: ("np", "array"), "torch": ("torch", "tensor"), "jax": ("jnp", "array")}


@dataclass(frozen=True)
class Asked:
    """A call of the suite: a function by its name in the caller's code, and what it was given.

    `inputs` are the arguments of `nnspec.inputs` that give the same arrays.
    """

    function: Function
    name: str
    arguments: Sequence[Any]
    parameters: Mapping[str, Any]
    inputs: str

    @property
    def package(self) -> str:
        """The library of the arrays."""
        library = self.function.library
        return library.name if library is not None else NUMPY

    @property
    def device(self) -> str:
        """The device that was named for the arrays, "" if none was."""
        return self.function.library.device if self.function.library is not None else ""


def lines(asked: Asked) -> str:
    """Return the lines that make a call; the last one is its answer."""
    short = sum(array.size for array in leaves(list(asked.arguments))) <= _SHORT
    literal = short and asked.package in _MAKERS and all(map(_plain, asked.arguments))
    names = OPERATIONS[asked.function.operation].arguments
    # An autograd function takes no keywords.
    bare = asked.function.bare
    named = [
        f"{value!r}" if bare else f"{own}={value!r}" for own, value in _parameters(asked).items()
    ]
    if asked.function.derived:
        return _derivative(asked, names, named, literal=literal)
    written = [_written(each, asked) for each in asked.arguments] if literal else []
    if written and sum(map(len, written)) <= _LONGEST:
        return _called(asked.name, [*written, *named])
    if not named:
        return _called(asked.name, [f"*{_fetched(asked)}"])
    return f"arguments = {_fetched(asked)}\n{_called(asked.name, ['*arguments', *named])}"


def _derivative(asked: Asked, names: Sequence[str], named: list[str], *, literal: bool) -> str:
    """Return the lines that differentiate a call."""
    values = ", ".join(_written(each, asked) for each in asked.arguments)
    first = f"{', '.join(names)} = {values if literal else _fetched(asked)}"
    count = wanted(asked.function.operation)
    about = ", ".join(names[:count])
    if asked.package == "jax":
        inner = _called(asked.name, [*names[:-1], *named])
        return f"{first}\njax.vjp(lambda {about}: {inner}, {about})[1](cotangent)"
    variables = [f"{name}.requires_grad_()" for name in names[:count]]
    inner = _called(asked.name, [*variables, *names[count:-1], *named])
    of = about if count == 1 else f"[{about}]"
    return f"{first}\ntorch.autograd.grad({inner}, {of}, cotangent)"


def _called(name: str, arguments: Sequence[str]) -> str:
    return f"{name}({', '.join(arguments)})"


def _parameters(asked: Asked) -> dict[str, Any]:
    return asked.function.signature.given(asked.parameters)


def _fetched(asked: Asked) -> str:
    where = [asked.inputs]
    where += [f"arrays={asked.package!r}"] if asked.package != NUMPY else []
    where += [f"device={asked.device!r}"] if asked.device else []
    return f"nnspec.inputs({', '.join(where)})"


def _plain(value: Any) -> bool:
    """Say whether a value is a number, an array, or a list of these."""
    if isinstance(value, (list, tuple)):
        return all(map(_plain, value))
    return isinstance(value, (np.ndarray, int, float))


def _written(value: Any, asked: Asked) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_written(each, asked) for each in value)}]"
    if not isinstance(value, np.ndarray):
        return repr(value)
    module, maker = _MAKERS[asked.package]
    kind = value.dtype.name
    own = kind == "bfloat16" and asked.package == NUMPY
    said = [_numbers(value, module)]
    if not (kind in ("float64", "int64") and asked.package == NUMPY):
        said.append(f"dtype={'ml_dtypes' if own else module}.{kind}")
    said += [f"device={asked.device!r}"] if asked.device else []
    return _called(f"{module}.{maker}", said)


def _numbers(array: NDArray[Any], module: str) -> str:
    """Return the numbers of an array as nested lists, infinities and NaN too."""
    if array.ndim:
        return f"[{', '.join(_numbers(each, module) for each in array)}]"
    number = float(array)
    if array.dtype.kind == "i":
        return str(int(array))
    if math.isfinite(number):
        return _shortest(array, number)
    return f"{'-' if number < 0 else ''}{module}.{'nan' if math.isnan(number) else 'inf'}"


def _shortest(array: NDArray[Any], number: float) -> str:
    """Return the shortest digits that the dtype of an array rounds to a number."""
    for digits in range(1, 17):
        text = f"{number:.{digits}g}"
        with np.errstate(over="ignore", under="ignore"):
            if float(np.asarray(float(text)).astype(array.dtype)) == number:
                return repr(float(text))
    return repr(number)
