"""PyTorch on the CPU: its own functions, and its automatic differentiation for each vjp.

Written from the documentation of torch 2.13. One thread computes unless OMP_NUM_THREADS says
otherwise.
"""

import os as _os

# With more threads the order of sums, and so their last bits, depend on the machine. On a busy
# machine the threads of small arrays wait for each other.
_os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch as _torch

# A module is the glossary of one page.
from nnspec.conformance.adapters.torch.activations import *  # noqa: F403
from nnspec.conformance.adapters.torch.adaptive import *  # noqa: F403
from nnspec.conformance.adapters.torch.clipping import *  # noqa: F403
from nnspec.conformance.adapters.torch.descent import *  # noqa: F403
from nnspec.conformance.adapters.torch.information import *  # noqa: F403
from nnspec.conformance.adapters.torch.initializers import *  # noqa: F403
from nnspec.conformance.adapters.torch.losses import *  # noqa: F403
from nnspec.conformance.adapters.torch.networks import *  # noqa: F403
from nnspec.conformance.adapters.torch.normalization import *  # noqa: F403
from nnspec.conformance.adapters.torch.preprocessing import *  # noqa: F403
from nnspec.conformance.adapters.torch.sampling import *  # noqa: F403
from nnspec.conformance.adapters.torch.tensors import compute_on

name = "torch"
version = _torch.__version__
dtypes = ("float64", "float32", "float16", "bfloat16")
expected_failures = {
    "sigmoid_cross_entropy/small-targets": (
        "binary_cross_entropy_with_logits takes (1 - t) z - log sigmoid(z): for z = -1e8 and "
        "t = 1e-9 that is 0 in float32, and the loss is 0.1"
    ),
}


class cuda:  # noqa: N801  `conformance certify nnspec.conformance.adapters.torch:cuda`
    """The same operations on the first GPU, with the kernels of CUDA and its libraries."""

    name = "torch on CUDA"
    version = _torch.__version__
    dtypes = dtypes
    expected_failures = expected_failures

    def __init__(self):
        # Matrix products use the full format, as on the CPU; TensorFloat-32 is an option of the
        # user.
        _torch.backends.cuda.matmul.allow_tf32 = _torch.backends.cudnn.allow_tf32 = False
        self.version = f"{_torch.__version__}, {_torch.cuda.get_device_name()}"
        compute_on("cuda")
        vars(self).update(
            {
                name: value
                for name, value in globals().items()
                if callable(value) and not name.startswith("_")
            }
        )
