"""The statistics of draws: right ones leave their limits no more often than a level says, and a
diagnosis sees which law another generator has."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binom

from nnspec import spec
from nnspec.conformance.judge.diagnosis import explain
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.run import plan
from nnspec.conformance.run.cases import cases
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.outcomes import Broken

STATISTICS = ("draws/uniformity", "draws/independence", "draws/replacement", "draws/large-sets")
LEVELS = (0.1, 0.01, 0.001)


def at_level(clause: spec.Clause, level: float) -> spec.Clause:
    """Return a clause whose false alarms have another probability than a billionth."""
    stated = clause.bound
    definitions = tuple(
        (name, value.replace("10**9", repr(1 / level))) for name, value in stated.definitions
    )
    assert definitions != stated.definitions
    return replace(clause, bound=replace(stated, definitions=definitions))


def alarms(name: str, level: float, repetitions: int) -> int:
    """Count the repetitions in which a check rejects the draws of a right generator."""
    clause = at_level(spec.clauses()[name], level)
    (case,) = cases(spec.clauses()[name], "draws", "float64")
    count = 0
    for repetition in range(repetitions):

        def draws(count, batch_size, batch_count, *, seed, repetition=repetition):
            generator = np.random.Generator(np.random.Philox(key=[seed, repetition]))
            return list(generator.integers(0, count, (batch_count, batch_size)))

        source = InProcess(SimpleNamespace(name="right", draws=draws))
        try:
            plan.checks()[name](Trial(Implementation(source, None), case, clause))
        except Broken:
            count += 1
    return count


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", STATISTICS)
def test_right_draws_alarm_no_more_often_than_a_level_says(name: str, level: float) -> None:
    repetitions = 40
    assert alarms(name, level, repetitions) <= binom.ppf(0.95, repetitions, level)


def shuffled(count: int, needed: int, seed: int) -> np.ndarray:
    generator = np.random.Generator(np.random.Philox(seed))
    epochs = [generator.permutation(count) for _ in range(math.ceil(needed / count))]
    return np.concatenate(epochs)[:needed]


def explained(operation: str, answer, only: tuple[str, ...]) -> list[str]:
    source = InProcess(SimpleNamespace(name="it", **{operation: answer}))
    planned = plan.plan(source.description, only=only)
    return [each.name for each in explain([(each, attempt(each, source)) for each in planned])]


def test_a_diagnosis_tells_the_two_ways_of_sampling_apart_whatever_the_generator() -> None:
    def with_replacement(count, batch_size, *, seed):
        drawn = np.random.Generator(np.random.Philox(seed)).integers(0, count, count)
        return [drawn[start : start + batch_size] for start in range(0, count, batch_size)]

    def without(count, batch_size, batch_count, *, seed):
        order = shuffled(count, batch_size * batch_count, seed)
        return list(order.reshape(batch_count, batch_size))

    found = explained("minibatches", with_replacement, ("minibatches/accuracy",))
    assert found[0] == "draws_with_replacement"
    found = explained("draws", without, ("draws/replacement", "draws/independence"))
    assert found[0] == "draws_without_replacement"
