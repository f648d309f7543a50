"""Every formula of the specification in NumPy, float64: `reference.softmax` is clause `softmax/...` made executable."""

from reference import activations, information, networks, normalization
from reference.activations import *  # noqa: F403
from reference.information import *  # noqa: F403
from reference.networks import *  # noqa: F403
from reference.normalization import *  # noqa: F403

__all__: list[str] = []
__all__ += activations.__all__
__all__ += information.__all__
__all__ += networks.__all__
__all__ += normalization.__all__
