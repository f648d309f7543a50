"""Every formula of the specification in NumPy, float64: `reference.softmax` is clause `softmax/...` made executable."""

from reference import activations
from reference.activations import *  # noqa: F403  a page's __all__ is the list of its operations

__all__: list[str] = []
__all__ += activations.__all__
