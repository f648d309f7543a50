"""A `torch.optim.Optimizer` as an operation: it steps from given parameters with given gradients.

The optimizer is made with the operation's parameters under PyTorch's names for them. A schedule
sets the learning rate of each step, for constructors refuse rates below 0.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nnspec.conformance.interface.signatures import SignatureError
from nnspec.conformance.terms.operations import OPERATIONS

# PyTorch's names of parameters; two coefficients are one pair there.
_NAMES = {"epsilon": "eps", "decay": "alpha", "learning_rate": "lr"}
_PAIR = ("beta1", "beta2")


def is_optimizer(value: Any) -> bool:
    """Say whether a value is a subclass of `torch.optim.Optimizer`."""
    torch = sys.modules.get("torch")
    return (
        torch is not None and isinstance(value, type) and issubclass(value, torch.optim.Optimizer)
    )


def stepped(method: type, operation: str) -> Callable[..., Any]:
    """Return an optimizer as a function that yields its parameters after each step.

    Raises SignatureError if the operation is none of steps, or if the optimizer takes other names.
    """
    taken = inspect.signature(method).parameters
    wanted = _named(dict.fromkeys(OPERATIONS[operation].parameters, 0.0))
    missing = [name for name in wanted if name not in taken]
    if not OPERATIONS[operation].steps or missing:
        said = f"it takes {', '.join(taken)}"
        why = f"no {', '.join(missing)}; {said}" if missing else "that operation takes no steps"
        message = f"the optimizer {method.__name__} cannot be asked as {operation}: {why}"
        raise SignatureError(message)

    def steps_of(
        gradient: Any, params: Any, steps: int, *, learning_rate: Any, **settings: Any
    ) -> Iterator[Any]:
        held = [each.detach().clone().requires_grad_() for each in params]
        rates = (
            learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
        )
        optimizer = method(held, lr=1.0, **_named(settings))
        for rate in rates:
            for group in optimizer.param_groups:
                group["lr"] = rate
            slopes = gradient([each.detach().clone() for each in held])
            for each, slope in zip(held, slopes, strict=True):
                each.grad = slope
            optimizer.step()
            yield [each.detach().clone() for each in held]

    # It takes tensors, and a debugger stops in the user's own step.
    steps_of.__wrapped__ = method.step  # type: ignore[attr-defined]
    own = inspect.signature(steps_of, follow_wrapped=False)
    vars(steps_of)["__signature__"] = own
    steps_of.__name__ = method.__name__
    steps_of.__module__ = "torch"
    return steps_of


def _named(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of an operation under the names of PyTorch."""
    found = {_NAMES.get(name, name): each for name, each in settings.items() if name not in _PAIR}
    if set(_PAIR) <= set(settings):
        found["betas"] = tuple(settings[name] for name in _PAIR)
    return found
