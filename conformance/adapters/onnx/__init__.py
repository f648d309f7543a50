"""ONNX's reference evaluator, which says what each operator of the standard means: the operators of `models`, and those for training."""

from functools import cache as _cache

import numpy as _np
import onnx as _onnx
from onnx.reference import ReferenceEvaluator as _ReferenceEvaluator

from conformance.adapters.onnx import models as _models

name = "onnx reference evaluator"
version = _onnx.__version__
dtypes = ("float64", "float32", "float16", "bfloat16")


@_cache
def _evaluator(key):
    return _ReferenceEvaluator(_models.model(*key))


def _evaluate(key, inputs):
    return _evaluator(key).run(None, inputs)


globals().update(_models.operations(_evaluate))


# R, T, X, G and the state: op_adagrad.py, op_adam.py and op_momentum.py of onnx.reference.ops.aionnx_preview_training.
def _trained(operator, count, first, gradient, params, steps, learning_rate):
    state = ["v", "h"][-count:] if operator != "Momentum" else ["v"]


def _optimizer(node, states, first, gradient, params, steps, learning_rate):
    held = [[x, *(_np.zeros_like(x) for _ in states)] for x in params]
    answers = " ".join(["y", *(f"{each}_new" for each in states)])
    nodes = f"{answers.replace(' ', ', ')} = ai.onnx.preview.training.{node}(r, t, x, g, {', '.join(states)})"
    for t, rate in enumerate(_models.rates(learning_rate, steps), first):
        for place, g in enumerate(gradient([x for x, *_ in held])):
            x, *kept = held[place]
            given = {"x": x, "g": g, "r": _np.asarray(rate, x.dtype), "t": _np.asarray(t), **dict(zip(states, kept, strict=True))}
            held[place] = [each.astype(x.dtype) for each in _models.run(_evaluate, nodes, answers, **given)]
        yield [x for x, *_ in held]


def momentum(gradient, params, steps, *, learning_rate, momentum):
    node = f'Momentum<alpha = {momentum}, beta = 1.0, norm_coefficient = 0.0, mode = "standard">'
    return _optimizer(node, ["v"], 0, gradient, params, steps, learning_rate)


def nesterov_reformulated(gradient, params, steps, *, learning_rate, momentum):
    node = f'Momentum<alpha = {momentum}, beta = 1.0, norm_coefficient = 0.0, mode = "nesterov">'
    return _optimizer(node, ["v"], 0, gradient, params, steps, learning_rate)


def adagrad(gradient, params, steps, *, learning_rate, epsilon):
    return _optimizer(f"Adagrad<epsilon = {epsilon}>", ["h"], 1, gradient, params, steps, learning_rate)


def adam_epsilon_hat(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    node = f"Adam<alpha = {beta1}, beta = {beta2}, epsilon = {epsilon}>"
    return _optimizer(node, ["v", "h"], 1, gradient, params, steps, learning_rate)
