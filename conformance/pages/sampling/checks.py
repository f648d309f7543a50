"""Checks of the page `sampling`: epochs are counted, orders are tested for uniformity, and every step is followed batch by batch."""

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import batches as batching
from nnspec.conformance.bounds import language
from nnspec.conformance.judge import expect
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.implementation import Implementation
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
def a_sample_is_missed(implementation: Implementation, case: Case) -> None:
    """An index does not occur exactly once in an epoch."""
    count, _ = case.arguments
    order = _order(implementation, case)
    expect.between(implementation, case, order, 0, count - 1, "index")
    expect.near(
        implementation,
        case,
        np.bincount(order.astype(np.int64), minlength=count),
        1,
        0,
        "times that an index occurs",
    )


@check("minibatches/sizes")
def a_batch_has_another_size(implementation: Implementation, case: Case) -> None:
    """A batch other than the last is not full, the last does not hold what is left, or it is missing."""
    answered = expect.shape(implementation, case)
    sizes = [batch.size for batch in answered]
    count, batch_size = case.arguments
    expected = [batch_size] * (count // batch_size) + [count % batch_size] * (
        count % batch_size > 0
    )
    expect.near(implementation, case, np.array(sizes), np.array(expected), 0, "size of a batch")


@check("minibatches/reproducibility")
def a_seed_gives_two_orders(implementation: Implementation, case: Case) -> None:
    """The same seed is answered with two orders, or an earlier answer changes."""
    first = implementation.minibatches(*case.arguments, **case.parameters)
    kept = flat(first).copy()
    for seed in _SEEDS[:3]:
        _order(implementation, _seeded(case, seed))
        expect.near(implementation, case, flat(first), kept, 0, "index in an earlier answer")
        expect.near(
            implementation,
            case,
            _order(implementation, case),
            kept,
            0,
            "index in a second epoch of the same seed",
        )


@check("minibatches/seeds")
def two_seeds_give_one_order(implementation: Implementation, case: Case) -> None:
    """Two seeds are answered with the same order."""
    orders = {tuple(_order(implementation, _seeded(case, seed)).tolist()) for seed in _SEEDS}
    expect.near(
        implementation,
        case,
        np.asarray(len(orders)),
        len(_SEEDS),
        0,
        f"number of orders from {len(_SEEDS)} seeds",
    )


@check("minibatches/orders")
def an_order_is_preferred(implementation: Implementation, case: Case) -> None:
    """The 24 orders of four samples do not occur equally often."""
    count, _ = case.arguments
    orders = {order: place for place, order in enumerate(itertools.permutations(range(count)))}
    found = np.zeros(len(orders))
    for seed in range(_SMALL_EPOCHS):
        order = tuple(_order(implementation, _seeded(case, seed)).astype(int).tolist())
        if order not in orders:
            message = (
                f"minibatches answered {order} for {count} samples; each index once was needed"
            )
            raise Malformed(message)
        found[orders[order]] += 1
    expected = _SMALL_EPOCHS / len(orders)
    _not_above(
        implementation,
        case,
        float(np.sum(np.square(found - expected)) / expected),
        "chi-square of the 24 orders",
    )


