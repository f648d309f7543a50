"""Checks of the page `information`: sums as written, and the theorems that entropy, cross-entropy and divergence obey together."""

import dataclasses
from typing import Any

import numpy as np

from nnspec.conformance.bounds import truth
from nnspec.conformance.judge import expect
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, wide

ANSWERS = {
    "information/form": "The answer does not have the shape of p without the axis, or is not the sum.",
    "information/axes": "The sum runs along another axis than the one asked for.",
    "information/lengths": "A class of a distribution over this many is left out, or counted wrongly.",
    "information/layouts": "The answer depends on how the arguments lie in memory.",
    "information/unnormalized": "Arguments that do not sum to 1 are normalized first.",
    "information/empty": "A sum of no terms is not 0.",
    "entropy/accuracy": "The entropy is further off than any careful order of its terms explains.",
    "entropy/certainty": "A one-hot distribution has an entropy.",
    "cross_entropy/accuracy": "The cross-entropy is further off than any careful order of its terms explains.",
    "cross_entropy/impossible": "What is held impossible and happens does not cost infinity, or what does not happen costs something.",
    "kl_divergence/accuracy": "The divergence is further off than the difference of the logarithms explains.",
    "kl_divergence/precision": "The divergence of distributions that nearly agree has no correct digits.",
    "kl_divergence/asymmetry": "The divergence is weighted with the wrong argument, or is symmetric.",
    "kl_divergence/impossible": "The divergence is not infinite where the supports differ, or not a number where both are 0.",
}


@check("information/purity")
def keeps_state(implementation: Implementation, case: Case) -> None:
    """A call changes its arguments, an earlier answer, or the answer to a later call with the same arguments."""
    other = dataclasses.replace(
        case, arguments=tuple(np.ascontiguousarray(array[..., ::-1]) for array in case.arguments)
    )
    expect.repeated(implementation, case, other)


@check("entropy/range")
def entropy_leaves_its_range(implementation: Implementation, case: Case) -> None:
    """The entropy is negative, or larger than the logarithm of the number of classes."""
    answered, allowed = expect.shape(implementation, case), _allowed(implementation, case)
    most = np.log(case.arguments[0].shape[case.parameters["axis"]])
    expect.between(
        implementation, case, answered, -allowed, most + allowed, "entropy within [0, log n]"
    )


@check("entropy/permutation")
def entropy_depends_on_order(implementation: Implementation, case: Case) -> None:
    """Another order of the classes gives another entropy."""
    answered, allowed = expect.answer(implementation, case), _allowed(implementation, case)
    (p,) = case.arguments
    for order in (slice(None, None, -1), np.roll(np.arange(p.shape[-1]), 2)):
        permuted = implementation.entropy(np.ascontiguousarray(p[..., order]), axis=-1)
        expect.near(
            implementation,
            case,
            permuted,
            wide(answered),
            2 * allowed,
            "entropy of the permuted classes",
        )


@check("entropy/chain-rule")
def entropy_is_not_additive(implementation: Implementation, case: Case) -> None:
    """The entropy of a joint distribution is not that of a marginal and the mean entropy given it."""
    together = wide(expect.answer(implementation, case))
    table = wide(case.arguments[0]).reshape(2, 4)
    marginal = table.sum(axis=1)
    parts = [
        _case(case, marginal[None, :]),
        *(_case(case, (row / share)[None, :]) for row, share in zip(table, marginal, strict=True)),
    ]
    answers = [wide(expect.answer(implementation, each)) for each in parts]
    bounds = [_allowed(implementation, each) for each in (case, *parts)]
    sum_of_parts = answers[0] + marginal[0] * answers[1] + marginal[1] * answers[2]
    expect.near(
        implementation,
        case,
        together,
        sum_of_parts,
        sum(bounds),
        "entropy of the joint distribution",
    )


@check("cross_entropy/one-hot")
def one_hot_costs_something_else(implementation: Implementation, case: Case) -> None:
    """For a one-hot p the cross-entropy or the divergence is not -log q, or the entropy is not 0."""
    p, q = case.arguments
    answered, allowed = wide(expect.answer(implementation, case)), _allowed(implementation, case)
    divergence = implementation.kl_divergence(p, q, axis=-1)
    u = implementation.format.u
    expect.near(
        implementation,
        case,
        divergence,
        answered,
        2 * allowed + 4 * u,
        "divergence from a one-hot distribution",
    )
    expect.near(
        implementation,
        case,
        implementation.entropy(p, axis=-1),
        0,
        0,
        "entropy of a one-hot distribution",
    )


@check("cross_entropy/identity")
def the_three_do_not_agree(implementation: Implementation, case: Case) -> None:
    """The cross-entropy is not the divergence and the entropy together."""
    crossed, divergence, entropy, allowed = _three(implementation, case)
    expect.near(
        implementation,
        case,
        crossed,
        divergence + entropy,
        allowed,
        "cross-entropy, against divergence and entropy",
    )


@check("cross_entropy/gibbs")
def cross_entropy_is_too_small(implementation: Implementation, case: Case) -> None:
    """The cross-entropy is smaller than the entropy."""
    crossed, _, entropy, allowed = _three(implementation, case)
    expect.between(
        implementation, case, crossed, entropy - allowed, np.inf, "cross-entropy above the entropy"
    )


@check("kl_divergence/non-negativity")
def divergence_is_negative(implementation: Implementation, case: Case) -> None:
    """The divergence is negative, or that of a distribution from itself is not 0."""
    answered, allowed = expect.shape(implementation, case), _allowed(implementation, case)
    itself = np.all(case.arguments[0] == case.arguments[1], axis=-1)
    expect.between(
        implementation,
        case,
        answered,
        -allowed,
        np.where(itself, allowed, np.inf),
        "divergence from 0 on",
    )


@check("kl_divergence/convexity")
def divergence_is_not_convex(implementation: Implementation, case: Case) -> None:
    """The divergence of a mixture is larger than the mixture of the divergences."""
    answered, allowed = wide(expect.answer(implementation, case)), _allowed(implementation, case)
    half = len(answered) // 2
    p, q = (wide(array) for array in case.arguments)
    mixed = _case(case, (p[:half] + p[half:]) / 2, (q[:half] + q[half:]) / 2)
    most = (
        (answered[:half] + answered[half:]) / 2
        + (allowed[:half] + allowed[half:]) / 2
        + _allowed(implementation, mixed)
    )
    expect.between(
        implementation,
        mixed,
        wide(expect.answer(implementation, mixed)),
        -np.inf,
        most,
        "divergence of a mixture",
    )


def _allowed(implementation: Implementation, case: Case) -> Array:
    """Return the clause's bound and the truth's own error."""
    return expect.bound(implementation, case) + truth.truth(case)[2]


def _case(case: Case, *arrays: Array) -> Case:
    """Return the case of other arguments in the same dtype."""
    dtype = case.arguments[0].dtype
    return dataclasses.replace(case, arguments=tuple(array.astype(dtype) for array in arrays))


def _three(implementation: Implementation, case: Case) -> tuple[Any, Any, Any, Array]:
    """Return cross-entropy, divergence and entropy of a case, and the bound of all three together."""
    p, q = case.arguments
    crossed = expect.shape(implementation, case)
    divergence = wide(implementation.kl_divergence(p, q, **case.parameters))
    entropy = wide(implementation.entropy(p, **case.parameters))
    return crossed, divergence, entropy, _allowed(implementation, case)
