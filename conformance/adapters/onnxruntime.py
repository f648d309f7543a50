"""ONNX Runtime on the CPU: an inference session for each model of one to three nodes, with the optimizations that it makes by default."""

from functools import cache as _cache

import onnxruntime as _onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as _state

from conformance.adapters.onnx import models as _models

name = "onnxruntime"
version = _onnxruntime.__version__
dtypes = ("float64", "float32", "float16")


def _session(key):
    options = _onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    model = _models.model(*key).SerializeToString()
    try:
        return _onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _state.NotImplemented as error:
        raise NotImplementedError(str(error)) from None


_kept = _cache(_session)

globals().update(_models.operations(lambda key, inputs: _kept(key).run(None, inputs)))

# A session draws on where it stopped: the same seed has the same answer in a new one.
normal = _models.operations(lambda key, inputs: _session(key).run(None, inputs))["normal"]


def newton(gradient, hessian, params, steps, *, learning_rate):
    (x,) = params
    nodes = "inverse = com.microsoft.Inverse(h) step = Gemm<alpha = {}>(inverse, g, x)"
    for rate in _models.rates(learning_rate, steps):
        (g,), h = gradient([x]), hessian([x])
        given = {"x": x[:, None], "g": g[:, None], "h": h}
        x = _models.run(lambda key, inputs: _kept(key).run(None, inputs), nodes.format(-rate), "step", **given)[0][:, 0]
        yield [x]
