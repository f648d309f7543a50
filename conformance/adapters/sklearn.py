"""scikit-learn: the parts of its multi-layer perceptron, its losses, its scaler and its PCA.

Written from the sources of scikit-learn 1.9: neural_network._base, ._stochastic_optimizers and
._multilayer_perceptron, _loss.loss.
"""

from functools import partial

import numpy as np
import sklearn
from sklearn._loss import HalfBinomialLoss, HalfMultinomialLoss, HalfSquaredError
from sklearn.decomposition import PCA
from sklearn.neural_network._multilayer_perceptron import (
    ACTIVATIONS,
    DERIVATIVES,
    LOSS_FUNCTIONS,
    AdamOptimizer,
    MLPRegressor,
    SGDOptimizer,
)
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state, extmath, gen_batches, resample, shuffle

name = "scikit-learn"
version = sklearn.__version__
dtypes = ("float64", "float32")
expected_failures = {
    # If the samples are ten times the features or more, PCA chooses the solver "covariance_eigh";
    # "full" conforms.
    **dict.fromkeys(
        ("pca/mean-far-from-zero", "whiten/mean-far-from-zero"), "PCA decomposes XᵀX - n mean meanᵀ"
    ),
    "whiten/small-variances": "PCA divides by the machine epsilon where a deviation is smaller",
}
_NAMES = {"beta1": "beta_1", "beta2": "beta_2", "components": "n_components", "sigmoid": "logistic"}


def _needs(condition, message):
    if not condition:
        raise NotImplementedError(message)


# With a cotangent, the function of an operation returns its vjp.
def _activated(activation, x, cotangent=None):
    ACTIVATIONS[activation](answer := x.copy())
    if cotangent is None:
        return answer
    DERIVATIVES[activation](answer, error := cotangent.copy())
    return error


def softmax(x, *, axis):
    _needs(
        x.ndim == 2 and axis in (1, -1) and x.shape[1],
        "sklearn.utils.extmath.softmax is of the rows of a matrix",
    )
    return extmath.softmax(x)


# The loss of MLPClassifier averages over rows, so each is asked alone.
def cross_entropy_clipped(p, q, *, axis=-1, epsilon):
    _needs(
        q.ndim == 2 and axis in (1, -1) and q.shape[1] > 1 and epsilon == np.finfo(q.dtype).eps,
        "log_loss takes rows of classes, and clips at the machine epsilon",
    )
    return np.array([*map(LOSS_FUNCTIONS["log_loss"], p[:, None], q[:, None])], q.dtype)


def one_hot_cross_entropy_clipped(q, labels, *, epsilon):
    p = labels[:, None] == range(q.shape[1])
    return cross_entropy_clipped(1.0 * p, q, epsilon=epsilon)


def _lost(make, raw, true, cotangent=None, *, total=np.asarray):
    _needs(
        true.ndim == raw.ndim or raw.shape[1] > 1,
        "the losses of scikit-learn take a matrix of one column for a vector",
    )
    given = (
        np.ravel(true).astype(raw.dtype),
        np.ascontiguousarray(raw if true.ndim < raw.ndim else raw.ravel()),
    )
    if cotangent is None:
        return total(make(raw).loss(*given).reshape(true.shape))
    # The loss multiplies each sample's gradient by its weight, here the cotangent.
    return (
        make(raw)
        .gradient(*given, np.broadcast_to(cotangent, true.shape).ravel())
        .reshape(raw.shape)
    )


