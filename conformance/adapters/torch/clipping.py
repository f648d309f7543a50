"""The page `clipping` in torch, which always adds 1e-6 to the norm."""

import torch
from torch.nn import utils

from nnspec.conformance.adapters.torch.tensors import arrays, tensors

_EPSILON = 1e-6


def _clipped(function):
    """Apply a function that clips gradients of parameters in place to copies."""

    def answer(gradients, **parameters):
        holders = [torch.zeros_like(gradient) for gradient in tensors(gradients)]
        for holder, gradient in zip(holders, tensors(gradients), strict=True):
            holder.grad = gradient.clone()
        function(holders, **parameters)
        return arrays(holder.grad for holder in holders)

    return answer


def _by_value(holders, *, limit):
    utils.clip_grad_value_(holders, limit)


def _by_global_norm(holders, *, max_norm, epsilon):
    if epsilon != _EPSILON:
        message = f"torch adds {_EPSILON} to the norm"
        raise NotImplementedError(message)
    utils.clip_grad_norm_(holders, max_norm)


clip_by_value = _clipped(_by_value)
clip_by_global_norm_epsilon = _clipped(_by_global_norm)
fixed = {"clip_by_global_norm_epsilon": {"epsilon": _EPSILON}}
