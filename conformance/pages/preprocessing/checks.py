"""Checks of the page `preprocessing`: statistics of features, and scores whatever their signs."""

import numpy as np

from nnspec.conformance.bounds import truth
from nnspec.conformance.judge import again
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.nested import Array, wide

# Scores may have either sign.
_SIGNED = ("pca", "whiten")

# --- every operation of the page ---


def answered_rightly(trial: Trial) -> Array:
    """Expect the right answer and return it.

    The signs of scores are those of the truth before they are compared.
    """
    if trial.case.operation not in _SIGNED:
        return np.asarray(trial.answer())
    return _judged(trial, trial.shape())


def _judged(trial: Trial, scores: Array) -> Array:
    value, low, _ = truth.truth(trial.case)
    turned = aligned(scores, value)
    trial.judge(turned, value, trial.allowed(), low=low)
    return turned


right = check(
    "preprocessing/form",
    "preprocessing/significands",
    "preprocessing/sizes",
    "preprocessing/late-elements",
    "preprocessing/fresh",
    "preprocessing/neighbors",
    "preprocessing/aliasing",
    "preprocessing/layouts",
    "preprocessing/training-statistics",
    "pca/accuracy",
    "pca/mean-far-from-zero",
    "pca/units",
    "pca/rank-deficient",
    "pca/wide",
    "pca/precision",
    "whiten/accuracy",
    "whiten/mean-far-from-zero",
    "whiten/small-variances",
    "whiten/rank-deficient",
    "whiten/wide",
)(answered_rightly)


@check("preprocessing/purity")
def is_pure(trial: Trial) -> None:
    """Expect the same answer around a call with other arguments, and the first one unchanged.

    The others are reversed along both axes and twice as large.
    """
    first = trial.call()
    kept = first.copy()
    others = (
        np.ascontiguousarray(array[::-1, ::-1]) * array.dtype.type(2)
        for array in trial.case.arguments
    )
    answered_rightly(trial.on(*others))
    trial.near(first, kept.astype(np.float64), 0, "an answer after the next call")
    answered_rightly(trial)


@check("preprocessing/repeated-calls")
def answers_rightly_each_time(trial: Trial) -> None:
    """Expect each answer to a repeated call to be right, whatever the signs of its scores."""
    if trial.case.operation not in _SIGNED:
        again.each_answer(trial)
        return
    for each in again.answers(trial):
        _judged(trial, wide(each))


@check("preprocessing/row-independence")
def answers_every_row_alone(trial: Trial) -> None:
    """Expect the right answer for each row of data, in company and alone."""
    together, allowed = answered_rightly(trial), trial.allowed()
    train, data = trial.case.arguments
    for row in range(len(data)):
        single = trial.on(train, data[row : row + 1])
        alone = answered_rightly(single)
        limit = allowed[row : row + 1] + single.allowed()
        trial.near(alone, together[row : row + 1], limit, f"answer for row {row} alone")


# --- features ---


@check("center/zero-mean")
def has_mean_zero(trial: Trial) -> None:
    """Expect each feature of the centered training set to have the mean 0."""
    _has_mean_zero(trial, trial.shape())


@check("standardize/zero-mean-unit-deviation")
def has_mean_zero_and_deviation_one(trial: Trial) -> None:
    """Expect each feature of the standardized training set to have mean 0 and mean square 1."""
    answered, axes = trial.shape(), trial.case.parameters["axes"]
    _has_mean_zero(trial, answered)
    room = np.mean(_square_error(answered, trial.allowed()), axis=axes)
    trial.near(np.mean(answered**2, axis=axes), 1, room, "mean square of a feature")


def _has_mean_zero(trial: Trial, answered: Array) -> None:
    axes = trial.case.parameters["axes"]
    limit = np.mean(trial.allowed() + _own(answered), axis=axes)
    trial.near(np.mean(answered, axis=axes), 0, limit, "mean of a feature")


# --- components ---


@check("pca/diagonal-covariance")
def has_uncorrelated_scores(trial: Trial) -> None:
    """Expect training scores without correlation, whose variances do not rise."""
    covariance, limit = _covariance(trial)
    variances = np.diag(covariance)
    trial.near(covariance - np.diag(variances), 0, limit, "covariance of two components' scores")
    rises = np.diff(variances)
    trial.between(rises, -np.inf, 0, "rise of the variance from one component to the next")


@check("pca/total-variance")
def keeps_distances(trial: Trial) -> None:
    """Expect the scores of a row as far from 0 as the row is from the mean of train."""
    answered, allowed = trial.shape(), trial.allowed()
    train, data = (array.astype(np.float64) for array in trial.case.arguments)
    distances = np.sum((data - np.mean(train, axis=0)) ** 2, axis=1)
    limit = np.sum(_square_error(answered, allowed), axis=1) + _own(distances)
    trial.near(np.sum(answered**2, axis=1), distances, limit, "squared distance from the mean")


@check("whiten/identity-covariance")
def has_white_scores(trial: Trial) -> None:
    """Expect training scores whose covariance is the identity."""
    covariance, limit = _covariance(trial)
    trial.near(covariance, np.eye(len(covariance)), limit, "covariance of the whitened scores")


# --- what several checks share ---


def aligned(scores: Array, true: Array) -> Array:
    """Return scores, each column with the sign that the true one has where that is largest."""
    largest = np.argmax(np.abs(true), axis=0)[None, :]
    ours, theirs = (np.take_along_axis(each, largest, axis=0) for each in (scores, true))
    return np.where(ours * theirs < 0, -scores, scores)


def _own(values: Array) -> Array:
    """Return more than the errors of a sum of so many values in float64."""
    return np.asarray((len(values) + 8) * 2.0**-52 * np.abs(values))


def _square_error(values: Array, allowed: Array) -> Array:
    return 2 * np.abs(values) * allowed + allowed**2 + _own(values**2)


def _covariance(trial: Trial) -> tuple[Array, Array]:
    """Return the covariance of the answers for train, and how far their errors may move it.

    The denominator is N - 1.
    """
    scores, allowed = trial.shape(), trial.allowed()
    weight = len(scores) - 1
    product = np.abs(scores).T @ allowed
    own = (len(scores) + 8) * 2.0**-52 * (np.abs(scores).T @ np.abs(scores))
    # The mean of the true scores is 0. Those of the answer are so small that their square does not
    # matter beside what is allowed.
    return scores.T @ scores / weight, (product + product.T + allowed.T @ allowed + own) / weight
