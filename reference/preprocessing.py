"""Preprocessing: the statistics of the training set are applied to any data."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnspec.reference.arrays import Array, axis_of, real

__all__ = ["center", "pca", "standardize", "whiten"]

# A component's sign makes its first coordinate positive that is more than this share of the
# largest: rounding does not change which one that is.
_LEADING = 0.6


def center(train: ArrayLike, data: ArrayLike, *, axes: tuple[int, ...]) -> Array:
    """Data less the mean of the training set.

    Formula
        y = data - μ, μ = mean of train over `axes`, computed as (data - fl(μ)) - mean(train
        - fl(μ)): the second mean holds the rounding error of the first.
    Shapes
        train and data: the same number of dimensions, the same lengths but for `axes`; answer like
        data.
    Units
        axes contain 0: (0,) is the mean of each feature or the mean image, (0, 2, 3) the mean of
        each channel of (N, C, H, W).
    Accuracy
        `delta + 3*u*abs(y)` with `mu = mean(train)`,
        `delta = gamma(n + 4)*(mean(abs(train - mu)) + gamma(n + 4)*mean(abs(train)))`: the error
        that the second mean leaves, and two roundings; 0.35 of it measured.
    Edge cases
        The mean of a constant feature is that constant. NaN in train turns its feature into NaN;
        NaN in data stays where it is.
    Raises
        TypeError if an argument does not hold real numbers or an axis is not an integer. ValueError
        if shapes do not fit together, axes are repeated or do not contain 0, or train is empty.
    Source
        A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet Classification with Deep Convolutional
        Neural Networks" (2012), doi:10.1145/3065386, section 2: the mean image; K. Simonyan,
        A. Zisserman, arXiv:1409.1556, section 2.1: the mean color.
    """
    train, data, averaged = _fitting(train, data, axes)
    with np.errstate(all="ignore"):
        return _centered(data, train, averaged)


def standardize(train: ArrayLike, data: ArrayLike, *, axes: tuple[int, ...]) -> Array:
    """Data less the mean of the training set, divided by its standard deviation.

    Formula
        y = (data - μ)/√v, μ and v the mean and the biased variance of train over `axes`; μ as in
        `center`. Deviations are divided by a power of two before they are squared, so no square
        leaves the range.
    Shapes
        As for `center`.
    Units
        axes as for `center`; the answer is in standard deviations.
    Accuracy
        `(delta + varies*abs(data - mu)*(gamma(n + 10)/2 + delta/s))/s + 4*u*abs(y)` with
        `mu = mean(train)`,
        `delta = gamma(n + 4)*(mean(abs(train - mu)) + gamma(n + 4)*mean(abs(train)))`,
        `varies = max(train) > min(train)`, `h = where(varies, max(abs(train - mu)), 1)`,
        `s = where(varies, h*sqrt(mean(((train - mu)/h)**2)), 1)`: the errors of the mean and of
        the root; 0.16 of it measured.
    Edge cases
        A constant feature is centered and left unscaled. NaN in train turns its feature into NaN;
        NaN in data stays where it is.
    Raises
        As `center`.
    Source
        Y. LeCun et al., "Efficient BackProp" (1998), doi:10.1007/3-540-49430-8_2, section 4.3; per
        channel: S. Gross, M. Wilber, "Training and investigating residual nets" (2016).
    """
    train, data, averaged = _fitting(train, data, axes)
    with np.errstate(all="ignore"):
        deviation = _centered(train, train, averaged)
        _, exponent = np.frexp(np.max(np.abs(deviation), axis=averaged, keepdims=True))
        root = np.sqrt(np.mean(np.ldexp(deviation, -exponent) ** 2, axis=averaged, keepdims=True))
        constant = np.ptp(train, axis=averaged, keepdims=True) == 0
        centered = _centered(data, train, averaged)
        return np.where(
            constant, centered, np.ldexp(centered, -exponent) / np.where(constant, 1.0, root)
        )


def pca(train: ArrayLike, data: ArrayLike, *, components: int) -> Array:
    """Scores of data on the principal components of the training set.

    Formula
        y = (data - μ) V, μ the mean of the rows of train and V the first eigenvectors of their
        covariance, by falling eigenvalue, computed as the right singular vectors of the centered
        rows, which keep the digits that squares lose. The sign of a component is open. Here its
        first coordinate of more than 0.6 times the largest one is positive.
    Shapes
        train: (N, d), N ≥ 2; data: (M, d); answer (M, components). Sums run along axis 0.
    Units
        Those of data.
    Accuracy
        `a*t + f + u*abs(y)` with `s = pca(train, train, components=components)`,
        `o = 0*(T(train) @ s) + 1`, `mu = mean(train)`, `c = train - mu`, `g = gamma(n + sum(o))`,
        `e = gamma(n + 4)*(mean(abs(c)) + gamma(n + 4)*mean(abs(train)))`,
        `t = 20*(g*sqrt(sum(c*c) @ o) + sqrt(n*((e*e) @ o)))/sqrt(sum(s*s))`,
        `a = sqrt(((data - mu)**2) @ o)`, `f = sqrt((e*e) @ o) + g*a`: t bounds how far a component
        turns (Wedin) if eigenvalues are 25 % apart, f the error of a product of two vectors; 0.21
        of it measured. Components of equal eigenvalues are any basis of their space.
    Edge cases
        Wide data (N ≤ d) and data of lower rank have as many components as their rank.
    Raises
        TypeError if an argument does not hold real numbers or components is not an integer.
        ValueError if an array is not 2-D or not finite, lengths do not agree, or components is
        below 1 or above the rank.
    Source
        K. Pearson, Philosophical Magazine 2 (1901), doi:10.1080/14786440109462720; P.-Å. Wedin, BIT
        12 (1972), doi:10.1007/BF01932678.
    """
    with np.errstate(all="ignore"):
        centered, vectors, _ = _decomposed(train, data, components)
        return centered @ vectors


def whiten(train: ArrayLike, data: ArrayLike, *, components: int) -> Array:
    """Scores on the principal components in units of their standard deviations.

    Formula
        z = (data - μ) V diag(λ)^-½, with λ the eigenvalues of the covariance of train, denominator
        N - 1; computed from the singular values σ of the centered rows, λ = σ²/(N - 1). Signs as in
        `pca`.
    Shapes
        As for `pca`. Sums run along axis 0.
    Units
        Standard deviations of the training scores.
    Accuracy
        `((a*t + f)*(1 + t) + abs(y)*t*w)/w + 8*u*abs(y)` with
        `s = pca(train, train, components=components)`, `o = 0*(T(train) @ s) + 1`,
        `mu = mean(train)`, `c = train - mu`, `g = gamma(n + sum(o))`,
        `e = gamma(n + 4)*(mean(abs(c)) + gamma(n + 4)*mean(abs(train)))`,
        `w = sqrt(sum(s*s)/(n - 1))`,
        `t = 20*(g*sqrt(sum(c*c) @ o) + sqrt(n*((e*e) @ o)))/sqrt(sum(s*s))`,
        `a = sqrt(((data - mu)**2) @ o)`, `f = sqrt((e*e) @ o) + g*a`: the bound of `pca`, and a
        singular value's relative error, which is below t (Weyl); 0.15 of it measured.
    Edge cases
        As for `pca`.
    Raises
        As `pca`.
    Source
        A. Kessy, A. Lewin, K. Strimmer, "Optimal whitening and decorrelation", Am. Stat. 72 (2018),
        doi:10.1080/00031305.2016.1277159: PCA whitening, not ZCA.
    """
    with np.errstate(all="ignore"):
        centered, vectors, deviations = _decomposed(train, data, components)
        return centered @ vectors / deviations


def _centered(data: Array, train: Array, axes: tuple[int, ...]) -> Array:
    """Subtract the mean of train from data, as if the mean had nearly twice as many digits."""
    mean = np.mean(train, axis=axes, keepdims=True)
    constant = np.ptp(train, axis=axes, keepdims=True) == 0
    mean = np.where(
        constant,
        train[tuple(slice(1) if axis in axes else slice(None) for axis in range(train.ndim))],
        mean,
    )
    missed = np.mean(train - mean, axis=axes, keepdims=True)
    return np.asarray((data - mean) - missed)


def _decomposed(train: ArrayLike, data: ArrayLike, components: Any) -> tuple[Array, Array, Array]:
    """Return centered data, the components as columns, and the training scores' deviations."""
    rows, others, _ = _fitting(train, data, (0,), dimensions=2)
    if not (np.all(np.isfinite(rows)) and len(rows) > 1):
        message = f"train must hold two or more rows of finite numbers; got {rows.shape[0]} rows"
        raise ValueError(message)
    if isinstance(components, bool) or not isinstance(components, (int, np.integer)):
        message = f"components must be an integer; got {type(components).__name__}"
        raise TypeError(message)
    _, singular, vectors = np.linalg.svd(_centered(rows, rows, (0,)), full_matrices=False)
    rank = int(np.sum(singular > singular[:1] * max(rows.shape) * 2.0**-52))
    if not 1 <= components <= rank:
        message = (
            f"components must be between 1 and the rank of the centered train, {rank}; "
            f"got {components}"
        )
        raise ValueError(message)
    vectors = vectors[:components]
    leading = np.argmax(
        np.abs(vectors) > _LEADING * np.max(np.abs(vectors), axis=1, keepdims=True), axis=1
    )
    signs = np.sign(np.take_along_axis(vectors, leading[:, None], axis=1))
    return (
        _centered(others, rows, (0,)),
        (vectors * signs).T,
        singular[:components] / np.sqrt(len(rows) - 1.0),
    )


