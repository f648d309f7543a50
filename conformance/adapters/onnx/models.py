"""The operations as ONNX models of one to three nodes, written in ONNX's own text.

`operations` makes them the glossary of any evaluator of models. ONNX has no operator for a unit
step, for cross-entropies of logits with targets or for descent, so two or three operators compose
them.
"""

import re
from functools import cache, partial

import numpy as np
from onnx import parser, shape_inference

# ONNX Runtime 1.31 has no kernel for RandomNormal in the next version of the operators.
_OPSETS = '["": 21, "ai.onnx.preview.training": 1, "com.microsoft": 1]'
_TYPES = {
    "float64": "double",
    "float32": "float",
    "float16": "float16",
    "bfloat16": "bfloat16",
    "int64": "int64",
}
_CODES = {"float64": 11, "float32": 1, "float16": 10, "bfloat16": 16}  # onnx.TensorProto.DataType
_NODES = {
    "step(x)": "sign = Sign(x) y = Relu(sign)",
    "sigmoid(x)": "y = Sigmoid(x)",
    "tanh(x)": "y = Tanh(x)",
    "relu(x)": "y = Relu(x)",
    "leaky_relu(x)": "y = LeakyRelu<alpha = {negative_slope}>(x)",
    "identity(x)": "y = Identity(x)",
    "softmax(x)": "y = Softmax<axis = {axis}>(x)",
    "log_softmax(x)": "y = LogSoftmax<axis = {axis}>(x)",
    "one_hot_cross_entropy(q, labels)": (
        'logs = Log(q) y = NegativeLogLikelihoodLoss<reduction = "none">(logs, labels)'
    ),
    "softmax_cross_entropy(z, t)": (
        'logs = LogSoftmax<axis = 1>(z) sum = Einsum<equation = "mk,mk->m">(t, logs) y = Neg(sum)'
    ),
    "sparse_softmax_cross_entropy(z, labels)": (
        'y = SoftmaxCrossEntropyLoss<reduction = "none">(z, labels)'
    ),
    "sigmoid_cross_entropy(z, t)": "plus = Softplus(z) product = Mul(t, z) y = Sub(plus, product)",
    "linear(x, w, b)": "y = Gemm(x, w, b)",
    "batch_norm_eval(x, scale, shift, mean, variance)": (
        "y = BatchNormalization<epsilon = {epsilon}>(x, scale, shift, mean, variance)"
    ),
}


@cache
def model(nodes, answers, inputs):
    """Return a model whose answers and inputs are pairs of a name and a dtype, of any shape.

    Raises NotImplementedError if the operators do not have these types.
    """
    asked, given = (
        ", ".join(f"{_TYPES[dtype]}[] {name}" for name, dtype in each) for each in (answers, inputs)
    )
    parsed = parser.parse_model(
        f"<ir_version: 10, opset_import: {_OPSETS}> graph ({given}) => ({asked}) {{ {nodes} }}"
    )
    try:
        shape_inference.infer_shapes(parsed, check_type=True, strict_mode=True)
    except shape_inference.InferenceError as error:
        raise NotImplementedError(str(error)) from None
    return parsed


def run(evaluate, nodes, answers="y", dtype="", **inputs):
    """Let `evaluate` run a model on inputs; it may cache by the model.

    The answers have the dtype of the first input, or `dtype`.
    """
    given = tuple((name, array.dtype.name) for name, array in inputs.items())
    return evaluate(
        (nodes, tuple((answer, dtype or given[0][1]) for answer in answers.split()), given), inputs
    )


def attributes(dtype, **parameters):
    """Return parameters as an operator's attributes, which are float32 even for float64 inputs."""
    if dtype == "float64" and (
        lost := [value for value in parameters.values() if float(np.float32(value)) != value]
    ):
        raise NotImplementedError(
            f"an attribute of an ONNX operator is a float32, and {lost[0]} is none"
        )
    return parameters


def rates(learning_rate, steps):
    return learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps


def _plain(nodes, names, evaluate, *arrays, **parameters):
    found = attributes(arrays[0].dtype.name, **parameters)
    return run(evaluate, nodes.format(**found), **dict(zip(names, arrays, strict=True)))[0]


def sum_squared_error(evaluate, y, target):
    nodes = "error = Sub(x, t) sum = ReduceSumSquare<keepdims = 0>(error) y = Mul(half, sum)"
    return run(evaluate, nodes, x=y, t=target, half=np.asarray(0.5, y.dtype))[0]


