"""ONNX Runtime on the CPU: one inference session a model, with its default optimizations.

All its CPU kernels take float32, and most take float64. Without a kernel for float16 it computes in
float32. It takes no bfloat16 from NumPy.
"""

from functools import cache as _cache

import onnxruntime as _onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as _state

from nnspec.conformance.adapters.onnx import models as _models

name = "onnxruntime"
version = _onnxruntime.__version__
dtypes = ("float64", "float32", "float16")

_SIGMOID = (
    "float32 is 1/2 + p/q, clamped at 18 (mlas logistic.cpp), "
    "float64 1 - 1/(1 + e^x) (activations.h): both cancel in the left tail"
)
expected_failures = {
    "activations/form[sigmoid]": _SIGMOID,
    "activations/layouts[sigmoid]": _SIGMOID,
    "activations/lengths[sigmoid]": _SIGMOID,
    "activations/purity[sigmoid]": _SIGMOID,
    "activations/repeated-calls[sigmoid]": _SIGMOID,
    "activations/significands[sigmoid]": _SIGMOID,
    "activations/sizes[sigmoid]": _SIGMOID,
    "activations/late-elements[sigmoid]": _SIGMOID,
    "activations/fresh[sigmoid]": _SIGMOID,
    "sigmoid/accuracy": _SIGMOID,
    "sigmoid/monotonicity": _SIGMOID,
    "tanh/accuracy": (
        "mlas tanh.cpp multiplies x by 0.0049 before it divides by that: "
        "near the smallest normal number digits are lost"
    ),
    "tanh/range": "the quotient of polynomials in mlas tanh.cpp ends at 1 + 2^-23",
}


def _session(key):
    options = _onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    model = _models.model(*key).SerializeToString()
    try:
        return _onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _state.NotImplemented as error:
        raise NotImplementedError(str(error)) from None


_cached = _cache(_session)


def _evaluate(key, inputs):
    return _cached(key).run(None, inputs)


def _evaluate_anew(key, inputs):
    return _session(key).run(None, inputs)


globals().update(_models.operations(_evaluate))

# A session continues its random numbers; a new session starts with the seed.
normal = _models.operations(_evaluate_anew)["normal"]


def newton(gradient, hessian, params, steps, *, learning_rate):
    (x,) = params
    nodes = "inverse = com.microsoft.Inverse(h) step = Gemm<alpha = {alpha}>(inverse, g, x)"
    for rate in _models.rates(learning_rate, steps):
        (g,), h = gradient([x]), hessian([x])
        found = _models.attributes(x.dtype.name, alpha=-float(rate))
        (column,) = _models.run(
            _evaluate, nodes.format(**found), "step", x=x[:, None], g=g[:, None], h=h
        )
        x = column[:, 0]
        yield [x]
