"""An adapter of an earlier release: it is right, wrong as expected, wrong, and refuses."""

import numpy as np

name, version, dtypes = "an old library", "1.0", ("float64", "float32")
accumulates_in = {"float32": "float64"}
fixed = {"leaky_relu": {"negative_slope": 0.01}}
expected_failures = {"sigmoid/accuracy": "a fast exponential, by design"}


def relu(x):
    return np.maximum(x, 0)


def sigmoid(x):
    return (1 / (1 + np.exp(-x, dtype=np.float32))).astype(x.dtype)


def tanh(x):
    return x * x.dtype.type(0.75)


def step(x):
    raise NotImplementedError("no steps here")
