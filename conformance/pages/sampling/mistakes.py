"""Mistakes of the page `sampling`: epochs that are none, shuffles that prefer, and means over the wrong number of samples."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]
Lists = list[Array]
Gradient = Callable[..., Lists]

_BUFFER = 64


def _cut(order: Any, batch_size: int) -> Lists:
    """Return the batches of an order."""
    order = np.asarray(order, dtype=np.int64)
    return [order[start : start + batch_size] for start in range(0, order.size, batch_size)]


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


# --- minibatches -------------------------------------------------------------------------------------------------------------------


@mistake("minibatches/accuracy")
def draws_with_replacement(count: int, batch_size: int, *, seed: int) -> Lists:
    """Draws every index anew, so that some come twice and some never."""
    return _cut(_generator(seed).integers(0, max(count, 1), count), batch_size)


@mistake("minibatches/accuracy")
def begins_at_one(count: int, batch_size: int, *, seed: int) -> Lists:
    """Counts the samples from 1."""
    return _cut(_generator(seed).permutation(count) + 1, batch_size)


@mistake("minibatches/accuracy")
def forgets_the_last_index(count: int, batch_size: int, *, seed: int) -> Lists:
    """Shuffles the indices up to the last but one, and takes the first again in its place."""
    order = _generator(seed).permutation(count - 1) if count > 1 else np.zeros(0, dtype=np.int64)
    return _cut([*order, *order[:1]] if count > 1 else [1] * count, batch_size)


@mistake("minibatches/accuracy")
def answers_in_int32(count: int, batch_size: int, *, seed: int) -> Lists:
    """Answers with 32-bit indices."""
    return [batch.astype(np.int32) for batch in reference.minibatches(count, batch_size, seed=seed)]


@mistake("minibatches/accuracy", "minibatches/sizes")
def drops_the_short_last_batch(count: int, batch_size: int, *, seed: int) -> Lists:
    """Leaves out the samples that do not fill a batch."""
    return [
        batch
        for batch in reference.minibatches(count, batch_size, seed=seed)
        if len(batch) == batch_size
    ]


@mistake("minibatches/accuracy", "minibatches/sizes")
def fills_the_last_batch_up(count: int, batch_size: int, *, seed: int) -> Lists:
    """Fills the last batch with samples from the beginning of the order."""
    order = _generator(seed).permutation(count)
    return _cut(np.resize(order, -(-count // batch_size) * batch_size), batch_size)


@mistake("minibatches/sizes")
def makes_batches_of_nearly_one_size(count: int, batch_size: int, *, seed: int) -> Lists:
    """Divides the samples evenly among the batches."""
    order = _generator(seed).permutation(count).astype(np.int64)
    return list(np.array_split(order, -(-count // batch_size))) if count else []


@mistake("minibatches/sizes")
def begins_with_the_short_batch(count: int, batch_size: int, *, seed: int) -> Lists:
    """Puts the batch that is not full first."""
    order = _generator(seed).permutation(count).astype(np.int64)
    first = count % batch_size
    return [*([order[:first]] if first else []), *_cut(order[first:], batch_size)]


@mistake("minibatches/sizes")
def answers_one_batch(count: int, batch_size: int, *, seed: int) -> Lists:
    """Answers the whole order as one batch."""
    return _cut(_generator(seed).permutation(count), max(count, 1))


@mistake("minibatches/sizes")
def adds_an_empty_batch(count: int, batch_size: int, *, seed: int) -> Lists:
    """Cuts count // batch_size + 1 batches, the last of them empty where batches come out even."""
    order = _generator(seed).permutation(count).astype(np.int64)
    return [
        order[place * batch_size : (place + 1) * batch_size]
        for place in range(count // batch_size + 1 if count else 0)
    ]


@spoiling("minibatches/reproducibility")
def goes_on_with_the_generator(operation: Operation) -> Operation:
    """Goes on with the generator of the call before."""
    calls = 0

    def answer(count: int, batch_size: int, *, seed: int) -> Any:
        nonlocal calls
        calls += 1
        return operation(count, batch_size, seed=(seed + 7919 * (calls - 1)) % 2**32)

    return answer


@spoiling("minibatches/reproducibility")
def shuffles_what_it_answered_before(operation: Operation) -> Operation:
    """Answers the same arrays every time, shuffled once more."""
    kept: dict[tuple[int, int], Lists] = {}

    def answer(count: int, batch_size: int, *, seed: int) -> Any:
        found: Lists = operation(count, batch_size, seed=seed)
        held = kept.setdefault((count, batch_size), found)
        for place, batch in enumerate(found):
            held[place][...] = batch
        return held

    return answer


@mistake(
    "minibatches/seeds", "minibatches/orders", "minibatches/positions", "minibatches/neighbors"
)
def does_not_shuffle(count: int, batch_size: int, *, seed: int) -> Lists:
    """Answers the samples in their own order."""
    return _cut(np.arange(count), batch_size)


@mistake("minibatches/seeds", "minibatches/orders", "minibatches/positions")
def gives_every_seed_one_order(count: int, batch_size: int, *, seed: int) -> Lists:
    """Shuffles with a seed of its own."""
    return _cut(_generator(12345).permutation(count), batch_size)


@mistake("minibatches/seeds")
def keeps_sixteen_bits_of_the_seed(count: int, batch_size: int, *, seed: int) -> Lists:
    """Cuts the seed to 16 bits."""
    return _cut(_generator(seed % 2**16).permutation(count), batch_size)


@mistake("minibatches/seeds")
def forgets_the_highest_bit_of_the_seed(count: int, batch_size: int, *, seed: int) -> Lists:
    """Takes the seed for a signed number and drops its sign."""
    return _cut(_generator(seed % 2**31).permutation(count), batch_size)


@mistake("minibatches/orders")
def exchanges_with_earlier_places_only(count: int, batch_size: int, *, seed: int) -> Lists:
    """Never leaves a sample where it was: Sattolo's algorithm gives the cyclic orders alone."""
    generator, order = _generator(seed), np.arange(count)
    for place in range(count - 1, 0, -1):
        other = int(generator.integers(0, place))
        order[place], order[other] = order[other], order[place]
    return _cut(order, batch_size)


@mistake("minibatches/positions")
def exchanges_with_any_place(count: int, batch_size: int, *, seed: int) -> Lists:
    """Exchanges each sample with any other, which prefers some orders."""
    generator, order = _generator(seed), np.arange(count)
    for place in range(count):
        other = int(generator.integers(0, count))
        order[place], order[other] = order[other], order[place]
    return _cut(order, batch_size)


@mistake("minibatches/positions", "minibatches/orders")
def shuffles_within_batches(count: int, batch_size: int, *, seed: int) -> Lists:
    """Cuts the samples into batches first and shuffles each."""
    generator = _generator(seed)
    return [generator.permutation(batch) for batch in _cut(np.arange(count), batch_size)]


@mistake("minibatches/positions", "minibatches/neighbors", "minibatches/orders")
def shuffles_the_batches(count: int, batch_size: int, *, seed: int) -> Lists:
    """Cuts the samples into batches first and shuffles their order, the short one staying last."""
    batches = _cut(np.arange(count), batch_size)
    full = count // batch_size
    return [*(batches[place] for place in _generator(seed).permutation(full)), *batches[full:]]


@mistake("minibatches/positions")
def shuffles_a_buffer(count: int, batch_size: int, *, seed: int) -> Lists:
    """Streams the samples through a buffer of 64, of which it draws."""
    generator, order = _generator(seed), []
    buffer = list(range(min(_BUFFER, count)))
    for following in range(_BUFFER, count):
        place = int(generator.integers(0, len(buffer)))
        order.append(buffer[place])
        buffer[place] = following
    return _cut([*order, *generator.permutation(buffer)], batch_size)


@mistake("minibatches/neighbors", "minibatches/orders", "minibatches/positions")
def rotates_the_samples(count: int, batch_size: int, *, seed: int) -> Lists:
    """Begins at a random sample and keeps the order."""
    return _cut(
        np.roll(np.arange(count), int(_generator(seed).integers(0, max(count, 1)))), batch_size
    )


@mistake("minibatches/neighbors", "minibatches/orders")
def sorts_each_batch(count: int, batch_size: int, *, seed: int) -> Lists:
    """Sorts the indices of every batch."""
    return [np.sort(batch) for batch in _cut(_generator(seed).permutation(count), batch_size)]


@mistake("minibatches/empty")
def answers_no_samples_with_an_empty_batch(count: int, batch_size: int, *, seed: int) -> Lists:
    """Answers at least one batch, which may be empty."""
    return _cut(_generator(seed).permutation(count), batch_size) or [np.zeros(0, dtype=np.int64)]


@mistake("minibatches/empty")
def refuses_no_samples(count: int, batch_size: int, *, seed: int) -> Lists:
    """Raises where there are no samples."""
    if not count:
        message = "a set needs samples"
        raise ValueError(message)
    return _cut(_generator(seed).permutation(count), batch_size)


# --- minibatch_descent -------------------------------------------------------------------------------------------------------------


def _sum(samples: Sequence[Lists]) -> Lists:
    return [np.sum(np.stack(each), axis=0) for each in zip(*samples, strict=True)]


def _descended(
    gradient: Gradient,
    params: Lists,
    batches: Sequence[Array],
    rate: float,
    divisor: Callable[[int, int], float],
) -> Iterator[Lists]:
    """Descend along the sum of each batch's gradients over divisor(its length, that of the first batch)."""
    for batch in batches:
        total = _sum([gradient(params, int(index)) for index in batch])
        params = [
            p - rate * s / divisor(len(batch), len(batches[0]))
            for p, s in zip(params, total, strict=True)
        ]
        yield [p.copy() for p in params]


@mistake(
    "minibatch_descent/accuracy",
    "minibatch_descent/unbiasedness",
    "minibatch_descent/variance",
    "minibatch_descent/short-batch",
)
def sums_the_gradients(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Takes the sum of the gradients for their mean."""
    return _descended(gradient, params, batches, learning_rate, lambda *_: 1)


@mistake("minibatch_descent/short-batch", "minibatch_descent/accuracy")
def divides_by_the_usual_length(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Divides the sum over a short batch by the length of a full one."""
    return _descended(gradient, params, batches, learning_rate, lambda _, usual: usual)


@mistake("minibatch_descent/accuracy", "minibatch_descent/variance")
def averages_the_means_of_unequal_parts(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Averages the mean gradients of a third of the batch and of the rest, as gradients are accumulated without weights."""
    for batch in batches:
        parts = [part for part in (batch[: len(batch) // 3], batch[len(batch) // 3 :]) if len(part)]
        means = [
            [s / len(part) for s in _sum([gradient(params, int(index)) for index in part])]
            for part in parts
        ]
        params = [
            p - learning_rate * s / len(parts) for p, s in zip(params, _sum(means), strict=True)
        ]
        yield [p.copy() for p in params]


@mistake(
    "minibatch_descent/accuracy", "minibatch_descent/unbiasedness", "minibatch_descent/variance"
)
def divides_by_one_less(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Divides by the length less one, as for a variance."""
    return _descended(
        gradient, params, batches, learning_rate, lambda length, _: max(length - 1, 1)
    )


@mistake(
    "minibatch_descent/accuracy", "minibatch_descent/unbiasedness", "minibatch_descent/variance"
)
def divides_by_the_root_of_the_length(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Divides by the root of the length, which keeps the noise instead of the step."""
    return _descended(
        gradient, params, batches, learning_rate, lambda length, _: float(np.sqrt(length))
    )


@mistake(
    "minibatch_descent/accuracy",
    "minibatch_descent/single-samples",
    "minibatch_descent/unbiasedness",
    "minibatch_descent/variance",
)
def climbs(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Adds the step instead of subtracting it."""
    return _descended(gradient, params, batches, -learning_rate, lambda length, _: length)


@mistake("minibatch_descent/short-batch")
def leaves_the_short_batch_out(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Takes no step for a last batch that is not full."""
    full = [batch for batch in batches if len(batch) >= len(batches[0])]
    return _descended(gradient, params, full, learning_rate, lambda length, _: length)


@mistake(
    "minibatch_descent/accuracy",
    "minibatch_descent/single-samples",
    "minibatch_descent/short-batch",
)
def forgets_to_set_gradients_to_zero(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Adds each batch's mean gradient to those before it."""
    kept = [np.zeros_like(p) for p in params]
    for batch in batches:
        total = _sum([gradient(params, int(index)) for index in batch])
        kept = [k + s / len(batch) for k, s in zip(kept, total, strict=True)]
        params = [p - learning_rate * k for p, k in zip(params, kept, strict=True)]
        yield [p.copy() for p in params]


@mistake("minibatch_descent/samples")
def moves_after_each_sample(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Takes a part of the step after each sample, and asks for the next gradient there."""
    for batch in batches:
        for index in batch:
            found = gradient(params, int(index))
            params = [
                p - learning_rate / len(batch) * g for p, g in zip(params, found, strict=True)
            ]
        yield [p.copy() for p in params]


@mistake("minibatch_descent/samples")
def asks_at_the_first_parameters(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Asks for every gradient at the parameters that it was given at the beginning."""
    first = params
    for batch in batches:
        total = _sum([gradient(first, int(index)) for index in batch])
        params = [p - learning_rate * s / len(batch) for p, s in zip(params, total, strict=True)]
        yield [p.copy() for p in params]


@mistake("minibatch_descent/samples")
def asks_one_batch_behind(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Asks at the parameters before the last step, as a worker does that was not told of it."""
    stale = params
    for batch in batches:
        total = _sum([gradient(stale, int(index)) for index in batch])
        stale, params = (
            params,
            [p - learning_rate * s / len(batch) for p, s in zip(params, total, strict=True)],
        )
        yield [p.copy() for p in params]


@mistake("minibatch_descent/samples")
def asks_for_places_instead_of_indices(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Asks for the first samples of the set in every batch."""
    places = [np.arange(len(batch)) for batch in batches]
    return _descended(gradient, params, places, learning_rate, lambda length, _: length)


@mistake("minibatch_descent/samples")
def asks_for_indices_from_one(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Adds 1 to every index."""
    return _descended(
        gradient, params, [batch + 1 for batch in batches], learning_rate, lambda length, _: length
    )


@mistake("minibatch_descent/samples", "minibatch_descent/variance")
def looks_at_one_sample_of_the_batch(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Descends along the gradient of the batch's first sample alone."""
    return _descended(
        gradient, params, [batch[:1] for batch in batches], learning_rate, lambda length, _: length
    )


@mistake("minibatch_descent/samples", "minibatch_descent/short-batch")
def takes_the_last_sample_again(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Fills a short batch up with its last sample."""
    full = [
        np.concatenate([batch, np.repeat(batch[-1:], max(len(batches[0]) - len(batch), 0))])
        for batch in batches
    ]
    return _descended(gradient, params, full, learning_rate, lambda length, _: length)


@mistake("minibatch_descent/no-batches")
def yields_the_first_parameters(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Yields the parameters that it was given before the first step."""
    yield [p.copy() for p in params]
    yield from _descended(gradient, params, batches, learning_rate, lambda length, _: length)
