"""ONNX Runtime on the CPU, a session for each model of one to three nodes."""

from functools import cache as _cache

import onnxruntime as _onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as _errors

from conformance.adapters.onnx import models as _models

name = "onnxruntime"
version = _onnxruntime.__version__
dtypes = ("float64", "float32", "float16")


@_cache
def _session(*key):
    options = _onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    model = _models.model(*key).SerializeToString()
    try:
        return _onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _errors.NotImplemented as error:
        raise NotImplementedError(str(error)) from None


def _run(nodes, answers="y", **inputs):
    return _session(nodes, _models.dtypes_of(inputs), answers).run(None, inputs)


globals().update(_models.operations(_run))
