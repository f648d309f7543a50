"""The page `adaptive` in torch: `torch.optim` adds epsilon outside the root and steps in place."""

import torch

from nnspec.conformance.adapters.torch.tensors import arrays, tensors


def _stepped(method, gradient, params, steps, learning_rate, **settings):
    parameters = [each.detach().clone() for each in tensors(params)]
    rates = learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
    # Only the constructor refuses a rate below 0; a schedule sets the rate of every step.
    optimizer = method(parameters, lr=1.0, **settings)
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        for parameter, slope in zip(
            parameters, tensors(gradient(arrays(each.clone() for each in parameters))), strict=True
        ):
            parameter.grad = slope
        optimizer.step()
        yield arrays(each.clone() for each in parameters)


def adagrad(gradient, params, steps, *, learning_rate, epsilon):
    return _stepped(torch.optim.Adagrad, gradient, params, steps, learning_rate, eps=epsilon)


def rmsprop(gradient, params, steps, *, learning_rate, decay, epsilon):
    return _stepped(
        torch.optim.RMSprop, gradient, params, steps, learning_rate, alpha=decay, eps=epsilon
    )


def adam(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    return _stepped(
        torch.optim.Adam, gradient, params, steps, learning_rate, betas=(beta1, beta2), eps=epsilon
    )
