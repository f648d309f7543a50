"""The page `networks` by every form of its formulas that a careful library would choose.

Each function computes in the format of its arrays, and sums in float32 at least.
"""

import numpy as np

from tests.pages.networks import second


def bias_added_to_the_sum(x, weight, bias):
    wide = np.float64 if x.dtype == np.float64 else np.float32
    return x.astype(wide) @ weight.astype(wide) + bias.astype(wide)


FORMS = {
    "linear": (second.linear, bias_added_to_the_sum),
    "linear_vjp": (second.linear_vjp,),
    "mlp": (second.mlp,),
    "mlp_vjp": (second.mlp_vjp,),
    "perceptron_step": (second.perceptron_step,),
}
