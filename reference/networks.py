"""The multilayer perceptron and backpropagation; interval arithmetic checks their bounds."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.activations import (
    identity,
    identity_vjp,
    leaky_relu,
    leaky_relu_vjp,
    log_softmax,
    log_softmax_vjp,
    relu,
    relu_vjp,
    sigmoid,
    sigmoid_vjp,
    softmax,
    softmax_vjp,
    step,
    tanh,
    tanh_vjp,
)
from nnspec.reference.arrays import Array, like, number, real

__all__ = [
    "linear",
    "linear_vjp",
    "mlp",
    "mlp_vjp",
    "perceptron_step",
]

# Each activation with the parameters that it has in a network, and its derivative; step has no
# derivative.
_ACTIVATIONS: dict[str, Callable[..., Array]] = {
    "identity": identity,
    "leaky_relu": partial(leaky_relu, negative_slope=0.125),
    "log_softmax": partial(log_softmax, axis=-1),
    "relu": relu,
    "sigmoid": sigmoid,
    "softmax": partial(softmax, axis=-1),
    "step": step,
    "tanh": tanh,
}
_DERIVATIVES: dict[str, Callable[..., Array]] = {
    "identity": identity_vjp,
    "leaky_relu": partial(leaky_relu_vjp, negative_slope=0.125),
    "log_softmax": partial(log_softmax_vjp, axis=-1),
    "relu": relu_vjp,
    "sigmoid": sigmoid_vjp,
    "softmax": partial(softmax_vjp, axis=-1),
    "tanh": tanh_vjp,
}


def linear(x: ArrayLike, weight: ArrayLike, bias: ArrayLike) -> Array:
    """Linear layer: for each sample and unit a weighted sum of the inputs, and a bias.

    Formula
        y = x W + 1 bᵀ, where 1 bᵀ is a view that repeats b for every sample without a copy: its
        rows lie 0 bytes apart.
    Shapes
        x (m, n), weight (n, k), bias (k,); answer (m, k).
    Accuracy
        Running error of `x @ weight + bias`; 1.00 of it measured.
    Edge cases
        m = 0 gives an empty answer; n = 0 gives the bias for every sample. NaN and inf spread, as
        0·inf is NaN.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if the shapes do not fit
        together.
    Source
        D. Rumelhart, G. Hinton, R. Williams, "Learning representations by back-propagating errors",
        Nature 323 (1986), doi:10.1038/323533a0, equation 1; the bias is the weight of an input that
        is always 1.
    """
    x, weight, bias = _layer(x, weight, bias)
    with np.errstate(all="ignore"):
        product = x @ weight
        return np.asarray(product + np.broadcast_to(bias, product.shape))


def linear_vjp(
    x: ArrayLike, weight: ArrayLike, bias: ArrayLike, cotangent: ArrayLike
) -> tuple[Array, Array, Array]:
    """Gradients of ⟨cotangent, linear(x, weight, bias)⟩ with respect to x, weight and bias.

    Formula
        x̄ = ȳ Wᵀ, W̄ = xᵀ ȳ, b̄ = 1ᵀ ȳ: the sum of ȳ over the samples, not their mean.
    Shapes
        x (m, n), weight (n, k), bias (k,), cotangent (m, k); answers like x, weight and bias.
    Accuracy
        Running error of `cotangent @ T(weight), T(x) @ cotangent, column_sums(cotangent)`; 0.46 of
        it measured.
    Edge cases
        For m = 0 the gradients with respect to weight and bias are 0.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if the shapes do not fit
        together.
    Source
        C. Bishop, "Pattern Recognition and Machine Learning" (2006), section 5.3.
    """
    x, weight, bias = _layer(x, weight, bias)
    # `like` reads only the shape of the answer.
    cotangent = like(
        "cotangent", cotangent, "the answer", np.broadcast_to(bias, (len(x), len(bias)))
    )
    with np.errstate(all="ignore"):
        return (
            np.asarray(cotangent @ weight.T),
            np.asarray(x.T @ cotangent),
            np.asarray(cotangent.sum(axis=0)),
        )


def mlp(
    x: ArrayLike,
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike],
    *,
    activations: Sequence[str],
) -> Array:
    """Multilayer perceptron: linear layers, each followed by its activation.

    Formula
        Z_1 = x, Z_{i+1} = σ_i(Z_i W_i + 1 b_iᵀ); the answer is Z_{L+1}. leaky_relu has slope 0.125;
        softmax and log_softmax act on the units of each sample.
    Shapes
        x (m, n_1), weights[i] (n_i, n_{i+1}), biases[i] (n_{i+1},); answer (m, n_{L+1}).
    Accuracy
        Running error of `mlp(x, weights, biases, activations)`; 0.80 of it measured, and 1.00 of it
        measured where rounding decides on which side of a knee a sum lies.
    Edge cases
        m = 0 gives an empty answer.
    Raises
        TypeError if an array does not hold real numbers. ValueError if shapes do not fit together
        or there is no layer. ValueError also if a layer lacks its weight, bias or activation, or an
        activation is unknown.
    Source
        D. Rumelhart, G. Hinton, R. Williams (1986), doi:10.1038/323533a0.
    """
    return _forward(x, weights, biases, activations)[1][-1]


def mlp_vjp(
    x: ArrayLike,
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike],
    cotangent: ArrayLike,
    *,
    activations: Sequence[str],
) -> tuple[Array, list[Array], list[Array]]:
    """Backpropagation: gradients of ⟨cotangent, mlp(…)⟩ with respect to x, weights and biases.

    Formula
        With A_i = Z_i W_i + 1 b_iᵀ and G_{L+1} the cotangent, D_i = G_{i+1} ∘ σ_i'(A_i) (for
        softmax the product with its Jacobian), W̄_i = Z_iᵀ D_i, b̄_i = 1ᵀ D_i, G_i = D_i W_iᵀ;
        x̄ = G_1. The derivative is taken at A_i, so nothing cancels in it.
    Shapes
        x (m, n_1), weights[i] (n_i, n_{i+1}), biases[i] (n_{i+1},), cotangent (m, n_{L+1}); answers
        like x, weights and biases.
    Accuracy
        Running error of `mlp_vjp(x, weights, biases, cotangent, activations)`; 0.46 of it measured,
        and 1.00 of it measured where rounding decides on which side of a knee a sum lies.
    Edge cases
        At 0 the derivatives of rectifiers are those of relu_vjp and leaky_relu_vjp. For m = 0 all
        gradients of weights and biases are 0.
    Raises
        As mlp. ValueError also if an activation is step, which has no derivative, or cotangent has
        another shape.
    Source
        D. Rumelhart, G. Hinton, R. Williams (1986), doi:10.1038/323533a0; in matrices: C. Bishop
        (2006), section 5.3.
    """
    if "step" in activations:
        message = (
            "activations must have derivatives; "
            "got 'step', whose derivative is 0 wherever there is one"
        )
        raise ValueError(message)
    sums, outputs = _forward(x, weights, biases, activations)
    back = like("cotangent", cotangent, "the answer", outputs[-1])
    weight_bars, bias_bars = [], []
    for i in reversed(range(len(sums))):
        of_sums = _DERIVATIVES[activations[i]](sums[i], back)
        back, weight_bar, bias_bar = linear_vjp(outputs[i], weights[i], biases[i], of_sums)
        weight_bars.append(weight_bar)
        bias_bars.append(bias_bar)
    return back, weight_bars[::-1], bias_bars[::-1]


def perceptron_step(
    inputs: ArrayLike,
    target: ArrayLike,
    i_to_h: ArrayLike,
    h_to_o: ArrayLike,
    *,
    learning_rate: float,
) -> tuple[Array, Array]:
    """One step of gradient descent, on one sample, of a perceptron with a hidden layer.

    Formula
        S_preA,H = inputs · ItoH, S_postA,H = f(S_preA,H), S_preA,O = S_postA,H · HtoO,
        S_postA,O = f(S_preA,O), f the logistic sigmoid; FE = S_postA,O - T, S_ERROR = FE
        · f'(S_preA,O), gradient_HtoO = S_postA,H ⊗ S_ERROR, gradient_ItoH = inputs ⊗ ((HtoO
        · S_ERROR) ∘ f'(S_preA,H)); ItoH - LR · gradient_ItoH and HtoO - LR · gradient_HtoO, both
        gradients at the given weights. The network has no biases. This descends ½ Σ FE².
    Shapes
        inputs (n,), target (k,), i_to_h (n, h), h_to_o (h, k); answers like i_to_h and h_to_o.
    Units
        learning_rate is LR, a change of weight per unit of gradient.
    Accuracy
        Running error of `i_to_h - learning_rate*(column(inputs)*((h_to_o @ s_error)*(post_h*(1
        - post_h)))), h_to_o - learning_rate*(column(post_h)*s_error)` with
        `post_h = sigmoid(inputs @ i_to_h)`, `post_o = sigmoid(post_h @ h_to_o)`,
        `s_error = (post_o - target)*(post_o*(1 - post_o))`; 1.00 of it measured.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if the shapes do not fit
        together or the rate is not finite.
    Source
        D. Rumelhart, G. Hinton, R. Williams (1986), doi:10.1038/323533a0, equations 4 to 8, for one
        sample and without momentum.
    """
    i_to_h, h_to_o = _matrix("i_to_h", i_to_h), _matrix("h_to_o", h_to_o)
    inputs = _vector("inputs", inputs, i_to_h.shape[0], "i_to_h has rows")
    _fits("h_to_o", h_to_o.shape[0], "rows", "i_to_h has columns", i_to_h.shape[1])
    target = _vector("target", target, h_to_o.shape[1], "h_to_o has columns")
    rate = number("learning_rate", learning_rate)
    with np.errstate(all="ignore"):
        pre_h = inputs @ i_to_h
        post_h = sigmoid(pre_h)
        pre_o = post_h @ h_to_o
        error_signal = sigmoid_vjp(pre_o, sigmoid(pre_o) - target)
        gradient_h_to_o = np.outer(post_h, error_signal)
        gradient_i_to_h = np.outer(inputs, sigmoid_vjp(pre_h, h_to_o @ error_signal))
        return i_to_h - rate * gradient_i_to_h, h_to_o - rate * gradient_h_to_o


def _forward(
    x: ArrayLike,
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike],
    activations: Sequence[str],
) -> tuple[list[Array], list[Array]]:
    """Return the inputs of all activations, and x with the outputs of all activations."""
    if not len(weights) == len(biases) == len(activations) > 0:
        message = (
            "a network must have as many weights as biases and activations, one or more; "
            f"got {len(weights)}, {len(biases)} and {len(activations)}"
        )
        raise ValueError(message)
    unknown = [name for name in activations if name not in _ACTIVATIONS]
    if unknown:
        message = f"activations must be among {', '.join(_ACTIVATIONS)}; got {unknown[0]!r}"
        raise ValueError(message)
    sums, outputs = [], [_matrix("x", x)]
    for i, name in enumerate(activations):
        weight = _matrix(f"weights[{i}]", weights[i])
        _fits(
            f"weights[{i}]", weight.shape[0], "rows", f"layer {i} has inputs", outputs[-1].shape[1]
        )
        bias = _vector(f"biases[{i}]", biases[i], weight.shape[1], f"weights[{i}] has columns")
        sums.append(linear(outputs[-1], weight, bias))
        outputs.append(_ACTIVATIONS[name](sums[-1]))
    return sums, outputs


def _layer(x: ArrayLike, weight: ArrayLike, bias: ArrayLike) -> tuple[Array, Array, Array]:
    """Return x, weight and bias of a layer. Raises ValueError if they do not fit together."""
    x, weight = _matrix("x", x), _matrix("weight", weight)
    _fits("weight", weight.shape[0], "rows", "x has columns", x.shape[1])
    return x, weight, _vector("bias", bias, weight.shape[1], "weight has columns")


def _matrix(name: str, value: ArrayLike) -> Array:
    """Return `value` as float64. Raises ValueError if it is not a matrix."""
    array = real(name, value)
    if array.ndim != 2:  # noqa: PLR2004  a matrix has rows and columns
        message = f"{name} must be a matrix; got shape {array.shape}"
        raise ValueError(message)
    return array


def _vector(name: str, value: ArrayLike, length: int, whose: str) -> Array:
    """Return `value` as float64. Raises ValueError if it is not a vector of this length."""
    array = real(name, value)
    if array.shape != (length,):
        message = (
            f"{name} must be a vector of as many elements as {whose}, {length}; "
            f"got shape {array.shape}"
        )
        raise ValueError(message)
    return array


def _fits(name: str, count: int, what: str, whose: str, needed: int) -> None:
    if count != needed:
        message = f"{name} must have as many {what} as {whose}, {needed}; got {count}"
        raise ValueError(message)
