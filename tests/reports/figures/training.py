"""Networks of four layers that learn the digits: by activation, and how far their weights move."""

import itertools
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from nnspec import reference
from tests.reports.figures.drawing import (
    INK,
    PALE,
    STYLES,
    Numbers,
    Picture,
    digits,
    labels,
    percent,
    row,
    sheet,
    shown,
)

SIZES, EPOCHS, BATCH, RATE = (64, 100, 100, 100, 10), 12, 64, 0.1
_LAYERS = len(SIZES) - 1
_BINS = 50
_Arrays = list[np.ndarray]


def _kaiming(n: int, m: int, seed: int) -> np.ndarray:
    return reference.kaiming_normal(n, m, negative_slope=0.0, seed=seed, dtype="float64")


def _xavier(n: int, m: int, seed: int) -> np.ndarray:
    return reference.xavier_fan_in_normal(n, m, seed=seed, dtype="float64")


NETWORKS: Mapping[str, tuple[str, Callable[[int, int, int], np.ndarray]]] = {
    "relu": ("Kaiming", _kaiming),
    "tanh": ("Xavier", _xavier),
    "sigmoid": ("Xavier", _xavier),
}


@cache
def trained(activation: str, start: int = 10) -> tuple[_Arrays, _Arrays, list[float], list[float]]:
    """Return the weights before and after training, and by epoch the mean loss over all digits and
    the share of digits that are classed wrongly."""
    images, classes = digits(), labels()
    draw = NETWORKS[activation][1]
    weights = [draw(n, m, start + i) for i, (n, m) in enumerate(itertools.pairwise(SIZES))]
    biases = [np.zeros(m) for m in SIZES[1:]]
    names = [activation] * (_LAYERS - 1) + ["identity"]
    first, losses, wrong = [weight.copy() for weight in weights], [], []
    for epoch in range(EPOCHS + 1):
        logits = reference.mlp(images, weights, biases, activations=names)
        losses.append(float(reference.sparse_softmax_cross_entropy(logits, classes).mean()))
        wrong.append(float((logits.argmax(axis=1) != classes).mean()))
        if epoch < EPOCHS:
            weights, biases = _epoch(weights, biases, names, epoch)
    return first, weights, losses, wrong


def _epoch(
    weights: _Arrays, biases: _Arrays, names: list[str], seed: int
) -> tuple[_Arrays, _Arrays]:
    images, classes = digits(), labels()
    for batch in reference.minibatches(len(images), BATCH, seed=seed):
        logits = reference.mlp(images[batch], weights, biases, activations=names)
        cotangent = reference.sparse_softmax_cross_entropy_vjp(
            logits, classes[batch], np.full(len(batch), 1 / len(batch))
        )
        _, bars, bias_bars = reference.mlp_vjp(
            images[batch], weights, biases, cotangent, activations=names
        )
        *_, (step) = reference.gradient_descent(
            lambda _, bars=[*bars, *bias_bars]: bars, [*weights, *biases], 1, learning_rate=RATE
        )
        weights, biases = step[:_LAYERS], step[_LAYERS:]
    return weights, biases


def measure_convergence() -> Numbers:
    """Train the three networks."""
    rows, curves = [], {}
    for activation, (law, _) in NETWORKS.items():
        _, _, losses, wrong = trained(activation)
        rows.append(
            {
                "activation": activation,
                "weights": law,
                "loss before": losses[0],
                "loss after 1 epoch": losses[1],
                "loss after 12 epochs": losses[-1],
                "errors after 12 epochs": wrong[-1],
            }
        )
        curves[activation] = losses
    return {"rows": rows, "curves": curves}


def draw_convergence(numbers: Numbers) -> Figure:
    """Draw the losses by epoch."""
    drawn = sheet(3.2)
    axes = drawn.subplots()
    for each, style in zip(numbers["rows"], STYLES, strict=False):
        name = each["activation"]
        axes.semilogy(
            numbers["curves"][name], **style, markersize=4.5, label=f"{name}, {each['weights']}"
        )
    axes.set(xlabel="epoch", ylabel="cross-entropy of all digits")
    axes.legend(frameon=False, loc="lower left")
    return drawn


