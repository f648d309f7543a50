"""Two classes far from 0 and standardized, and the line between them."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnspec import reference
from tests.reports.figures.drawing import ACCENT, INK, Numbers, Picture, percent, row, sheet, shown

_EACH, _STEPS = 60, 100
_TURNS = (0.02, 0.05, 0.1)
_DRAWN_TURN = 0.05
_RATES = tuple(2.0**power for power in range(-12, 5))


def _data() -> tuple[np.ndarray, np.ndarray]:
    """Return two clouds around (9, 7) and (7, 9), and their classes."""
    noise = reference.normal((2 * _EACH, 2), std=1.0, seed=5, dtype="float64")
    classes = np.repeat([0.0, 1.0], _EACH)
    return noise + np.where(classes[:, np.newaxis] == 1, [7.0, 9.0], [9.0, 7.0]), classes


def _boundary(points: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return two weights and a bias: the boundary halfway between the means of the classes."""
    first, second = (points[classes == each].mean(axis=0) for each in (0, 1))
    weights = second - first
    return np.array([*weights, -weights @ (first + second) / 2])


def _turned(boundary: np.ndarray, angle: float) -> np.ndarray:
    """Return a boundary whose weights are turned; its bias stays."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([*(np.array([[cosine, -sine], [sine, cosine]]) @ boundary[:2]), boundary[2]])


def _class_of(points: np.ndarray, boundary: np.ndarray) -> np.ndarray:
    sums = reference.linear(points, boundary[:2, np.newaxis], boundary[2:])
    return reference.step(sums)[:, 0]


def _loss_after(points: np.ndarray, classes: np.ndarray, rate: float) -> float:
    """Return the mean loss of a sigmoid unit after gradient descent from zero weights."""
    targets = classes[:, np.newaxis]

    def gradient(params: list[np.ndarray]) -> list[np.ndarray]:
        sums = reference.linear(points, *params)
        cotangent = np.full(targets.shape, 1 / targets.size)
        bars = reference.sigmoid_cross_entropy_vjp(sums, targets, cotangent)
        return list(reference.linear_vjp(points, *params, bars)[1:])

    start = [np.zeros((2, 1)), np.zeros(1)]
    *_, end = reference.gradient_descent(gradient, start, _STEPS, learning_rate=rate)
    return float(reference.sigmoid_cross_entropy(reference.linear(points, *end), targets).mean())


def _largest_rate(points: np.ndarray) -> float:
    """Return the largest rate with which descent on the loss is stable wherever it begins.

    The loss has second derivatives of at most a quarter of the inputs' second moments.
    """
    inputs = np.column_stack([points, np.ones(len(points))])
    return float(2 / (np.linalg.eigvalsh(inputs.T @ inputs / len(inputs))[-1] / 4))


def measure() -> Numbers:
    """Turn the boundary of the raw and of the standardized data, and train a unit on both."""
    raw, classes = _data()
    rows, curves = [], {"classes": classes}
    for name, points in (
        ("raw", raw),
        ("standardized", reference.standardize(raw, raw, axes=(0,))),
    ):
        boundary = _boundary(points, classes)
        found = _class_of(points, boundary)
        flips = {
            f"flipped by {turn} rad": float(
                max(
                    (_class_of(points, _turned(boundary, angle)) != found).mean()
                    for angle in (turn, -turn)
                )
            )
            for turn in _TURNS
        }
        losses = {rate: _loss_after(points, classes, rate) for rate in _RATES}
        best = min(losses, key=losses.__getitem__)
        rows.append(
            {
                "data": name,
                **flips,
                "stable up to rate": _largest_rate(points),
                "loss after 100 steps at that rate": _loss_after(
                    points, classes, _largest_rate(points)
                ),
                "best rate of 2⁻¹² … 2⁴": best,
                "its loss": losses[best],
            }
        )
        curves[f"{name} points"], curves[f"{name} boundary"] = points, boundary
    return {"rows": rows, "curves": curves}


def draw(numbers: Numbers) -> Figure:
    """Draw the classes with their boundary, and with it turned both ways."""
    drawn = sheet(3.4)
    classes = np.array(numbers["curves"]["classes"])
    for axes, name in zip(drawn.subplots(1, 2), ("raw", "standardized"), strict=True):
        points = np.array(numbers["curves"][f"{name} points"])
        boundary = np.array(numbers["curves"][f"{name} boundary"])
        for each, color, marker in ((0, INK, "o"), (1, ACCENT, "^")):
            axes.plot(
                *points[classes == each].T, marker, color=color, markersize=3.5, fillstyle="none"
            )
        limits = (-1.0, 12.0) if name == "raw" else (-2.9, 2.9)
        x = np.array(limits)
        for turn, style in ((0.0, "-"), (_DRAWN_TURN, "--"), (-_DRAWN_TURN, "--")):
            _line(axes, x, _turned(boundary, turn), color="black", linestyle=style, linewidth=1.1)
        axes.axhline(0, color="black", linewidth=0.5)
        axes.axvline(0, color="black", linewidth=0.5)
        share = row(numbers, data=name)[f"flipped by {_DRAWN_TURN} rad"]
        axes.set(xlim=limits, ylim=limits, aspect="equal", title=f"{name}: {percent(share)} flip")
    return drawn


def _line(axes: Axes, x: np.ndarray, boundary: np.ndarray, **style: Any) -> None:
    axes.plot(x, -(boundary[0] * x + boundary[2]) / boundary[1], **style)


def _brief(numbers: Numbers) -> str:
    raw, ready = (row(numbers, data=name) for name in ("raw", "standardized"))
    flips, rate = f"flipped by {_DRAWN_TURN} rad", "stable up to rate"
    return (
        f"Weights turned by {_DRAWN_TURN} radians flip {percent(raw[flips])} of the raw points, "
        f"and {percent(ready[flips])} of the standardized ones. Gradient descent is "
        f"sure to be stable up to the rate {shown(raw[rate])} on raw data and "
        f"{shown(ready[rate])} on standardized data."
    )


def _more(numbers: Numbers) -> str:
    raw, ready = (row(numbers, data=name) for name in ("raw", "standardized"))
    loss, best = "loss after 100 steps at that rate", "best rate of 2⁻¹² … 2⁴"
    return (
        f"Two classes of {_EACH} points; the solid line is halfway between their means, the dashed "
        f"ones have its bias and turned weights. A sigmoid unit that learns from zero weights "
        f"reaches the mean cross-entropy {shown(raw[loss])} in {_STEPS} steps at the largest "
        f"stable rate on raw data, and {shown(ready[loss])} on standardized data. Beyond that "
        f"rate nothing is promised, and much may work: the best power of two is {shown(raw[best])} "
        f"on raw data, with {shown(raw['its loss'])}. The source draws the line without numbers."
    )


PICTURES = (
    Picture(
        "preprocessing",
        "Preprocessing and the line between two classes",
        "preprocessing",
        "Two classes of points with the line between them and the line turned both ways: far from "
        "0 the turned lines cross the classes, around 0 they stay between them",
        measure,
        draw,
        _brief,
        _more,
    ),
)
