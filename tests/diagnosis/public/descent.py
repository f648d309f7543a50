"""Faults of gradient descent, momentum and Newton's method."""

import numpy as np

from tests.diagnosis.fault import fault, rates, stepping


@stepping("gradient_descent", "pytorch/pytorch#1871", "probml/pml-book#149")
def gradient_is_added(theta, g, rate, t, kept):
    """The gradient is added, so that the loss grows."""
    return theta + rate * g


@stepping("gradient_descent", "karpathy/micrograd#53")
def gradients_pile_up(theta, g, rate, t, kept):
    """Gradients are not cleared: each step takes the sum of all so far."""
    kept["g"] = kept["g"] + g
    return theta - rate * kept["g"]


@stepping(
    "gradient_descent",
    "pytorch/torchtitan#1261",
    "meta-pytorch/torchtune#2010",
    "NVIDIA-NeMo/Speech#10582",
)
def rate_of_the_step_before(theta, g, rate, t, kept):
    """Each step has the rate of the step before, and the first one the rate 0."""
    used, kept["rate"] = kept["rate"], rate
    return theta - used * g


@stepping("momentum", "HIPS/autograd#289", "mdenil/dropout#7", right=("^momentum_average$",))
def gradients_are_averaged(theta, g, rate, t, kept, *, momentum):
    """The velocity is an average: the gradient enters with 1 - momentum."""
    kept["v"] = momentum * kept["v"] + (1 - momentum) * g
    return theta - rate * kept["v"]


@stepping("momentum", "paiml/aprender#2190", "pytorch/pytorch#1099", right=("^momentum_scaled$",))
def rate_inside_the_velocity(theta, g, rate, t, kept, *, momentum):
    """The rate is inside the velocity, where a schedule does not reach it any more."""
    kept["v"] = momentum * kept["v"] + rate * g
    return theta - kept["v"]


@stepping("momentum", "deeplearning4j/deeplearning4j#2317", right=("schedule|first_rate",))
def the_first_rate_for_ever(theta, g, rate, t, kept, *, momentum):
    """The schedule does not arrive: all steps have the first rate."""
    kept["rate"] = rate if t == 1 else kept["rate"]
    kept["v"] = momentum * kept["v"] + g
    return theta - kept["rate"] * kept["v"]


@stepping("momentum_scaled", "tensorflow/tensorflow#903", right=("^momentum$",))
def rate_outside_the_velocity(theta, g, rate, t, kept, *, momentum):
    """The rate multiplies the whole velocity instead of each gradient."""
    kept["v"] = momentum * kept["v"] + g
    return theta - rate * kept["v"]


@stepping("momentum_scaled", "BRML/climin#29")
def rate_on_the_old_velocity_too(theta, g, rate, t, kept, *, momentum):
    """The old velocity is multiplied by the rate once more."""
    kept["v"] = rate * momentum * kept["v"] + rate * g
    return theta - kept["v"]


@stepping("momentum_average", "pytorch/pytorch#91108", right=("whole|first_gradient",))
def the_first_gradient_enters_whole(theta, g, rate, t, kept, *, momentum):
    """The average begins with the whole first gradient."""
    kept["m"] = g if t == 1 else momentum * kept["m"] + (1 - momentum) * g
    return theta - rate * kept["m"]


@stepping("nesterov_sutskever", "hiroyuki-kasai/SGDLibrary#8")
def no_look_ahead(theta, g, rate, t, kept, *, momentum):
    """The gradient is taken at the current point: there is no look ahead."""
    kept["v"] = momentum * kept["v"] - rate * g
    return theta + kept["v"]


@fault("nesterov_sutskever", "oysteijo/simd_neuralnet#17")
def the_look_ahead_is_kept(gradient, params, steps, *, learning_rate, momentum):
    """The parameters stay at the point ahead, and the whole velocity is added there."""
    theta = [np.array(each) for each in params]
    v = [np.zeros_like(each) for each in theta]
    for rate in rates(learning_rate, steps):
        theta = [each + momentum * speed for each, speed in zip(theta, v, strict=True)]
        slopes = gradient([each.copy() for each in theta])
        v = [momentum * speed - rate * g for speed, g in zip(v, slopes, strict=True)]
        theta = [each + speed for each, speed in zip(theta, v, strict=True)]
        yield [each.copy() for each in theta]


@fault("nesterov_sutskever", "eriklindernoren/ML-From-Scratch#104", right=("clip",))
def gradients_are_clipped(gradient, params, steps, *, learning_rate, momentum):
    """Gradients at the point ahead are clipped to [-1, 1]."""
    theta = [np.array(each) for each in params]
    w = [np.zeros_like(each) for each in theta]
    for rate in rates(learning_rate, steps):
        slopes = gradient([each - momentum * u for each, u in zip(theta, w, strict=True)])
        w = [momentum * u + rate * np.clip(g, -1, 1) for u, g in zip(w, slopes, strict=True)]
        theta = [each - u for each, u in zip(theta, w, strict=True)]
        yield [each.copy() for each in theta]


@stepping("nesterov_reformulated_scaled", "chainer/chainer#4274")
def the_new_velocity_for_the_old(theta, g, rate, t, kept, *, momentum):
    """The square of momentum multiplies the new velocity instead of the old one."""
    kept["v"] = momentum * kept["v"] + rate * g
    return theta - momentum**2 * kept["v"] - (1 + momentum) * rate * g


@stepping("nesterov_reformulated", "pytorch/pytorch#76639")
def gradient_of_the_step_before(theta, g, rate, t, kept, *, momentum):
    """The gradient beside the velocity is that of the step before."""
    before, kept["g"] = kept["g"], g
    kept["v"] = momentum * kept["v"] + g
    return theta - rate * (before + momentum * kept["v"])


@stepping("nesterov_reformulated_scaled", "Lasagne/Lasagne#527")
def no_rate(theta, g, rate, t, kept, *, momentum):
    """The learning rate is nowhere in the step."""
    kept["v"] = momentum * kept["v"] + g
    return theta - g - momentum * kept["v"]


def newtonian(gradient, hessian, params, steps, learning_rate, move):
    theta = [np.array(each) for each in params]
    for rate in rates(learning_rate, steps):
        slopes = gradient([each.copy() for each in theta])
        curved = np.asarray(hessian([each.copy() for each in theta]))
        flat = np.concatenate([np.ravel(each) for each in slopes])
        change, parts, start = move(curved, flat, rate), [], 0
        for each in theta:
            parts.append(each + change[start : start + each.size].reshape(each.shape))
            start += each.size
        theta = parts
        yield [each.copy() for each in theta]


@fault("newton", "AMICI-dev/AMICI#599", "niosus/notebooks#4")
def step_is_added(gradient, hessian, params, steps, *, learning_rate):
    """The step goes uphill: its sign is wrong."""
    return newtonian(
        gradient, hessian, params, steps, learning_rate, lambda h, g, a: a * np.linalg.solve(h, g)
    )


@fault("newton", "QuantEcon/lecture-source-py#404", right=("diagonal",))
def second_derivatives_of_each_alone(gradient, hessian, params, steps, *, learning_rate):
    """Only the second derivative of each parameter alone is used: the Hessian's diagonal."""
    return newtonian(
        gradient, hessian, params, steps, learning_rate, lambda h, g, a: -a * g / np.diag(h)
    )
