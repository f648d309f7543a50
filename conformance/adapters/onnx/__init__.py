"""ONNX's reference evaluator: the operators of `models`, and those for training.

onnx/reference/ops/aionnx_preview_training has the formulas for training. Adam adds epsilon to the
uncorrected root, and Momentum's velocity holds no learning rate. Each parameter has a node of its
own, because Adam answers several of them in float32 alone.
"""

from functools import cache as _cache

import numpy as np
import onnx as _onnx
from onnx.reference import ReferenceEvaluator as _ReferenceEvaluator

from nnspec.conformance.adapters.onnx.models import attributes as _attributes
from nnspec.conformance.adapters.onnx.models import model as _model
from nnspec.conformance.adapters.onnx.models import operations as _operations
from nnspec.conformance.adapters.onnx.models import rates as _rates
from nnspec.conformance.adapters.onnx.models import run as _run

name = "onnx reference evaluator"
version = _onnx.__version__
dtypes = ("float64", "float32", "float16", "bfloat16")

_SUMS = (
    "numbers of 16 bits are summed in their own format, as NumPy does: "
    "in bfloat16 the softmax of 4,096 equal numbers sums to 16"
)
_LOGARITHM = (
    "op_log_softmax.py takes the logarithm of softmax, which is -inf where softmax underflows"
)
_LOSS = (
    "op_softmax_cross_entropy_loss.py takes the logarithm of softmax, "
    "which is -inf where softmax underflows"
)
expected_failures = {
    "batch_norm_train/accuracy": _SUMS,
    "center/lengths": _SUMS,
    "center/mean-far-from-zero": _SUMS,
    "losses/lengths[sum_squared_error]": _SUMS,
    "softmax/accuracy": _SUMS,
    "softmax/sum": _SUMS,
    "sum_squared_error/accuracy": _SUMS,
    "activations/neighbors[log_softmax]": _LOGARITHM,
    "log_softmax/accuracy": _LOGARITHM,
    "log_softmax/finiteness": _LOGARITHM,
    "mlp/finiteness": _LOGARITHM,
    "softmax_cross_entropy/accuracy": _LOGARITHM,
    "softmax_cross_entropy/finiteness": _LOGARITHM,
    "softmax_cross_entropy/small-targets": _LOGARITHM,
    "losses/overflow[softmax_cross_entropy]": _LOGARITHM,
    "sparse_softmax_cross_entropy/accuracy": _LOSS,
    "sparse_softmax_cross_entropy/agreement": _LOSS,
    "sparse_softmax_cross_entropy/finiteness": _LOSS,
}


@_cache
def _evaluator(key):
    return _ReferenceEvaluator(_model(*key))


def _evaluate(key, inputs):
    return _evaluator(key).run(None, inputs)


globals().update(_operations(_evaluate))


def _trained(operator, states, first, gradient, params, steps, learning_rate, **settings):
    dtype = params[0].dtype.name if params else "float32"
    found = ", ".join(f"{name} = {value}" for name, value in _attributes(dtype, **settings).items())
    answers = ["y", *(f"{state}_new" for state in states)]
    called = f"ai.onnx.preview.training.{operator.format(found)}"
    nodes = f"{', '.join(answers)} = {called}(r, t, x, g, {', '.join(states)})"
    held = [[x, *(np.zeros_like(x) for _ in states)] for x in params]
    for t, rate in enumerate(_rates(learning_rate, steps), first):
        for place, g in enumerate(gradient([x for x, *_ in held])):
            x, *kept = held[place]
            given = {
                "x": x,
                "g": g,
                "r": np.asarray(rate, x.dtype),
                "t": np.asarray(t),
                **dict(zip(states, kept, strict=True)),
            }
            # Adam returns a float32 parameter as float64, the type of its corrected learning rate.
            held[place] = [
                each.astype(x.dtype) for each in _run(_evaluate, nodes, " ".join(answers), **given)
            ]
        yield [x for x, *_ in held]


def momentum(gradient, params, steps, *, learning_rate, momentum):
    operator = 'Momentum<{}, beta = 1.0, norm_coefficient = 0.0, mode = "standard">'
    return _trained(operator, ["v"], 0, gradient, params, steps, learning_rate, alpha=momentum)


def nesterov_reformulated(gradient, params, steps, *, learning_rate, momentum):
    operator = 'Momentum<{}, beta = 1.0, norm_coefficient = 0.0, mode = "nesterov">'
    return _trained(operator, ["v"], 0, gradient, params, steps, learning_rate, alpha=momentum)


def adagrad(gradient, params, steps, *, learning_rate, epsilon):
    return _trained(
        "Adagrad<{}>", ["h"], 1, gradient, params, steps, learning_rate, epsilon=epsilon
    )


def adam_epsilon_hat(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    return _trained(
        "Adam<{}>",
        ["v", "h"],
        1,
        gradient,
        params,
        steps,
        learning_rate,
        alpha=beta1,
        beta=beta2,
        epsilon=epsilon,
    )
