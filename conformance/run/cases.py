"""The cases of a clause: its examples, then the sets of inputs that it names.

A set of inputs is a function of (operation, dtype) that yields cases. The module
`pages/<page>/inputs.py` holds the sets of a page; every page has the set `vectors`, `again` if it
has operations, and those that are made of its family. Inputs are the same numbers for everyone, to
the last bit. They are made of integers and powers of two by + - × ÷ and √, which IEEE 754 rounds in
one way. No input goes through a library's exp, log, power or matrix product, whose last bit depends
on the machine. A seed decides the set `fresh`, and no other.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import spec
from nnspec.conformance.bounds import language
from nnspec.conformance.pages import aliasing, families
from nnspec.conformance.pages.again import again
from nnspec.conformance.pages.layouts import SETS, Make
from nnspec.conformance.pages.vectors import in_dtype, vectors
from nnspec.conformance.terms.callbacks import Callback, scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.operations import OPERATIONS, Operation

_NAME = re.compile(r"`([a-z0-9-]+)`")


def sets(page: str, seed: int = 0) -> Mapping[str, Make]:
    """Return the sets of inputs that a page's clauses may name, with a draw of this seed."""
    import_module(f"nnspec.conformance.pages.{page}.inputs")
    own = SETS.get(page, {})
    repeated = {"again": again} if "twice" in own else {}
    made = {**aliasing.sets(page), **families.sets(page, seed)}
    return {**made, **own, **repeated, "vectors": vectors}


@lru_cache(maxsize=None)
def cases(clause: spec.Clause, operation: str, dtype: str, seed: int = 0) -> tuple[Case, ...]:
    """Return the cases of a clause for an operation and a dtype, and the draw of a seed.

    Raises SpecificationError if the clause names a set that does not exist.
    """
    if not OPERATIONS[operation].asked_in(dtype):
        return ()
    found: list[Case] = []
    for number, example in enumerate(clause.examples, 1):
        if example.operation == operation:
            given = dict(zip(OPERATIONS[operation].arguments, example.arguments, strict=True))
            arguments = tuple(
                _heeding(value, given["params"])
                if isinstance(value, str)
                else _argument(OPERATIONS[operation], name, value, dtype)
                for name, value in given.items()
            )
            name = "example" if len(clause.examples) == 1 else f"example-{number}"
            found.append(
                Case(
                    name, operation, arguments, in_dtype(operation, dict(example.parameters), dtype)
                )
            )
    known = sets(clause.page, seed)
    for name in sets_of(clause):
        if name not in known:
            message = (
                f"{clause.page}.md:{clause.line}: {clause.id} names the inputs {name!r}; "
                f"there are {', '.join(known)}"
            )
            raise spec.SpecificationError(message)
        found.extend(_made(known[name], operation, dtype))
    return tuple(found)


@lru_cache(maxsize=None)
def _made(make: Make, operation: str, dtype: str) -> tuple[Case, ...]:
    """Return the cases of a set: clauses that name the same set share them, and their truths."""
    return tuple(make(operation, dtype))


def sets_of(clause: spec.Clause) -> tuple[str, ...]:
    """Return the names of the sets of inputs of a clause."""
    return tuple(_NAME.findall(clause.inputs))


def _heeding(formula: str, params: Sequence[Any]) -> Callback:
    """Return a callback that answers each array of parameters by a formula of `theta`."""
    stated, wide = spec.Formula(formula), "float64"

    def answer(_: int, point: list[NDArray[Any]]) -> list[Any]:
        return [
            language.evaluate(stated, {"theta": each}, dtype=wide, accumulates_in=wide, axes=None)
            for each in point
        ]

    return Callback(f"{formula} at theta", answer, tuple(np.shape(each) for each in params))


def _argument(operation: Operation, name: str, value: Any, dtype: str) -> Any:
    """Return an argument of an example as the operation takes it."""
    if name in operation.callbacks:
        answers = value if name in operation.lists else map(np.asarray, value)
        return scripted(list(answers), dtype)
    if name in operation.lists:
        return [_array(item, dtype, indices=name in operation.indices) for item in value]
    if name in operation.sizes or isinstance(value, int):
        return value
    return _array(value, dtype, indices=name in operation.indices)


def _array(value: Any, dtype: str, *, indices: bool) -> NDArray[Any]:
    return np.asarray(value, dtype=np.int64) if indices else cast(value, dtype)
