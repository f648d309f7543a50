"""The operations as ONNX models of one to three nodes, written in ONNX's own text; an evaluator of such models gets a glossary from them."""

from functools import cache

import numpy as np
from onnx import checker, helper, parser, shape_inference

_HEADER = '<ir_version: 10, opset_import: ["": 22, "ai.onnx.preview.training": 1]>'
_TYPES = {"float64": "double", "float32": "float", "float16": "float16", "bfloat16": "bfloat16", "int64": "int64"}


@cache
def model(nodes, inputs, answers):
    """Return a checked model; `inputs` are pairs of a name and a dtype, `answers` the names of what is asked, of the first dtype."""
    given = ", ".join(f"{_TYPES[dtype]}[] {name}" for name, dtype in inputs)
    asked = ", ".join(f"{_TYPES[inputs[0][1]]}[] {name}" for name in answers.split())
    parsed = parser.parse_model(f"{_HEADER} graph ({given}) => ({asked}) {{ {nodes} }}")
    try:
        checker.check_model(parsed, full_check=True)
    except shape_inference.InferenceError as error:
        raise NotImplementedError(str(error)) from None
    return parsed


def dtypes_of(inputs):
    """Return what a model is cached by: the names of its inputs with their dtypes, whatever their shapes."""
    return tuple((name, array.dtype.name) for name, array in inputs.items())


def operations(run):
    """Return the glossary of an evaluator: `run(nodes, answers="y", **inputs)` answers a list of arrays."""

    def one(nodes, **inputs):
        return run(nodes, **inputs)[0]

    def sgd(params, gradients, rate):
        step = "step = Mul(gradient, rate) y = Sub(x, step)"
        return [one(step, x=x, gradient=g, rate=np.asarray(rate, x.dtype)) for x, g in zip(params, gradients, strict=True)]

    def sigmoid(x):
        return one("y = Sigmoid(x)", x=x)

    def tanh(x):
        return one("y = Tanh(x)", x=x)

    def relu(x):
        return one("y = Relu(x)", x=x)

    def leaky_relu(x, *, negative_slope):
        return one(f"y = LeakyRelu<alpha = {float(negative_slope)}>(x)", x=x)

    def identity(x):
        return one("y = Identity(x)", x=x)

    def step(x):
        return one("sign = Sign(x) y = Relu(sign)", x=x)

    def softmax(x, *, axis):
        return one(f"y = Softmax<axis = {axis}>(x)", x=x)

    def log_softmax(x, *, axis):
        return one(f"y = LogSoftmax<axis = {axis}>(x)", x=x)

    def sum_squared_error(y, target):
        nodes = "difference = Sub(x, target) sum = ReduceSumSquare<keepdims = 0>(difference) y = Mul(sum, half)"
        return one(nodes, x=y, target=target, half=np.asarray(0.5, y.dtype))

    def one_hot_cross_entropy(q, labels):
        return one('logs = Log(q) y = NegativeLogLikelihoodLoss<reduction = "none">(logs, labels)', q=q, labels=labels)

    def softmax_cross_entropy(logits, targets):
        nodes = 'logs = LogSoftmax<axis = 1>(logits) sum = Einsum<equation = "mk,mk->m">(targets, logs) y = Neg(sum)'
        return one(nodes, logits=logits, targets=targets)

    def sparse_softmax_cross_entropy(logits, labels):
        return one('y = SoftmaxCrossEntropyLoss<reduction = "none">(logits, labels)', logits=logits, labels=labels)

    def sigmoid_cross_entropy(logits, targets):
        nodes = "plus = Softplus(logits) product = Mul(targets, logits) y = Sub(plus, product)"
        return one(nodes, logits=logits, targets=targets)

    def linear(x, weight, bias):
        return one("y = Gemm(x, weight, bias)", x=x, weight=weight, bias=bias)

    def mlp(x, weights, biases, *, activations):
        return None

    def clip_by_value(gradients, *, limit):
        limits = [{"low": np.asarray(-limit, each.dtype), "high": np.asarray(limit, each.dtype)} for each in gradients]
        return [one("y = Clip(x, low, high)", x=each, **limit) for each, limit in zip(gradients, limits, strict=True)]

    def gradient_descent(gradient, params, steps, *, learning_rate):
        for rate in learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps:
            params = sgd(params, gradient([each.copy() for each in params]), rate)
            yield params

    def batch_norm_eval(x, scale, shift, mean, variance, *, epsilon):
        nodes = f"y = BatchNormalization<epsilon = {float(epsilon)}>(x, scale, shift, mean, variance)"
        return one(nodes, x=x, scale=scale, shift=shift, mean=mean, variance=variance)

    def batch_norm_train(x, scale, shift, running_mean, running_variance, *, momentum, epsilon):
        settings = f"epsilon = {float(epsilon)}, momentum = {1 - momentum}, training_mode = 1"
        nodes = f"y, m, v = BatchNormalization<{settings}>(x, scale, shift, running_mean, running_variance)"
        return run(nodes, "y m v", x=x, scale=scale, shift=shift, running_mean=running_mean, running_variance=running_variance)

    def center(train, data, *, axes):
        return one("mean = ReduceMean(train, axes) y = Sub(data, mean)", train=train, data=data, axes=np.asarray(axes, np.int64))

    found = locals()
    return {name: function for name, function in found.items() if name not in ("run", "one", "sgd")}
