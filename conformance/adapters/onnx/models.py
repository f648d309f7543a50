"""The operations as ONNX models of one to three nodes, written in ONNX's own text; an evaluator of such models makes a glossary of them.

ONNX has no operator for a unit step, for cross-entropies of logits with targets or for descent: these are composed of two or three.
"""

from functools import cache, partial

import numpy as np
from onnx import parser, shape_inference

_OPSETS = '["": 21, "ai.onnx.preview.training": 1, "com.microsoft": 1]'
_TYPES = {"float64": "double", "float32": "float", "float16": "float16", "bfloat16": "bfloat16", "int64": "int64"}
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
    "one_hot_cross_entropy(q, labels)": 'logs = Log(q) y = NegativeLogLikelihoodLoss<reduction = "none">(logs, labels)',
    "softmax_cross_entropy(z, t)": 'logs = LogSoftmax<axis = 1>(z) sum = Einsum<equation = "mk,mk->m">(t, logs) y = Neg(sum)',
    "sparse_softmax_cross_entropy(z, labels)": 'y = SoftmaxCrossEntropyLoss<reduction = "none">(z, labels)',
    "sigmoid_cross_entropy(z, t)": "plus = Softplus(z) product = Mul(t, z) y = Sub(plus, product)",
    "linear(x, w, b)": "y = Gemm(x, w, b)",
    "batch_norm_eval(x, scale, shift, mean, variance)": "y = BatchNormalization<epsilon = {epsilon}>(x, scale, shift, mean, variance)",
}
_LAYERS = {
    "identity": "z{0} = Identity(a{0})",
    "leaky_relu": "z{0} = LeakyRelu<alpha = 0.125>(a{0})",
    "log_softmax": "z{0} = LogSoftmax<axis = -1>(a{0})",
    "relu": "z{0} = Relu(a{0})",
    "sigmoid": "z{0} = Sigmoid(a{0})",
    "softmax": "z{0} = Softmax<axis = -1>(a{0})",
    "step": "sign{0} = Sign(a{0}) z{0} = Relu(sign{0})",
    "tanh": "z{0} = Tanh(a{0})",
}


@cache
def model(nodes, answers, inputs):
    """Return a model of pairs of a name and a dtype, of any shape; NotImplementedError where the operators do not have these types."""
    asked, given = (", ".join(f"{_TYPES[dtype]}[] {name}" for name, dtype in each) for each in (answers, inputs))
    parsed = parser.parse_model(f"<ir_version: 10, opset_import: {_OPSETS}> graph ({given}) => ({asked}) {{ {nodes} }}")
    try:
        shape_inference.infer_shapes(parsed, check_type=True, strict_mode=True)
    except shape_inference.InferenceError as error:
        raise NotImplementedError(str(error)) from None
    return parsed


def run(evaluate, nodes, answers="y", dtype="", **inputs):
    """Let `evaluate` answer a model, what it may be cached by, on inputs; the answers are of the dtype of the first of them, or of another."""
    given = tuple((name, array.dtype.name) for name, array in inputs.items())
    return evaluate((nodes, tuple((answer, dtype or given[0][1]) for answer in answers.split()), given), inputs)


def rates(learning_rate, steps):
    return learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps


def operations(evaluate):
    """Return the glossary of an evaluator."""
    one = lambda nodes, **inputs: run(evaluate, nodes, **inputs)[0]  # noqa: E731

    def plain(nodes, names, *arrays, **parameters):
        return one(nodes.format(**parameters), **dict(zip(names, arrays, strict=True)))

    def sum_squared_error(y, target):
        nodes = "error = Sub(x, t) sum = ReduceSumSquare<keepdims = 0>(error) y = Mul(half, sum)"
        return one(nodes, x=y, t=target, half=np.asarray(0.5, y.dtype))

    def mlp(x, weights, biases, *, activations):
        layers = enumerate(activations, 1)
        nodes = " ".join(f"a{i} = Gemm(z{i - 1}, w{i}, b{i}) {_LAYERS[name].format(i)}" for i, name in layers)
        given = {f"{letter}{i}": each for letter, held in (("w", weights), ("b", biases)) for i, each in enumerate(held, 1)}
        return run(evaluate, nodes, f"z{len(weights)}", z0=x, **given)[0]

    def gradient_descent(gradient, params, steps, *, learning_rate):
        for rate in rates(learning_rate, steps):
            pairs = zip(params, gradient(list(params)), strict=True)
            params = [one("step = Mul(a, g) y = Sub(x, step)", x=x, g=g, a=np.asarray(rate, x.dtype)) for x, g in pairs]
            yield params

    def minibatch_descent(gradient, params, batches, *, learning_rate):
        nodes = "mean = ReduceMean<keepdims = 0>(samples, axes) step = Mul(a, mean) y = Sub(x, step)"
        for batch in batches:
            samples = zip(*(gradient(list(params), int(index)) for index in batch), strict=True)
            pairs, axes = zip(params, map(np.stack, samples), strict=True), np.asarray([0])
            params = [one(nodes, x=x, samples=each, axes=axes, a=np.asarray(learning_rate, x.dtype)) for x, each in pairs]
            yield params

    def clip_by_value(gradients, *, limit):
        limits = [[np.asarray(each, g.dtype) for each in (-limit, limit)] for g in gradients]
        return [one("y = Clip(x, low, high)", x=x, low=low, high=high) for x, (low, high) in zip(gradients, limits, strict=True)]

    def constant(shape, *, dtype, value=0.0):
        nodes = f"wide = ConstantOfShape<value = double[1] {{{value!r}}}>(shape) y = Cast<to = {_CODES[dtype]}>(wide)"
        return one(nodes, dtype=dtype, shape=np.asarray(shape, np.int64))

    def normal(shape, *, std, seed, dtype):
        if int(np.float32(seed)) != seed or not shape:
            raise NotImplementedError("a seed is a float32 to RandomNormal, and its shape has dimensions")
        return one(f"y = RandomNormal<dtype = {_CODES[dtype]}, scale = {std!r}, seed = {float(seed)}, shape = {list(shape)}>()", dtype=dtype)

    # ONNX's momentum is what remains of the running statistics.
    def batch_norm_train(x, scale, shift, running_mean, running_variance, *, momentum, epsilon):
        settings = f"training_mode = 1, momentum = {1.0 - momentum}, epsilon = {epsilon}"
        nodes = f"y, m, v = BatchNormalization<{settings}>(x, scale, shift, mean, variance)"
        return run(evaluate, nodes, "y m v", x=x, scale=scale, shift=shift, mean=running_mean, variance=running_variance)

    def center(train, data, *, axes):
        return one("mean = ReduceMean(train, axes) y = Sub(data, mean)", train=train, data=data, axes=np.asarray(axes, np.int64))

    composed = {function.__name__: function for function in locals().values() if hasattr(function, "__name__")}
    tabled = {call.partition("(")[0]: partial(plain, nodes, call[call.index("(") + 1 : -1].split(", ")) for call, nodes in _NODES.items()}
    return {**composed, **tabled, "zeros": constant}
