"""Checks of the page `sampling`: epochs and draws are counted, and every step is followed."""

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import language, steps
from nnspec.conformance.judge.checks import check
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.nested import Array, flat, table
from nnspec.conformance.terms.outcomes import Malformed

# Seeds that differ in their lowest bits, their highest, and beyond 8, 16 and 31 bits.
_SEEDS = (0, 1, 2, 3, 255, 256, 2**16, 2**16 + 1, 2**31 - 1, 2**31, 2**32 - 1)

# Epochs whose orders are counted: of four samples, and of many.
_SMALL_EPOCHS = 480
_LARGE_EPOCHS = 48

# Blocks into which indices and positions are divided.
_BLOCKS = 16


# --- minibatches ---


@check("minibatches/accuracy")
def counts_every_sample_once(trial: Trial) -> None:
    """Expect every index once in an epoch.

    After an epoch that misses some, other seeds are asked: how many they reach tells a short epoch
    from draws with replacement, whatever the generator.
    """
    count, _ = trial.case.arguments
    order = _order(trial)
    trial.between(order, 0, count - 1, "index")
    times = np.bincount(order.astype(np.int64), minlength=count)
    if not times.all():
        orders = (_order(trial.under(seed=seed)) for seed in range(_LARGE_EPOCHS))
        reached = sum(np.unique(order).size for order in orders)
        what = f"number of indices that occur, summed over {_LARGE_EPOCHS} seeds"
        trial.near(np.asarray(float(reached)), _LARGE_EPOCHS * count, 0, what)
    trial.near(times, 1, 0, "times that an index occurs")


