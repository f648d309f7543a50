"""The page `activations` in torch: torch and torch.nn.functional; autograd gives each vjp."""

import torch
from torch.nn import functional

from nnspec.conformance.adapters.torch.tensors import forward, vjp


def _step(x):
    return torch.heaviside(x, torch.zeros((), dtype=x.dtype))


def _softmax(x, *, axis):
    return functional.softmax(x, dim=axis)


def _log_softmax(x, *, axis):
    return functional.log_softmax(x, dim=axis)


step = forward(_step)
sigmoid, sigmoid_vjp = forward(torch.sigmoid), vjp(torch.sigmoid)
tanh, tanh_vjp = forward(torch.tanh), vjp(torch.tanh)
relu, relu_vjp = forward(functional.relu), vjp(functional.relu)
leaky_relu, leaky_relu_vjp = forward(functional.leaky_relu), vjp(functional.leaky_relu)
identity, identity_vjp = forward(torch.nn.Identity()), vjp(torch.nn.Identity())
softmax, softmax_vjp = forward(_softmax), vjp(_softmax)
log_softmax, log_softmax_vjp = forward(_log_softmax), vjp(_log_softmax)