@check("minibatches/positions")
def a_sample_has_a_preferred_place(implementation: Implementation, case: Case) -> None:
    """Where a sample comes in the epoch depends on its index."""
    count, _ = case.arguments
    size = count // _BLOCKS
    counts = np.zeros((_BLOCKS, _BLOCKS))
    for order in _epochs(implementation, case):
        np.add.at(counts, (order // size, np.arange(count) // size), 1)
    expected = _LARGE_EPOCHS * size / _BLOCKS
    # Of a random permutation matrix summed over blocks of size², the centered counts have variance size²/(count - 1) in (blocks - 1)²
    # directions.
    statistic = (
        float(np.sum(np.square(counts - expected))) * (count - 1) / (_LARGE_EPOCHS * size**2)
    )
    _near_mean(implementation, case, statistic, "chi-square of positions by indices")


@check("minibatches/neighbors")
def neighbors_stay_together(implementation: Implementation, case: Case) -> None:
    """An index is followed by a larger one too often or too seldom."""
    ascents = sum(
        int(np.count_nonzero(np.diff(order) > 0)) for order in _epochs(implementation, case)
    )
    expected = _LARGE_EPOCHS * (case.arguments[0] - 1) / 2
    expect.near(
        implementation,
        case,
        np.asarray(float(ascents)),
        expected,
        _limit(implementation, case),
        "number of ascents",
    )


@check("minibatches/empty")
def no_samples_give_a_batch(implementation: Implementation, case: Case) -> None:
    """No samples are not answered with no batches."""
    answered = expect.shape(implementation, case)
    expect.near(implementation, case, np.asarray(len(answered)), 0, 0, "number of batches")


def _seeded(case: Case, seed: int) -> Case:
    return dataclasses.replace(case, parameters={**case.parameters, "seed": seed})


def _order(implementation: Implementation, case: Case) -> Array:
    """Return the indices of an epoch, batch after batch."""
    return flat(list(implementation.minibatches(*case.arguments, **case.parameters))).reshape(-1)


def _epochs(implementation: Implementation, case: Case) -> list[NDArray[np.int64]]:
    """Return the orders of many seeds, each with every index once; Malformed where one has not."""
    count, _ = case.arguments
    found = [
        _order(implementation, _seeded(case, seed)).astype(np.int64)
        for seed in range(_LARGE_EPOCHS)
    ]
    for order in found:
        if not np.array_equal(np.sort(order), np.arange(count)):
            message = f"minibatches did not answer each of {count} indices once"
            raise Malformed(message)
    return found


def _limit(implementation: Implementation, case: Case) -> float:
    """Return what the clause allows a statistic to be away from its mean."""
    stated = expect.stated(case)
    found = language.evaluate(
        stated, {}, dtype="float64", accumulates_in=implementation.accumulates_in, axes=None
    )
    return float(found)


def _near_mean(implementation: Implementation, case: Case, statistic: float, what: str) -> None:
    """Expect a chi-square statistic as near to its degrees of freedom as the clause says, on either side."""
    expect.near(
        implementation,
        case,
        np.asarray(statistic),
        (_BLOCKS - 1) ** 2,
        _limit(implementation, case),
        what,
    )


def _not_above(implementation: Implementation, case: Case, statistic: float, what: str) -> None:
    """Expect a chi-square statistic over all orders at most so much above its degrees of freedom as the clause says."""
    most = math.factorial(case.arguments[0]) - 1 + _limit(implementation, case)
    expect.between(implementation, case, np.asarray(statistic), 0, most, what)


# --- minibatch_descent ---------------------------------------------------------------------------


@check("minibatch_descent/accuracy")
def a_step_is_not_the_mean(implementation: Implementation, case: Case) -> None:
    """A step is not the learning rate times the mean of the gradients of its batch."""
    _followed(implementation, case)


@check("minibatch_descent/short-batch")
def a_short_batch_has_another_weight(implementation: Implementation, case: Case) -> None:
    """A batch shorter than the others is left out, or is not averaged over its own length."""
    _followed(implementation, case)


@check("minibatch_descent/single-samples")
def single_samples_are_not_descended(implementation: Implementation, case: Case) -> None:
    """With batches of one sample a step is not that of stochastic gradient descent."""
    _followed(implementation, case)


@check("minibatch_descent/samples")
def other_samples_are_asked(implementation: Implementation, case: Case) -> None:
    """The gradient of a sample of the batch is asked never or twice, that of another is asked, or not at the parameters yielded before."""
    before, answered = _stepped(implementation, case)
    indices = np.array([float(np.asarray(asking.arguments[1])) for asking in implementation.asked])
    expected = np.concatenate(
        [np.sort(batch).astype(np.float64) for batch in batching.batches(case)]
    )
    ends = np.cumsum([len(batch) for batch in batching.batches(case)])
    asked = np.concatenate([np.sort(each) for each in np.split(indices, ends[:-1])])
    expect.near(
        implementation,
        case,
        asked,
        expected,
        0,
        "index of a sample, in the order of the batch's indices",
    )
    points = table([asking.arguments[0] for asking in implementation.asked])
    places = np.repeat(np.arange(len(answered)), [len(batch) for batch in batching.batches(case)])
    expect.near(
        implementation, case, points, before[places], 0, "the point where the gradient was asked"
    )


@check("minibatch_descent/unbiasedness")
def the_step_is_biased(implementation: Implementation, case: Case) -> None:
    """The mean of the steps over all batches of a size is not the step of the whole set."""
    steps, samples = _all_steps(implementation, case)
    rate = case.parameters["learning_rate"]
    value = -rate * len(steps) * samples.sum(axis=0)
    expect.near(
        implementation,
        case,
        len(samples) * steps.sum(axis=0),
        value,
        0,
        "sum of the steps, times the number of samples",
    )


@check("minibatch_descent/variance")
def the_step_has_another_variance(implementation: Implementation, case: Case) -> None:
    """The variance of the steps over all batches of a size is not that of a mean drawn without replacement."""
    steps, samples = _all_steps(implementation, case)
    count, size, rate = len(samples), len(case.arguments[2][0]), case.parameters["learning_rate"]
    mean = samples.mean(axis=0)
    squares = np.sum(np.square(steps + rate * mean), axis=0)
    # Multiplied by size · count · (count - 1), both sides are whole numbers times powers of two.
    value = rate**2 * len(steps) * np.sum(np.square(samples - mean), axis=0) * (count - size)
    what = "sum of squared deviations of the steps, times size · count · (count - 1)"
    expect.near(implementation, case, size * count * (count - 1) * squares, value, 0, what)


@check("minibatch_descent/no-batches")
def no_batches_give_a_step(implementation: Implementation, case: Case) -> None:
    """Without batches there is a step."""
    answered = expect.shape(implementation, case)
    expect.near(implementation, case, np.asarray(len(answered)), 0, 0, "number of steps")


def _stepped(implementation: Implementation, case: Case) -> tuple[Array, Any]:
    """Return the parameters before each batch, a row each, and those answered; Malformed where the askings are not one a sample."""
    answered = expect.shape(implementation, case)
    asked, needed = len(implementation.asked), sum(len(batch) for batch in batching.batches(case))
    if asked != needed:
        message = f"minibatch_descent asked for the gradient {asked} times; once for each of {needed} samples was needed"
        raise Malformed(message)
    return table([batching.parameters(case), *answered[:-1]]), answered


def _followed(implementation: Implementation, case: Case) -> None:
    """Expect the parameters after each batch within the bound of the step from those yielded before it."""
    before, answered = _stepped(implementation, case)
    samples = batching.grouped(case, table([asking.answer for asking in implementation.asked]))
    found = batching.follow(
        expect.stated(case),
        case,
        samples,
        before,
        implementation.format.name,
        implementation.accumulates_in,
    )
    expect.judge(implementation, case, answered, found.value.reshape(-1), found.error.reshape(-1))


def _all_steps(implementation: Implementation, case: Case) -> tuple[Array, Array]:
    """Return the step of each batch alone, a row each, and the gradients of all samples."""
    gradient, params, batches = case.arguments
    start = flat(params)
    steps = []
    for batch in batches:
        (after,) = expect.shape(
            implementation, dataclasses.replace(case, arguments=(gradient, params, [batch]))
        )
        steps.append(flat(after) - start)
    count = 1 + max(int(batch.max()) for batch in batches)
    return np.array(steps), np.array(
        [flat(gradient.answer(0, params, index)) for index in range(count)]
    )
