"""The page `sampling` in torch: the sampler of a shuffling DataLoader, and torch.optim.SGD."""

import torch
from torch.utils.data import BatchSampler, RandomSampler

from nnspec.conformance.adapters.torch.tensors import array, arrays, tensors


def minibatches(count, batch_size, *, seed):
    # torch shuffles on the CPU even if it computes elsewhere.
    with torch.device("cpu"):
        shuffled = RandomSampler(range(count), generator=torch.Generator().manual_seed(seed))
        return [
            array(torch.tensor(batch))
            for batch in BatchSampler(shuffled, batch_size, drop_last=False)
        ]


def draws(count, batch_size, batch_count, *, seed):
    with torch.device("cpu"):
        drawn = RandomSampler(
            range(count),
            replacement=True,
            num_samples=batch_size * batch_count,
            generator=torch.Generator().manual_seed(seed),
        )
        return [
            array(torch.tensor(batch)) for batch in BatchSampler(drawn, batch_size, drop_last=True)
        ]


def minibatch_descent(gradient, params, batches, *, learning_rate):
    held = [each.clone() for each in tensors(params)]
    optimizer = torch.optim.SGD(held, lr=learning_rate)
    for batch in batches:
        samples = [tensors(gradient(arrays(held), int(index))) for index in batch]
        for parameter, each in zip(held, zip(*samples, strict=True), strict=True):
            parameter.grad = torch.stack(each).mean(dim=0)
        optimizer.step()
        yield arrays(each.clone() for each in held)
