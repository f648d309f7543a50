"""The page `descent` in torch: `torch.optim.SGD` steps in place, and its solver serves Newton."""

import torch

from nnspec.conformance.adapters.torch.tensors import arrays, tensors


def _descended(gradient, params, steps, learning_rate, **settings):
    parameters = [each.detach().clone() for each in tensors(params)]
    rates = learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
    # Only the constructor refuses a rate below 0; a schedule sets the rate of every step.
    optimizer = torch.optim.SGD(parameters, lr=1.0, **settings)
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        for parameter, slope in zip(
            parameters, tensors(gradient(arrays(each.clone() for each in parameters))), strict=True
        ):
            parameter.grad = slope
        optimizer.step()
        yield arrays(each.clone() for each in parameters)


def gradient_descent(gradient, params, steps, *, learning_rate):
    return _descended(gradient, params, steps, learning_rate)


def momentum(gradient, params, steps, *, learning_rate, momentum):
    return _descended(gradient, params, steps, learning_rate, momentum=momentum)


def nesterov_reformulated(gradient, params, steps, *, learning_rate, momentum):
    # torch requires a positive momentum. With momentum 0 Nesterov's method is gradient descent,
    # which torch offers under that name.
    if momentum == 0:
        message = "torch.optim.SGD: Nesterov momentum requires a momentum"
        raise NotImplementedError(message)
    return _descended(gradient, params, steps, learning_rate, momentum=momentum, nesterov=True)


def newton(gradient, hessian, params, steps, *, learning_rate):
    (theta,) = tensors(params)
    rates = learning_rate if isinstance(learning_rate, (tuple, list)) else [learning_rate] * steps
    for rate in rates:
        (slope,), (curvature,) = (
            tensors(gradient(arrays([theta.clone()]))),
            tensors([hessian(arrays([theta.clone()]))]),
        )
        theta = theta - rate * torch.linalg.solve(curvature, slope)
        yield arrays([theta.clone()])
