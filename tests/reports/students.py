"""Functions as students write them, each with one fault: what the suite says of each is read here.

`python -m tests.reports.students [NAME…]` prints the messages. The faults are those of
coursework: a wrong sign, a wrong axis, a mean that is missing, a signature that does not fit.
"""

# mypy: ignore-errors

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np

# Name of a student, the operation, the function, and what `check` is told beside it.
STUDENTS: dict[str, tuple[str, Any, dict[str, Any]]] = {}


def student(operation: str, **told: Any) -> Callable[[Any], Any]:
    """Enter a function of a student under its name."""

    def entered(function: Any) -> Any:
        STUDENTS[function.__name__] = operation, function, {"dtypes": "float64", **told}
        return function

    return entered


# --- a formula that is wrong ---


@student("softmax")
def adds_to_the_answer(x, *, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
    return e / e.sum(axis=axis, keepdims=True) + 1e-9


@student("softmax")
def adds_to_the_sum(x, *, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
    return e / (e.sum(axis=axis, keepdims=True) + 1e-8)


@student("softmax")
def does_not_shift(x, *, axis):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


@student("softmax")
def shifts_by_the_whole_maximum(x, *, axis):
    e = np.exp(x - x.max(initial=-np.inf))
    return e / e.sum(axis=axis, keepdims=True)


@student("softmax")
def always_the_first_axis(x, *, axis):
    e = np.exp(x - x.max(axis=0, keepdims=True, initial=-np.inf))
    return e / e.sum(axis=0, keepdims=True)


@student("softmax")
def wrong_sign_of_the_exponent(x, *, axis):
    e = np.exp(-(x - x.min(axis=axis, keepdims=True, initial=np.inf)))
    return e / e.sum(axis=axis, keepdims=True)


@student("softmax")
def fails_on_empty_arrays(x, *, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@student("softmax_vjp")
def takes_the_mean(x, cotangent, *, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
    s = e / e.sum(axis=axis, keepdims=True)
    return s * (cotangent - (s * cotangent).mean(axis=axis, keepdims=True))


@student("sigmoid")
def sigmoid_with_the_wrong_sign(x):
    return 1 / (1 + np.exp(x))


@student("relu")
def relu_by_a_product(x):
    return x * (x > 0)


@student("tanh_vjp")
def forgets_the_square(x, cotangent):
    return cotangent * (1 - np.tanh(x))


@student("leaky_relu")
def slope_on_both_sides(x, *, negative_slope):
    return np.where(x > 0, 1.0, -1.0) * negative_slope * x


@student("adam")
def adam_counts_from_zero(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    yield from adam(gradient, params, steps, learning_rate, beta1, beta2, epsilon, first=0)


@student("adam")
def adam_without_root(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    yield from adam(gradient, params, steps, learning_rate, beta1, beta2, epsilon, root=lambda v: v)


@student("adam")
def adam_exchanges_betas(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    yield from adam(gradient, params, steps, learning_rate, beta2, beta1, epsilon)


@student("adam")
def adam_takes_one_rate(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    rate = float(learning_rate)
    yield from adam(gradient, params, steps, rate, beta1, beta2, epsilon)


@student("adam")
def adam_yields_its_state(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    theta = [p.copy() for p in params]
    for step in adam(gradient, params, steps, learning_rate, beta1, beta2, epsilon):
        for own, new in zip(theta, step, strict=True):
            own[...] = new
        yield theta


@student("gradient_descent")
def climbs(gradient, params, steps, *, learning_rate):
    theta = [p.copy() for p in params]
    for t in range(steps):
        theta = [
            p + _rate(learning_rate, t) * g for p, g in zip(theta, gradient(theta), strict=True)
        ]
        yield theta


@student("momentum")
def yields_the_velocity(gradient, params, steps, *, learning_rate, momentum):
    theta, v = [p.copy() for p in params], [np.zeros_like(p) for p in params]
    for t in range(steps):
        v = [momentum * a + g for a, g in zip(v, gradient(theta), strict=True)]
        theta = [p - _rate(learning_rate, t) * a for p, a in zip(theta, v, strict=True)]
        yield v


@student("batch_norm_train")
def variance_without_the_mean(
    x, scale, shift, running_mean, running_variance, *, momentum, epsilon
):
    yield from _batch_norm(
        x, scale, shift, running_mean, running_variance, momentum, epsilon, lambda x, _: x
    )


@student("batch_norm_train")
def normalizes_rows(x, scale, shift, running_mean, running_variance, *, momentum, epsilon):
    mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    y = scale * (x - mean) / np.sqrt(variance + epsilon) + shift
    return [
        y,
        running_mean + momentum * (x.mean(axis=0) - running_mean),
        running_variance + momentum * (x.var(axis=0) - running_variance),
    ]


@student("batch_norm_train_vjp")
def leaves_out_the_mean_of_the_cotangent(x, scale, cotangent, *, epsilon):
    axes = (0, *range(2, x.ndim))
    shape = tuple(-1 if axis == 1 else 1 for axis in range(x.ndim))
    mean, variance = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    n = (x - mean) / np.sqrt(variance + epsilon)
    g = cotangent * scale.reshape(shape)
    dx = (g - n * (g * n).mean(axis=axes, keepdims=True)) / np.sqrt(variance + epsilon)
    return [dx, (cotangent * n).sum(axis=axes), cotangent.sum(axis=axes)]


@student("linear")
def transposes_the_weight(x, weight, bias):
    return x @ weight.T + bias


@student("linear_vjp")
def bias_gradient_along_the_wrong_axis(x, weight, bias, cotangent):
    del bias
    return [cotangent @ weight.T, x.T @ cotangent, cotangent.sum(axis=1)]


@student("sparse_softmax_cross_entropy")
def labels_from_one(logits, labels):
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels - 1]


@student("softmax_cross_entropy")
def mean_of_the_batch(logits, targets):
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return -(targets * log_p).sum(axis=-1).mean()


@student("sum_squared_error")
def mean_squared_error(y, target):
    return ((y - target) ** 2).mean(axis=-1)


@student("entropy")
def zero_log_zero(p, *, axis):
    return -(p * np.log(p)).sum(axis=axis)


@student("kl_divergence")
def exchanges_p_and_q(p, q, *, axis):
    return np.where(q > 0, q * np.log(q / p), 0).sum(axis=axis)


@student("clip_by_global_norm")
def clips_each_array(gradients, *, max_norm):
    return [g * min(1.0, max_norm / max(np.linalg.norm(g), 1e-300)) for g in gradients]


@student("standardize")
def statistics_of_the_data(train, data, *, axes):
    del train
    mean, std = data.mean(axis=axes, keepdims=True), data.std(axis=axes, keepdims=True)
    return (data - mean) / std


@student("pca")
def does_not_center(train, data, *, components):
    _, _, v = np.linalg.svd(train)
    return data @ v[:components].T


@student("xavier_normal")
def variance_as_deviation(fan_in, fan_out, *, seed, dtype):
    draw = np.random.default_rng(seed).standard_normal((fan_in, fan_out))
    return (draw * 2 / (fan_in + fan_out)).astype(dtype)


@student("kaiming_uniform")
def transposed_weights(fan_in, fan_out, *, negative_slope, seed, dtype):
    limit = np.sqrt(6 / ((1 + negative_slope**2) * fan_in))
    return np.random.default_rng(seed).uniform(-limit, limit, (fan_out, fan_in)).astype(dtype)


@student("minibatches")
def drops_the_rest(count, batch_size, *, seed):
    order = np.random.default_rng(seed).permutation(count)
    return [order[i : i + batch_size] for i in range(0, count - batch_size + 1, batch_size)]


@student("perceptron_step")
def forgets_the_derivative(inputs, target, i_to_h, h_to_o, *, learning_rate):
    def squashed(z):
        return 1 / (1 + np.exp(-z))

    h = squashed(inputs @ i_to_h)
    o = squashed(h @ h_to_o)
    delta_o = target - o
    delta_h = (h_to_o @ delta_o) * h * (1 - h)
    return [
        i_to_h + learning_rate * np.outer(inputs, delta_h),
        h_to_o + learning_rate * np.outer(h, delta_o),
    ]


# --- what they share ---


def _rate(learning_rate, t):
    return learning_rate[t] if isinstance(learning_rate, (tuple, list)) else learning_rate


def adam(
    gradient, params, steps, rate, beta1, beta2, epsilon, *, first=1, root=np.sqrt
) -> Iterator[Any]:
    theta = [p.copy() for p in params]
    m, v = ([np.zeros_like(p) for p in params] for _ in range(2))
    for t in range(steps):
        grads = gradient(theta)
        m = [beta1 * a + (1 - beta1) * g for a, g in zip(m, grads, strict=True)]
        v = [beta2 * a + (1 - beta2) * g * g for a, g in zip(v, grads, strict=True)]
        one, two = (1 - beta ** (t + first) for beta in (beta1, beta2))
        theta = [
            p - _rate(rate, t) * (a / one) / (root(b / two) + epsilon)
            for p, a, b in zip(theta, m, v, strict=True)
        ]
        yield theta


def _batch_norm(x, scale, shift, running_mean, running_variance, momentum, epsilon, centered):
    axes = (0, *range(2, x.ndim))
    shape = tuple(-1 if axis == 1 else 1 for axis in range(x.ndim))
    mean = x.mean(axis=axes)
    variance = (centered(x, mean) ** 2).mean(axis=axes)
    normal = (x - mean.reshape(shape)) / np.sqrt(variance + epsilon).reshape(shape)
    return [
        scale.reshape(shape) * normal + shift.reshape(shape),
        running_mean + momentum * (mean - running_mean),
        running_variance + momentum * (variance - running_variance),
    ]


def told(name: str) -> str:
    """Return what the suite says of a student's function."""
    # An adapter that takes its functions from here may not import the judge.
    from nnspec.conformance.interface.check import check
    from nnspec.conformance.interface.verdict import NoVerdict

    with np.errstate(all="ignore"):
        try:
            return str(check(STUDENTS[name][1], STUDENTS[name][0], **STUDENTS[name][2]))
        except NoVerdict as error:
            return f"no verdict\n{error}"


def everybody() -> dict[str, tuple[str, Any, dict[str, Any]]]:
    """Return all students, those whose functions have a wrong form too."""
    import_module("tests.reports.misfits")
    return STUDENTS


if __name__ == "__main__":
    # The students of another module enter there, and not in this copy.
    students = import_module("tests.reports.students")
    for each in sys.argv[1:] or students.everybody():
        print(f"\n{'=' * 80}\n{each}\n")
        students.everybody()
        print(students.told(each), flush=True)
