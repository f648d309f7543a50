"""The page `initializers` in ball arithmetic: what is not random of it, numbers that are exact."""

import numpy as np
from flint import arb


def zeros(shape, *, dtype):
    return constant(shape, value=0.0, dtype=dtype)


def constant(shape, *, value, dtype):
    found = np.empty(shape, dtype=object)
    found.fill(arb(value))
    return found
