"""Writes a case as Python: pasted into a set of inputs of its page, the lines are a named case."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.run.cases import sets, sets_of
from nnspec.conformance.search import domains
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.nested import leaves
from nnspec.spec import Clause

# This many digits tell every float64 from all others.
_DIGITS = 17


def lines(case: Case, dtype: str | None, *, rearranged: bool = False) -> str:
    """Return the statement that yields a case for its operation and its dtype alone.

    With `rearranged`, the statement yields the case in every layout.
    """
    made = _made(case, dtype)
    condition = f'operation == "{case.operation}"' + (f' and dtype == "{dtype}"' if dtype else "")
    return f"if {condition}:\n    yield {f'from rearranged({made})' if rearranged else made}"


def where_to_paste(clause: Clause) -> str:
    """Return where the lines belong: a set of inputs that the clause names, and its module."""
    name = next(each for each in sets_of(clause) if each not in ("vectors", "stored"))
    module = sets(clause.page)[name].__module__.removeprefix("nnspec.")
    return f"{name.replace('-', '_')}() in {module.replace('.', '/')}.py"


def _made(case: Case, dtype: str | None) -> str:
    own = domains.domain(case.operation).line(case, lambda array: _numbers(array, dtype))
    if own:
        return own
    arguments = [_argument(value, case, dtype) for value in case.arguments]
    parameters = ", ".join(
        f'"{name}": {"dtype" if name == "dtype" else repr(value)}'
        for name, value in case.parameters.items()
    )
    return f'Case("{case.name}", operation, ({", ".join(arguments)},), {{{parameters}}})'


def _argument(value: Any, case: Case, dtype: str | None) -> str:
    if isinstance(value, Callback):
        return _callback(value, case)
    if isinstance(value, np.ndarray):
        return (
            f"np.array({value.tolist()}, dtype=np.int64)"
            if value.dtype.kind == "i"
            else f"cast({_numbers(value, dtype)}, dtype)"
        )
    if isinstance(value, list):
        return f"[{', '.join(_argument(each, case, dtype) for each in value)}]"
    return repr(value)


def _callback(callback: Callback, case: Case) -> str:
    if not callback.script:
        # The callback answers the gradient at a sample; the sample's index is its last argument.
        count = 1 + max(int(index) for array in leaves(case.arguments[-1]) for index in array)
        rows = [callback.answer(0, None, index)[0].tolist() for index in range(count)]
        answer = f"lambda _, __, index: [np.array({rows}[int(index)])]"
        return f'Callback("{callback.description}", {answer}, {callback.shapes!r})'
    each = [
        f"np.array({step.tolist()})"
        if isinstance(step, np.ndarray)
        else repr([array.tolist() for array in step])
        for step in callback.script
    ]
    return f'scripted([{", ".join(each)}], dtype, "{callback.description}")'


def _numbers(array: NDArray[Any], dtype: str | None) -> str:
    """Return an array as nested lists of the shortest literals of its numbers in the format."""
    if array.ndim:
        return f"[{', '.join(_numbers(each, dtype) for each in array)}]"
    return literal(float(array), dtype)


def literal(value: float, dtype: str | None) -> str:
    """Return the shortest literal that the format rounds to the number."""
    shortest = next(
        text
        for digits in range(1, _DIGITS + 1)
        if _is(value, float(text := f"{value:.{digits}g}"), dtype)
    )
    return repr(float(shortest))


def _is(value: float, other: float, dtype: str | None) -> bool:
    return float(cast(other, dtype or "float64")) == value
