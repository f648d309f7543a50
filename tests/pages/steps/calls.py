"""Calls of methods that take steps, with the hyper-parameters of their first stored call."""

from importlib import import_module
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.terms.operations import arguments_of, page_of

METHODS = tuple(name for name in reference.__all__ if "steps" in arguments_of(name))


def call(
    operation: str,
    params: Any,
    steps: int = 3,
    *,
    gradient: Any = lambda point: point,
    learning_rate: Any = 0.25,
    **changed: float,
) -> Any:
    """Call a method; the curvature of Newton's is 1."""
    stored = import_module(f"tests.pages.{page_of(operation)}.stored")
    _, _, parameters = next(iter(stored.vectors(operation)))
    curvatures = [lambda point: np.eye(point[0].size)] * ("hessian" in arguments_of(operation))
    given = {**parameters, "learning_rate": learning_rate, **changed}
    return getattr(reference, operation)(gradient, *curvatures, params, steps, **given)
