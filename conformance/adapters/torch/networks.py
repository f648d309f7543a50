"""The page `networks` in torch: torch.nn.functional layer by layer; autograd gives each vjp."""

import torch
from torch.nn import functional

from nnspec.conformance.adapters.torch.tensors import array, arrays, gradients, tensor, tensors

_ACTIVATIONS = {
    "identity": torch.nn.Identity(),
    "leaky_relu": lambda a: functional.leaky_relu(a, negative_slope=0.125),
    "log_softmax": lambda a: functional.log_softmax(a, dim=-1),
    "relu": functional.relu,
    "sigmoid": torch.sigmoid,
    "softmax": lambda a: functional.softmax(a, dim=-1),
    "step": lambda a: torch.heaviside(a, torch.zeros((), dtype=a.dtype)),
    "tanh": torch.tanh,
}


# torch's own layer holds its weight as (outputs, inputs).
def _linear(x, weight, bias):
    return functional.linear(x, weight.T, bias)


def _mlp(x, weights, biases, activations):
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        x = _ACTIVATIONS[name](_linear(x, weight, bias))
    return x


def _leaves(*given):
    return [each.requires_grad_() for each in given]


def linear(x, weight, bias):
    return array(_linear(tensor(x), tensor(weight), tensor(bias)))


def linear_vjp(x, weight, bias, cotangent):
    wanted = _leaves(tensor(x), tensor(weight), tensor(bias))
    return gradients(_linear(*wanted), wanted, cotangent)


def mlp(x, weights, biases, *, activations):
    return array(_mlp(tensor(x), tensors(weights), tensors(biases), activations))


def mlp_vjp(x, weights, biases, cotangent, *, activations):
    x, *rest = wanted = _leaves(tensor(x), *tensors(weights), *tensors(biases))
    answer = _mlp(x, rest[: len(weights)], rest[len(weights) :], activations)
    of_x, *of_rest = gradients(answer, wanted, cotangent)
    return of_x, of_rest[: len(weights)], of_rest[len(weights) :]


def perceptron_step(inputs, target, i_to_h, h_to_o, *, learning_rate):
    weights = _leaves(tensor(i_to_h).clone(), tensor(h_to_o).clone())
    output = torch.sigmoid(torch.sigmoid(tensor(inputs) @ weights[0]) @ weights[1])
    optimizer = torch.optim.SGD(weights, lr=learning_rate)
    functional.mse_loss(output, tensor(target), reduction="sum").div(2).backward()
    optimizer.step()
    return arrays(weights)