def mlp(evaluate, x, weights, biases, *, activations):
    layers, given = [], {"y0": x}
    for i, (weight, bias, name) in enumerate(zip(weights, biases, activations, strict=True), 1):
        activation = _NODES[f"{name}(x)"].format(axis=-1, negative_slope=0.125)
        layers += [
            f"x{i} = Gemm(y{i - 1}, w{i}, b{i})",
            re.sub(r"\b(x|y|sign)\b", rf"\g<1>{i}", activation),
        ]
        given |= {f"w{i}": weight, f"b{i}": bias}
    return run(evaluate, " ".join(layers), f"y{len(weights)}", **given)[0]


def gradient_descent(evaluate, gradient, params, steps, *, learning_rate):
    nodes = "step = Mul(a, g) y = Sub(x, step)"
    for rate in rates(learning_rate, steps):
        pairs = zip(params, gradient(list(params)), strict=True)
        params = [run(evaluate, nodes, x=x, g=g, a=np.asarray(rate, x.dtype))[0] for x, g in pairs]
        yield params


def minibatch_descent(evaluate, gradient, params, batches, *, learning_rate):
    nodes = "mean = ReduceMean<keepdims = 0>(samples, axes) step = Mul(a, mean) y = Sub(x, step)"
    for batch in batches:
        samples = map(
            np.stack, zip(*(gradient(list(params), int(index)) for index in batch), strict=True)
        )
        given = [
            {"x": x, "a": np.asarray(learning_rate, x.dtype), "axes": np.asarray([0])}
            for x in params
        ]
        params = [
            run(evaluate, nodes, samples=each, **rest)[0]
            for each, rest in zip(samples, given, strict=True)
        ]
        yield params


def clip_by_value(evaluate, gradients, *, limit):
    limits = [
        {"low": np.asarray(-limit, each.dtype), "high": np.asarray(limit, each.dtype)}
        for each in gradients
    ]
    return [
        run(evaluate, "y = Clip(x, low, high)", x=x, **both)[0]
        for x, both in zip(gradients, limits, strict=True)
    ]


def constant(evaluate, shape, *, dtype, value=0.0):
    wide = f"wide = ConstantOfShape<value = double[1] {{{float(value)}}}>(shape)"
    nodes = f"{wide} y = Cast<to = {_CODES[dtype]}>(wide)"
    return run(evaluate, nodes, dtype=dtype, shape=np.asarray(shape, np.int64))[0]


def normal(evaluate, shape, *, std, seed, dtype):
    if not shape:
        raise NotImplementedError("RandomNormal has no shape without dimensions")
    # Two seeds of one float32 would draw the same numbers in every dtype.
    found = attributes("float64", scale=std, seed=float(seed))
    nodes = "y = RandomNormal<dtype = {}, scale = {scale}, seed = {seed}, shape = {}>()".format(
        _CODES[dtype], list(shape), **found
    )
    return run(evaluate, nodes, dtype=dtype)[0]


# ONNX's momentum is the weight of the old statistics.
def batch_norm_train(
    evaluate, x, scale, shift, running_mean, running_variance, *, momentum, epsilon
):
    found = attributes(x.dtype.name, momentum=1.0 - momentum, epsilon=epsilon)
    settings = "training_mode = 1, momentum = {momentum}, epsilon = {epsilon}".format(**found)
    nodes = f"y, m, v = BatchNormalization<{settings}>(x, scale, shift, mean, variance)"
    return run(
        evaluate,
        nodes,
        "y m v",
        x=x,
        scale=scale,
        shift=shift,
        mean=running_mean,
        variance=running_variance,
    )


def center(evaluate, train, data, *, axes):
    nodes = "mean = ReduceMean(train, axes) y = Sub(data, mean)"
    return run(evaluate, nodes, train=train, data=data, axes=np.asarray(axes, np.int64))[0]


def operations(evaluate):
    """Return the glossary of an evaluator of models."""
    composed = (
        sum_squared_error,
        mlp,
        gradient_descent,
        minibatch_descent,
        clip_by_value,
        constant,
        normal,
        batch_norm_train,
        center,
    )
    plain = {
        call.partition("(")[0]: partial(_plain, nodes, call[:-1].partition("(")[2].split(", "))
        for call, nodes in _NODES.items()
    }
    named = {**plain, **{function.__name__: function for function in composed}, "zeros": constant}
    return {name: partial(function, evaluate) for name, function in named.items()}
