"""The page `preprocessing` by other algorithms: Welford's updates, eigenvectors of the covariance,
and every step rounded to the dtype."""

import numpy as np


def center(train, data, *, axes):
    mean, _ = _updated(train, axes)
    return data - mean.astype(train.dtype)


def standardize(train, data, *, axes):
    mean, squares = _updated(train, axes)
    count = train.size // mean.size
    variance = (squares / squares.dtype.type(count)).astype(train.dtype)
    constant = train.max(axis=axes, keepdims=True) == train.min(axis=axes, keepdims=True)
    root = np.where(constant, train.dtype.type(1), np.sqrt(variance))
    return (data - mean.astype(train.dtype)) / root


def pca(train, data, *, components):
    scores, _ = _scores(train, data, components)
    return scores


def whiten(train, data, *, components):
    scores, values = _scores(train, data, components)
    return scores * (train.dtype.type(1) / np.sqrt(values))


def _scores(train, data, components):
    """Return scores as x V less μ V, and the eigenvalues, of the covariance formed in the dtype
    itself."""
    mean, _ = _updated(train, (0,))
    centered = train - mean
    values, vectors = np.linalg.eigh(centered.T @ centered / train.dtype.type(len(train) - 1))
    vectors = np.ascontiguousarray(vectors[:, ::-1][:, :components])
    return data @ vectors - mean @ vectors, values[::-1][:components]


def _updated(x, axes):
    """Return the mean and the sum of squared deviations, updated value by value (B. P. Welford
    1962), 16-bit ones in float32."""
    places = sorted(axis % x.ndim for axis in axes)
    wide = x if x.dtype in (np.float64, np.float32) else x.astype(np.float32)
    values = np.moveaxis(wide, places, range(len(places)))
    kept = values.shape[len(places) :]
    mean = squares = np.zeros(kept, dtype=wide.dtype)
    for number, value in enumerate(values.reshape(-1, *kept), 1):
        delta = value - mean
        mean = mean + delta / wide.dtype.type(number)
        squares = squares + delta * (value - mean)
    return np.expand_dims(mean, places), np.expand_dims(squares, places)