def mlp(x, weights, biases, cotangent=None, *, activations):
    *hidden, last = (_NAMES.get(each, each) for each in activations)
    _needs(
        DERIVATIVES.keys() >= {*hidden} and len({*hidden}) < 2,
        "MLPRegressor has one of four activations in all hidden layers",
    )
    _needs(
        last in ("identity", "logistic", "softmax"),
        "the output of MLPRegressor and MLPClassifier is linear, logistic or softmax",
    )
    network = MLPRegressor(activation=[*hidden, "identity"][0], alpha=0.0)
    network.coefs_, network.intercepts_, network.n_layers_, network.out_activation_ = (
        weights,
        biases,
        len(weights) + 1,
        last,
    )
    passed = network._forward_pass([x] + [None] * len(weights))
    if cotangent is None:
        return passed[-1]
    # _backprop starts from the output less the target, here the cotangent less 0. It divides by the
    # number of samples.
    _needs(last == "identity" and len(x), "MLPRegressor goes back from the mean of its own losses")
    network._forward_pass = lambda passed: [*passed[:-1], cotangent]
    deltas, *slopes = ([None] * len(weights) for _ in range(3))
    network._backprop(x, np.zeros_like(cotangent), None, passed, deltas, *slopes)
    return extmath.safe_sparse_dot(deltas[0], weights[0].T), *(
        [len(x) * each for each in found] for found in slopes
    )


def linear(x, weight, bias, cotangent=None):
    answer = mlp(x, [weight], [bias], cotangent, activations=["identity"])
    return answer if cotangent is None else (answer[0], *(each for (each,) in answer[1:]))


def _stepped(rate_name, make, gradient, params, steps, *, learning_rate, **settings):
    held = [each.copy() for each in params]
    optimizer = make(held, **{_NAMES.get(name, name): value for name, value in settings.items()})
    for rate in (
        learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
    ):
        setattr(optimizer, rate_name, rate)
        optimizer.update_params(held, gradient([each.copy() for each in held]))
        yield [each.copy() for each in held]


def minibatches(count, batch_size, *, seed):
    _needs(count, "sklearn.utils.gen_batches asks for a sample or more")
    order = shuffle(np.arange(count), random_state=seed)
    return [order[batch] for batch in gen_batches(count, batch_size)]


def draws(count, batch_size, batch_count, *, seed):
    drawn = resample(range(count), n_samples=batch_size * batch_count, random_state=seed)
    return [*np.reshape(drawn, (batch_count, batch_size))]


def xavier_uniform(fan_in, fan_out, *, seed, dtype):
    network = MLPRegressor()
    network._random_state = check_random_state(seed)
    return network._init_coef(fan_in, fan_out, dtype)[0]


def _transformed(make, train, data, *, axes=(0,), **settings):
    _needs(
        train.ndim == 2 and tuple(axes) == (0,),
        "scikit-learn transforms matrices whose rows are samples",
    )
    return (
        make(**{_NAMES[name]: value for name, value in settings.items()}).fit(train).transform(data)
    )


sigmoid = sigmoid_vjp = partial(_activated, "logistic")
tanh = tanh_vjp = partial(_activated, "tanh")
relu = relu_vjp = partial(_activated, "relu")
identity = identity_vjp = partial(_activated, "identity")
sum_squared_error = sum_squared_error_vjp = partial(
    _lost, lambda _: HalfSquaredError(), total=np.sum
)
sigmoid_cross_entropy = sigmoid_cross_entropy_vjp = partial(_lost, lambda _: HalfBinomialLoss())
sparse_softmax_cross_entropy = sparse_softmax_cross_entropy_vjp = partial(
    _lost, lambda x: HalfMultinomialLoss(n_classes=x.shape[1])
)
linear_vjp, mlp_vjp = linear, mlp
gradient_descent = partial(
    _stepped, "learning_rate", partial(SGDOptimizer, momentum=0.0, nesterov=False)
)
momentum_scaled = partial(_stepped, "learning_rate", partial(SGDOptimizer, nesterov=False))
nesterov_reformulated_scaled = partial(_stepped, "learning_rate", SGDOptimizer)
adam_epsilon_hat = partial(_stepped, "learning_rate_init", AdamOptimizer)
center, standardize = (
    partial(_transformed, partial(StandardScaler, with_std=False)),
    partial(_transformed, StandardScaler),
)
pca, whiten = partial(_transformed, PCA), partial(_transformed, partial(PCA, whiten=True))
