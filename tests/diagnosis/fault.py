"""Faults: wrong implementations that public threads tell of, each with its source and a sentence.

    @fault("tanh_vjp", "apache/tvm#7340")
    def brackets_missing(x, cotangent): ...         the whole operation

    @stepping("adam", "karpathy/convnetjs#107")
    def correction_multiplies(theta, g, rate, t, kept, *, beta1, beta2, epsilon): ...

The first sentence of the docstring says what is wrong. A diagnosis is right if the implementation
that it names answers as the fault does. It is right too if it has a name that `right` matches.
"""

import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import update_wrapper
from hashlib import sha256
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from nnspec.conformance.terms.mistakes import computed, standing_in
from nnspec.conformance.terms.operations import page_of

Function = Callable[..., Any]


@dataclass(frozen=True)
class Fault:
    """A wrong implementation of an operation, the threads that tell of it, and its error.

    `right` holds regular expressions: of names that are a right diagnosis whatever they answer.
    `vague` is one of words that a person may read in a right diagnosis; "" admits all words.
    """

    name: str
    operation: str
    sources: tuple[str, ...]
    sentence: str
    function: Function
    right: tuple[str, ...] = ()
    vague: str = ""

    @property
    def page(self) -> str:
        """The page of the operation."""
        return page_of(self.operation)

    def implementation(self) -> Function:
        """Return the operation in the dtype of its arguments."""
        return computed(self.function)

    def adapter(self) -> SimpleNamespace:
        """Return an adapter that is wrong in this operation and right in the others."""
        return standing_in(self.operation, self.implementation(), self.name)

    @property
    def digest(self) -> str:
        """What the fault does, whom it names and what it accepts, however its lines are set."""
        _, _, lines = inspect.getsource(self.function).partition("def ")
        bare = re.sub(r"[\s,()]", "", lines)
        text = f"{self.operation} {self.sources} {self.right} {bare}"
        return sha256(text.encode()).hexdigest()[:16]

    def accepts(self, name: str) -> bool:
        """Say whether a diagnosis of this name is right, whatever it answers."""
        return any(re.search(pattern, name) for pattern in self.right)


def fault(
    operation: str, *sources: str, right: tuple[str, ...] = (), vague: str = ""
) -> Callable[[Function], Fault]:
    """Declare a wrong implementation of an operation."""
    return lambda function: Fault(
        function.__name__, operation, sources, _sentence(function), function, right, vague
    )


def stepping(
    operation: str, *sources: str, right: tuple[str, ...] = (), vague: str = ""
) -> Callable[[Function], Fault]:
    """Declare an optimizer by the step that it takes for one array.

    The step is given the array, its gradient, the rate, the count from 1, the state that the array
    keeps (0 at first), and the parameters by name. It answers the new array.
    """

    def declared(step: Function) -> Fault:
        def run(
            gradient: Any, params: Any, steps: int, *, learning_rate: Any, **others: Any
        ) -> Any:
            theta = [np.array(each) for each in params]
            kept = [defaultdict(float) for _ in theta]
            for t, rate in enumerate(rates(learning_rate, steps), 1):
                slopes = gradient([each.copy() for each in theta])
                theta = [
                    np.asarray(step(each, g, rate, t, state, **others))
                    for each, g, state in zip(theta, slopes, kept, strict=True)
                ]
                yield [each.copy() for each in theta]

        run = update_wrapper(run, step)
        return Fault(step.__name__, operation, sources, _sentence(step), run, right, vague)

    return declared


def rates(learning_rate: Any, steps: int) -> list[float]:
    """Return the rate of each step."""
    scheduled = isinstance(learning_rate, (tuple, list, np.ndarray))
    return list(learning_rate) if scheduled else [learning_rate] * steps


def faults_in(module: ModuleType) -> Iterator[Fault]:
    """Yield the faults that a module declares, in their order."""
    yield from (each for each in vars(module).values() if isinstance(each, Fault))


def _sentence(function: Function) -> str:
    return " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
