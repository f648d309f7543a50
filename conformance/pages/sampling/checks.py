"""Checks of the page `sampling`: epochs are counted, orders are tested for uniformity, and every step is followed batch by batch."""

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import language, steps
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array, flat, table
from nnspec.conformance.terms.outcomes import Malformed

# Seeds that differ in their lowest bits, their highest, and beyond 8, 16 and 31 bits.
_SEEDS = (0, 1, 2, 3, 255, 256, 2**16, 2**16 + 1, 2**31 - 1, 2**31, 2**32 - 1)

_SMALL_EPOCHS = 480
_LARGE_EPOCHS = 48
_BLOCKS = 16


# --- minibatches ---------------------------------------------------------------------------------


@check("minibatches/accuracy")
def a_sample_is_missed(trial: Trial) -> None:
    """An index does not occur exactly once in an epoch."""
    count, _ = trial.case.arguments
    order = _order(trial)
    trial.between(order, 0, count - 1, "index")
    trial.near(
        np.bincount(order.astype(np.int64), minlength=count), 1, 0, "times that an index occurs"
    )


@check("minibatches/sizes")
def a_batch_has_another_size(trial: Trial) -> None:
    """A batch other than the last is not full, the last does not hold what is left, or it is missing."""
    answered = trial.shape()
    sizes = [batch.size for batch in answered]
    count, batch_size = trial.case.arguments
    expected = [batch_size] * (count // batch_size) + [count % batch_size] * (
        count % batch_size > 0
    )
    trial.near(np.array(sizes), np.array(expected), 0, "size of a batch")


@check("minibatches/reproducibility")
def a_seed_gives_two_orders(trial: Trial) -> None:
    """The same seed is answered with two orders, or an earlier answer changes."""
    first = trial.implementation.minibatches(*trial.case.arguments, **trial.case.parameters)
    kept = flat(first).copy()
    for seed in _SEEDS[:3]:
        _order(trial.of(_seeded(trial.case, seed)))
        trial.near(flat(first), kept, 0, "index in an earlier answer")
        trial.near(_order(trial), kept, 0, "index in a second epoch of the same seed")


@check("minibatches/seeds")
def two_seeds_give_one_order(trial: Trial) -> None:
    """Two seeds are answered with the same order."""
    orders = {tuple(_order(trial.of(_seeded(trial.case, seed))).tolist()) for seed in _SEEDS}
    trial.near(
        np.asarray(len(orders)), len(_SEEDS), 0, f"number of orders from {len(_SEEDS)} seeds"
    )


@check("minibatches/orders")
def an_order_is_preferred(trial: Trial) -> None:
    """The 24 orders of four samples do not occur equally often."""
    count, _ = trial.case.arguments
    orders = {order: place for place, order in enumerate(itertools.permutations(range(count)))}
    found = np.zeros(len(orders))
    for seed in range(_SMALL_EPOCHS):
        order = tuple(_order(trial.of(_seeded(trial.case, seed))).astype(int).tolist())
        if order not in orders:
            message = (
                f"minibatches answered {order} for {count} samples; each index once was needed"
            )
            raise Malformed(message)
        found[orders[order]] += 1
    expected = _SMALL_EPOCHS / len(orders)
    _not_above(
        trial, float(np.sum(np.square(found - expected)) / expected), "chi-square of the 24 orders"
    )


