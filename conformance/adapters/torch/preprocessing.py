"""The page `preprocessing` in torch: means, deviations and singular vectors."""

import torch

from nnspec.conformance.adapters.torch.tensors import array, tensor


def center(train, data, *, axes):
    return array(tensor(data) - torch.mean(tensor(train), dim=axes, keepdim=True))


def standardize(train, data, *, axes):
    deviation, mean = torch.std_mean(tensor(train), dim=axes, correction=0, keepdim=True)
    return array((tensor(data) - mean) / deviation)


def pca(train, data, *, components):
    scores, _ = _scores(train, data, components)
    return array(scores)


def whiten(train, data, *, components):
    scores, singular = _scores(train, data, components)
    return array(scores / (singular / (len(train) - 1) ** 0.5))


def _scores(train, data, components):
    train, data = _wide(train), _wide(data)
    mean = torch.mean(train, dim=0)
    _, singular, vectors = torch.linalg.svd(train - mean, full_matrices=False)
    return (data - mean) @ vectors[:components].T, singular[:components]


def _wide(values):
    found = tensor(values)
    if found.dtype not in (torch.float64, torch.float32):
        message = f"torch.linalg decomposes no matrices of {found.dtype}"
        raise NotImplementedError(message)
    return found
