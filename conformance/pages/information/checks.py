"""Checks of the page `information`: sums as written, and the theorems that entropy, cross-entropy and divergence obey together."""

import dataclasses
from typing import Any

import numpy as np

from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, wide


@check("information/purity")
def keeps_state(trial: Trial) -> None:
    """A call changes its arguments, an earlier answer, or the answer to a later call with the same arguments."""
    other = dataclasses.replace(
        trial.case,
        arguments=tuple(np.ascontiguousarray(array[..., ::-1]) for array in trial.case.arguments),
    )
    trial.repeated(other)


@check("entropy/range")
def entropy_leaves_its_range(trial: Trial) -> None:
    """The entropy is negative, or larger than the logarithm of the number of classes."""
    answered, allowed = trial.shape(), trial.allowed()
    most = np.log(trial.case.arguments[0].shape[trial.case.parameters["axis"]])
    trial.between(answered, -allowed, most + allowed, "entropy within [0, log n]")


@check("entropy/permutation")
def entropy_depends_on_order(trial: Trial) -> None:
    """Another order of the classes gives another entropy."""
    answered, allowed = trial.answer(), trial.allowed()
    (p,) = trial.case.arguments
    for order in (slice(None, None, -1), np.roll(np.arange(p.shape[-1]), 2)):
        permuted = trial.implementation.entropy(np.ascontiguousarray(p[..., order]), axis=-1)
        trial.near(permuted, wide(answered), 2 * allowed, "entropy of the permuted classes")


@check("entropy/chain-rule")
def entropy_is_not_additive(trial: Trial) -> None:
    """The entropy of a joint distribution is not that of a marginal and the mean entropy given it."""
    together = wide(trial.answer())
    table = wide(trial.case.arguments[0]).reshape(2, 4)
    marginal = table.sum(axis=1)
    parts = [
        _case(trial.case, marginal[None, :]),
        *(
            _case(trial.case, (row / share)[None, :])
            for row, share in zip(table, marginal, strict=True)
        ),
    ]
    answers = [wide(trial.of(each).answer()) for each in parts]
    bounds = [trial.of(each).allowed() for each in (trial.case, *parts)]
    sum_of_parts = answers[0] + marginal[0] * answers[1] + marginal[1] * answers[2]
    trial.near(together, sum_of_parts, sum(bounds), "entropy of the joint distribution")


@check("cross_entropy/one-hot")
def one_hot_costs_something_else(trial: Trial) -> None:
    """For a one-hot p the cross-entropy or the divergence is not -log q, or the entropy is not 0."""
    p, q = trial.case.arguments
    answered, allowed = wide(trial.answer()), trial.allowed()
    divergence = trial.implementation.kl_divergence(p, q, axis=-1)
    u = trial.format.u
    trial.near(divergence, answered, 2 * allowed + 4 * u, "divergence from a one-hot distribution")
    trial.near(trial.implementation.entropy(p, axis=-1), 0, 0, "entropy of a one-hot distribution")


@check("cross_entropy/identity")
def the_three_do_not_agree(trial: Trial) -> None:
    """The cross-entropy is not the divergence and the entropy together."""
    crossed, divergence, entropy, allowed = _three(trial)
    trial.near(
        crossed, divergence + entropy, allowed, "cross-entropy, against divergence and entropy"
    )


@check("cross_entropy/gibbs")
def cross_entropy_is_too_small(trial: Trial) -> None:
    """The cross-entropy is smaller than the entropy."""
    crossed, _, entropy, allowed = _three(trial)
    trial.between(crossed, entropy - allowed, np.inf, "cross-entropy above the entropy")


@check("kl_divergence/non-negativity")
def divergence_is_negative(trial: Trial) -> None:
    """The divergence is negative, or that of a distribution from itself is not 0."""
    answered, allowed = trial.shape(), trial.allowed()
    itself = np.all(trial.case.arguments[0] == trial.case.arguments[1], axis=-1)
    trial.between(answered, -allowed, np.where(itself, allowed, np.inf), "divergence from 0 on")


@check("kl_divergence/convexity")
def divergence_is_not_convex(trial: Trial) -> None:
    """The divergence of a mixture is larger than the mixture of the divergences."""
    answered, allowed = wide(trial.answer()), trial.allowed()
    half = len(answered) // 2
    p, q = (wide(array) for array in trial.case.arguments)
    mixed = _case(trial.case, (p[:half] + p[half:]) / 2, (q[:half] + q[half:]) / 2)
    most = (
        (answered[:half] + answered[half:]) / 2
        + (allowed[:half] + allowed[half:]) / 2
        + trial.of(mixed).allowed()
    )
    trial.of(mixed).between(
        wide(trial.of(mixed).answer()), -np.inf, most, "divergence of a mixture"
    )


def _case(case: Case, *arrays: Array) -> Case:
    """Return the case of other arguments in the same dtype."""
    dtype = case.arguments[0].dtype
    return dataclasses.replace(case, arguments=tuple(array.astype(dtype) for array in arrays))


def _three(trial: Trial) -> tuple[Any, Any, Any, Array]:
    """Return cross-entropy, divergence and entropy of a case, and the bound of all three together."""
    p, q = trial.case.arguments
    crossed = trial.shape()
    divergence = wide(trial.implementation.kl_divergence(p, q, **trial.case.parameters))
    entropy = wide(trial.implementation.entropy(p, **trial.case.parameters))
    return crossed, divergence, entropy, trial.allowed()
