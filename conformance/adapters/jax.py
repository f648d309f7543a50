"""JAX on the CPU: jax.nn, Optax's transformations and losses, Flax's layers.

Each vjp is jax.vjp's. Written from the sources of jax 0.10, optax 0.2 and flax 0.12.
"""

import itertools
import os
from functools import cache, partial

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import flax
import jax
import numpy as np
import optax
from flax import linen
from jax import numpy as jnp
from jax.nn import initializers
from jax.scipy import special

jax.config.update("jax_enable_x64", True)  # noqa: FBT003  without it JAX has no float64

name, version = "jax", f"{jax.__version__}, optax {optax.__version__}, flax {flax.__version__}"
dtypes = ("float64", "float32", "float16", "bfloat16")
compiles_shapes = True
_ONE_PASS = [
    f"{each}/{name}"
    for each in ("batch_norm_train", "batch_norm_train_vjp")
    for name in ("accuracy", "mean-far-from-zero", "constant-channel")
]
_ONE_PASS += [
    *("normalization/sizes[batch_norm_train]", "normalization/sizes[batch_norm_train_vjp]"),
    "normalization/fresh[batch_norm_train]",
]
_DRAWN = (
    "normal",
    "xavier_fan_in_normal",
    "xavier_normal",
    "kaiming_normal",
    "xavier_truncated_normal",
    "kaiming_truncated_normal",
)
expected_failures = {
    **dict.fromkeys(
        _ONE_PASS,
        "linen.BatchNorm takes mean(x²) - mean(x)² for the variance, "
        "unless use_fast_variance is False",
    ),
    **{
        f"{each}/distribution": (
            "jax.random draws bfloat16 from numbers of 8 bits: a normal number is one of 256"
        )
        for each in _DRAWN
    },
    "softmax_vjp/accuracy": "the sum of the gradient of jax.nn.softmax is formed in float16",
    "networks/sizes[linear_vjp]": "the gradient of the bias of linen.Dense is added up in bfloat16",
}


def _inside(given):
    # jnp.asarray shares the memory of an aligned array.
    return jax.tree.map(jnp.array, given)


def _outside(answer):
    return jax.tree.map(np.asarray, answer)


@cache
def _compiled(function, parameters):
    # Each new shape costs a compilation. A whole operation costs one, not one for each of its
    # primitives.
    return jax.jit(function, static_argnames=parameters)


# A compiled program takes two megabytes of memory, and most shapes come once.
_KEPT = 128
_asked = itertools.count(1)


def _answered(function, *given, **parameters):
    if next(_asked) % _KEPT == 0:
        jax.clear_caches()
    return _outside(_compiled(function, tuple(parameters))(*_inside(given), **parameters))


def _pulled(function, wanted, *given, **parameters):
    *given, cotangent = given
    constants = given[wanted:]
    found = jax.vjp(
        lambda *differentiable: function(*differentiable, *constants, **parameters), *given[:wanted]
    )[1](cotangent)
    return found[0] if wanted == 1 else found


def _both(function, wanted=1):
    return partial(_answered, function), partial(_answered, partial(_pulled, function, wanted))


def _step(x):
    return jnp.heaviside(x, 0)


step = partial(_answered, _step)
sigmoid, sigmoid_vjp = _both(jax.nn.sigmoid)
tanh, tanh_vjp = _both(jax.nn.tanh)
relu, relu_vjp = _both(jax.nn.relu)
leaky_relu, leaky_relu_vjp = _both(jax.nn.leaky_relu)
identity, identity_vjp = _both(jax.nn.identity)
softmax, softmax_vjp = _both(jax.nn.softmax)
log_softmax, log_softmax_vjp = _both(jax.nn.log_softmax)

entropy = partial(_answered, lambda p, *, axis: special.entr(p).sum(axis))
cross_entropy = partial(_answered, lambda p, q, *, axis: -special.xlogy(p, q).sum(axis))
cross_entropy_clipped = partial(
    _answered,
    lambda p, q, *, axis, epsilon: -special.xlogy(p, jnp.clip(q, epsilon, 1 - epsilon)).sum(axis),
)
kl_divergence = partial(_answered, lambda p, q, *, axis: special.rel_entr(p, q).sum(axis))

sum_squared_error, sum_squared_error_vjp = _both(lambda y, target: optax.l2_loss(y, target).sum())
softmax_cross_entropy, softmax_cross_entropy_vjp = _both(optax.softmax_cross_entropy)
sparse_softmax_cross_entropy, sparse_softmax_cross_entropy_vjp = _both(
    optax.softmax_cross_entropy_with_integer_labels
)
sigmoid_cross_entropy, sigmoid_cross_entropy_vjp = _both(optax.sigmoid_binary_cross_entropy)


def _linear(x, weight, bias):
    return linen.Dense(weight.shape[1], param_dtype=weight.dtype).apply(
        {"params": {"kernel": weight, "bias": bias}}, x
    )


def _mlp(x, weights, biases, *, activations):
    slopes = {"leaky_relu": {"negative_slope": 0.125}}
    for weight, bias, activation in zip(weights, biases, activations, strict=True):
        function = _step if activation == "step" else getattr(jax.nn, activation)
        x = function(_linear(x, weight, bias), **slopes.get(activation, {}))
    return x


linear, linear_vjp = _both(_linear, wanted=3)
mlp, mlp_vjp = _both(_mlp, wanted=3)


def _perceptron(inputs, target, *weights, learning_rate):
    slopes = jax.grad(
        lambda w: optax.l2_loss(jax.nn.sigmoid(jax.nn.sigmoid(inputs @ w[0]) @ w[1]), target).sum()
    )(weights)
    descent = optax.sgd(learning_rate)
    return optax.apply_updates(weights, descent.update(slopes, descent.init(weights))[0])


