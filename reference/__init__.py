"""Every formula of the specification in NumPy and float64: `softmax` computes `softmax/…`."""

from nnspec.reference import (
    activations,
    adaptive,
    clipping,
    descent,
    information,
    initializers,
    losses,
    networks,
    normalization,
    preprocessing,
    sampling,
)
from nnspec.reference.activations import *  # noqa: F403
from nnspec.reference.adaptive import *  # noqa: F403
from nnspec.reference.clipping import *  # noqa: F403
from nnspec.reference.descent import *  # noqa: F403
from nnspec.reference.information import *  # noqa: F403
from nnspec.reference.initializers import *  # noqa: F403
from nnspec.reference.losses import *  # noqa: F403
from nnspec.reference.networks import *  # noqa: F403
from nnspec.reference.normalization import *  # noqa: F403
from nnspec.reference.preprocessing import *  # noqa: F403
from nnspec.reference.sampling import *  # noqa: F403

__all__: list[str] = []
__all__ += activations.__all__
__all__ += information.__all__
__all__ += losses.__all__
__all__ += networks.__all__
__all__ += descent.__all__
__all__ += adaptive.__all__
__all__ += clipping.__all__
__all__ += sampling.__all__
__all__ += initializers.__all__
__all__ += normalization.__all__
__all__ += preprocessing.__all__