@check("minibatches/positions")
def a_sample_has_a_preferred_place(trial: Trial) -> None:
    """Where a sample comes in the epoch depends on its index."""
    count, _ = trial.case.arguments
    size = count // _BLOCKS
    counts = np.zeros((_BLOCKS, _BLOCKS))
    for order in _epochs(trial):
        np.add.at(counts, (order // size, np.arange(count) // size), 1)
    expected = _LARGE_EPOCHS * size / _BLOCKS
    # Of a random permutation matrix summed over blocks of size², the centered counts have variance size²/(count - 1) in (blocks - 1)²
    # directions.
    statistic = (
        float(np.sum(np.square(counts - expected))) * (count - 1) / (_LARGE_EPOCHS * size**2)
    )
    _near_mean(trial, statistic, "chi-square of positions by indices")


@check("minibatches/neighbors")
def neighbors_stay_together(trial: Trial) -> None:
    """An index is followed by a larger one too often or too seldom."""
    ascents = sum(int(np.count_nonzero(np.diff(order) > 0)) for order in _epochs(trial))
    expected = _LARGE_EPOCHS * (trial.case.arguments[0] - 1) / 2
    trial.near(np.asarray(float(ascents)), expected, _limit(trial), "number of ascents")


@check("minibatches/empty")
def no_samples_give_a_batch(trial: Trial) -> None:
    """No samples are not answered with no batches."""
    answered = trial.shape()
    trial.near(np.asarray(len(answered)), 0, 0, "number of batches")


def _seeded(case: Case, seed: int) -> Case:
    return dataclasses.replace(case, parameters={**case.parameters, "seed": seed})


def _order(trial: Trial) -> Array:
    """Return the indices of an epoch, batch after batch."""
    return flat(
        list(trial.implementation.minibatches(*trial.case.arguments, **trial.case.parameters))
    ).reshape(-1)


def _epochs(trial: Trial) -> list[NDArray[np.int64]]:
    """Return the orders of many seeds, each with every index once; Malformed where one has not."""
    count, _ = trial.case.arguments
    found = [
        _order(trial.of(_seeded(trial.case, seed))).astype(np.int64)
        for seed in range(_LARGE_EPOCHS)
    ]
    for order in found:
        if not np.array_equal(np.sort(order), np.arange(count)):
            message = f"minibatches did not answer each of {count} indices once"
            raise Malformed(message)
    return found


def _limit(trial: Trial) -> float:
    """Return what the clause allows a statistic to be away from its mean."""
    stated = trial.stated()
    found = language.evaluate(
        stated, {}, dtype="float64", accumulates_in=trial.implementation.accumulates_in, axes=None
    )
    return float(found)


def _near_mean(trial: Trial, statistic: float, what: str) -> None:
    """Expect a chi-square statistic as near to its degrees of freedom as the clause says, on either side."""
    trial.near(np.asarray(statistic), (_BLOCKS - 1) ** 2, _limit(trial), what)


def _not_above(trial: Trial, statistic: float, what: str) -> None:
    """Expect a chi-square statistic over all orders at most so much above its degrees of freedom as the clause says."""
    most = math.factorial(trial.case.arguments[0]) - 1 + _limit(trial)
    trial.between(np.asarray(statistic), 0, most, what)


# --- minibatch_descent ---------------------------------------------------------------------------


@check("minibatch_descent/accuracy")
def a_step_is_not_the_mean(trial: Trial) -> None:
    """A step is not the learning rate times the mean of the gradients of its batch."""
    _followed(trial)


@check("minibatch_descent/short-batch")
def a_short_batch_has_another_weight(trial: Trial) -> None:
    """A batch shorter than the others is left out, or is not averaged over its own length."""
    _followed(trial)


@check("minibatch_descent/single-samples")
def single_samples_are_not_descended(trial: Trial) -> None:
    """With batches of one sample a step is not that of stochastic gradient descent."""
    _followed(trial)


@check("minibatch_descent/samples")
def other_samples_are_asked(trial: Trial) -> None:
    """The gradient of a sample of the batch is asked never or twice, that of another is asked, or not at the parameters yielded before."""
    before, answered = _stepped(trial)
    indices = np.array(
        [float(np.asarray(asking.arguments[1])) for asking in trial.implementation.asked]
    )
    expected = np.concatenate(
        [np.sort(batch).astype(np.float64) for batch in steps.batches(trial.case)]
    )
    ends = np.cumsum([len(batch) for batch in steps.batches(trial.case)])
    asked = np.concatenate([np.sort(each) for each in np.split(indices, ends[:-1])])
    trial.near(asked, expected, 0, "index of a sample, in the order of the batch's indices")
    points = table([asking.arguments[0] for asking in trial.implementation.asked])
    places = np.repeat(
        np.arange(len(answered)), [len(batch) for batch in steps.batches(trial.case)]
    )
    trial.near(points, before[places], 0, "the point where the gradient was asked")


@check("minibatch_descent/unbiasedness")
def the_step_is_biased(trial: Trial) -> None:
    """The mean of the steps over all batches of a size is not the step of the whole set."""
    steps, samples = _all_steps(trial)
    rate = trial.case.parameters["learning_rate"]
    value = -rate * len(steps) * samples.sum(axis=0)
    trial.near(
        len(samples) * steps.sum(axis=0), value, 0, "sum of the steps, times the number of samples"
    )


@check("minibatch_descent/variance")
def the_step_has_another_variance(trial: Trial) -> None:
    """The variance of the steps over all batches of a size is not that of a mean drawn without replacement."""
    steps, samples = _all_steps(trial)
    count, size, rate = (
        len(samples),
        len(trial.case.arguments[2][0]),
        trial.case.parameters["learning_rate"],
    )
    mean = samples.mean(axis=0)
    squares = np.sum(np.square(steps + rate * mean), axis=0)
    # Multiplied by size · count · (count - 1), both sides are whole numbers times powers of two.
    value = rate**2 * len(steps) * np.sum(np.square(samples - mean), axis=0) * (count - size)
    what = "sum of squared deviations of the steps, times size · count · (count - 1)"
    trial.near(size * count * (count - 1) * squares, value, 0, what)


@check("minibatch_descent/no-batches")
def no_batches_give_a_step(trial: Trial) -> None:
    """Without batches there is a step."""
    answered = trial.shape()
    trial.near(np.asarray(len(answered)), 0, 0, "number of steps")


def _stepped(trial: Trial) -> tuple[Array, Any]:
    """Return the parameters before each batch, a row each, and those answered; Malformed where the askings are not one a sample."""
    answered = trial.shape()
    asked, needed = (
        len(trial.implementation.asked),
        sum(len(batch) for batch in steps.batches(trial.case)),
    )
    if asked != needed:
        message = f"minibatch_descent asked for the gradient {asked} times; once for each of {needed} samples was needed"
        raise Malformed(message)
    return table([steps.parameters(trial.case), *answered[:-1]]), answered


def _followed(trial: Trial) -> None:
    """Expect the parameters after each batch within the bound of the step from those yielded before it."""
    before, answered = _stepped(trial)
    samples = table([asking.answer for asking in trial.implementation.asked])
    found = steps.follow(
        trial.stated(),
        trial.case,
        samples,
        before,
        trial.format.name,
        trial.implementation.accumulates_in,
    )
    trial.judge(answered, found.value.reshape(-1), found.error.reshape(-1))


def _all_steps(trial: Trial) -> tuple[Array, Array]:
    """Return the step of each batch alone, a row each, and the gradients of all samples."""
    gradient, params, batches = trial.case.arguments
    start = flat(params)
    steps = []
    for batch in batches:
        (after,) = trial.of(
            dataclasses.replace(trial.case, arguments=(gradient, params, [batch]))
        ).shape()
        steps.append(flat(after) - start)
    count = 1 + max(int(batch.max()) for batch in batches)
    return np.array(steps), np.array(
        [flat(gradient.answer(0, params, index)) for index in range(count)]
    )
