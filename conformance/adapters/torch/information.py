"""The page `information` in torch: functional.kl_div takes logarithms, so 0 log 0 is NaN there."""

import torch

from nnspec.conformance.adapters.torch.tensors import array, tensor


def entropy(p, *, axis):
    return array(torch.special.entr(tensor(p)).sum(dim=axis))


def cross_entropy(p, q, *, axis):
    return array(-torch.xlogy(tensor(p), tensor(q)).sum(dim=axis))


# torch has no loss that clips probabilities of several classes. Its binary one clamps logarithms.
def cross_entropy_clipped(p, q, *, axis, epsilon):
    return array(-torch.xlogy(tensor(p), tensor(q).clamp(epsilon, 1 - epsilon)).sum(dim=axis))


def kl_divergence(p, q, *, axis):
    p, q = tensor(p), tensor(q)
    return array((torch.xlogy(p, p) - torch.xlogy(p, q)).sum(dim=axis))
