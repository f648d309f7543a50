"""A case as the lines of Python that make it again: pasted into a set of inputs of its page, they are one more of its named cases."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.run.cases import named, sets
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import arguments_of, page_of, parameters_of
from nnspec.spec import Clause

# Every float64 is told apart by so many digits.
_DIGITS = 17


def lines(case: Case, dtype: str | None, *, rearranged: bool = False) -> str:
    """Return the statement that yields a case for its operation and dtype, and no other; `rearranged` yields it in all layouts."""
    made = _made(case, dtype)
    condition = f'operation == "{case.operation}"' + (f' and dtype == "{dtype}"' if dtype else "")
    return f"if {condition}:\n    yield {f'from rearranged({made})' if rearranged else made}"


def place(clause: Clause) -> str:
    """Return where the lines belong: a set of inputs that the clause names, and its module."""
    name = next(each for each in named(clause) if each not in ("vectors", "stored"))
    module = sets(clause.page)[name].__module__.removeprefix("nnspec.")
    return f"{name.replace('-', '_')}() in {module.replace('.', '/')}.py"


def _made(case: Case, dtype: str | None) -> str:
    if page_of(case.operation) == "activations" and "axis" not in parameters_of(case.operation):
        given = [_numbers(array, dtype) for array in case.arguments]
        given = [
            given[0],
            "dtype",
            *given[1:],
            *(f"{name}={value!r}" for name, value in case.parameters.items()),
        ]
        return f'filled(operation, "{case.name}", {", ".join(given)})'
    if page_of(case.operation) == "clipping":
        gradients = ", ".join(_numbers(array, dtype) for array in case.arguments[0])
        limit, *epsilon = case.parameters.values()
        return f'clipping("{case.name}", operation, dtype, [{gradients}], {limit!r}{"".join(f", epsilon={each!r}" for each in epsilon)})'
    arguments = [
        _argument(name, value, case, dtype)
        for name, value in zip(arguments_of(case.operation), case.arguments, strict=True)
    ]
    parameters = ", ".join(
        f'"{name}": {"dtype" if name == "dtype" else repr(value)}'
        for name, value in case.parameters.items()
    )
    return f'Case("{case.name}", operation, ({", ".join(arguments)},), {{{parameters}}})'


def _argument(name: str, value: Any, case: Case, dtype: str | None) -> str:
    if isinstance(value, Callback):
        return _callback(name, value, case)
    if isinstance(value, np.ndarray):
        return (
            f"np.array({value.tolist()}, dtype=np.int64)"
            if value.dtype.kind == "i"
            else f"cast({_numbers(value, dtype)}, dtype)"
        )
    if isinstance(value, list):
        return f"[{', '.join(_argument(name, each, case, dtype) for each in value)}]"
    return repr(value)


def _callback(name: str, callback: Callback, case: Case) -> str:
    if not callback.script:
        # Of a sample's loss: the index is the last of what the callback is asked with.
        count = 1 + max(int(index) for array in leaves(case.arguments[-1]) for index in array)
        rows = [callback.answer(0, None, index)[0].tolist() for index in range(count)]
        return f'Callback("{callback.description}", lambda _, __, index: [np.array({rows}[int(index)])], {callback.shapes!r})'
    each = [
        f"np.array({step.tolist()})"
        if name == "hessian"
        else repr([array.tolist() for array in step])
        for step in callback.script
    ]
    return f'scripted([{", ".join(each)}], dtype, "{callback.description}")'


def _numbers(array: NDArray[Any], dtype: str | None) -> str:
    """Return numbers as nested lists of the shortest literals that are these numbers in the format."""
    if array.ndim:
        return f"[{', '.join(_numbers(each, dtype) for each in array)}]"
    return literal(float(array), dtype)


def literal(value: float, dtype: str | None) -> str:
    """Return the shortest literal that is a number of the format."""
    shortest = next(
        text
        for digits in range(1, _DIGITS + 1)
        if _is(value, float(text := f"{value:.{digits}g}"), dtype)
    )
    return repr(float(shortest))


def _is(value: float, other: float, dtype: str | None) -> bool:
    return float(cast(other, dtype or "float64")) == value
