"""TensorFlow 2.21 on the CPU, without Keras; each vjp is tf.GradientTape's."""

import os
from functools import partial

os.environ.update({"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"} | os.environ)

import tensorflow as tf

name, version, dtypes = "tensorflow", tf.__version__, ("float64", "float32", "float16", "bfloat16")
_LABELS = (
    *(
        f"losses/{each}[softmax_cross_entropy_vjp]"
        for each in ("form", "purity", "repeated-calls", "bias")
    ),
    *(
        f"losses/{each}[softmax_cross_entropy_vjp]"
        for each in ("sizes", "late-elements", "aliasing", "fresh", "significands")
    ),
    *(f"softmax_cross_entropy_vjp/{each}" for each in ("accuracy", "unnormalized", "zero-sum")),
)
expected_failures = {
    **dict.fromkeys(
        _LABELS,
        "the gradient, as documented, is right where targets sum to 1 alone: softmax - targets",
    ),
    "cross_entropy_clipped/accuracy": "tf.reduce_sum adds float16 up in float16",
}


def answered(function, *given, **parameters):
    """Apply a function of tensors to arrays, and return arrays."""
    return tf.nest.map_structure(
        lambda answer: answer.numpy(),
        function(*tf.nest.map_structure(tf.constant, given), **parameters),
    )


def both(function, wanted=0):
    """Return a function of tensors and its vjp as functions of arrays.

    The vjp is by the argument `wanted`, or by a slice of the arguments.
    """

    def pulled(*given, **parameters):
        *given, cotangent = given
        with tf.GradientTape() as tape:
            tape.watch(given[wanted])
            answer = function(*given, **parameters)
        return tape.gradient(answer, given[wanted], cotangent)

    return partial(answered, function), partial(answered, pulled)


# tf.data's shuffle and keras.random take seeds modulo 2³¹ - 1 and 2³¹ - 2.
def minibatches(count, batch_size, *, seed):
    order = tf.random.experimental.stateless_shuffle(
        tf.range(count, dtype="int64"), [seed, 0]
    ).numpy()
    return [order[start : start + batch_size] for start in range(0, count, batch_size)]


def draws(count, batch_size, batch_count, *, seed):
    drawn = tf.random.stateless_uniform(
        [batch_count, batch_size], [seed, 0], maxval=count, dtype="int64"
    )
    return [*drawn.numpy()]


def _scores(train, data, *, components, white=False):
    mean = tf.reduce_mean(train, 0)
    singular, _, vectors = tf.linalg.svd(train - mean)
    return (
        (data - mean)
        @ vectors[:, :components]
        / (singular[:components] / (train.shape[0] - 1) ** 0.5 if white else 1)
    )


sigmoid, sigmoid_vjp = both(tf.nn.sigmoid)
tanh, tanh_vjp = both(tf.nn.tanh)
relu, relu_vjp = both(tf.nn.relu)
leaky_relu, leaky_relu_vjp = both(
    lambda x, negative_slope: tf.nn.leaky_relu(x, alpha=negative_slope)
)
identity, identity_vjp = both(tf.identity)
softmax, softmax_vjp = both(tf.nn.softmax)
log_softmax, log_softmax_vjp = both(tf.nn.log_softmax)
entropy = partial(answered, lambda p, axis: -tf.reduce_sum(tf.math.xlogy(p, p), axis))
cross_entropy = partial(answered, lambda p, q, axis: -tf.reduce_sum(tf.math.xlogy(p, q), axis))
cross_entropy_clipped = partial(
    answered,
    lambda p, q, axis, epsilon: (
        -tf.reduce_sum(tf.math.xlogy(p, tf.clip_by_value(q, epsilon, 1 - epsilon)), axis)
    ),
)
kl_divergence = partial(
    answered, lambda p, q, axis: tf.reduce_sum(tf.math.xlogy(p, p) - tf.math.xlogy(p, q), axis)
)
one_hot_cross_entropy = partial(
    answered, lambda q, labels: -tf.math.log(tf.gather(q, labels, batch_dims=1))
)
one_hot_cross_entropy_clipped = partial(
    answered,
    lambda q, labels, epsilon: (
        -tf.math.log(tf.gather(tf.clip_by_value(q, epsilon, 1 - epsilon), labels, batch_dims=1))
    ),
)
sum_squared_error, sum_squared_error_vjp = both(lambda y, target: tf.nn.l2_loss(y - target))
softmax_cross_entropy, softmax_cross_entropy_vjp = both(
    lambda x, t: tf.nn.softmax_cross_entropy_with_logits(t, x)
)
sparse_softmax_cross_entropy, sparse_softmax_cross_entropy_vjp = both(
    lambda x, t: tf.nn.sparse_softmax_cross_entropy_with_logits(t, x)
)
sigmoid_cross_entropy, sigmoid_cross_entropy_vjp = both(
    lambda x, t: tf.nn.sigmoid_cross_entropy_with_logits(t, x)
)
clip_by_value = partial(
    answered, lambda gradients, limit: [tf.clip_by_value(each, -limit, limit) for each in gradients]
)
clip_by_norm = partial(
    answered, lambda gradients, max_norm: [tf.clip_by_norm(each, max_norm) for each in gradients]
)
clip_by_global_norm = partial(
    answered, lambda gradients, max_norm: tf.clip_by_global_norm(gradients, max_norm)[0]
)
pca, whiten = partial(answered, _scores), partial(answered, partial(_scores, white=True))
