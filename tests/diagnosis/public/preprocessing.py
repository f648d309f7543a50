"""Faults of centering, standardizing, principal components and whitening."""

import numpy as np

from tests.diagnosis.fault import fault


def mean(values, axes):
    return np.mean(values, axis=axes, keepdims=True)


def spread(values, axes, *, ddof=0):
    found = np.std(values, axis=axes, keepdims=True, ddof=ddof)
    return np.where(found > 0, found, 1.0)


@fault("center", "EleutherAI/elk#5")
def centered_by_its_own_mean(train, data, *, axes):
    """The data is centered by its own mean and not by that of the training set."""
    return data - mean(data, axes)


@fault("center", "theislab/moscot#698")
def one_mean_for_everything(train, data, *, axes):
    """One number, the mean of everything, is subtracted from all features."""
    return data - np.mean(train)


@fault("standardize", "mwaskom/seaborn#649", "mwaskom/seaborn#784", "joshday/OnlineStats.jl#15")
def divided_by_the_variance(train, data, *, axes):
    """The deviations are divided by the variance."""
    return (data - mean(train, axes)) / spread(train, axes) ** 2


@fault("standardize", "cs109/a-2017#11", "deepchem/deepchem#51")
def statistics_of_the_data(train, data, *, axes):
    """Mean and deviation are those of the data itself."""
    return (data - mean(data, axes)) / spread(data, axes)


@fault("standardize", "projectglow/glow#271", "biolab/orange3#4925")
def unbiased_deviation(train, data, *, axes):
    """The deviation has n - 1 for n."""
    return (data - mean(train, axes)) / spread(train, axes, ddof=1)


@fault("standardize", "theislab/moscot#698")
def statistics_of_everything(train, data, *, axes):
    """One mean and one deviation are taken of all features together."""
    return (data - np.mean(train)) / np.std(train)


@fault("standardize", "rougier/numpy-100#67")
def range_for_the_deviation(train, data, *, axes):
    """The data is put between 0 and 1 by least and largest number."""
    low = np.min(train, axis=axes, keepdims=True)
    return (data - low) / (np.max(train, axis=axes, keepdims=True) - low)


@fault("standardize", "jreades/fsds#29")
def brackets_missing(train, data, *, axes):
    """Brackets are missing: only the mean is divided by the deviation."""
    return data - mean(train, axes) / spread(train, axes)


@fault("standardize", "XiaLiPKU/EMANet#7", "13o-bbr-bbq/machine_learning_security#56")
def divided_by_the_mean(train, data, *, axes):
    """The deviations are divided by the mean."""
    return (data - mean(train, axes)) / mean(train, axes)


@fault("standardize", "sensorium-competition/experanto#70")
def mean_is_not_subtracted(train, data, *, axes):
    """The data is divided by the deviation and not centered."""
    return data / spread(train, axes)


@fault("standardize", "ROCm/rocm-libraries#11145")
def multiplied_by_the_deviation(train, data, *, axes):
    """The deviation is a factor where it should divide."""
    return (data - mean(train, axes)) * spread(train, axes)


@fault("standardize", "elixir-nx/scholar#363", right=("constant",))
def constant_features_stay(train, data, *, axes):
    """Features without variance are not centered."""
    constant = np.ptp(train, axis=axes, keepdims=True) == 0
    return np.where(constant, data, (data - mean(train, axes)) / spread(train, axes))


def signed(vectors):
    """Turn each component so that its first coordinate of a good size is positive."""
    size = np.abs(vectors)
    first = np.argmax(size > 0.6 * np.max(size, axis=0), axis=0)
    return vectors * np.sign(vectors[first, np.arange(vectors.shape[1])])


def directions(matrix, components):
    """Return the eigenvectors of a matrix by falling eigenvalue, and the eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    order = np.argsort(values)[::-1][:components]
    return signed(vectors[:, order]), values[order]


def covariance(train, *, ddof=1):
    c = train - np.mean(train, axis=0)
    return c.T @ c / (len(train) - ddof)


@fault("pca", "MKLab-ITI/multimedia-indexing#12")
def mean_of_the_last_row(train, data, *, components):
    """The mean is the last row, divided by the number of rows."""
    vectors, _ = directions(covariance(train), components)
    return (data - train[-1] / len(train)) @ vectors


@fault("pca", "SharifiZarchi/Introduction_to_Machine_Learning#16")
def directions_of_raw_data(train, data, *, components):
    """The directions are those of data that was not centered."""
    vectors, _ = directions(train.T @ train, components)
    return (data - np.mean(train, axis=0)) @ vectors


@fault("pca", "FAU-CS6/KDD#71", right=("rows_of_the|transpos",))
def rows_of_the_eigenvectors(train, data, *, components):
    """The rows of the matrix of eigenvectors are taken for the eigenvectors."""
    vectors, _ = directions(covariance(train), train.shape[1])
    return (data - np.mean(train, axis=0)) @ vectors.T[:, :components]


@fault("pca", "OpenANN/OpenANN#153", right=("smallest|rising|ascending",))
def the_smallest_first(train, data, *, components):
    """The components with the smallest variances come first."""
    _, vectors = np.linalg.eigh(covariance(train))
    return (data - np.mean(train, axis=0)) @ signed(vectors[:, :components])


@fault("whiten", "Salma-El-Alaoui/Blind-Source-Separation#2")
def divided_by_the_eigenvalues(train, data, *, components):
    """The scores are divided by the eigenvalues and not by their roots."""
    vectors, values = directions(covariance(train), components)
    return (data - np.mean(train, axis=0)) @ vectors / values


@fault("whiten", "probml/pml-book#607", "scikit-learn/scikit-learn#17162")
def divided_by_singular_values(train, data, *, components):
    """The scores are divided by singular values: the root of n - 1 is missing."""
    vectors, values = directions(covariance(train), components)
    return (data - np.mean(train, axis=0)) @ vectors / np.sqrt(values * (len(train) - 1))


@fault("whiten", "scikit-learn/scikit-learn#11001")
def biased_covariance(train, data, *, components):
    """The covariance has n for n - 1."""
    vectors, values = directions(covariance(train, ddof=0), components)
    return (data - np.mean(train, axis=0)) @ vectors / np.sqrt(values)


@fault("whiten", "facebookresearch/faiss#559")
def a_power_of_minus_two(train, data, *, components):
    """The eigenvalues have the power -2 instead of -1/2."""
    vectors, values = directions(covariance(train), components)
    return (data - np.mean(train, axis=0)) @ vectors * values**-2


@fault("whiten", "scipy/scipy#12453")
def only_rescaled(train, data, *, components):
    """Features are divided by their deviations, and correlations stay."""
    return (data / np.std(train, axis=0))[:, :components]


@fault("whiten", "keras-team/keras#1931")
def covariance_of_raw_data(train, data, *, components):
    """The covariance is that of data that was not centered."""
    vectors, values = directions(train.T @ train / (len(train) - 1), components)
    return (data - np.mean(train, axis=0)) @ vectors / np.sqrt(values)


@fault("whiten", "keras-team/keras#4181")
def divided_by_the_number_of_features(train, data, *, components):
    """The covariance is divided by the number of features instead of samples."""
    c = train - np.mean(train, axis=0)
    vectors, values = directions(c.T @ c / train.shape[1], components)
    return (data - np.mean(train, axis=0)) @ vectors / np.sqrt(values)
