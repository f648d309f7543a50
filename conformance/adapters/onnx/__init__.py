"""ONNX's reference evaluator, which says what each operator of the standard means: the operators of `models`, and those for training."""

from functools import cache as _cache

import onnx as _onnx
from onnx.reference import ReferenceEvaluator as _ReferenceEvaluator

from conformance.adapters.onnx import models as _models

name = "onnx reference evaluator"
version = _onnx.__version__
dtypes = ("float64", "float32", "float16", "bfloat16")


@_cache
def _evaluator(*key):
    return _ReferenceEvaluator(_models.model(*key))


def _run(nodes, answers="y", **inputs):
    return _evaluator(nodes, _models.dtypes_of(inputs), answers).run(None, inputs)


globals().update(_models.operations(_run))
