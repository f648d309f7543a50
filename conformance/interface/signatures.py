"""How a user's function takes the arguments and parameters of an operation.

A parameter goes by the operation's name for it, or by that of libraries: `dim` for `axis`.
A function without such a parameter fixes its value, and then somebody has to say the value.
"""

import inspect
import numbers
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnspec import reference
from nnspec.conformance.terms.operations import OPERATIONS, called

# Other names of parameters, as libraries have them.
_ALSO = {
    "axis": ("dim",),
    "axes": ("axis", "dim"),
    "epsilon": ("eps",),
    "learning_rate": ("lr",),
    "negative_slope": ("slope", "alpha"),
    "max_norm": ("norm",),
    "limit": ("clip_value",),
}


class SignatureError(Exception):
    """A function does not take what the operation gives; the message says what it must take."""


@dataclass(frozen=True)
class Signature:
    """The names by which a function takes parameters, and the values of those that it fixes."""

    names: Mapping[str, str]
    fixed: Mapping[str, Any]

    def given(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of a call under the function's own names."""
        return {self.names[name]: each for name, each in parameters.items() if name in self.names}

    @property
    def words(self) -> str:
        """What is unlike the operation's own signature in words, "" if nothing is."""
        said = [f"{name} goes by {own}" for name, own in self.names.items() if own != name]
        said += [f"{name} is fixed at {value!r}" for name, value in self.fixed.items()]
        return ", ".join(said)


def signature(
    function: Callable[..., Any],
    operation: str,
    fixed: Mapping[str, Any],
    *,
    torch: bool,
    strict: bool,
) -> Signature:
    """Return how a function takes the parameters of an operation.

    `fixed` says the values of those that it does not take. Raises SignatureError if a parameter is
    neither taken nor fixed, or if the arguments have no place. Where it is not `strict`, the
    function bears the operation's name on purpose, and its first call shows what it does not take.
    """
    try:
        return _signature(function, operation, fixed, torch=torch)
    except SignatureError:
        if strict:
            raise
        return Signature({name: name for name in OPERATIONS[operation].parameters}, {})


def _signature(
    function: Callable[..., Any], operation: str, fixed: Mapping[str, Any], *, torch: bool
) -> Signature:
    wanted = OPERATIONS[operation].parameters
    taken = _parameters(function)
    if taken is None:
        # A function in C without a signature: PyTorch's have `dim`.
        also = {"axis": "dim", "axes": "dim", "epsilon": "eps"} if torch else {}
        return Signature(
            {name: also.get(name, name) for name in wanted if name not in fixed}, fixed
        )
    _expect_places(function, operation, taken)
    names, known, missing = {}, dict(fixed), []
    for name in wanted:
        own = next((each for each in (name, *_ALSO.get(name, ())) if each in taken), "")
        if name in fixed:
            continue
        if own or any(each.kind is each.VAR_KEYWORD for each in taken.values()):
            names[name] = own or name
        elif (value := _attribute(function, name)) is not None:
            known[name] = value
        else:
            missing.append(name)
    if missing:
        raise SignatureError(_needed(function, operation, missing))
    _expect_no_more(function, operation, taken, names)
    return Signature(names, known)


def name_of(function: Any) -> str:
    """Return the name of a function for a reader; of an object, that of its class."""
    inner = getattr(function, "func", function)
    owner = getattr(function, "__self__", None)
    if isinstance(owner, type):
        return f"{owner.__name__}.{inner.__name__}"
    # A lambda has no name that could be pasted.
    own = str(getattr(inner, "__name__", "") or type(inner).__name__)
    return own.replace("<lambda>", "function")


def is_module(value: Any) -> bool:
    """Say whether a value is a `torch.nn.Module`."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)


def is_autograd(value: Any) -> bool:
    """Say whether a value is a subclass of `torch.autograd.Function`."""
    torch = sys.modules.get("torch")
    return (
        torch is not None and isinstance(value, type) and issubclass(value, torch.autograd.Function)
    )


def is_forward(function: Any) -> bool:
    """Say whether a function is `apply` of a `torch.autograd.Function`."""
    owner = getattr(function, "__self__", None)
    return is_autograd(owner) and getattr(function, "__name__", "") == "apply"


def positional(function: Any) -> Callable[..., Any]:
    """Return `apply` of an autograd function as one that takes parameters by name."""
    order = list(_parameters(function) or ())

    def apply(*arguments: Any, **parameters: Any) -> Any:
        return function(*arguments, *(parameters[name] for name in order if name in parameters))

    return apply


def _parameters(function: Any) -> Mapping[str, inspect.Parameter] | None:
    """Return what a function takes, None if nobody can say; of a module, what `forward` takes."""
    looked_at = function.forward if is_module(function) else function
    if is_forward(function):
        owner = function.__self__
        taken = list(inspect.signature(owner.forward).parameters.items())
        # The first is the context, unless the class sets it up apart.
        base = sys.modules["torch"].autograd.Function
        return dict(taken[1:] if owner.setup_context is base.setup_context else taken)
    try:
        return inspect.signature(looked_at).parameters
    except (TypeError, ValueError):
        return None


def _expect_places(function: Any, operation: str, taken: Mapping[str, inspect.Parameter]) -> None:
    """Raise SignatureError if a function has no places for the arguments of an operation."""
    kinds = [each.kind for each in taken.values()]
    places = sum(
        kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        for kind in kinds
    )
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return
    if places < len(OPERATIONS[operation].arguments):
        raise SignatureError(_needed(function, operation))


def _expect_no_more(
    function: Any,
    operation: str,
    taken: Mapping[str, inspect.Parameter],
    names: Mapping[str, str],
) -> None:
    """Raise SignatureError if a function needs what the operation does not give."""
    required = [
        name
        for name, each in list(taken.items())[len(OPERATIONS[operation].arguments) :]
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    more = [name for name in required if name not in names.values()]
    if more and inspect.Parameter.VAR_POSITIONAL not in {each.kind for each in taken.values()}:
        said = _needed(function, operation)
        raise SignatureError(f"{said}: nobody gives it {', '.join(more)}")


def _needed(function: Any, operation: str, missing: Sequence[str] = ()) -> str:
    """Say how an operation is called, and what to do about a function that is called otherwise."""
    taken = ", ".join(map(str, (_parameters(function) or {}).values()))
    said = f"{operation} is called as {called(operation)}; {name_of(function)} takes ({taken})"
    if not missing:
        return said
    values = ", ".join(f"{name!r}: {_value(operation, name)}" for name in missing)
    about = missing[0] if len(missing) == 1 else "these"
    whose = "its value" if len(missing) == 1 else "their values"
    without = f"{said}, and not {', '.join(missing)}"
    return f"{without}. If it fixes {about}, say {whose}: fixed={{{values}}}"


def _value(operation: str, name: str) -> str:
    """Return a usual value of a parameter as it is written, "…" if there is none."""
    default = inspect.signature(getattr(reference, operation)).parameters[name].default
    value = {"axis": -1, "epsilon": 1e-5}.get(name, default)
    return "…" if value is inspect.Parameter.empty else repr(value)


def _attribute(function: Any, name: str) -> Any:
    """Return the value of a parameter that an object such as `nn.Softmax(dim=-1)` holds."""
    if inspect.isroutine(function):
        return None
    for each in (name, *_ALSO.get(name, ())):
        value = getattr(function, each, None)
        if isinstance(value, numbers.Real) and not isinstance(value, bool):
            return value
        if isinstance(value, tuple) and all(isinstance(item, int) for item in value):
            return value
    return None
