"""The outputs of six layers, 4,096 wide, by the law of the weights and by the activation."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from nnspec import reference
from tests.reports.figures.drawing import (
    INK,
    SMALL,
    Numbers,
    Picture,
    bare,
    percent,
    row,
    sheet,
    shown,
)

WIDTH, LAYERS, SAMPLES, BINS = 4096, 6, 16, 40
_NEAR = {"tanh": 0.95, "relu": 0.0}
_RANGES = {"tanh": (-1.0, 1.0), "relu": (0.0, 3.0)}
_FLOAT64: Mapping[str, Any] = {"dtype": "float64"}

# The law's name, how it draws a layer's weights, and the variance of a weight times the width.
_Law = Callable[[int], np.ndarray]
LAWS: Mapping[str, tuple[_Law, float]] = {
    "0.01·N(0, 1)": (
        lambda seed: reference.normal((WIDTH, WIDTH), std=0.01, seed=seed, **_FLOAT64),
        WIDTH * 0.01**2,
    ),
    "0.05·N(0, 1)": (
        lambda seed: reference.normal((WIDTH, WIDTH), std=0.05, seed=seed, **_FLOAT64),
        WIDTH * 0.05**2,
    ),
    "Xavier": (
        lambda seed: reference.xavier_fan_in_normal(WIDTH, WIDTH, seed=seed, **_FLOAT64),
        1.0,
    ),
    "Kaiming": (
        lambda seed: reference.kaiming_normal(
            WIDTH, WIDTH, negative_slope=0.0, seed=seed, **_FLOAT64
        ),
        2.0,
    ),
}


def layers(activation: str, law: str) -> list[np.ndarray]:
    """Return the outputs of the layers, for inputs and weights drawn by seeds."""
    values = reference.normal((SAMPLES, WIDTH), std=1.0, seed=0, dtype="float64")
    draw, _ = LAWS[law]
    found = []
    for layer in range(1, LAYERS + 1):
        sums = reference.linear(values, draw(layer), np.zeros(WIDTH))
        values = getattr(reference, activation)(sums)
        found.append(values)
    return found


def wide(activation: str, law: str) -> list[float]:
    """Return the standard deviations of the layers of a network of infinite width.

    A sum is then normal, with the variance of the law times the mean square of the layer below.
    """
    square, found = 1.0, []
    points, weights = np.polynomial.hermite_e.hermegauss(200)
    for _ in range(LAYERS):
        variance = LAWS[law][1] * square
        if activation == "relu":  # half of the sums pass, and their mean is √(variance/2π)
            square, mean = variance / 2, np.sqrt(variance / (2 * np.pi))
        else:
            values = reference.tanh(np.sqrt(variance) * points)
            square, mean = float(values**2 @ weights / weights.sum()), 0.0
        found.append(float(np.sqrt(square - mean**2)))
    return found


def rows(activation: str, law: str) -> tuple[list[Mapping[str, Any]], dict[str, np.ndarray]]:
    """Return the table's rows and the histograms of one network."""
    table, curves = [], {}
    limits = wide(activation, law)
    for layer, values in enumerate(layers(activation, law), 1):
        far = np.abs(values) > _NEAR["tanh"] if activation == "tanh" else values == 0
        table.append(
            {
                "weights": law,
                "layer": layer,
                "mean": float(values.mean()),
                "std": float(values.std()),
                "std, infinite width": limits[layer - 1],
                _FAR[activation]: float(far.mean()),
            }
        )
        kept = values if activation == "tanh" else values[values > 0]
        counts, _ = np.histogram(kept, bins=BINS, range=_RANGES[activation])
        curves[f"{law} {layer}"] = counts / counts.max()
    return table, curves


_FAR = {"tanh": "share beyond ±0.95", "relu": "share of zeros"}


def measure(activation: str) -> Numbers:
    """Pass the samples through the four networks of an activation."""
    table: list[Mapping[str, Any]] = []
    curves: dict[str, np.ndarray] = {}
    for law in LAWS:
        more, histograms = rows(activation, law)
        table += more
        curves |= histograms
    return {"rows": table, "curves": curves}