def _brief_convergence(numbers: Numbers) -> str:
    ends = {each["activation"]: shown(each["loss after 12 epochs"]) for each in numbers["rows"]}
    return (
        f"After {EPOCHS} epochs the cross-entropy is {ends['relu']} with rectifiers, "
        f"{ends['tanh']} with tanh and {ends['sigmoid']} with sigmoids, at one rate."
    )


def _more_convergence(numbers: Numbers) -> str:
    sigmoid = row(numbers, activation="sigmoid")
    return (
        f"Three hidden layers of 100 units and ten logits, batches of {BATCH}, rate {RATE}, plain "
        f"gradient descent. The logarithm of ten is {np.log(10):.2f}: the sigmoids have hardly "
        f"begun, with {percent(sigmoid['errors after 12 epochs'])} errors. This is one experiment "
        f"at one rate, no law. The source says that rectifiers converge much faster, and gives no "
        f"number."
    )


def measure_weights() -> Numbers:
    """Compare the weights of the network of rectifiers before and after training."""
    first, last, _, _ = trained("relu")
    _, others, _, _ = trained("relu", 20)
    rows, curves = [], {}
    for layer, (before, after) in enumerate(zip(first, last, strict=True), 1):
        rows.append(
            {
                "layer": layer,
                "norm before": float(np.linalg.norm(before)),
                "norm after": float(np.linalg.norm(after)),
                "distance / norm before": float(
                    np.linalg.norm(after - before) / np.linalg.norm(before)
                ),
                "distance to the other end / norm before": float(
                    np.linalg.norm(after - others[layer - 1]) / np.linalg.norm(before)
                ),
            }
        )
        edge = float(f"{3.5 * before.std():.2g}")
        for name, weights in (("before", before), ("after", after)):
            counts, _ = np.histogram(weights, bins=_BINS, range=(-edge, edge))
            curves[f"{name} {layer}"] = counts / before.size
        curves[f"edge {layer}"] = edge
    return {"rows": rows, "curves": curves}


def draw_weights(numbers: Numbers) -> Figure:
    """Draw the histograms of each layer's weights, before and after."""
    drawn = sheet(4.2)
    for layer, axes in enumerate(drawn.subplots(2, 2).flat, 1):
        edge = numbers["curves"][f"edge {layer}"]
        edges = np.linspace(-edge, edge, _BINS + 1)
        before, after = (
            np.array(numbers["curves"][f"{name} {layer}"]) for name in ("before", "after")
        )
        axes.stairs(before, edges, fill=True, color="#c9c9c9", edgecolor=PALE, label="before")
        axes.stairs(after, edges, color=INK, linewidth=1.6, label="after")
        moved = row(numbers, layer=layer)["distance / norm before"]
        axes.set_title(f"layer {layer}: moved by {percent(moved)}")
        axes.set_yticks([])
        axes.grid(visible=False)
    drawn.axes[0].legend(frameon=False, loc="upper left", handlelength=1.2)
    return drawn


def _brief_weights(numbers: Numbers) -> str:
    moved = [f"{each['distance / norm before']:.2f}" for each in numbers["rows"]]
    return (
        f"Four layers learn the digits, and their weights move by {', '.join(moved[:-1])} and "
        f"{moved[-1]} of their norms: all but those of the logits end near where they began."
    )


def _more_weights(numbers: Numbers) -> str:
    apart = [shown(each["distance to the other end / norm before"]) for each in numbers["rows"]]
    return (
        f"The network of rectifiers of the figure above, before training and after {EPOCHS} "
        f"epochs. From another start, the same network learns the digits too, and ends at the "
        f"distances {', '.join(apart)}: there is no one region in which weights end. (The distance "
        f"does not see that units may change places.) So says the source, without a number."
    )


PICTURES = (
    Picture(
        "convergence",
        "Rectifiers and sigmoids learn",
        "dynamics",
        "The loss of three networks by epoch: with rectifiers it falls fastest, with tanh a "
        "little slower, with sigmoids it hardly falls",
        measure_convergence,
        draw_convergence,
        _brief_convergence,
        _more_convergence,
        slow=True,
    ),
    Picture(
        "training",
        "Weights stay near their start",
        "dynamics",
        "Histograms of the weights of four layers before and after a network has learned "
        "handwritten digits: they nearly cover each other",
        measure_weights,
        draw_weights,
        _brief_weights,
        _more_weights,
        slow=True,
    ),
)