perceptron_step = partial(_answered, _perceptron)


def _stepped(make, gradient, params, steps, *, learning_rate, **settings):
    held = _inside(list(params))
    # The state of an optimizer does not hold its rate.
    state = make(1.0, **settings).init(held)
    for rate in (
        learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
    ):
        updates, state = make(rate, **settings).update(
            _inside(gradient(_outside(held))), state, held
        )
        held = optax.apply_updates(held, updates)
        yield _outside(held)


def _averaged(rate, *, momentum, debias):
    return optax.chain(optax.ema(momentum, debias=debias), optax.scale(-rate))


def _adam(rate, *, beta1, beta2, epsilon):
    return optax.adam(rate, beta1, beta2, epsilon)


gradient_descent = partial(_stepped, optax.sgd)
momentum = partial(_stepped, optax.sgd)
nesterov_reformulated = partial(_stepped, partial(optax.sgd, nesterov=True))
momentum_average = partial(_stepped, partial(_averaged, debias=False))
momentum_unbiased = partial(_stepped, partial(_averaged, debias=True))
adam = partial(_stepped, _adam)
rmsprop = partial(
    _stepped, lambda rate, *, decay, epsilon: optax.rmsprop(rate, decay, epsilon, eps_in_sqrt=False)
)
rmsprop_epsilon_inside = partial(
    _stepped, lambda rate, *, decay, epsilon: optax.rmsprop(rate, decay, epsilon)
)
adagrad_epsilon_inside = partial(
    _stepped,
    lambda rate, *, epsilon: optax.adagrad(rate, initial_accumulator_value=0.0, eps=epsilon),
)


def newton(gradient, hessian, params, steps, *, learning_rate):
    (held,) = _inside(list(params))
    for rate in (
        learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
    ):
        (slope,), curvature = gradient([np.asarray(held)]), hessian([np.asarray(held)])
        held = held - rate * jnp.linalg.solve(jnp.array(curvature), jnp.array(slope))
        yield [np.asarray(held)]


clip_by_value = partial(
    _answered,
    lambda gradients, *, limit: optax.clip(limit).update(gradients, optax.EmptyState())[0],
)
clip_by_global_norm = partial(
    _answered,
    lambda gradients, *, max_norm: optax.clip_by_global_norm(max_norm).update(
        gradients, optax.EmptyState()
    )[0],
)


def minibatches(count, batch_size, *, seed):
    shuffled = np.asarray(jax.random.permutation(jax.random.key(seed), count))
    return [shuffled[start : start + batch_size] for start in range(0, count, batch_size)]


def draws(count, batch_size, batch_count, *, seed):
    return [*np.asarray(jax.random.choice(jax.random.key(seed), count, (batch_count, batch_size)))]


def minibatch_descent(gradient, params, batches, *, learning_rate):
    batches = iter(batches)

    def averaged(held):
        samples = [_inside(gradient(held, int(index))) for index in next(batches)]
        return jax.tree.map(lambda *each: jnp.mean(jnp.stack(each), axis=0), *samples)

    batches = list(batches)
    steps, batches = len(batches), iter(batches)
    return _stepped(optax.sgd, averaged, params, steps, learning_rate=learning_rate)


def _drawn(make):
    def answer(*shape, seed=0, dtype, **parameters):
        shape = shape[0] if len(shape) == 1 else shape
        return np.asarray(make(**parameters)(jax.random.key(seed), shape, jnp.dtype(dtype)))

    return answer


def _scaled(mode, law):
    return _drawn(
        lambda *, negative_slope=None: initializers.variance_scaling(
            _gain(negative_slope), mode, law
        )
    )


def _gain(slope):
    return 1.0 if slope is None else 2.0 / (1.0 + slope**2)


zeros = _drawn(lambda: initializers.zeros)
constant = _drawn(initializers.constant)
normal = _drawn(lambda *, std: initializers.normal(std))
xavier_fan_in_normal = _scaled("fan_in", "normal")
xavier_normal, xavier_uniform = _scaled("fan_avg", "normal"), _scaled("fan_avg", "uniform")
xavier_truncated_normal = _scaled("fan_avg", "truncated_normal")
kaiming_normal, kaiming_uniform = _scaled("fan_in", "normal"), _scaled("fan_in", "uniform")
kaiming_truncated_normal = _scaled("fan_in", "truncated_normal")


def _normalized(x, scale, shift, mean, variance, *, epsilon, **settings):
    # Flax's momentum is the weight of the old statistics; axis 1 holds the channels.
    layer = linen.BatchNorm(epsilon=epsilon, axis=1, param_dtype=x.dtype, **settings)
    given = {
        "params": {"scale": scale, "bias": shift},
        "batch_stats": {"mean": mean, "var": variance},
    }
    return layer.apply(given, x, mutable=["batch_stats"])


def _trained(x, *given, momentum, epsilon):
    y, kept = _normalized(
        x, *given, epsilon=epsilon, momentum=1 - momentum, use_running_average=False
    )
    return [y, *(kept["batch_stats"][each].astype(x.dtype) for each in ("mean", "var"))]


def _normalized_vjp(x, scale, cotangent, *, epsilon):
    zero = jnp.zeros_like(scale)
    y = partial(_normalized, mean=zero, variance=zero, epsilon=epsilon, use_running_average=False)
    return jax.vjp(lambda *given: y(*given)[0], x, scale, zero)[1](cotangent)


batch_norm_train = partial(_answered, _trained)
batch_norm_train_vjp = partial(_answered, _normalized_vjp)
batch_norm_eval = partial(
    _answered,
    lambda *given, **parameters: _normalized(*given, **parameters, use_running_average=True)[0],
)
