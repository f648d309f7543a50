"""A library of arrays with no more than the standard asks for: it refuses those of NumPy."""

import sys

import numpy as np


class Array:
    """An array that only its own functions take, and that travels by DLPack."""

    def __init__(self, held):
        self._held = held

    def __array_namespace__(self, *, api_version=None):
        return sys.modules[__name__]

    def __dlpack__(self, **options):
        return self._held.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._held.__dlpack_device__()

    def __sub__(self, other):
        return Array(self._held - other._held)

    def __truediv__(self, other):
        return Array(self._held / other._held)


def __array_namespace_info__():  # noqa: N807  the standard's name
    return None


def asarray(value):
    if not isinstance(value, np.ndarray):
        raise TypeError(f"an array was needed; got {type(value).__name__}")
    return Array(value)


def _reduced(name):
    def reduced(x, *, axis, keepdims):
        if not isinstance(x, Array):
            raise TypeError(f"an Array was needed; got {type(x).__name__}")
        return Array(getattr(x._held, name)(axis=axis, keepdims=keepdims))

    return reduced


max, sum = _reduced("max"), _reduced("sum")  # noqa: A001  the standard's names


def exp(x):
    return Array(np.exp(x._held))
