"""Faults of entropy, cross-entropy and divergence."""

import numpy as np

from tests.diagnosis.fault import fault


def costs(p, q):
    return np.where(p > 0, p * np.log(np.where(p > 0, q, 1.0)), 0.0)


@fault("entropy", "jubatus/jubatus#348", "priorknowledge/loom#43", "probml/pml-book#420")
def minus_is_missing(p, *, axis):
    """The minus is missing: entropies are negative."""
    return np.sum(costs(p, p), axis=axis)


@fault("entropy", "gumption/Python_for_Data_Science#3")
def the_number_of_values_is_the_base(p, *, axis):
    """The logarithm has the number of values as its base."""
    return -np.sum(costs(p, p), axis=axis) / np.log(p.shape[axis])


@fault("entropy", "scipy/scipy#11388", "pola-rs/polars#3345")
def normalized_first(p, *, axis):
    """The weights are divided by their sum first."""
    share = p / np.sum(p, axis=axis, keepdims=True)
    return -np.sum(costs(share, share), axis=axis)


@fault("entropy", "slds-lmu/lecture_sl#203", "xjdr-alt/entropix#83")
def in_bits(p, *, axis):
    """The logarithm has the base 2."""
    return -np.sum(costs(p, p), axis=axis) / np.log(2)


@fault("entropy", "scipy/scipy#10712")
def along_the_first_axis(p, *, axis):
    """The sum runs along the first axis, whichever axis is asked for."""
    return -np.sum(costs(p, p), axis=0)


@fault("entropy", "jonesor/Rage#185")
def divided_by_the_sum_at_the_end(p, *, axis):
    """The sum of p·log p is divided by the sum of p: the logarithm's argument is not."""
    return -np.sum(costs(p, p), axis=axis) / np.sum(p, axis=axis)


@fault("cross_entropy", "fastai/course22#22")
def losses_are_negative(p, q, *, axis):
    """The minus is missing: costs are negative."""
    return np.sum(costs(p, q), axis=axis)


@fault("cross_entropy", "Open-Deep-ML/DML-OpenProblem#358")
def divided_by_the_number_of_rows(p, q, *, axis):
    """A mean over the samples is left over: each cost is divided by the number of samples."""
    found = -np.sum(costs(p, q), axis=axis)
    return found / max(found.size, 1)


@fault("cross_entropy_clipped", "tensorlayer/TensorLayer#129")
def epsilon_is_added(p, q, *, axis, epsilon):
    """Epsilon is added inside the logarithm; nothing is clipped."""
    return -np.sum(p * np.log(q + epsilon), axis=axis)


@fault("kl_divergence", "rasbt/machine-learning-book#44", "rmgarnett/cse515t#3")
def logarithm_is_missing(p, q, *, axis):
    """The ratio is not put through a logarithm."""
    return np.sum(np.where(p > 0, p * p / q, 0.0), axis=axis)


@fault("kl_divergence", "Arhosseini77/SUM#6")
def a_divergence_below_zero(p, q, *, axis):
    """The sign is wrong: divergences are negative."""
    return np.sum(costs(p, q) - costs(p, p), axis=axis)


@fault("kl_divergence", "pytorch/pytorch#57459", "advait/c4a0#35")
def arguments_exchanged(p, q, *, axis):
    """The divergence is that of q from p."""
    return np.sum(costs(q, q) - costs(q, p), axis=axis)


@fault("kl_divergence", "pytorch/pytorch#5282")
def q_is_taken_for_its_logarithm(p, q, *, axis):
    """The second argument is taken for a logarithm already."""
    return np.sum(np.where(p > 0, costs(p, p) - p * q, 0.0), axis=axis)


@fault("kl_divergence", "pytorch/pytorch#2259")
def a_mean_for_the_sum(p, q, *, axis):
    """The costs of a row are averaged and not summed."""
    return np.mean(costs(p, p) - costs(p, q), axis=axis)
