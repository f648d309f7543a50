"""Checks of the page `information`: theorems on entropy, cross-entropy and divergence together."""

from typing import Any

import numpy as np

from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.nested import Array, wide


@check("information/purity")
def is_pure(trial: Trial) -> None:
    """Expect the same answer around a call with each row reversed."""
    trial.repeated(*(np.ascontiguousarray(array[..., ::-1]) for array in trial.case.arguments))


@check("entropy/range")
def lies_between_0_and_log_n(trial: Trial) -> None:
    """Expect an entropy that is not negative, and at most log n for n classes."""
    answered, allowed = trial.shape(), trial.allowed()
    most = np.log(trial.case.arguments[0].shape[trial.case.parameters["axis"]])
    trial.between(answered, -allowed, most + allowed, "entropy within [0, log n]")


@check("entropy/permutation")
def ignores_the_order_of_classes(trial: Trial) -> None:
    """Expect the right entropy, and the same in two other orders of the classes."""
    answered, allowed = wide(trial.answer()), trial.allowed()
    (p,) = trial.case.arguments
    for order in (slice(None, None, -1), np.roll(np.arange(p.shape[-1]), 2)):
        permuted = trial.implementation.entropy(np.ascontiguousarray(p[..., order]), axis=-1)
        trial.near(permuted, answered, 2 * allowed, "entropy of the permuted classes")


@check("entropy/chain-rule")
def adds_up_along_the_chain(trial: Trial) -> None:
    """Expect H(X, Y) = H(X) + H(Y|X), for X with two values and Y with four."""
    together = wide(trial.answer())
    joint = wide(trial.case.arguments[0]).reshape(2, 4)
    marginal = joint.sum(axis=1)
    rows = (row / share for row, share in zip(joint, marginal, strict=True))
    parts = [_on(trial, each[None, :]) for each in (marginal, *rows)]
    of_x, *given_x = (wide(each.answer()) for each in parts)
    sum_of_parts = of_x + marginal[0] * given_x[0] + marginal[1] * given_x[1]
    allowed = sum(each.allowed() for each in (trial, *parts))
    trial.near(together, sum_of_parts, allowed, "entropy of the joint distribution")


@check("cross_entropy/one-hot")
def is_a_logarithm_for_one_hot_p(trial: Trial) -> None:
    """Expect -log q of the class, from the divergence too, and an entropy of 0."""
    p, q = trial.case.arguments
    answered, allowed = wide(trial.answer()), trial.allowed()
    divergence = trial.implementation.kl_divergence(p, q, axis=-1)
    room = 2 * allowed + 4 * trial.format.u
    trial.near(divergence, answered, room, "divergence from a one-hot distribution")
    trial.near(trial.implementation.entropy(p, axis=-1), 0, 0, "entropy of a one-hot distribution")


@check("cross_entropy/identity")
def is_divergence_and_entropy(trial: Trial) -> None:
    """Expect the divergence and the entropy to add up to the cross-entropy."""
    crossed, divergence, entropy = _three(trial)
    what = "cross-entropy, against divergence and entropy"
    trial.near(crossed, divergence + entropy, trial.allowed(), what)


@check("cross_entropy/gibbs")
def is_no_less_than_the_entropy(trial: Trial) -> None:
    """Expect no cross-entropy below the entropy."""
    crossed, _, entropy = _three(trial)
    least = entropy - trial.allowed()
    trial.between(crossed, least, np.inf, "cross-entropy above the entropy")


@check("cross_entropy_clipped/range")
def lies_between_the_ends(trial: Trial) -> None:
    """Expect a loss between the costs of the two ends, times the sum of p."""
    answered, allowed = trial.shape(), trial.allowed()
    epsilon = trial.case.parameters["epsilon"]
    total = wide(trial.case.arguments[0]).sum(axis=-1)
    least, most = -np.log1p(-epsilon) * total, -np.log(epsilon) * total
    trial.between(answered, least - allowed, most + allowed, "loss between the ends of the clip")


@check("cross_entropy_renormalized/scale")
def ignores_factors(trial: Trial) -> None:
    """Expect the right loss, and the same with each row of q times a power of two."""
    answered, allowed = wide(trial.answer()), trial.allowed()
    p, q = trial.case.arguments
    factors = np.ldexp(1.0, np.arange(len(q)) % 4 - 1)[:, None]
    scaled = trial.implementation.cross_entropy_renormalized(
        p, (q * factors).astype(q.dtype), **trial.case.parameters
    )
    trial.near(scaled, answered, 2 * allowed, "loss with rows of q times 1/2, 1, 2, 4")


@check("kl_divergence/non-negativity")
def is_not_negative(trial: Trial) -> None:
    """Expect a divergence that is not negative, and 0 between equal distributions."""
    answered, allowed = trial.shape(), trial.allowed()
    itself = np.all(trial.case.arguments[0] == trial.case.arguments[1], axis=-1)
    trial.between(answered, -allowed, np.where(itself, allowed, np.inf), "divergence from 0 on")


@check("kl_divergence/convexity")
def is_convex(trial: Trial) -> None:
    """Expect a mixture to diverge no more than its two parts do on average.

    The first half of the rows is mixed with the second.
    """
    answered, allowed = wide(trial.answer()), trial.allowed()
    half = len(answered) // 2
    p, q = (wide(array) for array in trial.case.arguments)
    mixed = _on(trial, (p[:half] + p[half:]) / 2, (q[:half] + q[half:]) / 2)
    mean = (answered[:half] + answered[half:]) / 2
    room = (allowed[:half] + allowed[half:]) / 2
    most = mean + room + mixed.allowed()
    mixed.between(wide(mixed.answer()), -np.inf, most, "divergence of a mixture")


def _on(trial: Trial, *arrays: Array) -> Trial:
    """Return the trial on other arguments, in the dtype of the case."""
    dtype = trial.case.arguments[0].dtype
    return trial.on(*(array.astype(dtype) for array in arrays))


def _three(trial: Trial) -> tuple[Any, Any, Any]:
    """Return cross-entropy, divergence and entropy of a case."""
    p, q = trial.case.arguments
    crossed = trial.shape()
    divergence = wide(trial.implementation.kl_divergence(p, q, **trial.case.parameters))
    entropy = wide(trial.implementation.entropy(p, **trial.case.parameters))
    return crossed, divergence, entropy
