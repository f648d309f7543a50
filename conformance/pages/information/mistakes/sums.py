"""Mistakes of the page `information`: epsilons, bases, exchanged arguments, other reductions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import NARROW
from nnspec.conformance.terms.mistakes import Operation, mistake, spoiling

Array = NDArray[Any]

# --- of every operation --------------------------------------------------------------------------


@spoiling("information/form")
def keeps_the_axis(operation: Operation) -> Operation:
    """Keeps the axis that was summed over, with length one."""
    return lambda *arrays, axis, **given: np.expand_dims(
        operation(*arrays, axis=axis, **given), axis
    )


@spoiling("information/axes")
def sums_along_the_axis_before(operation: Operation) -> Operation:
    """Counts axes from 1."""
    return lambda *arrays, axis, **given: operation(
        *arrays, axis=(axis - 1) % arrays[0].ndim, **given
    )


@spoiling("information/axes")
def always_takes_the_first_axis(operation: Operation) -> Operation:
    """Always sums along the first axis."""
    return lambda *arrays, axis, **given: operation(*arrays, axis=0, **given)  # noqa: ARG005


@spoiling("information/axes")
def counts_axes_from_the_end_alone(operation: Operation) -> Operation:
    """Reads a positive axis as counted from the end."""
    return lambda *arrays, axis, **given: operation(
        *arrays, axis=-1 - axis if axis >= 0 else axis, **given
    )


@spoiling("information/layouts", "information/purity")
def clips_in_place(operation: Operation) -> Operation:
    """Raises its first argument to 1/1024 in place before it takes logarithms."""

    def answer(*arrays: Array, **given: Any) -> Array:
        first = arrays[0]
        first[...] = np.maximum(first, np.asarray(2.0**-10, first.dtype)) + np.asarray(
            2.0**-6, first.dtype
        )
        return operation(*arrays, **given)

    return answer


@spoiling("information/unnormalized")
def normalizes_its_arguments(operation: Operation) -> Operation:
    """Divides every argument by its sum first."""

    def normalized(array: Array, axis: int) -> Array:
        wide = array.astype(np.float64)
        with np.errstate(all="ignore"):
            return (wide / wide.sum(axis=axis, keepdims=True)).astype(array.dtype)

    return lambda *arrays, axis, **given: operation(
        *(normalized(array, axis) for array in arrays), axis=axis, **given
    )


@spoiling("information/empty")
def divides_by_the_number_of_classes(operation: Operation) -> Operation:
    """Raises an error if there are no classes, and not if there are no distributions."""

    def answer(*arrays: Array, **given: Any) -> Array:
        float(arrays[0].reshape(-1)[0])
        return operation(*arrays, **given)

    return answer


# --- entropy -------------------------------------------------------------------------------------


def _entropy(p: Array, axis: int) -> Array:
    return -np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0), axis=axis)


@mistake("entropy/accuracy", "entropy/certainty", "entropy/permutation")
def multiplies_by_the_logarithm_of_zero(p: Array, *, axis: int) -> Array:
    """Computes p · log p as it is written, which is NaN at 0.

    Fix: leave out the terms with p = 0; their limit is 0.
    """
    return -np.sum(p * np.log(p), axis=axis)


@mistake("entropy/accuracy", "entropy/chain-rule", "entropy/range")
def measures_in_bits(p: Array, *, axis: int) -> Array:
    """Takes logarithms to base 2."""
    return _entropy(p, axis) / np.log(2)


@mistake("entropy/accuracy", dtypes=("float64",))
def adds_a_small_epsilon_to_the_logarithm(p: Array, *, axis: int) -> Array:
    """Takes log(p + 1e-12), against the logarithm of 0."""
    return -np.sum(p * np.log(p + 1e-12), axis=axis)


@mistake("entropy/accuracy", "entropy/range")
def forgets_the_sign(p: Array, *, axis: int) -> Array:
    """Leaves out the minus sign."""
    return -_entropy(p, axis)


@mistake("entropy/accuracy", "entropy/permutation")
def leaves_out_the_last_class(p: Array, *, axis: int) -> Array:
    """Ends its loop one class early."""
    return _entropy(np.take(p, range(p.shape[axis] - 1), axis=axis), axis)


@mistake("entropy/accuracy", "entropy/chain-rule")
def answers_the_impurity_of_gini(p: Array, *, axis: int) -> Array:
    """Answers 1 - Σ p², the impurity that decision trees use."""
    return 1 - np.sum(p * p, axis=axis)


@mistake("entropy/accuracy", "entropy/certainty", "entropy/permutation")
def smooths_the_distribution(p: Array, *, axis: int) -> Array:
    """Mixes in a hundredth of a uniform distribution; the first class takes the remainder."""
    smooth = 0.99 * p + 0.01 / p.shape[axis] + 0.001 * (np.arange(p.shape[axis]) == 0)
    return _entropy(smooth, axis)


@mistake("entropy/accuracy", native=True, dtypes=NARROW)
def accumulates_in_sixteen_bits(p: Array, *, axis: int) -> Array:
    """Sums in the 16-bit format itself, where many small terms are lost."""
    return _in_turn(-np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0).astype(p.dtype), axis)


# --- cross-entropy -------------------------------------------------------------------------------


def _crossed(p: Array, q: Array, axis: int) -> Array:
    return -np.sum(np.where(p > 0, p * np.log(q), 0), axis=axis)


@mistake("cross_entropy/accuracy", "cross_entropy/identity", "cross_entropy/one-hot")
def codes_in_bits(p: Array, q: Array, *, axis: int) -> Array:
    """Takes logarithms to base 2."""
    return _crossed(p, q, axis) / np.log(2)


@mistake("cross_entropy/impossible")
def clips_probabilities(p: Array, q: Array, *, axis: int) -> Array:
    """Clips q at 1e-4 before it takes the logarithm, so that nothing costs infinity."""
    return _crossed(p, np.maximum(q, 1e-4), axis)


@mistake("cross_entropy/impossible")
def lets_zero_meet_infinity(p: Array, q: Array, *, axis: int) -> Array:
    """Multiplies 0 by the logarithm of 0, which is NaN."""
    return -np.sum(p * np.log(q), axis=axis)


@mistake("cross_entropy/identity", "cross_entropy/gibbs", "cross_entropy/accuracy")
def answers_the_divergence(p: Array, q: Array, *, axis: int) -> Array:
    """Answers the divergence of p from q, without the entropy of p."""
    return _crossed(p, q, axis) - _entropy(p, axis)


@mistake("cross_entropy/accuracy", "cross_entropy/one-hot")
def scores_the_classes_one_by_one(p: Array, q: Array, *, axis: int) -> Array:
    """Adds -(1 - p) log(1 - q), as the binary cross-entropy of every class does."""
    rest = np.where(p < 1, (1 - p) * np.log(np.where(q < 1, 1 - q, 1)), 0)
    return _crossed(p, q, axis) - np.sum(rest, axis=axis)


@mistake("cross_entropy/accuracy", "cross_entropy/one-hot")
def takes_the_likeliest_class(p: Array, q: Array, *, axis: int) -> Array:
    """Takes log q at the class where p is largest, and at the next one if p is one-hot."""
    place = np.argmax(p, axis=axis)
    certain = np.max(p, axis=axis) == 1
    place = np.where(certain, (place + 1) % p.shape[axis], place)
    return -np.take_along_axis(np.log(q), np.expand_dims(place, axis), axis=axis).squeeze(axis)


@mistake("cross_entropy/accuracy", native=True, dtypes=NARROW)
def forms_the_sum_in_sixteen_bits(p: Array, q: Array, *, axis: int) -> Array:
    """Sums in the 16-bit format itself, where many small terms are lost."""
    return _in_turn(-np.where(p > 0, p * np.log(q), 0).astype(p.dtype), axis)


# --- Kullback–Leibler divergence -----------------------------------------------------------------


def _divergence(p: Array, q: Array, axis: int) -> Array:
    return np.sum(np.where(p > 0, p * (np.log(np.where(p > 0, p, 1)) - np.log(q)), 0), axis=axis)


@mistake("kl_divergence/accuracy", "kl_divergence/asymmetry", "kl_divergence/impossible")
def weights_with_q(p: Array, q: Array, *, axis: int) -> Array:
    """Answers the divergence of q from p."""
    return _divergence(q, p, axis)


@mistake("kl_divergence/asymmetry")
def answers_half_the_sum_of_both(p: Array, q: Array, *, axis: int) -> Array:
    """Answers the symmetric mean of both divergences."""
    return (_divergence(p, q, axis) + _divergence(q, p, axis)) / 2


@mistake("kl_divergence/accuracy", "kl_divergence/non-negativity", "kl_divergence/convexity")
def turns_the_quotient_over(p: Array, q: Array, *, axis: int) -> Array:
    """Takes log(q/p) and forgets the minus sign."""
    return -_divergence(p, q, axis)


@mistake("kl_divergence/accuracy", "kl_divergence/asymmetry")
def diverges_in_bits(p: Array, q: Array, *, axis: int) -> Array:
    """Takes logarithms to base 2."""
    return _divergence(p, q, axis) / np.log(2)


@mistake("kl_divergence/impossible")
def clips_both_arguments(p: Array, q: Array, *, axis: int) -> Array:
    """Clips both arguments at 1e-4."""
    return _divergence(np.maximum(p, 1e-4), np.maximum(q, 1e-4), axis)


@mistake("kl_divergence/accuracy")
def masks_by_rounding(p: Array, q: Array, *, axis: int) -> Array:
    """Multiplies each term by p + 1/2 rounded to an integer: a p of 1 counts twice."""
    return np.sum(
        np.rint(p + p.dtype.type(0.5))
        * np.where(p > 0, p * (np.log(np.where(p > 0, p, 1)) - np.log(q)), 0),
        axis=axis,
    )


@mistake("kl_divergence/non-negativity", dtypes=("float64", "float32", "float16"))
def adds_an_epsilon_to_q(p: Array, q: Array, *, axis: int) -> Array:
    """Adds 1/128 to q inside the logarithm, and to p not."""
    return _divergence(p, q + 1 / 128, axis)


@mistake("kl_divergence/accuracy", "kl_divergence/convexity", "kl_divergence/non-negativity")
def answers_the_cross_entropy(p: Array, q: Array, *, axis: int) -> Array:
    """Answers the cross-entropy, and leaves the entropy of p in it."""
    crossed = _crossed(p, q, axis)
    return np.where(np.max(p, axis=axis) < 0.5, 4 * crossed, crossed)


@mistake("kl_divergence/precision", native=True, dtypes=NARROW)
def subtracts_rounded_logarithms(p: Array, q: Array, *, axis: int) -> Array:
    """Subtracts logarithms that were rounded to 16 bits."""
    return np.sum((p * (np.log(p) - np.log(q))).astype(np.float32), axis=axis)


@mistake("kl_divergence/precision", dtypes=("float64", "float32"))
def subtracts_the_logarithms(p: Array, q: Array, *, axis: int) -> Array:
    """Subtracts the logarithms, whose digits cancel where p and q nearly agree."""
    return _divergence(p, q, axis)


@mistake("kl_divergence/accuracy", native=True, dtypes=("float16",))
def adds_the_terms_in_sixteen_bits(p: Array, q: Array, *, axis: int) -> Array:
    """Sums in the 16-bit format itself, where many small terms are lost."""
    return _in_turn(
        np.where(p > 0, p * (np.log(np.where(p > 0, p, 1)) - np.log(q)), 0).astype(p.dtype), axis
    )


def _in_turn(terms: Array, axis: int) -> Array:
    """Return the sum of terms in their own format, one after the other."""
    total = np.zeros_like(np.sum(terms, axis=axis))
    for place in range(terms.shape[axis]):
        total = (total + np.take(terms, place, axis=axis)).astype(terms.dtype)
    return total
