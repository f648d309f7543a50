"""Batch normalization and its gradient; each mean is taken twice, so no offset costs digits."""

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, like, number, real

__all__ = [
    "batch_norm_eval",
    "batch_norm_train",
    "batch_norm_train_unbiased",
    "batch_norm_train_vjp",
]

_LAYOUTS = (2, 4)


def batch_norm_train(
    x: ArrayLike,
    scale: ArrayLike,
    shift: ArrayLike,
    running_mean: ArrayLike,
    running_variance: ArrayLike,
    *,
    momentum: float,
    epsilon: float,
) -> tuple[Array, Array, Array]:
    """Batch normalization by the batch's statistics, and the running statistics after it.

    Formula
        y = scale · (x - μ)/√(v + epsilon) + shift with μ and v the mean and the biased variance of
        each channel over all other axes; running_mean ← (1 - momentum) · running_mean + momentum
        · μ, running_variance likewise with v. Computed from r = x - fl(μ), d = r - mean(r): the
        mean of r holds the rounding error of fl(μ).
    Shapes
        x: (N, C) or (N, C, H, W); scale, shift, running_mean, running_variance: (C,);
        answer like x, (C,), (C,). Sums run along axes 0, 2 and 3.
    Units
        momentum is the weight of the new batch, in [0, 1]; epsilon is added to variances, in the
        units of x².
    Accuracy
        `a*(delta + (c/2 + 7*u)*abs(d)) + u*abs(y0), momentum*(delta + u*abs(mu))
        + 3*u*(abs(channel(running_mean)) + momentum*abs(mu)), momentum*((c + 2*u)*v + delta**2)
        + 3*u*(abs(channel(running_variance)) + momentum*v)` with
        `c = (4 + min(n, 26 + log2(n)))*u`, `mu = mean(x)`, `r = x - mu`, `d = r - mean(r)`,
        `v = mean(d*d)`, `delta = c*(mean(abs(d)) + c*mean(abs(x)))`,
        `a = abs(channel(scale))/sqrt(v + epsilon)`: the error that the second mean leaves, and the
        roundings after it; 0.93 of it measured. If n - 1 values are equal, the variance is within
        5.6 ulp; numpy.var then has no correct digit.
    Edge cases
        One value a channel gives shift and the variance 0. A constant channel gives shift. NaN and
        infinities turn their own channel into NaN. Squares of deviations must be in the normal
        range.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if shapes do not fit
        together, a channel has no values, momentum is not in [0, 1] or epsilon is negative.
    Source
        S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015, arXiv:1502.03167, algorithm 1; the
        second mean: T. Chan, G. Golub, R. LeVeque, Am. Stat. 37 (1983),
        doi:10.1080/00031305.1983.10483115.
    """
    x, scale, shift, mean, variance = _batch(
        x, scale=scale, shift=shift, running_mean=running_mean, running_variance=running_variance
    )
    return _trained(x, scale, shift, mean, variance, momentum, epsilon, 1.0)


def batch_norm_train_unbiased(
    x: ArrayLike,
    scale: ArrayLike,
    shift: ArrayLike,
    running_mean: ArrayLike,
    running_variance: ArrayLike,
    *,
    momentum: float,
    epsilon: float,
) -> tuple[Array, Array, Array]:
    """Batch normalization with the unbiased variance in the running statistics, and only there.

    Formula
        running_variance ← (1 - momentum) · running_variance + momentum · v · n/(n - 1), n values a
        channel; the rest is batch_norm_train.
    Shapes
        x: (N, C) or (N, C, H, W) with n ≥ 2; scale, shift, running_mean, running_variance: (C,);
        answer like x, (C,), (C,). Sums run along axes 0, 2 and 3.
    Units
        momentum and epsilon as in batch_norm_train.
    Accuracy
        `a*(delta + (c/2 + 7*u)*abs(d)) + u*abs(y0), momentum*(delta + u*abs(mu))
        + 3*u*(abs(channel(running_mean)) + momentum*abs(mu)), momentum*w*((c + 4*u)*v + delta**2)
        + 3*u*(abs(channel(running_variance)) + momentum*w*v)` with
        `c = (4 + min(n, 26 + log2(n)))*u`, `mu = mean(x)`, `r = x - mu`, `d = r - mean(r)`,
        `v = mean(d*d)`, `w = n/(n - 1)`, `delta = c*(mean(abs(d)) + c*mean(abs(x)))`,
        `a = abs(channel(scale))/sqrt(v + epsilon)`: as in batch_norm_train, with two roundings
        more; 0.96 of it measured.
    Edge cases
        As in batch_norm_train. One value a channel is an error: its unbiased variance is 0/0.
    Raises
        As batch_norm_train. ValueError also if a channel has fewer than two values.
    Source
        S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015, arXiv:1502.03167, algorithm 2,
        step 10.
    """
    x, scale, shift, mean, variance = _batch(
        x, scale=scale, shift=shift, running_mean=running_mean, running_variance=running_variance
    )
    count = _count(x)
    if count < 2:  # noqa: PLR2004  the unbiased variance divides by one less
        message = (
            "x must hold two or more values a channel for an unbiased variance; "
            f"got {count} with shape {x.shape}"
        )
        raise ValueError(message)
    return _trained(x, scale, shift, mean, variance, momentum, epsilon, count / (count - 1.0))


