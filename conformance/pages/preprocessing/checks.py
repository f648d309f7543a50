"""Checks of the page `preprocessing`: answers within their bounds, and the scores of components whatever their signs."""

import dataclasses

import numpy as np

from nnspec.conformance.bounds import truth
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.nested import Array

# --- every operation of the page ---------------------------------------------------------------------------------------------------


@check("preprocessing/form")
def has_another_form(trial: Trial) -> None:
    """The answer does not have the shape that it should have, or not the dtype of data, or is wrong for data of this length."""
    _answered(trial)


@check("preprocessing/layouts")
def depends_on_memory(trial: Trial) -> None:
    """The answer depends on how the numbers lie in memory."""
    _answered(trial)


@check("preprocessing/purity")
def keeps_state(trial: Trial) -> None:
    """A call changes its arguments, an earlier answer, or the answer to a later call with the same arguments."""
    first = trial.call()
    kept = first.copy()
    other = tuple(
        np.ascontiguousarray(array[::-1, ::-1]) * array.dtype.type(2)
        for array in trial.case.arguments
    )
    _answered(trial.of(dataclasses.replace(trial.case, arguments=other)))
    trial.near(first, kept.astype(np.float64), 0, "an answer after the next call")
    _answered(trial)


@check("preprocessing/training-statistics")
def looks_at_the_data(trial: Trial) -> None:
    """The statistics are not those of train alone."""
    _answered(trial)


@check("preprocessing/row-independence")
def rows_depend_on_each_other(trial: Trial) -> None:
    """A row of data is answered otherwise in company than alone."""
    together, allowed = _answered(trial), trial.allowed()
    train, data = trial.case.arguments
    for place in range(len(data)):
        single = dataclasses.replace(trial.case, arguments=(train, data[place : place + 1]))
        alone = _answered(trial.of(single))
        limit = allowed[place : place + 1] + trial.of(single).allowed()
        trial.near(alone, together[place : place + 1], limit, f"answer for row {place} alone")


# --- features ----------------------------------------------------------------------------------------------------------------------


@check("center/zero-mean")
def centered_means_are_not_zero(trial: Trial) -> None:
    """The mean of a feature of the centered training set is not 0."""
    answered = trial.shape()
    axes = trial.case.parameters["axes"]
    limit = np.mean(trial.allowed() + _own(answered), axis=axes)
    trial.near(np.mean(answered, axis=axes), 0, limit, "mean of a feature")


@check("standardize/zero-mean-unit-deviation")
def standardized_moments_are_others(trial: Trial) -> None:
    """The mean of a feature of the standardized training set is not 0, or its biased variance not 1."""
    answered, allowed = trial.shape(), trial.allowed()
    axes = trial.case.parameters["axes"]
    limit = np.mean(allowed + _own(answered), axis=axes)
    trial.near(np.mean(answered, axis=axes), 0, limit, "mean of a feature")
    squares = np.mean(_square_error(answered, allowed), axis=axes)
    trial.near(np.mean(answered**2, axis=axes), 1, squares, "mean square of a feature")


# --- components --------------------------------------------------------------------------------------------------------------------


@check("pca/accuracy")
def scores_are_others(trial: Trial) -> None:
    """The scores are not those on the principal components of train, whatever the signs."""
    _answered(trial)


@check("pca/mean-far-from-zero")
def components_lose_digits(trial: Trial) -> None:
    """The components of a training set far from zero have lost their digits."""
    _answered(trial)


@check("pca/units")
def components_ignore_units(trial: Trial) -> None:
    """The components are not those of the covariance where features have different units."""
    _answered(trial)


@check("pca/rank-deficient")
def components_need_full_rank(trial: Trial) -> None:
    """The scores are wrong where features depend on each other."""
    _answered(trial)


@check("pca/wide")
def components_need_many_samples(trial: Trial) -> None:
    """The scores are wrong where there are more features than training samples."""
    _answered(trial)


@check("pca/precision")
def small_components_drown(trial: Trial) -> None:
    """The scores on small components have lost digits that a decomposition of the centered data itself keeps."""
    _answered(trial)


