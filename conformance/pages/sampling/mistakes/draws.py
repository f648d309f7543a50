"""Mistakes of draws with replacement: other laws, and draws that depend on each other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]
Lists = list[Array]


def _cut(drawn: Any, batch_size: int, batch_count: int) -> Lists:
    """Return the batches of as many draws as they hold."""
    return list(np.asarray(drawn, dtype=np.int64).reshape(batch_count, batch_size))


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@mistake("draws/accuracy", "draws/uniformity")
def counts_samples_from_one(count: int, batch_size: int, batch_count: int, *, seed: int) -> Lists:
    """Draws from 1 to count."""
    drawn = _generator(seed).integers(1, count + 1, batch_size * batch_count)
    return _cut(drawn, batch_size, batch_count)


@mistake("draws/accuracy")
def draws_indices_of_32_bits(count: int, batch_size: int, batch_count: int, *, seed: int) -> Lists:
    """Answers with 32-bit indices."""
    found = reference.draws(count, batch_size, batch_count, seed=seed)
    return [batch.astype(np.int32) for batch in found]


@mistake("draws/accuracy", "draws/fresh")
def draws_one_array(count: int, batch_size: int, batch_count: int, *, seed: int) -> Lists:
    """Answers all draws as one batch, and another batch behind them if one was asked for."""
    found = reference.draws(count, batch_size, batch_count, seed=seed)
    return [np.concatenate(found), *found[:1]]


@spoiling("draws/reproducibility", remembers=True)
def goes_on_with_the_draws_before(operation: Operation) -> Operation:
    """Goes on with the generator of the call before."""
    calls = 0

    def answer(*sizes: int, seed: int) -> Any:
        nonlocal calls
        calls += 1
        return operation(*sizes, seed=(seed + 7919 * (calls - 1)) % 2**32)

    return answer


@spoiling("draws/reproducibility", remembers=True)
def draws_into_what_it_answered_before(operation: Operation) -> Operation:
    """Answers the same arrays every time, drawn once more."""
    kept: dict[tuple[int, ...], Lists] = {}

    def answer(*sizes: int, seed: int) -> Any:
        found: Lists = operation(*sizes, seed=seed)
        held = kept.setdefault(sizes, found)
        for place, batch in enumerate(found):
            held[place][...] = batch
        return held

    return answer


@spoiling("draws/seeds", "draws/independence", "draws/uniformity", "draws/replacement")
def draws_with_a_seed_of_its_own(operation: Operation) -> Operation:
    """Draws with one seed, whatever seed is given."""
    return lambda *sizes, seed: operation(*sizes, seed=12345)  # noqa: ARG005


@spoiling("draws/seeds")
def draws_with_sixteen_bits_of_the_seed(operation: Operation) -> Operation:
    """Cuts the seed to 16 bits."""
    return lambda *sizes, seed: operation(*sizes, seed=seed % 2**16)


@spoiling("draws/seeds")
def draws_without_the_highest_bit_of_the_seed(operation: Operation) -> Operation:
    """Takes the seed for a signed number and drops its sign."""
    return lambda *sizes, seed: operation(*sizes, seed=seed % 2**31)


@spoiling("draws/seeds")
def draws_with_the_magnitude_of_the_seed(operation: Operation) -> Operation:
    """Takes the seed for a signed number of 32 bits, and then its magnitude."""
    return lambda *sizes, seed: operation(*sizes, seed=min(seed, 2**32 - seed))


@spoiling("draws/seeds")
def draws_with_a_seed_in_float32(operation: Operation) -> Operation:
    """Keeps the seed in float32, which knows 24 of its bits."""
    return lambda *sizes, seed: operation(*sizes, seed=int(np.float32(seed)) % 2**32)


@mistake("draws/independence")
def moves_one_sequence_by_the_seed(
    count: int, batch_size: int, batch_count: int, *, seed: int
) -> Lists:
    """Draws once, and adds the seed to every index."""
    drawn = _generator(0).integers(0, count, batch_size * batch_count)
    return _cut((drawn + seed) % count, batch_size, batch_count)


@mistake("draws/replacement", "draws/independence")
def draws_without_replacement(count: int, batch_size: int, batch_count: int, *, seed: int) -> Lists:
    """Answers each sample once before any comes again, which is the operation `minibatches`."""
    generator, needed = _generator(seed), batch_size * batch_count
    epochs = [generator.permutation(count) for _ in range(-(-needed // count))]
    return _cut(np.concatenate(epochs)[:needed], batch_size, batch_count)


@mistake("draws/independence")
def draws_each_batch_without_replacement(
    count: int, batch_size: int, batch_count: int, *, seed: int
) -> Lists:
    """Puts the samples of a batch back after the batch."""
    generator = _generator(seed)
    # A batch that is larger than the set begins again.
    return [
        np.resize(generator.permutation(count), batch_size).astype(np.int64)
        for _ in range(batch_count)
    ]


@mistake("draws/independence")
def sorts_the_draws_of_a_batch(
    count: int, batch_size: int, batch_count: int, *, seed: int
) -> Lists:
    """Sorts the indices of every batch, which reads a file in its order."""
    return [np.sort(batch) for batch in reference.draws(count, batch_size, batch_count, seed=seed)]


@mistake("draws/independence", "draws/replacement")
def draws_every_batch_twice(count: int, batch_size: int, batch_count: int, *, seed: int) -> Lists:
    """Answers every batch a second time in place of the next one."""
    found = reference.draws(count, batch_size, batch_count, seed=seed)
    return [found[place - place % 2].copy() for place in range(batch_count)]


@mistake("draws/independence", "draws/replacement")
def goes_on_from_a_random_sample(
    count: int, batch_size: int, batch_count: int, *, seed: int
) -> Lists:
    """Draws the first sample, and goes on in their order."""
    first = int(_generator(seed).integers(0, count))
    return _cut((first + np.arange(batch_size * batch_count)) % count, batch_size, batch_count)


@mistake("draws/uniformity")
def rounds_to_the_nearest_index(
    count: int, batch_size: int, batch_count: int, *, seed: int
) -> Lists:
    """Rounds a uniform number of [0, count - 1): the ends come half as often."""
    drawn = _generator(seed).random(batch_size * batch_count) * (count - 1)
    return _cut(np.rint(drawn), batch_size, batch_count)


@mistake("draws/uniformity")
def never_draws_the_last_sample(
    count: int, batch_size: int, batch_count: int, *, seed: int
) -> Lists:
    """Takes count - 1 for an end that does not belong to the range."""
    drawn = _generator(seed).integers(0, max(count - 1, 1), batch_size * batch_count)
    return _cut(drawn, batch_size, batch_count)


@mistake("draws/uniformity")
def takes_the_remainder_of_few_bits(
    count: int, batch_size: int, batch_count: int, *, seed: int
) -> Lists:
    """Takes as many random bits as the count has, modulo the count."""
    bits = _generator(seed).integers(0, 2 ** (count - 1).bit_length(), batch_size * batch_count)
    return _cut(bits % count, batch_size, batch_count)


@mistake("draws/large-sets")
def takes_the_remainder_of_32_bits(
    count: int, batch_size: int, batch_count: int, *, seed: int
) -> Lists:
    """Takes 32 random bits modulo the count."""
    bits = _generator(seed).integers(0, 2**32, batch_size * batch_count)
    return _cut(bits % count, batch_size, batch_count)


@mistake("draws/large-sets")
def multiplies_a_float32(count: int, batch_size: int, batch_count: int, *, seed: int) -> Lists:
    """Takes the whole part of a uniform float32 times the count."""
    uniform = _generator(seed).random(batch_size * batch_count, dtype=np.float32)
    drawn = np.minimum(np.floor(uniform * np.float32(count)), count - 1)
    return _cut(drawn, batch_size, batch_count)


@mistake("draws/large-sets")
def keeps_32_bits_of_an_index(count: int, batch_size: int, batch_count: int, *, seed: int) -> Lists:
    """Keeps an index in 32 bits with a sign before it answers."""
    found = reference.draws(count, batch_size, batch_count, seed=seed)
    return [batch.astype(np.int32).astype(np.int64) for batch in found]