def _fitting(
    train: ArrayLike, data: ArrayLike, axes: Any, *, dimensions: int | None = None
) -> tuple[Array, Array, tuple[int, ...]]:
    """Return train and data as float64, and the axes counted from the front.

    Raises ValueError if they do not fit together.
    """
    first, second = real("train", train), real("data", data)
    if first.ndim != (dimensions or first.ndim) or first.ndim != second.ndim:
        message = (
            f"train and data must both have {dimensions or 'as many'} dimensions; "
            f"got shapes {first.shape} and {second.shape}"
        )
        raise ValueError(message)
    averaged = tuple(axis_of(first, axis) for axis in axes)
    if 0 not in averaged or len(set(averaged)) < len(averaged):
        message = f"axes must contain 0, and each axis once; got {axes}"
        raise ValueError(message)
    lengths = [
        tuple(length for axis, length in enumerate(array.shape) if axis not in averaged)
        for array in (first, second)
    ]
    if lengths[0] != lengths[1]:
        message = (
            f"train and data must have the same lengths but for axes {averaged}; "
            f"got shapes {first.shape} and {second.shape}"
        )
        raise ValueError(message)
    if not first.size:
        message = f"train must not be empty; got shape {first.shape}"
        raise ValueError(message)
    return first, second, averaged
