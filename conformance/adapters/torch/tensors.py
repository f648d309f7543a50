"""Turns arrays into tensors, without a copy if memory allows it, and tensors into arrays."""

import ml_dtypes
import numpy as np
import torch

# The device that computes, if it is not the CPU. The list is empty for the CPU: to ask torch for
# the device takes longer than many a call.
_PLACE = []


def compute_on(device):
    torch.set_default_device(device)
    _PLACE[:] = [device]


def tensor(array):
    # torch takes strided memory, but neither negative strides nor memory that it must not write to.
    if not array.flags.writeable or min(array.strides, default=0) < 0:
        array = array.copy()
    # NumPy has no bfloat16 of its own and torch reads no foreign dtype, so the bits travel as
    # int16.
    foreign = array.dtype == ml_dtypes.bfloat16
    found = (
        torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
        if foreign
        else torch.from_numpy(array)
    )
    return found.to(*_PLACE) if _PLACE else found


def array(answer):
    answer = answer.detach()
    if _PLACE:
        answer = answer.cpu()
    if answer.dtype == torch.bfloat16:
        return answer.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return answer.numpy()


def tensors(arrays):
    return [tensor(each) for each in arrays]


def arrays(answers):
    return [array(each) for each in answers]


def dtype_of(name):
    return getattr(torch, name)


def generator(seed):
    return torch.Generator(torch.get_default_device()).manual_seed(seed)


def forward(function):
    return lambda x, **parameters: array(function(tensor(x), **parameters))


# If torch.autograd.grad gets a cotangent, torch loads a symbolic library to compare two shapes,
# which takes most of a second in every process. The sum of the products has the same derivatives to
# the last bit: each is 1 times an element of the cotangent.
def gradients(answer, wanted, cotangent):
    return arrays(torch.autograd.grad((answer * tensor(cotangent)).sum(), wanted))


def vjp(function):
    def gradient(x, cotangent, **parameters):
        x = tensor(x).requires_grad_()
        return gradients(function(x, **parameters), [x], cotangent)[0]

    return gradient
