"""Checks of the page `preprocessing`: answers within their bounds, and the scores of components whatever their signs."""

import dataclasses

import numpy as np

from nnspec.conformance.bounds import truth
from nnspec.conformance.judge import expect
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array

# Clauses that a right answer on their inputs fulfils, and what is true when the answer is wrong.
ANSWERS = {
    "center/accuracy": "The answer is not the data less the mean of train.",
    "center/recipes": "The mean is not taken over the axes asked for.",
    "center/lengths": "Some samples of this many are left out of the mean, or answered wrongly.",
    "center/mean-far-from-zero": "The mean of a training set far from zero has lost its digits.",
    "standardize/accuracy": "The answer is not the data less the mean of train, over its standard deviation.",
    "standardize/recipes": "Mean and variance are not taken over the axes asked for.",
    "standardize/lengths": "Some samples of this many are left out of the statistics, or answered wrongly.",
    "standardize/mean-far-from-zero": "The variance of a training set far from zero has lost its digits.",
    "standardize/units": "Features in small or large units are standardized otherwise than in others.",
    "standardize/constant-feature": "A constant feature is not centered and left unscaled.",
}


# --- every operation of the page -----------------------------------------------------------------


@check("preprocessing/form")
def has_another_form(implementation: Implementation, case: Case) -> None:
    """The answer does not have the shape that it should have, or not the dtype of data, or is wrong for data of this length."""
    _answered(implementation, case)


@check("preprocessing/layouts")
def depends_on_memory(implementation: Implementation, case: Case) -> None:
    """The answer depends on how the numbers lie in memory."""
    _answered(implementation, case)


@check("preprocessing/purity")
def keeps_state(implementation: Implementation, case: Case) -> None:
    """A call changes its arguments, an earlier answer, or the answer to a later call with the same arguments."""
    call = getattr(implementation, case.operation)
    first = call(*case.arguments, **case.parameters)
    kept = first.copy()
    other = tuple(
        np.ascontiguousarray(array[::-1, ::-1]) * array.dtype.type(2) for array in case.arguments
    )
    _answered(implementation, dataclasses.replace(case, arguments=other))
    expect.near(
        implementation, case, first, kept.astype(np.float64), 0, "an answer after the next call"
    )
    _answered(implementation, case)


@check("preprocessing/training-statistics")
def looks_at_the_data(implementation: Implementation, case: Case) -> None:
    """The statistics are not those of train alone."""
    _answered(implementation, case)


@check("preprocessing/row-independence")
def rows_depend_on_each_other(implementation: Implementation, case: Case) -> None:
    """A row of data is answered otherwise in company than alone."""
    together, allowed = _answered(implementation, case), _allowed(implementation, case)
    train, data = case.arguments
    for place in range(len(data)):
        single = dataclasses.replace(case, arguments=(train, data[place : place + 1]))
        alone = _answered(implementation, single)
        limit = allowed[place : place + 1] + _allowed(implementation, single)
        expect.near(
            implementation,
            case,
            alone,
            together[place : place + 1],
            limit,
            f"answer for row {place} alone",
        )


# --- features ------------------------------------------------------------------------------------


@check("center/zero-mean")
def centered_means_are_not_zero(implementation: Implementation, case: Case) -> None:
    """The mean of a feature of the centered training set is not 0."""
    answered = expect.shape(implementation, case)
    axes = case.parameters["axes"]
    limit = np.mean(_allowed(implementation, case) + _own(answered), axis=axes)
    expect.near(implementation, case, np.mean(answered, axis=axes), 0, limit, "mean of a feature")


@check("standardize/zero-mean-unit-deviation")
def standardized_moments_are_others(implementation: Implementation, case: Case) -> None:
    """The mean of a feature of the standardized training set is not 0, or its biased variance not 1."""
    answered, allowed = expect.shape(implementation, case), _allowed(implementation, case)
    axes = case.parameters["axes"]
    limit = np.mean(allowed + _own(answered), axis=axes)
    expect.near(implementation, case, np.mean(answered, axis=axes), 0, limit, "mean of a feature")
    squares = np.mean(_square_error(answered, allowed), axis=axes)
    expect.near(
        implementation,
        case,
        np.mean(answered**2, axis=axes),
        1,
        squares,
        "mean square of a feature",
    )


# --- components ----------------------------------------------------------------------------------


@check("pca/accuracy")
def scores_are_others(implementation: Implementation, case: Case) -> None:
    """The scores are not those on the principal components of train, whatever the signs."""
    _answered(implementation, case)


@check("pca/mean-far-from-zero")
def components_lose_digits(implementation: Implementation, case: Case) -> None:
    """The components of a training set far from zero have lost their digits."""
    _answered(implementation, case)


@check("pca/units")
def components_ignore_units(implementation: Implementation, case: Case) -> None:
    """The components are not those of the covariance where features have different units."""
    _answered(implementation, case)


@check("pca/rank-deficient")
def components_need_full_rank(implementation: Implementation, case: Case) -> None:
    """The scores are wrong where features depend on each other."""
    _answered(implementation, case)