def batch_norm_train_vjp(
    x: ArrayLike, scale: ArrayLike, cotangent: ArrayLike, *, epsilon: float
) -> tuple[Array, Array, Array]:
    """Gradient of ⟨cotangent, y⟩ with respect to x, scale and shift; y is batch_norm_train's.

    Formula
        x-bar = scale/√(v + epsilon) · (g - mean(g) - x̂ · mean(g · x̂)), scale-bar = Σ g · x̂,
        shift-bar = Σ g with g the cotangent and x̂ = (x - μ)/√(v + epsilon): the second and the
        third term are the paths through mean and variance. mean(g · x̂) is computed as mean((g
        - mean(g)) · x̂), the same because x̂ sums to 0.
    Shapes
        x: (N, C) or (N, C, H, W); scale: (C,); cotangent like x; answer like x, (C,), (C,).
        Sums run along axes 0, 2 and 3.
    Units
        epsilon as in batch_norm_train.
    Accuracy
        `a*((c/2 + 8*u)*(abs(g) + abs(mean(g)) + abs(h*q)) + c*mean(abs(g)) + abs(h)*e_q
        + abs(q)*e_h), sum(abs(g)*e_h) + c*sum(abs(g*h)), c*sum(abs(g))` with
        `c = (4 + min(n, 26 + log2(n)))*u`, `g = cotangent`, `mu = mean(x)`, `r = x - mu`,
        `d = r - mean(r)`, `v = mean(d*d)`, `s = sqrt(v + epsilon)`, `a = abs(channel(scale))/s`,
        `h = d/s`, `q = mean(g*h)`, `delta = c*(mean(abs(d)) + c*mean(abs(x)))`,
        `e_h = (delta + 2*u*abs(d))/s + (c/2 + 4*u)*abs(h)`,
        `e_q = mean((abs(g) + abs(mean(g)))*(e_h + c*abs(h))) + c*mean(abs(g))*mean(abs(h))`: the
        condition of the sums; 0.21 of it measured.
    Edge cases
        One value a channel gives x-bar = 0 and scale-bar = 0. NaN and infinities in x turn their
        own channel of x-bar and scale-bar into NaN.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if shapes do not fit
        together, a channel has no values or epsilon is negative.
    Source
        S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015, arXiv:1502.03167, section 3, with
        the sums written out.
    """
    x, scale = _batch(x, scale=scale)
    g = _rows(like("cotangent", cotangent, "x", x))
    with np.errstate(all="ignore"):
        _, d, variance = _moments(_rows(x))
        root = np.sqrt(variance + _not_negative("epsilon", epsilon))
        normalized = d / root
        centered = g - _mean(g)
        gradient = scale[:, None] / root * (centered - normalized * _mean(centered * normalized))
        return _restored(gradient, x), np.sum(g * normalized, axis=1), np.sum(g, axis=1)


