"""Faults of AdaGrad, RMSProp and Adam."""

import numpy as np

from tests.diagnosis.fault import fault, rates, stepping


def moments(kept, g, beta1, beta2):
    kept["m"] = beta1 * kept["m"] + (1 - beta1) * g
    kept["v"] = beta2 * kept["v"] + (1 - beta2) * g**2
    return kept["m"], kept["v"]


@stepping("adam", "karpathy/convnetjs#107", "karpathy/convnetjs#70")
def correction_multiplies(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The moments are multiplied by 1 - βᵗ instead of divided."""
    m, v = moments(kept, g, beta1, beta2)
    return theta - rate * m * (1 - beta1**t) / (np.sqrt(v * (1 - beta2**t)) + epsilon)


@stepping("adam", "eriklindernoren/ML-From-Scratch#35")
def correction_without_the_count(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The corrections are those of the first step for ever: 1 - β instead of 1 - βᵗ."""
    m, v = moments(kept, g, beta1, beta2)
    return theta - rate * m / (1 - beta1) / (np.sqrt(v / (1 - beta2)) + epsilon)


@stepping("adam", "ufal/npfl114#79")
def a_square_for_the_power(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The second correction has β₂ squared instead of its power t."""
    m, v = moments(kept, g, beta1, beta2)
    return theta - rate * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**2)) + epsilon)


@stepping(
    "adam",
    "tensorflow/tensorflow#35102",
    "pytorch/pytorch#22628",
    "karpathy/nanochat#304",
    right=("^adam_epsilon_hat$",),
)
def epsilon_before_the_correction(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """Epsilon is added before the second moment is corrected."""
    m, v = moments(kept, g, beta1, beta2)
    factor = np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return theta - rate * factor * m / (np.sqrt(v) + epsilon)


@stepping("adam", "FluxML/Flux.jl#448", "d2l-ai/d2l-zh#502")
def epsilon_under_the_root(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """Epsilon is added under the root."""
    m, v = moments(kept, g, beta1, beta2)
    return theta - rate * m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t) + epsilon)


@stepping(
    "adam", "oxiglade/mlx-rs#301", "nerfstudio-project/gsplat#770", right=("^adam_uncorrected$",)
)
def no_correction(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The moments are not corrected."""
    m, v = moments(kept, g, beta1, beta2)
    return theta - rate * m / (np.sqrt(v) + epsilon)


@fault(
    "adam",
    "DiffSharp/DiffSharp#292",
    "flashlight/flashlight#143",
    right=("(each|every|per)_(array|parameter)",),
)
def count_for_each_array(gradient, params, steps, *, learning_rate, beta1, beta2, epsilon):
    """The count grows with each array and not with each step."""
    theta, t = [np.array(each) for each in params], 0
    kept = [{"m": 0.0, "v": 0.0} for _ in theta]
    for rate in rates(learning_rate, steps):
        slopes = gradient([each.copy() for each in theta])
        for place, g in enumerate(slopes):
            t += 1
            m, v = moments(kept[place], g, beta1, beta2)
            root = np.sqrt(v / (1 - beta2**t)) + epsilon
            theta[place] = theta[place] - rate * m / (1 - beta1**t) / root
        yield [each.copy() for each in theta]


@stepping("adam", "cs231n/cs231n.github.io#179", "tensorflow/tensorflow#35444")
def count_from_two(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The first step counts as the second."""
    m, v = moments(kept, g, beta1, beta2)
    t = t + 1
    return theta - rate * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


@stepping("adam", "frgfm/holocron#1", right=("in_place|compound",))
def first_moment_is_corrected_in_place(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The corrected first moment is stored, so that corrections compound."""
    m, v = moments(kept, g, beta1, beta2)
    kept["m"] = m / (1 - beta1**t)
    return theta - rate * kept["m"] / (np.sqrt(v / (1 - beta2**t)) + epsilon)


@stepping("adam", "zc911/MatrixSlow#30", right=("whole|first_(moment|gradient|square)",))
def first_moments_enter_whole(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """Both moments begin with the whole first gradient and its whole square."""
    if t == 1:
        kept["m"], kept["v"] = g, g**2
    else:
        moments(kept, g, beta1, beta2)
    root = np.sqrt(kept["v"] / (1 - beta2**t)) + epsilon
    return theta - rate * kept["m"] / (1 - beta1**t) / root


@stepping(
    "adam",
    "deeplearning4j/deeplearning4j#2705",
    right=("epsilon.*fixed|fixed.*epsilon|ignores_epsilon|1e-8",),
)
def epsilon_is_not_handed_on(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """Epsilon is 1e-8, whatever is asked for."""
    m, v = moments(kept, g, beta1, beta2)
    return theta - rate * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + 1e-8)


@stepping("adam", "kozistr/pytorch_optimizer#480")
def epsilon_beside_the_reciprocal(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """Epsilon is added to the reciprocal of the root."""
    m, v = moments(kept, g, beta1, beta2)
    return theta - rate * m / (1 - beta1**t) * (1 / np.sqrt(v / (1 - beta2**t)) + epsilon)


@stepping("adam_epsilon_hat", "PennyLaneAI/pennylane#1929")
def the_first_factor_again_and_again(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """Each step multiplies the last rate by the first step's factor."""
    m, v = moments(kept, g, beta1, beta2)
    factor = (np.sqrt(1 - beta2) / (1 - beta1)) ** t
    return theta - rate * factor * m / (np.sqrt(v) + epsilon)


@stepping("adam_epsilon_hat", "NervanaSystems/neon#67", right=("rate.*(stored|compound)|compound",))
def the_corrected_rate_is_stored(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The corrected rate is stored and corrected again in the next step."""
    m, v = moments(kept, g, beta1, beta2)
    before = kept["factor"] if t > 1 else 1.0
    kept["factor"] = before * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return theta - rate * kept["factor"] * m / (np.sqrt(v) + epsilon)


@stepping("adam_epsilon_hat", "root-project/root#5042")
def the_count_stands_still(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """The count grows with epochs: all steps of the first one count as the first step."""
    m, v = moments(kept, g, beta1, beta2)
    return theta - rate * np.sqrt(1 - beta2) / (1 - beta1) * m / (np.sqrt(v) + epsilon)


@stepping("adam_uncorrected", "juntang-zhuang/Adabelief-Optimizer#61")
def epsilon_piles_up_in_the_moment(theta, g, rate, t, kept, *, beta1, beta2, epsilon):
    """Epsilon is added to the stored second moment in every step."""
    m, v = moments(kept, g, beta1, beta2)
    kept["v"] = v + epsilon
    return theta - rate * m / (np.sqrt(kept["v"]) + epsilon)


@stepping("rmsprop", "yizt/numpy_neural_network#6")
def weights_are_squared(theta, g, rate, t, kept, *, decay, epsilon):
    """The weights are squared instead of their gradients."""
    kept["r"] = decay * kept["r"] + (1 - decay) * theta**2
    return theta - rate * g / (np.sqrt(kept["r"]) + epsilon)


@stepping("rmsprop", "Devinterview-io/gradient-descent-interview-questions#1")
def squares_enter_whole(theta, g, rate, t, kept, *, decay, epsilon):
    """The squares enter the average whole, without 1 - decay."""
    kept["r"] = decay * kept["r"] + g**2
    return theta - rate * g / (np.sqrt(kept["r"]) + epsilon)


@stepping("rmsprop", "hiromis/notes#52")
def a_square_for_the_root(theta, g, rate, t, kept, *, decay, epsilon):
    """The average is squared where its root belongs."""
    kept["r"] = decay * kept["r"] + (1 - decay) * g**2
    return theta - rate * g / (kept["r"] ** 2 + epsilon)


@stepping(
    "rmsprop",
    "keras-team/keras#435",
    "tensorflow/tensorflow#58412",
    right=("^rmsprop_epsilon_inside$",),
)
def epsilon_in_the_root(theta, g, rate, t, kept, *, decay, epsilon):
    """Epsilon is added under the root."""
    kept["r"] = decay * kept["r"] + (1 - decay) * g**2
    return theta - rate * g / np.sqrt(kept["r"] + epsilon)


@stepping("rmsprop_epsilon_inside", "keras-team/keras#4356", right=("^rmsprop$",))
def epsilon_behind_the_root(theta, g, rate, t, kept, *, decay, epsilon):
    """Epsilon is added to the root and not under it."""
    kept["r"] = decay * kept["r"] + (1 - decay) * g**2
    return theta - rate * g / (np.sqrt(kept["r"]) + epsilon)


@stepping("adagrad", "yizt/numpy_neural_network#6")
def weights_are_accumulated(theta, g, rate, t, kept, *, epsilon):
    """The squares of the weights are accumulated instead of those of the gradients."""
    kept["r"] = kept["r"] + theta**2
    return theta - rate * g / (np.sqrt(kept["r"]) + epsilon)


@stepping("adagrad_epsilon_inside", "PaddlePaddle/Paddle#4184")
def step_is_added(theta, g, rate, t, kept, *, epsilon):
    """The step is added, so that the loss grows."""
    kept["r"] = kept["r"] + g**2
    return theta + rate * g / np.sqrt(kept["r"] + epsilon)


@stepping("adagrad", "stanfordnlp/GloVe#134")
def rates_are_accumulated(theta, g, rate, t, kept, *, epsilon):
    """The accumulated gradients are multiplied by the rate, which cancels then."""
    kept["r"] = kept["r"] + (rate * g) ** 2
    return theta - rate * g / (np.sqrt(kept["r"]) + epsilon)


@stepping("adagrad", "lisa-lab/pylearn2#1499")
def epsilon_as_the_least_root(theta, g, rate, t, kept, *, epsilon):
    """Epsilon is the least root and not added."""
    kept["r"] = kept["r"] + g**2
    return theta - rate * g / np.maximum(np.sqrt(kept["r"]), epsilon)


@stepping("adagrad", "davharris/mistnet#94", "FluxML/Flux.jl#224")
def no_epsilon(theta, g, rate, t, kept, *, epsilon):
    """There is no epsilon: a gradient of 0 gives NaN."""
    kept["r"] = kept["r"] + g**2
    return theta - rate * g / np.sqrt(kept["r"])


@stepping("adagrad", "keras-team/keras#17391", right=("^adagrad_epsilon_inside$",))
def epsilon_within_the_root(theta, g, rate, t, kept, *, epsilon):
    """Epsilon is added under the root."""
    kept["r"] = kept["r"] + g**2
    return theta - rate * g / np.sqrt(kept["r"] + epsilon)