def draw(numbers: Numbers, activation: str) -> Figure:
    """Draw a row of histograms for each law, a column for each layer."""
    drawn = sheet(5.4)
    edges = np.linspace(*_RANGES[activation], BINS + 1)
    for panels, law in zip(drawn.subplots(len(LAWS), LAYERS, sharex=True), LAWS, strict=True):
        for layer, axes in enumerate(panels, 1):
            counts = np.array(numbers["curves"][f"{law} {layer}"])
            axes.stairs(counts, edges, fill=True, color=INK)
            std = row(numbers, weights=law, layer=layer)["std"]
            axes.set_title(shown(float(f"{std:.2g}")), fontsize=SMALL + 0.5, pad=2)
            axes.set_xticks(
                [edges[0], edges[-1]], [shown(float(edges[0])), shown(float(edges[-1]))]
            )
            bare(axes)
            if law == "Kaiming":
                axes.set_xlabel(f"layer {layer}")
        panels[0].set_ylabel(law)
    drawn.suptitle(
        f"{activation}: the number above a histogram is the standard deviation", fontsize=9.5
    )
    return drawn


def _list(numbers: Numbers, law: str, column: str = "std") -> str:
    values = [row(numbers, weights=law, layer=layer)[column] for layer in range(1, LAYERS + 1)]
    return ", ".join(f"{value:.3f}" if value >= 0.01 else shown(value) for value in values)


def _brief_tanh(numbers: Numbers) -> str:
    far = row(numbers, weights="0.05·N(0, 1)", layer=LAYERS)["share beyond ±0.95"]
    return (
        f"Standard deviations of the six layers: {_list(numbers, '0.01·N(0, 1)')} with 0.01, where "
        f"all outputs shrink to 0; {_list(numbers, 'Xavier')} with Xavier's law. With 0.05 the "
        f"units saturate: {percent(far)} of the last layer's outputs lie beyond ±0.95."
    )


def _brief_relu(numbers: Numbers) -> str:
    zeros = row(numbers, weights="Kaiming", layer=LAYERS)["share of zeros"]
    return (
        f"Standard deviations of the six layers: {_list(numbers, 'Xavier')} with Xavier's law, "
        f"{_list(numbers, 'Kaiming')} with Kaiming's. The histograms leave out the zeros, which "
        f"are {percent(zeros)} of the last layer."
    )


def _more_tanh(numbers: Numbers) -> str:
    return (
        f"Six layers of 4,096 units see {SAMPLES} samples from N(0, 1). The source prints no "
        f"numbers for tanh. A network of infinite width has "
        f"{_list(numbers, 'Xavier', 'std, infinite width')} with Xavier's law. Kaiming's law "
        f"doubles the variance, and tanh keeps "
        f"{_list(numbers, 'Kaiming')}."
    )


def _more_relu(numbers: Numbers) -> str:
    last = row(numbers, weights="Kaiming", layer=LAYERS)
    grown = row(numbers, weights="0.05·N(0, 1)", layer=LAYERS)["std"]
    return (
        f"The source reads 0.81 off its sixth layer with Kaiming's law; ours is "
        f"{last['std']:.2f}, and a network of infinite width has "
        f"√(1 − 1/π) = {last['std, infinite width']:.3f}. Xavier's law loses half of the mean "
        f"square in every layer, since a rectifier passes half of the sums. With 0.05 "
        f"the deviations grow to {shown(grown)}, beyond the pictures' range of 3. Half of the "
        f"outputs are 0 under every law, since sums with symmetric weights are negative as often "
        f"as positive."
    )


PICTURES = tuple(
    Picture(
        f"histograms-{activation}",
        f"Outputs of six {word} layers",
        "initializers",
        f"Histograms of the outputs of six {word} layers of 4,096 units, for weights 0.01·N(0, 1), "
        "0.05·N(0, 1), Xavier and Kaiming",
        partial(measure, activation),
        partial(draw, activation=activation),
        brief,
        more,
        slow=True,
    )
    for activation, word, brief, more in (
        ("tanh", "tanh", _brief_tanh, _more_tanh),
        ("relu", "rectifier", _brief_relu, _more_relu),
    )
)