def batch_norm_eval(
    x: ArrayLike,
    scale: ArrayLike,
    shift: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    *,
    epsilon: float,
) -> Array:
    """Batch normalization by the statistics of training: one affine map for all samples.

    Formula
        y = scale · (x - mean)/√(variance + epsilon) + shift.
    Shapes
        x: (N, C) or (N, C, H, W); scale, shift, mean, variance: (C,); answer like x.
        Sums run along axes 0, 2 and 3.
    Units
        epsilon as in batch_norm_train.
    Accuracy
        `5*u*abs(channel(scale)*(x - channel(mean)))/sqrt(channel(variance) + epsilon) + u*abs(y)
        + 4*eta`: five roundings before the sum; 0.97 of it measured.
    Edge cases
        A sample has the same answer in every batch. NaN and infinities stay where they are. NaN if
        variance + epsilon is below 0.
    Raises
        TypeError if an argument does not hold real numbers. ValueError if shapes do not fit
        together or epsilon is negative.
    Source
        S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015, arXiv:1502.03167, algorithm 2,
        step 11.
    """
    x, *vectors = _batch(x, scale=scale, shift=shift, mean=mean, variance=variance, empty=True)
    scale, shift, mean, variance = (vector.reshape(-1, *(1,) * (x.ndim - 2)) for vector in vectors)
    with np.errstate(all="ignore"):
        return scale * ((x - mean) / np.sqrt(variance + _not_negative("epsilon", epsilon))) + shift


def _trained(
    x: Array,
    scale: Array,
    shift: Array,
    mean: Array,
    variance: Array,
    momentum: float,
    epsilon: float,
    correction: float,
) -> tuple[Array, Array, Array]:
    """Return the normalized batch and the running statistics.

    `correction` multiplies the batch's variance in the running one.
    """
    momentum = number("momentum", momentum)
    if not 0 <= momentum <= 1:
        message = f"momentum must be in [0, 1]; got {momentum}"
        raise ValueError(message)
    with np.errstate(all="ignore"):
        batch_mean, d, batch_variance = _moments(_rows(x))
        y = (
            scale[:, None] * (d / np.sqrt(batch_variance + _not_negative("epsilon", epsilon)))
            + shift[:, None]
        )
        statistics = ((mean, batch_mean[:, 0]), (variance, correction * batch_variance[:, 0]))
        moved = [(1.0 - momentum) * running + momentum * new for running, new in statistics]
    return _restored(y, x), moved[0], moved[1]


def _moments(rows: Array) -> tuple[Array, Array, Array]:
    """Return each row's mean, its deviations from the mean and their mean square."""
    rounded = _mean(rows)
    rest = rows - rounded
    missed = _mean(rest)
    d = rest - missed
    return rounded + missed, d, _mean(d * d)


def _mean(rows: Array) -> Array:
    mean: Array = np.sum(rows, axis=1, keepdims=True) / rows.shape[1]
    return mean


def _rows(x: Array) -> Array:
    """Return one contiguous row a channel: NumPy sums in pairs only along memory."""
    return np.ascontiguousarray(np.moveaxis(x, 1, 0)).reshape(x.shape[1], _count(x))


def _restored(rows: Array, x: Array) -> Array:
    """Return rows of channels in the shape of x."""
    return np.ascontiguousarray(
        np.moveaxis(rows.reshape(x.shape[1], x.shape[0], *x.shape[2:]), 0, 1)
    )


def _count(x: Array) -> int:
    """Return how many values each channel has."""
    return int(np.prod((x.shape[0], *x.shape[2:])))


def _batch(x: ArrayLike, *, empty: bool = False, **vectors: ArrayLike) -> list[Array]:
    """Return x and its vectors over channels as float64.

    Raises ValueError if a vector does not fit, or if a channel has no values and `empty` is false.
    """
    batch = real("x", x)
    if batch.ndim not in _LAYOUTS:
        message = f"x must have the shape (N, C) or (N, C, H, W); got {batch.shape}"
        raise ValueError(message)
    if not (empty or _count(batch)):
        message = f"x must hold one or more values a channel; got shape {batch.shape}"
        raise ValueError(message)
    found = [batch]
    for name, vector in vectors.items():
        array = real(name, vector)
        if array.shape != (batch.shape[1],):
            message = (
                f"{name} must have the shape ({batch.shape[1]},), one number a channel of x; "
                f"got {array.shape}"
            )
            raise ValueError(message)
        found.append(array)
    return found


def _not_negative(name: str, value: float) -> float:
    finite = number(name, value)
    if finite < 0:
        message = f"{name} must not be negative; got {finite}"
        raise ValueError(message)
    return finite