@check("pca/wide")
def components_need_many_samples(implementation: Implementation, case: Case) -> None:
    """The scores are wrong where there are more features than training samples."""
    _answered(implementation, case)


@check("pca/precision")
def small_components_drown(implementation: Implementation, case: Case) -> None:
    """The scores on small components have lost digits that a decomposition of the centered data itself keeps."""
    _answered(implementation, case)


@check("pca/diagonal-covariance")
def scores_are_correlated(implementation: Implementation, case: Case) -> None:
    """The training scores of two components are correlated, or their variances do not fall."""
    covariance, limit = _covariance(implementation, case)
    variances = np.diag(covariance)
    expect.near(
        implementation,
        case,
        covariance - np.diag(variances),
        0,
        limit,
        "covariance of two components' scores",
    )
    expect.between(
        implementation,
        case,
        np.diff(variances),
        -np.inf,
        0,
        "rise of the variance from one component to the next",
    )


@check("pca/total-variance")
def variance_is_lost(implementation: Implementation, case: Case) -> None:
    """The scores on all components are not as far from 0 as the data is from the mean of train."""
    answered, allowed = expect.shape(implementation, case), _allowed(implementation, case)
    train, data = (array.astype(np.float64) for array in case.arguments)
    distances = np.sum((data - np.mean(train, axis=0)) ** 2, axis=1)
    limit = np.sum(_square_error(answered, allowed), axis=1) + _own(distances)
    expect.near(
        implementation,
        case,
        np.sum(answered**2, axis=1),
        distances,
        limit,
        "squared distance from the mean",
    )


@check("whiten/accuracy")
def whitened_scores_are_others(implementation: Implementation, case: Case) -> None:
    """The scores are not those on the principal components of train in their standard deviations, whatever the signs."""
    _answered(implementation, case)


@check("whiten/mean-far-from-zero")
def whitening_loses_digits(implementation: Implementation, case: Case) -> None:
    """The whitened scores of a training set far from zero have lost their digits."""
    _answered(implementation, case)


@check("whiten/small-variances")
def whitening_spares_small_components(implementation: Implementation, case: Case) -> None:
    """Components of small variance are not brought to variance 1."""
    _answered(implementation, case)


@check("whiten/rank-deficient")
def whitening_needs_full_rank(implementation: Implementation, case: Case) -> None:
    """The whitened scores are wrong where features depend on each other."""
    _answered(implementation, case)


@check("whiten/wide")
def whitening_needs_many_samples(implementation: Implementation, case: Case) -> None:
    """The whitened scores are wrong where there are more features than training samples."""
    _answered(implementation, case)


@check("whiten/identity-covariance")
def whitened_scores_are_not_white(implementation: Implementation, case: Case) -> None:
    """The covariance of the whitened training scores, with denominator N - 1, is not the identity."""
    covariance, limit = _covariance(implementation, case)
    expect.near(
        implementation,
        case,
        covariance,
        np.eye(len(covariance)),
        limit,
        "covariance of the whitened scores",
    )


# --- what several checks share -------------------------------------------------------------------


def _answered(implementation: Implementation, case: Case) -> Array:
    """Expect the right answer and return it; scores are turned to the signs of the truth before they are compared."""
    if case.operation not in ("pca", "whiten"):
        return np.asarray(expect.answer(implementation, case))
    actual = expect.shape(implementation, case)
    value, low, _ = truth.truth(case)
    turned = aligned(actual, value)
    expect.judge(implementation, case, turned, value, _allowed(implementation, case), low=low)
    return turned


def aligned(scores: Array, true: Array) -> Array:
    """Return scores with the sign of each column such that the largest true score of the column has its own."""
    places = np.argmax(np.abs(true), axis=0)[None, :]
    opposed = (
        np.take_along_axis(scores, places, axis=0) * np.take_along_axis(true, places, axis=0) < 0
    )
    return np.where(opposed, -scores, scores)


def _allowed(implementation: Implementation, case: Case) -> Array:
    """Return the clause's bound and the truth's own error."""
    value, _, error = truth.truth(case)
    return np.asarray(
        expect.bound(implementation, case).reshape(value.shape) + error.reshape(value.shape)
    )


def _own(values: Array) -> Array:
    """Return more than the errors of a sum of so many values in float64."""
    return np.asarray((len(values) + 8) * 2.0**-52 * np.abs(values))


def _square_error(values: Array, allowed: Array) -> Array:
    return 2 * np.abs(values) * allowed + allowed**2 + _own(values**2)


def _covariance(implementation: Implementation, case: Case) -> tuple[Array, Array]:
    """Return the covariance of the answers for train, denominator N - 1, and how far their errors may move it."""
    scores, allowed = expect.shape(implementation, case), _allowed(implementation, case)
    weight = len(scores) - 1
    product = np.abs(scores).T @ allowed
    own = (len(scores) + 8) * 2.0**-52 * (np.abs(scores).T @ np.abs(scores))
    # Of the true scores the mean is 0, and those of the answer are too small for their square to matter beside what is allowed.
    return scores.T @ scores / weight, (product + product.T + allowed.T @ allowed + own) / weight
