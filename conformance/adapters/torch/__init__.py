"""PyTorch on the CPU: each operation is the library's own function, each vjp its own automatic differentiation of it.

Read against the documentation of torch 2.13, page by page of the specification.
"""

import torch as _torch

from conformance.adapters.torch.activations import *  # noqa: F403  a glossary of the page's operations
from conformance.adapters.torch.adaptive import *  # noqa: F403
from conformance.adapters.torch.clipping import *  # noqa: F403
from conformance.adapters.torch.descent import *  # noqa: F403
from conformance.adapters.torch.information import *  # noqa: F403
from conformance.adapters.torch.initializers import *  # noqa: F403
from conformance.adapters.torch.losses import *  # noqa: F403
from conformance.adapters.torch.networks import *  # noqa: F403
from conformance.adapters.torch.normalization import *  # noqa: F403
from conformance.adapters.torch.preprocessing import *  # noqa: F403
from conformance.adapters.torch.sampling import *  # noqa: F403

name = "torch"
version = _torch.__version__
dtypes = ("float64", "float32", "float16", "bfloat16")
