"""Mistakes of minibatches: epochs that miss samples, shuffles that prefer some orders."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]
Lists = list[Array]

_BUFFER = 64


def _cut(order: Any, batch_size: int) -> Lists:
    """Return the batches of an order."""
    order = np.asarray(order, dtype=np.int64)
    return [order[start : start + batch_size] for start in range(0, order.size, batch_size)]


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@mistake("minibatches/accuracy")
def draws_with_replacement(count: int, batch_size: int, *, seed: int) -> Lists:
    """Draws every index anew, which is the operation `draws`: some come twice and some never."""
    return _cut(_generator(seed).integers(0, max(count, 1), count), batch_size)


@mistake("minibatches/accuracy")
def begins_at_one(count: int, batch_size: int, *, seed: int) -> Lists:
    """Counts the samples from 1."""
    return _cut(_generator(seed).permutation(count) + 1, batch_size)


@mistake("minibatches/accuracy", "minibatches/fresh")
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


@spoiling("minibatches/reproducibility", remembers=True)
def goes_on_with_the_generator(operation: Operation) -> Operation:
    """Goes on with the generator of the call before."""
    calls = 0

    def answer(count: int, batch_size: int, *, seed: int) -> Any:
        nonlocal calls
        calls += 1
        return operation(count, batch_size, seed=(seed + 7919 * (calls - 1)) % 2**32)

    return answer


@spoiling("minibatches/reproducibility", remembers=True)
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


@mistake("minibatches/seeds")
def takes_the_magnitude_of_the_seed(count: int, batch_size: int, *, seed: int) -> Lists:
    """Takes the seed for a signed number of 32 bits, and then its magnitude."""
    return _cut(_generator(min(seed, 2**32 - seed)).permutation(count), batch_size)


@mistake("minibatches/seeds")
def keeps_the_seed_in_float32(count: int, batch_size: int, *, seed: int) -> Lists:
    """Keeps the seed in float32, which knows 24 of its bits."""
    return _cut(_generator(int(np.float32(seed)) % 2**32).permutation(count), batch_size)


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
