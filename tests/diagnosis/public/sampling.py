"""Faults of minibatches, of draws, and of descent along the mean gradient of a batch."""

import numpy as np

from tests.diagnosis.fault import fault


def cut(order, batch_size):
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


@fault(
    "minibatches",
    "jadore801120/attention-is-all-you-need-pytorch#14",
    "braindecode/braindecode#411",
    "NVlabs/VILA#123",
    right=("last|rest|incomplete",),
)
def the_rest_is_dropped(count, batch_size, *, seed):
    """The last batch is dropped if it is not full."""
    found = cut(np.random.default_rng(seed).permutation(count), batch_size)
    return [batch for batch in found if len(batch) == batch_size]


@fault(
    "minibatches",
    "sjchoi86/Tensorflow-101#2",
    "mnielsen/neural-networks-and-deep-learning#50",
    "rajarsheem/libsdae-autoencoder-tensorflow#1",
    right=("replac|repeat|twice",),
)
def drawn_with_replacement(count, batch_size, *, seed):
    """Samples are drawn with replacement: some come twice and others not at all."""
    return cut(np.random.default_rng(seed).integers(0, count, count), batch_size)


@fault("minibatches", "QUVA-Lab/artemis#60", right=("shuffl|in_order",))
def in_order(count, batch_size, *, seed):
    """The samples are not shuffled."""
    return cut(np.arange(count), batch_size)


@fault("minibatches", "leggedrobotics/rsl_rl#26", right=("seed|same_order",))
def one_order_for_all_epochs(count, batch_size, *, seed):
    """The order is drawn once: every epoch, whatever its seed, has it."""
    return cut(np.random.default_rng(0).permutation(count), batch_size)


@fault("minibatches", "tensorforce/tensorforce#59", right=("start|offset|rotat",))
def only_the_start_is_random(count, batch_size, *, seed):
    """Only the first index is random, and the others follow in their order."""
    start = np.random.default_rng(seed).integers(0, max(count, 1))
    return cut((np.arange(count) + start) % max(count, 1), batch_size)


@fault("draws", "torch-points3d/torch-points3d#784", right=("replac|permut",))
def never_the_same_twice(count, batch_size, batch_count, *, seed):
    """Samples are drawn without replacement, and begin again when all have come."""
    generator, total = np.random.default_rng(seed), batch_size * batch_count
    rounds = [generator.permutation(count) for _ in range(-(-total // count))]
    order = np.concatenate([*rounds, np.zeros(0, dtype=np.int64)])[:total]
    return list(order.reshape(batch_count, batch_size))


def descended(gradient, params, batches, rate, combined):
    theta = [np.array(each) for each in params]
    for batch in batches:
        found = [gradient([each.copy() for each in theta], int(k)) for k in batch]
        slopes = [combined(list(parts)) for parts in zip(*found, strict=True)]
        theta = [each - rate * g for each, g in zip(theta, slopes, strict=True)]
        yield [each.copy() for each in theta]


@fault("minibatch_descent", "eriklindernoren/ML-From-Scratch#124")
def a_sum_for_the_mean(gradient, params, batches, *, learning_rate):
    """The gradients of a batch are summed and not averaged."""
    return descended(gradient, params, batches, learning_rate, lambda parts: np.sum(parts, axis=0))


@fault("minibatch_descent", "SewoongLab/spectre-defense#3", right=("first_batch|nominal|full",))
def divided_by_the_nominal_size(gradient, params, batches, *, learning_rate):
    """All batches are divided by the size of the first one."""
    size = len(batches[0]) if len(batches) else 1
    return descended(
        gradient, params, batches, learning_rate, lambda parts: np.sum(parts, axis=0) / size
    )


@fault("minibatch_descent", "karpathy/convnetjs#17")
def only_the_last_gradient(gradient, params, batches, *, learning_rate):
    """Each gradient overwrites the last: one of them is divided by the size of the batch."""
    return descended(gradient, params, batches, learning_rate, lambda parts: parts[-1] / len(parts))
