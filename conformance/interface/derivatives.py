"""The derivative of a user's function as an operation: `torch.autograd` or `jax.vjp` gives it.

An operation has this way if its derivative takes the arguments of the operation and a cotangent.
"""

import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any, get_args, get_origin

from nnspec import reference
from nnspec.conformance.interface.functions import Function
from nnspec.conformance.terms.operations import OPERATIONS

# The libraries that differentiate.
DIFFERENTIATING = ("torch", "jax")


def derivative(operation: str) -> str:
    """Return the name of an operation's derivative, "" if it has none that autograd can answer."""
    name = f"{operation}_vjp"
    forward, backward = OPERATIONS.get(operation), OPERATIONS.get(name)
    if forward is None or backward is None:
        return ""
    return name if backward.arguments == (*forward.arguments, "cotangent") else ""


class Derivative(Function):
    """A user's function, differentiated by the library of its arrays."""

    derived = True

    @property
    def signed(self) -> str:
        """The operation whose arguments the function takes."""
        return self.operation.removesuffix("_vjp")

    def _asked(self, chosen: Any, arguments: Sequence[Any], parameters: Any) -> Any:
        way = _by_torch if chosen.name == "torch" else _by_jax
        *values, cotangent = self._given(chosen, arguments)
        named = self.signature.given(parameters)
        count = wanted(self.operation)
        answer = way(lambda *each: self._call(*each, **named), values, cotangent, count)
        return answer if count > 1 else answer[0]


def wanted(operation: str) -> int:
    """Return how many arguments, from the first on, a derivative is about."""
    answered = inspect.signature(getattr(reference, operation)).return_annotation
    return len(get_args(answered)) if get_origin(answered) is tuple else 1


def _by_torch(
    function: Callable[..., Any], values: Sequence[Any], cotangent: Any, count: int
) -> list[Any]:
    torch = sys.modules["torch"]
    # A tensor that is given twice is two variables, and the cotangent is none.
    variables = [_variables(value) for value in values[:count]]
    flat = [each for value in variables for each in (value if isinstance(value, list) else [value])]
    # The sum of the products has the derivatives of a product with the cotangent, to the last bit.
    total = (function(*variables, *values[count:]) * cotangent.detach()).sum()
    found = iter(torch.autograd.grad(total, flat))
    return [
        [next(found) for _ in value] if isinstance(value, list) else next(found)
        for value in variables
    ]


def _variables(value: Any) -> Any:
    """Return a tensor, or each of a list, as a variable of its own in the same memory."""
    if isinstance(value, list):
        return [_variables(each) for each in value]
    return value.detach().requires_grad_()


def _by_jax(
    function: Callable[..., Any], values: Sequence[Any], cotangent: Any, count: int
) -> list[Any]:
    jax = sys.modules["jax"]
    _, pulled = jax.vjp(lambda *each: function(*each, *values[count:]), *values[:count])
    return list(pulled(cotangent))
