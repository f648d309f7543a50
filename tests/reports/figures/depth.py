"""Norms of activations and of gradients over fifty rectifier layers, by variance."""

import itertools

import numpy as np
from matplotlib.figure import Figure

from nnspec import reference
from tests.reports.figures.drawing import (
    STYLES,
    Numbers,
    Picture,
    digits,
    labels,
    row,
    sheet,
    shown,
)

LAYERS, UNITS, SAMPLES, CLASSES = 50, 100, 64, 10
GAINS = (1, 2, 3)
_NORMS = ("activations", "gradients of activations", "gradients of weights")
_SHOWN_LAYERS = (1, 10, 20, 30, 40, 50)


def measure() -> Numbers:
    """Measure the three norms in each layer of the networks of each variance, on one batch."""
    curves = {}
    for gain in GAINS:
        for name, norms in zip(_NORMS, _norms(gain), strict=True):
            curves[f"{name} {gain}"] = norms
    rows = [
        {
            "variance": f"{gain}/n",
            "layer": layer,
            **{name: curves[f"{name} {gain}"][layer - 1] for name in _NORMS},
        }
        for gain in GAINS
        for layer in _SHOWN_LAYERS
    ]
    return {"rows": rows, "curves": curves}


def _norms(gain: int) -> tuple[list[float], list[float], list[float]]:
    """Return the norms behind each hidden layer: of outputs, of their gradients, of the weights'.

    The pixels enter as they are: the first layer takes 64 numbers, all others take 100.
    """
    images, classes = digits()[:SAMPLES], labels()[:SAMPLES]
    sizes = (images.shape[1], *(UNITS,) * LAYERS, CLASSES)
    weights = [
        reference.normal((n, m), std=float(np.sqrt(gain / n)), seed=layer, dtype="float64")
        for layer, (n, m) in enumerate(itertools.pairwise(sizes))
    ]
    biases = [np.zeros(m) for m in sizes[1:]]
    outputs, sums = [images], []
    for weight, bias in zip(weights, biases, strict=True):
        sums.append(reference.linear(outputs[-1], weight, bias))
        outputs.append(reference.relu(sums[-1]))
    gradient = reference.sparse_softmax_cross_entropy_vjp(
        sums.pop(), classes, np.full(SAMPLES, 1 / SAMPLES)
    )
    to_outputs, to_weights = [], []
    for layer in range(LAYERS, -1, -1):
        gradient, bar, _ = reference.linear_vjp(
            outputs[layer], weights[layer], biases[layer], gradient
        )
        to_weights.append(float(np.linalg.norm(bar)))
        if layer:
            to_outputs.append(float(np.linalg.norm(gradient)))
            gradient = reference.relu_vjp(sums[layer - 1], gradient)
    norms = [float(np.linalg.norm(each)) for each in outputs[1 : LAYERS + 1]]
    return norms, to_outputs[::-1], to_weights[:0:-1]


def draw(numbers: Numbers) -> Figure:
    """Draw a panel for each of the three norms."""
    drawn = sheet(6.4)
    layers = np.arange(1, LAYERS + 1)
    for axes, name in zip(drawn.subplots(3, 1, sharex=True), _NORMS, strict=True):
        for gain, style in zip(GAINS, STYLES, strict=False):
            axes.semilogy(
                layers,
                numbers["curves"][f"{name} {gain}"],
                **style,
                markevery=7,
                markersize=4.5,
                label=f"{gain}/n",
            )
        axes.set_title(f"norm of the {name}")
    handles, names = drawn.axes[0].get_legend_handles_labels()
    drawn.legend(
        handles,
        [f"variance {name}" for name in names],
        loc="outside upper center",
        ncols=3,
        frameon=False,
    )
    drawn.axes[-1].set_xlabel("layer")
    return drawn


def _ratio(numbers: Numbers, gain: int) -> float:
    first, last = (
        row(numbers, variance=f"{gain}/n", layer=layer)["activations"] for layer in (1, LAYERS)
    )
    return float(last / first)


def _brief(numbers: Numbers) -> str:
    ratios = {gain: shown(_ratio(numbers, gain)) for gain in GAINS}
    return (
        f"From the first to the fiftieth layer the norm of the activations changes by the factor "
        f"{ratios[1]} with variance 1/n, {ratios[2]} with 2/n and {ratios[3]} with 3/n. Each "
        f"layer multiplies the mean square by half of the variance times n."
    )


def _more(numbers: Numbers) -> str:
    spread = {
        gain: max(norms) / min(norms)
        for gain in GAINS
        for norms in [numbers["curves"][f"{_NORMS[2]} {gain}"]]
    }
    return (
        f"Fifty rectifier layers of 100 units and ten logits see {SAMPLES} digits: the 64 pixels "
        f"enter the first layer as they are, where the source has the 784 of MNIST. By expectation "
        f"the factors are (1/2)^24.5 = {shown(0.5**24.5)}, 1 and (3/2)^24.5 = "
        f"{shown(1.5**24.5)}. The gradient of the weights differs between layers by the factor "
        f"{shown(spread[1])}, {shown(spread[2])} and {shown(spread[3])} at most, since activations "
        f"and gradients change in opposite directions. With the variance its size changes by many "
        f"powers of ten. The source prints no numbers."
    )


PICTURES = (
    Picture(
        "depth",
        "Norms over fifty layers",
        "initializers",
        "Norms of activations, of their gradients and of the gradients of weights over 50 "
        "rectifier layers of 100 units, for the variances 1/n, 2/n and 3/n",
        measure,
        draw,
        _brief,
        _more,
    ),
)
