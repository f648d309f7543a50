"""The page `losses` in torch.nn.functional, with reduction none or sum; autograd gives each vjp."""

import torch
from torch.nn import functional

from nnspec.conformance.adapters.torch.tensors import array, gradients, tensor


def _squares(y, target):
    return functional.mse_loss(y, target, reduction="sum") / 2


def _rows(logits, targets):
    return functional.cross_entropy(logits, targets, reduction="none")


def _binary(logits, targets):
    return functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")


def _gradient(loss, x, target, cotangent):
    x = tensor(x).requires_grad_()
    return gradients(loss(x, tensor(target)), [x], cotangent)[0]


def sum_squared_error(y, target):
    return array(_squares(tensor(y), tensor(target)))


def sum_squared_error_vjp(y, target, cotangent):
    return _gradient(_squares, y, target, cotangent)


def one_hot_cross_entropy(q, labels):
    return array(functional.nll_loss(torch.log(tensor(q)), tensor(labels), reduction="none"))


def one_hot_cross_entropy_clipped(q, labels, *, epsilon):
    shares = tensor(q).clamp(epsilon, 1 - epsilon)
    return array(functional.nll_loss(torch.log(shares), tensor(labels), reduction="none"))


def softmax_cross_entropy(logits, targets):
    return array(_rows(tensor(logits), tensor(targets)))


def softmax_cross_entropy_vjp(logits, targets, cotangent):
    return _gradient(_rows, logits, targets, cotangent)


def sigmoid_cross_entropy(logits, targets):
    return array(_binary(tensor(logits), tensor(targets)))


def sigmoid_cross_entropy_vjp(logits, targets, cotangent):
    return _gradient(_binary, logits, targets, cotangent)


sparse_softmax_cross_entropy = softmax_cross_entropy
sparse_softmax_cross_entropy_vjp = softmax_cross_entropy_vjp
