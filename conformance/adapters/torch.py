"""PyTorch on the CPU: each operation is the library's own function, each vjp its own automatic differentiation of it.

Read against the documentation of torch 2.13: torch.heaviside, torch.nn.functional, torch.autograd.grad.
"""

import ml_dtypes
import numpy as np
import torch
from torch.nn import functional

name = "torch"
version = torch.__version__
dtypes = ("float64", "float32", "float16", "bfloat16")


def tensor(array):
    # torch takes strided memory as it is, but neither negative strides nor memory that it must not write to.
    if not array.flags.writeable or min(array.strides, default=0) < 0:
        array = array.copy()
    # NumPy has no bfloat16 of its own and torch reads no foreign dtype: the bits travel as int16.
    if array.dtype == ml_dtypes.bfloat16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def array(answer):
    if answer.dtype == torch.bfloat16:
        return answer.detach().view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return answer.detach().numpy()


def forward(function):
    return lambda x, **parameters: array(function(tensor(x), **parameters))


def vjp(function):
    def gradient(x, cotangent, **parameters):
        x = tensor(x).requires_grad_()
        return array(torch.autograd.grad(function(x, **parameters), x, tensor(cotangent))[0])

    return gradient


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
