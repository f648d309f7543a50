"""Batch normalization before and after: one pixel, and twenty layers."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

from nnspec import reference
from tests.reports.figures.drawing import STYLES, Numbers, Picture, bare, digits, row, sheet, shown

_UNITS, _LAYERS, _STD, _BINS = 100, 20, 0.05, 17
_PIXEL = 36
_PARAMETERS = {"momentum": 0.1, "epsilon": 1e-5}


def _normalized(sums: np.ndarray) -> np.ndarray:
    """Return the sums normalized over the batch, with scale 1 and shift 0."""
    one, zero = np.ones(sums.shape[1]), np.zeros(sums.shape[1])
    return reference.batch_norm_train(sums, one, zero, zero, one, **_PARAMETERS)[0]


def _layers(*, normalize: bool) -> list[np.ndarray]:
    """Return the sums of each rectifier layer, normalized or not."""
    values, found = digits(), []
    for layer in range(_LAYERS):
        n = values.shape[1]
        weight = reference.normal((n, _UNITS), std=_STD, seed=layer, dtype="float64")
        sums = reference.linear(values, weight, np.zeros(_UNITS))
        found.append(_normalized(sums) if normalize else sums)
        values = reference.relu(found[-1])
    return found


def _pixel() -> np.ndarray:
    """Return one pixel of all digits as it is, between 0 and 16: its histogram has two peaks."""
    return load_digits().data[:, _PIXEL].astype(np.float64)


def _shape(values: np.ndarray) -> dict[str, float]:
    centered = values - values.mean()
    return {
        "mean": float(values.mean()) if abs(values.mean()) > 1e-12 else 0.0,  # rounding alone
        "std": float(values.std()),
        "skewness": float((centered**3).mean() / values.std() ** 3),
        "kurtosis": float((centered**4).mean() / values.std() ** 4),
    }


def measure() -> Numbers:
    """Normalize one pixel, and the sums of twenty layers."""
    before = _pixel()
    after = _normalized(before[:, np.newaxis])[:, 0]
    rows: list[dict[str, Any]] = []
    curves: dict[str, Any] = {}
    for name, values in (("before", before), ("after", after)):
        counts, edges = np.histogram(values, bins=_BINS)
        curves[name], curves[f"{name} edges"] = counts / len(values), edges[[0, -1]]
        rows.append({"values": f"one pixel {name}", **_shape(values)})
    for name, normalize in (("without", False), ("with", True)):
        layers = _layers(normalize=normalize)
        curves[name] = [float(each.std()) for each in layers]
        for layer in (1, _LAYERS):
            sums = layers[layer - 1]
            rows.append({"values": f"layer {layer} {name}", **_shape(sums.ravel())})
    return {"rows": rows, "curves": curves}


def draw(numbers: Numbers) -> Figure:
    """Draw the channel before and after, and the deviations by layer below."""
    drawn = sheet(5.0)
    upper, lower = drawn.subfigures(2, 1)
    for axes, name in zip(upper.subplots(1, 2), ("before", "after"), strict=True):
        edges = np.linspace(*numbers["curves"][f"{name} edges"], _BINS + 1)
        axes.stairs(numbers["curves"][name], edges, fill=True, color=STYLES[0]["color"])
        found = row(numbers, values=f"one pixel {name}")
        axes.set_title(f"{name}: mean {found['mean']:.2f}, std {found['std']:.2f}")
        bare(axes)
    axes = lower.subplots()
    layers = np.arange(1, _LAYERS + 1)
    for name, style in zip(("without", "with"), STYLES, strict=False):
        axes.semilogy(
            layers, numbers["curves"][name], **style, markersize=4, label=f"{name} batch norm"
        )
    axes.set(xlabel="layer", ylabel="std of the sums", xticks=[1, 5, 10, 15, 20])
    axes.legend(frameon=False, loc="lower left")
    return drawn


def _brief(numbers: Numbers) -> str:
    before, after = (row(numbers, values=f"one pixel {name}") for name in ("before", "after"))
    last = {name: row(numbers, values=f"layer {_LAYERS} {name}") for name in ("without", "with")}
    return (
        f"A pixel gets the mean 0 and the standard deviation 1 and keeps its shape: its skewness "
        f"is {shown(before['skewness'])} before and {shown(after['skewness'])} after. In layer "
        f"{_LAYERS} the sums have the standard deviation {shown(last['without']['std'])} without "
        f"normalization and {shown(last['with']['std'])} with it."
    )


def _more(numbers: Numbers) -> str:
    after = row(numbers, values="one pixel after")
    return (
        f"The customary sentence, that normalization makes a normal distribution, is wrong: the "
        f"kurtosis of the pixel is {shown(after['kurtosis'])} before and after, and a normal "
        f"law has 3. Below, {_LAYERS} rectifier layers of {_UNITS} units see all digits; the "
        f"weights are {_STD}·N(0, 1), and each layer normalizes its sums before the rectifier. The "
        f"source gives no numbers."
    )


PICTURES = (
    Picture(
        "batch-norm",
        "Batch normalization, before and after",
        "normalization",
        "A pixel of the digits before and after normalization, two histograms of one shape; "
        "below, the standard deviation of the sums of 20 layers, which vanishes without "
        "normalization",
        measure,
        draw,
        _brief,
        _more,
    ),
)
