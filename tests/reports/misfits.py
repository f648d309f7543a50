"""Functions of students whose mathematics is right, and whose type, shape or signature is not."""

# mypy: ignore-errors

import numpy as np

from tests.reports.students import adam, student


@student("softmax", dtypes="float32")
def answers_in_float64(x, *, axis):
    x = x.astype(np.float64)
    e = np.exp(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
    return e / e.sum(axis=axis, keepdims=True)


@student("softmax")
def answers_a_list(x, *, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
    return (e / e.sum(axis=axis, keepdims=True)).tolist()


@student("relu")
def answers_nothing(x):
    np.maximum(x, 0)


@student("clip_by_value")
def answers_one_array(gradients, *, limit):
    return np.clip(gradients[0], -limit, limit)


@student("linear_vjp")
def answers_in_another_order(x, weight, bias, cotangent):
    del bias
    return [x.T @ cotangent, cotangent @ weight.T, cotangent.sum(axis=0)]


@student("relu")
def works_in_place(x):
    x[x < 0] = 0
    return x


@student("softmax")
def knows_no_axis(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@student("adam")
def other_names(params, grads, lr=0.001, b1=0.9, b2=0.999):
    return adam(grads, params, 1, lr, b1, b2, 1e-8)


@student("linear")
def knows_no_bias(x, weight):
    return x @ weight


@student("relu")
def needs_one_more(x, inplace):
    return np.maximum(x, 0)


@student("sum_squared_error")
def raises_a_name_error(y, target):
    return ((y - targets) ** 2).sum(axis=-1)  # noqa: F821