@check("pca/diagonal-covariance")
def scores_are_correlated(trial: Trial) -> None:
    """The training scores of two components are correlated, or their variances do not fall."""
    covariance, limit = _covariance(trial)
    variances = np.diag(covariance)
    trial.near(covariance - np.diag(variances), 0, limit, "covariance of two components' scores")
    trial.between(
        np.diff(variances), -np.inf, 0, "rise of the variance from one component to the next"
    )


@check("pca/total-variance")
def variance_is_lost(trial: Trial) -> None:
    """The scores on all components are not as far from 0 as the data is from the mean of train."""
    answered, allowed = trial.shape(), trial.allowed()
    train, data = (array.astype(np.float64) for array in trial.case.arguments)
    distances = np.sum((data - np.mean(train, axis=0)) ** 2, axis=1)
    limit = np.sum(_square_error(answered, allowed), axis=1) + _own(distances)
    trial.near(np.sum(answered**2, axis=1), distances, limit, "squared distance from the mean")


@check("whiten/accuracy")
def whitened_scores_are_others(trial: Trial) -> None:
    """The scores are not those on the principal components of train in their standard deviations, whatever the signs."""
    _answered(trial)


@check("whiten/mean-far-from-zero")
def whitening_loses_digits(trial: Trial) -> None:
    """The whitened scores of a training set far from zero have lost their digits."""
    _answered(trial)


@check("whiten/small-variances")
def whitening_spares_small_components(trial: Trial) -> None:
    """Components of small variance are not brought to variance 1."""
    _answered(trial)


@check("whiten/rank-deficient")
def whitening_needs_full_rank(trial: Trial) -> None:
    """The whitened scores are wrong where features depend on each other."""
    _answered(trial)


@check("whiten/wide")
def whitening_needs_many_samples(trial: Trial) -> None:
    """The whitened scores are wrong where there are more features than training samples."""
    _answered(trial)


@check("whiten/identity-covariance")
def whitened_scores_are_not_white(trial: Trial) -> None:
    """The covariance of the whitened training scores, with denominator N - 1, is not the identity."""
    covariance, limit = _covariance(trial)
    trial.near(covariance, np.eye(len(covariance)), limit, "covariance of the whitened scores")


# --- what several checks share -----------------------------------------------------------------------------------------------------


def _answered(trial: Trial) -> Array:
    """Expect the right answer and return it; scores are turned to the signs of the truth before they are compared."""
    if trial.case.operation not in ("pca", "whiten"):
        return np.asarray(trial.answer())
    actual = trial.shape()
    value, low, _ = truth.truth(trial.case)
    turned = aligned(actual, value)
    trial.judge(turned, value, trial.allowed(), low=low)
    return turned


def aligned(scores: Array, true: Array) -> Array:
    """Return scores with the sign of each column such that the largest true score of the column has its own."""
    places = np.argmax(np.abs(true), axis=0)[None, :]
    opposed = (
        np.take_along_axis(scores, places, axis=0) * np.take_along_axis(true, places, axis=0) < 0
    )
    return np.where(opposed, -scores, scores)


def _own(values: Array) -> Array:
    """Return more than the errors of a sum of so many values in float64."""
    return np.asarray((len(values) + 8) * 2.0**-52 * np.abs(values))


def _square_error(values: Array, allowed: Array) -> Array:
    return 2 * np.abs(values) * allowed + allowed**2 + _own(values**2)


def _covariance(trial: Trial) -> tuple[Array, Array]:
    """Return the covariance of the answers for train, denominator N - 1, and how far their errors may move it."""
    scores, allowed = trial.shape(), trial.allowed()
    weight = len(scores) - 1
    product = np.abs(scores).T @ allowed
    own = (len(scores) + 8) * 2.0**-52 * (np.abs(scores).T @ np.abs(scores))
    # Of the true scores the mean is 0, and those of the answer are too small for their square to matter beside what is allowed.
    return scores.T @ scores / weight, (product + product.T + allowed.T @ allowed + own) / weight