@check("minibatches/sizes")
def fills_every_batch(trial: Trial) -> None:
    """Expect full batches, and a last one of the samples that are left."""
    sizes = np.array([batch.size for batch in trial.shape()])
    count, size = trial.case.arguments
    rest = [count % size] if count % size else []
    trial.near(sizes, np.array([size] * (count // size) + rest), 0, "size of a batch")


@check("minibatches/fresh")
def cuts_an_order_of_drawn_sizes(trial: Trial) -> None:
    """Expect every index once, in full batches and a last one of the samples that are left."""
    counts_every_sample_once.check(trial)
    fills_every_batch.check(trial)


@check("minibatches/reproducibility", "draws/reproducibility")
def repeats_a_seed(trial: Trial) -> None:
    """Expect the same indices from the same seed, and earlier answers as they were."""
    first = trial.call()
    kept = flat(first).copy()
    for seed in _SEEDS[:3]:
        _order(trial.under(seed=seed))
        trial.near(flat(first), kept, 0, "index in an earlier answer")
        trial.near(_order(trial), kept, 0, "index in a second answer of the same seed")


@check("minibatches/seeds", "draws/seeds")
def tells_seeds_apart(trial: Trial) -> None:
    """Expect as many orders as seeds."""
    orders = {tuple(_order(trial.under(seed=seed)).tolist()) for seed in _SEEDS}
    what = f"number of orders from {len(_SEEDS)} seeds"
    trial.near(np.asarray(len(orders)), len(_SEEDS), 0, what)


@check("minibatches/orders")
def prefers_no_order(trial: Trial) -> None:
    """Expect all orders of a few samples equally often.

    Their chi-square exceeds its degrees of freedom by no more than the clause says.
    """
    count, _ = trial.case.arguments
    orders = {order: number for number, order in enumerate(itertools.permutations(range(count)))}
    times = np.zeros(len(orders))
    for seed in range(_SMALL_EPOCHS):
        order = tuple(_order(trial.under(seed=seed)).astype(int).tolist())
        if order not in orders:
            needed = "each index once was needed"
            raise Malformed(f"minibatches answered {order} for {count} samples; {needed}")
        times[orders[order]] += 1
    due = _SMALL_EPOCHS / len(orders)
    statistic = float(np.sum(np.square(times - due)) / due)
    most = math.factorial(count) - 1 + _limit(trial)
    trial.between(np.asarray(statistic), 0, most, "chi-square of the 24 orders")


@check("minibatches/positions")
def prefers_no_position(trial: Trial) -> None:
    """Expect the position of a sample not to depend on its index.

    Their chi-square is as near to its degrees of freedom as the clause says, on either side.
    """
    count, _ = trial.case.arguments
    size = count // _BLOCKS
    times = np.zeros((_BLOCKS, _BLOCKS))
    for order in _epochs(trial):
        np.add.at(times, (order // size, np.arange(count) // size), 1)
    due = _LARGE_EPOCHS * size / _BLOCKS
    # A random permutation matrix, summed over blocks of size², has centered counts of the variance
    # size²/(count - 1) in (blocks - 1)² directions.
    statistic = float(np.sum(np.square(times - due))) * (count - 1) / (_LARGE_EPOCHS * size**2)
    what = "chi-square of positions by indices"
    trial.near(np.asarray(statistic), (_BLOCKS - 1) ** 2, _limit(trial), what)


@check("minibatches/neighbors")
def parts_neighbors(trial: Trial) -> None:
    """Expect a larger index after every second one, as nearly as the clause says."""
    ascents = sum(int(np.count_nonzero(np.diff(order) > 0)) for order in _epochs(trial))
    due = _LARGE_EPOCHS * (trial.case.arguments[0] - 1) / 2
    trial.near(np.asarray(float(ascents)), due, _limit(trial), "number of ascents")


@check("minibatches/empty")
def answers_no_batches(trial: Trial) -> None:
    """Expect no batches of no samples."""
    trial.near(np.asarray(len(trial.shape())), 0, 0, "number of batches")


# --- draws ---


@check("draws/accuracy", "draws/fresh")
def draws_indices(trial: Trial) -> None:
    """Expect batches of the right sizes, and indices of the set."""
    drawn = flat(trial.shape())
    trial.between(drawn, 0, trial.case.arguments[0] - 1, "index")


@check("draws/uniformity")
def prefers_no_sample(trial: Trial) -> None:
    """Expect every sample as often as any other."""
    drawn, (count, *_) = _drawn(trial), trial.case.arguments
    _evenly(trial, drawn, count, "times that a sample is drawn")


@check("draws/independence")
def draws_independently(trial: Trial) -> None:
    """Expect all differences between draws equally often, modulo the number of samples."""
    drawn, (count, size, _) = _drawn(trial), trial.case.arguments
    for earlier, later, what in (
        (drawn[:, :-1], drawn[:, 1:], "the draw before"),
        (drawn[:, :-size], drawn[:, size:], "the batch before"),
        (drawn[:-1], drawn[1:], "the seed before"),
    ):
        differences = (later - earlier) % count
        _evenly(trial, differences, count, f"times that a draw differs by 0, 1, … from {what}")


@check("draws/replacement")
def draws_a_sample_again(trial: Trial) -> None:
    """Expect as many samples without a draw as replacement leaves."""
    drawn, (count, *_) = _drawn(trial), trial.case.arguments
    missed = sum(count - np.unique(row).size for row in drawn)
    due = len(drawn) * count * (1 - 1 / count) ** drawn.shape[1]
    what = f"number of samples that {len(drawn)} seeds miss"
    trial.near(np.asarray(float(missed)), due, _limit(trial), what)


@check("draws/large-sets")
def prefers_no_part(trial: Trial) -> None:
    """Expect a third of the draws in each third of the set, and half of them odd."""
    drawn, (count, *_) = _drawn(trial), trial.case.arguments
    _evenly(trial, drawn // (count // 3), 3, "draws in a third of the set")
    _evenly(trial, drawn % 2, 2, "draws of an even, of an odd index")


def _drawn(trial: Trial) -> NDArray[np.int64]:
    """Return the draws of many seeds, a row each. Raises Malformed if one is outside the set."""
    count = trial.case.arguments[0]
    rows = [flat(trial.under(seed=seed).shape()) for seed in range(_LARGE_EPOCHS)]
    drawn = np.array(rows)
    if not np.all((drawn >= 0) & (drawn < count)):
        raise Malformed(f"draws answered an index outside of 0 … {count - 1}")
    return drawn.astype(np.int64)


def _evenly(trial: Trial, values: NDArray[np.int64], kinds: int, what: str) -> None:
    """Expect each value from 0 on equally often, as nearly as the clause says."""
    times = np.bincount(values.reshape(-1), minlength=kinds).astype(np.float64)
    trial.near(times, values.size / kinds, _limit(trial), what)


def _order(trial: Trial) -> Array:
    """Return the indices of an answer, batch after batch."""
    return flat(list(trial.call())).reshape(-1)


def _epochs(trial: Trial) -> list[NDArray[np.int64]]:
    """Return the orders of many seeds. Raises Malformed if an order lacks an index."""
    count, _ = trial.case.arguments
    orders = [_order(trial.under(seed=seed)).astype(np.int64) for seed in range(_LARGE_EPOCHS)]
    for order in orders:
        if not np.array_equal(np.sort(order), np.arange(count)):
            raise Malformed(f"minibatches did not answer each of {count} indices once")
    return orders


def _limit(trial: Trial) -> float:
    """Return how far from its mean the clause allows a statistic to be."""
    accumulates_in = trial.implementation.accumulates_in
    settings: dict[str, Any] = {"dtype": "float64", "accumulates_in": accumulates_in, "axes": None}
    return float(language.evaluate(trial.stated(), {"level": trial.level}, **settings))


# --- minibatch_descent ---


@check(
    "minibatch_descent/accuracy",
    "minibatch_descent/short-batch",
    "minibatch_descent/repeated-samples",
    "minibatch_descent/single-samples",
    "minibatch_descent/significands",
    "minibatch_descent/sizes",
    "minibatch_descent/late-elements",
    "minibatch_descent/fresh",
    "minibatch_descent/neighbors",
    "minibatch_descent/aliasing",
)
def steps_by_the_mean(trial: Trial) -> None:
    """Expect each step within the bound of its formula, from the parameters yielded before it."""
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
    value, low, error = found.theta
    trial.judge(answered, value, error, low=low)


@check("minibatch_descent/samples")
def asks_each_sample_once(trial: Trial) -> None:
    """Expect one asking for each sample of a batch, at the parameters yielded before it."""
    before, answered = _stepped(trial)
    asked, batches = trial.implementation.asked, steps.batches(trial.case)
    indices = np.array([float(np.asarray(asking.arguments[1])) for asking in asked])
    sizes = [len(batch) for batch in batches]
    due = np.concatenate([np.sort(batch).astype(np.float64) for batch in batches])
    parts = np.split(indices, np.cumsum(sizes)[:-1])
    found = np.concatenate([np.sort(each) for each in parts])
    trial.near(found, due, 0, "index of a sample, in the order of the batch's indices")
    points = table([asking.arguments[0] for asking in asked])
    places = np.repeat(np.arange(len(answered)), sizes)
    trial.near(points, before[places], 0, "the point where the gradient was asked")


@check("minibatch_descent/unbiasedness")
def is_unbiased(trial: Trial) -> None:
    """Expect the mean of the steps over all batches of a size to be that of the whole set."""
    moves, samples = _all_steps(trial)
    due = -trial.case.parameters["learning_rate"] * len(moves) * samples.sum(axis=0)
    what = "sum of the steps, times the number of samples"
    trial.near(len(samples) * moves.sum(axis=0), due, 0, what)


@check("minibatch_descent/variance")
def varies_as_a_mean(trial: Trial) -> None:
    """Expect the steps over all batches of a size to vary as means without replacement do."""
    moves, samples = _all_steps(trial)
    count, size = len(samples), len(trial.case.arguments[2][0])
    rate, mean = trial.case.parameters["learning_rate"], samples.mean(axis=0)
    squares = np.sum(np.square(moves + rate * mean), axis=0)
    # Multiplied by size · count · (count - 1), both sides are whole numbers times powers of two.
    due = rate**2 * len(moves) * np.sum(np.square(samples - mean), axis=0) * (count - size)
    what = "sum of squared deviations of the steps, times size · count · (count - 1)"
    trial.near(size * count * (count - 1) * squares, due, 0, what)


@check("minibatch_descent/no-batches")
def takes_no_steps(trial: Trial) -> None:
    """Expect no steps without batches."""
    trial.near(np.asarray(len(trial.shape())), 0, 0, "number of steps")


def _stepped(trial: Trial) -> tuple[Array, Any]:
    """Return the parameters before each batch, a row each, and those answered.

    Raises Malformed if there is not one asking for each sample.
    """
    answered = trial.shape()
    asked = len(trial.implementation.asked)
    needed = sum(len(batch) for batch in steps.batches(trial.case))
    if asked != needed:
        counted = f"{asked} times; once for each of {needed} samples was needed"
        raise Malformed(f"minibatch_descent asked for the gradient {counted}")
    return table([steps.parameters(trial.case), *answered[:-1]]), answered


def _all_steps(trial: Trial) -> tuple[Array, Array]:
    """Return the step of each batch alone, a row each, and the gradients of all samples."""
    gradient, params, batches = trial.case.arguments
    start = flat(params)
    moves = []
    for batch in batches:
        (after,) = trial.on(gradient, params, [batch]).shape()
        moves.append(flat(after) - start)
    count = 1 + max(int(batch.max()) for batch in batches)
    samples = [flat(gradient.answer(0, params, index)) for index in range(count)]
    return np.array(moves), np.array(samples)
