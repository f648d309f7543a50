"""Faults of clipping by value, by norm and by the norm of all gradients."""

import numpy as np

from tests.diagnosis.fault import fault


def norm(gradients):
    return np.sqrt(sum(np.sum(np.square(g)) for g in gradients))


@fault("clip_by_value", "neuroailab/tfutils#115")
def always_at_one(gradients, *, limit):
    """Gradients are clipped at 1, whatever is asked for."""
    return [np.clip(g, -1, 1) for g in gradients]


@fault("clip_by_norm", "sony/nnabla-ext-cuda#201", "sony/nnabla#458")
def small_ones_are_stretched(gradients, *, max_norm):
    """Gradients below the limit are stretched to it."""
    return [g * max_norm / norm([g]) for g in gradients]


@fault("clip_by_norm", "paiml/entrenar#311")
def the_square_for_the_norm(gradients, *, max_norm):
    """The squared norm is compared with the limit and divided by."""
    return [g * min(1.0, max_norm / norm([g]) ** 2) for g in gradients]


@fault(
    "clip_by_norm",
    "Happy-Algorithms-League/hal-cgp#210",
    "bghira/SimpleTuner#1205",
    right=("^clip_by_value$",),
)
def each_element_is_clipped(gradients, *, max_norm):
    """Each element is clipped, which turns the gradient."""
    return [np.clip(g, -max_norm, max_norm) for g in gradients]


@fault(
    "clip_by_global_norm",
    "carpedm20/MemN2N-tensorflow#19",
    "keras-team/keras#13575",
    "huggingface/transformers#581",
    right=("^clip_by_norm$",),
)
def each_array_by_its_own_norm(gradients, *, max_norm):
    """Each array is clipped by its own norm."""
    return [g * min(1.0, max_norm / norm([g])) for g in gradients]


@fault("clip_by_global_norm", "NVIDIA/OpenSeq2Seq#192")
def nothing_is_clipped(gradients, *, max_norm):
    """The gradients are handed on as they are."""
    return [g.copy() for g in gradients]


@fault("clip_by_global_norm_epsilon", "DingfanChen/GS-WGAN#5")
def the_factor_may_exceed_one(gradients, *, max_norm, epsilon):
    """The factor is not kept below 1: small gradients grow."""
    return [g * max_norm / (norm(gradients) + epsilon) for g in gradients]


@fault(
    "clip_by_global_norm_epsilon", "huggingface/transformers#614", right=("each_array|own_norm",)
)
def each_group_by_its_own_norm(gradients, *, max_norm, epsilon):
    """Each group of parameters is clipped by its own norm."""
    return [g * min(1.0, max_norm / (norm([g]) + epsilon)) for g in gradients]
