"""Gradient descent, its momenta, Nesterov's method and Newton's: one function a form."""

from nnspec.reference.descent.curvature import newton
from nnspec.reference.descent.lookahead import (
    nesterov,
    nesterov_reformulated,
    nesterov_reformulated_scaled,
    nesterov_sutskever,
)
from nnspec.reference.descent.momenta import (
    gradient_descent,
    momentum,
    momentum_average,
    momentum_scaled,
    momentum_unbiased,
)

__all__ = [
    "gradient_descent",
    "momentum",
    "momentum_average",
    "momentum_scaled",
    "momentum_unbiased",
    "nesterov",
    "nesterov_reformulated",
    "nesterov_reformulated_scaled",
    "nesterov_sutskever",
    "newton",
]
