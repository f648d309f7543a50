"""The page `sampling` again: an order by sorting random keys, draws by rejection, means as running
sums from the last sample to the first."""

import numpy as np


def minibatches(count, batch_size, *, seed):
    keys = np.random.Generator(np.random.Philox(seed)).random(count)
    order = np.argsort(keys, kind="stable").astype(np.int64)
    return np.split(order, np.arange(batch_size, count, batch_size)) if count else []


def draws(count, batch_size, batch_count, *, seed):
    """Draw by rejection: bits that pass the last whole multiple of count are drawn again."""
    generator, needed = np.random.Generator(np.random.Philox(seed)), batch_size * batch_count
    last = 2**63 // count * count
    bits = generator.integers(0, 2**63, 2 * needed + 64, dtype=np.uint64)
    kept = bits[bits < last][:needed] % np.uint64(count)
    return list(kept.astype(np.int64).reshape(batch_count, batch_size))


def minibatch_descent(gradient, params, batches, *, learning_rate):
    for batch in batches:
        sums = [np.zeros(array.shape, _wide(array.dtype)) for array in params]
        for index in batch[::-1]:
            sums = [
                total + array
                for total, array in zip(sums, gradient(params, int(index)), strict=True)
            ]
        rate = learning_rate / len(batch)
        params = [
            np.asarray(array - (rate * total).astype(array.dtype))
            for array, total in zip(params, sums, strict=True)
        ]
        yield params


def _wide(dtype):
    return dtype if dtype in (np.float64, np.float32) else np.float32
