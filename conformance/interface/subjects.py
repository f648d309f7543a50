"""What a user hands over to be judged: a function, or what holds functions under operations' names.

A name or a path is loaded as `conformance certify` does it. A class whose operations take `self` is
made an instance of.
"""

import os
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnspec import reference
from nnspec.conformance.interface import signatures
from nnspec.conformance.interface.derivatives import (
    DIFFERENTIATING,
    Derivative,
    derivative,
)
from nnspec.conformance.interface.functions import Function, plain
from nnspec.conformance.interface.optimizers import is_optimizer, stepped
from nnspec.conformance.interface.signatures import SignatureError
from nnspec.conformance.sources import loading
from nnspec.conformance.sources.description import (
    DEFAULT_DTYPES,
    AdapterError,
    Description,
    describe,
)
from nnspec.conformance.sources.places import place_of
from nnspec.conformance.terms.operations import OPERATIONS, nearest


@dataclass(frozen=True)
class Subject:
    """What is judged: its functions by operations, its description, and its name for a reader.

    `name` is a name to write into a call, `place` is where the first function stands. The function
    is `held` if it is an attribute of what was handed over.
    """

    functions: Mapping[str, Function]
    description: Description
    name: str
    place: str
    held: bool = False

    def __getattr__(self, operation: str) -> Function:
        """Return the function of an operation, as an adapter has it for an attribute."""
        functions: Mapping[str, Function] = vars(self).get("functions", {})
        if operation in functions:
            return functions[operation]
        raise AttributeError(operation)


def operation_of(name: str) -> str:
    """Return the name of an operation; raises ValueError with the nearest if there is none."""
    if name in OPERATIONS:
        return name
    near = nearest(name)
    message = f"there is no operation {name!r}; " + (
        f"the nearest is {near}" if near else "conformance list --counts and nnspec.plan show them"
    )
    raise ValueError(message)


def of_operation(
    given: Any,
    operation: str,
    *,
    dtypes: Sequence[str] = (),
    backward: bool = False,
    fixed: Mapping[str, Any] | None = None,
    **how: Any,
) -> Subject:
    """Return the subject that answers for one operation, and with `backward` for its derivative.

    What declares no dtypes is asked in `dtypes`. `how` are the keywords `arrays` and `device` of a
    function. Raises ValueError for an operation without derivative, SignatureError if a function
    does not take what the operation gives.
    """
    holder, called = _loaded(given)
    function = _function(holder, operation)
    own = dict(getattr(holder, "fixed", {}).get(operation, {}) if function is not holder else {})
    own |= dict(fixed or {})
    whole = signatures.is_autograd(holder) or is_optimizer(holder)
    held = function is not holder and not whole
    how |= {"fixed": own, "held": held}
    functions: dict[str, Function]
    if backward:
        functions = _both(function, operation, **how)
    else:
        functions = {operation: Function(function, operation, **how)}
    declared = _Declared(holder if function is not holder else object(), functions, dtypes)
    described = describe(declared, signatures.name_of(function))
    name = called if held else signatures.name_of(function)
    return Subject(functions, described, name, place_of(plain(function)), held)


def _both(function: Any, operation: str, **how: Any) -> dict[str, Function]:
    """Return an operation and its derivative, which NumPy arrays do not have."""
    name = derivative(operation)
    if not name:
        message = f"{operation} has no derivative in the specification that backward=True asks for"
        raise ValueError(message)
    forward, backward = Function(function, operation, **how), Derivative(function, name, **how)
    for each in (forward, backward):
        each.tried = tuple(library for library in each.tried if library in DIFFERENTIATING)
        known = each.library.name if each.library is not None else ""
        if (known and known not in DIFFERENTIATING) or not (known or each.tried):
            why = each.found or "no other library is loaded"
            message = (
                "backward=True differentiates functions of torch tensors or JAX arrays; "
                f"{signatures.name_of(function)} takes those of NumPy ({why})"
            )
            raise SignatureError(message)
    return {operation: forward, name: backward}


def of_glossary(given: Any, **how: Any) -> Subject:
    """Return the subject of every operation that a glossary offers.

    Raises AdapterError if it offers none, or describes itself wrongly.
    """
    holder, called = _loaded(given)
    offered = [name for name in reference.__all__ if getattr(holder, name, None) is not None]
    if not offered:
        message = (
            f"{called} offers none of the operations: its functions must bear their names, such "
            "as softmax or adam. nnspec.check judges a function of another name"
        )
        raise AdapterError(message)
    fixed = getattr(holder, "fixed", {})
    functions = {
        name: Function(
            getattr(holder, name), name, fixed=fixed.get(name, {}), strict=False, as_is=True, **how
        )
        for name in offered
    }
    described = describe(holder, called)
    return Subject(functions, described, called, place_of(plain(getattr(holder, offered[0]))))


def _loaded(given: Any) -> tuple[Any, str]:
    """Return what was handed over, loaded if it is a name, and its name."""
    if isinstance(given, (str, os.PathLike)):
        return loading.load(os.fspath(given))
    name = str(getattr(given, "__name__", "") or type(given).__name__)
    # An optimizer has a method `step`, which is no activation.
    glossary = isinstance(given, type) and not is_optimizer(given)
    if glossary and any(hasattr(given, each) for each in reference.__all__):
        return loading.glossary(given), name
    return given, name


def _function(holder: Any, operation: str) -> Any:
    """Return the function of an operation: an attribute of that name, or what was handed over.

    Raises AdapterError if there is neither.
    """
    if is_optimizer(holder):
        return stepped(holder, operation)
    module = signatures.is_module(holder)
    found = None if module else getattr(holder, operation, None)
    if callable(found):
        return found
    if signatures.is_autograd(holder):
        return holder.apply
    if callable(holder) and not isinstance(holder, type):
        return holder
    kind = "module" if isinstance(holder, types.ModuleType) else type(holder).__name__
    message = f"this {kind} has no function {operation}, and is none: {holder!r}"
    raise AdapterError(message)


class _Declared:
    """The declarations of a glossary, with other operations; its expected failures are left out."""

    def __init__(
        self, holder: Any, functions: Mapping[str, Function], dtypes: Sequence[str]
    ) -> None:
        self.dtypes = tuple(dtypes) or DEFAULT_DTYPES
        for name in ("dtypes", "accumulates_in", "multiplies_in", "version", "deterministic"):
            if hasattr(holder, name):
                setattr(self, name, getattr(holder, name))
        self.compiles_shapes = bool(getattr(holder, "compiles_shapes", False)) or any(
            each.library is not None and each.library.name == "jax" for each in functions.values()
        )
        self.fixed = {
            name: each.signature.fixed for name, each in functions.items() if each.signature.fixed
        }
        vars(self).update(functions)
