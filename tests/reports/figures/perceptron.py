"""One training step of the perceptron with a hidden layer, in the words of its source."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from nnspec import reference
from tests.reports.figures.drawing import (
    ACCENT,
    INK,
    SMALL,
    WIDTH,
    Numbers,
    Picture,
    row,
    sheet,
    shown,
)

_INPUTS, _TARGET, _RATE = np.array([1.0, 0.5, -1.0]), np.array([1.0]), 1.0
_I_TO_H = np.array([[0.5, -0.25], [1.0, 0.5], [0.25, -0.5]])
_H_TO_O = np.array([[0.5], [-1.0]])
_PLACES = {"I": (0.07, (0.76, 0.57, 0.38)), "H": (0.43, (0.7, 0.44)), "O": (0.82, (0.57,))}
_RADIUS = 0.045
_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}


def measure() -> Numbers:
    """Return each quantity of the source for one sample, and the weights after the step."""
    none = [np.zeros(2), np.zeros(1)]
    pre_h = reference.linear(_INPUTS[np.newaxis], _I_TO_H, none[0])
    post_h = reference.sigmoid(pre_h)
    pre_o = reference.linear(post_h, _H_TO_O, none[1])
    post_o = reference.sigmoid(pre_o)
    final = post_o - _TARGET
    signal = reference.sigmoid_vjp(pre_o, final)
    _, (to_h, to_o), _ = reference.mlp_vjp(
        _INPUTS[np.newaxis], [_I_TO_H, _H_TO_O], none, final, activations=("sigmoid", "sigmoid")
    )
    new_to_h, new_to_o = reference.perceptron_step(
        _INPUTS, _TARGET, _I_TO_H, _H_TO_O, learning_rate=_RATE
    )
    quantities: tuple[tuple[str, str, Any], ...] = (
        ("input", "x", _INPUTS),
        ("weight_ItoH", "W₁", _I_TO_H),
        ("S_preA,H", "x W₁", pre_h),
        ("S_postA,H", "f(S_preA,H)", post_h),
        ("weight_HtoO", "W₂", _H_TO_O),
        ("S_preA,O", "S_postA,H · W₂", pre_o),
        ("S_postA,O", "f(S_preA,O)", post_o),
        ("T", "target", _TARGET),
        ("FE", "S_postA,O − T", final),
        ("S_ERROR", "FE · f′(S_preA,O)", signal),
        ("gradient_HtoO", "S_ERROR · S_postA,H", to_o),
        ("gradient_ItoH", "S_ERROR · W₂ · f′(S_preA,H) · input", to_h),
        ("weight_HtoO after", "W₂ − LR · gradient_HtoO", new_to_o),
        ("weight_ItoH after", "W₁ − LR · gradient_ItoH", new_to_h),
    )
    rows = [
        {"the source's name": name, "is": formula, "values": np.ravel(values)}
        for name, formula, values in quantities
    ]
    return {"rows": rows}


def draw(numbers: Numbers) -> Figure:
    """Draw the nodes and the weights, forward quantities above and backward ones below."""
    drawn = sheet(0.93 * WIDTH)
    drawn.set_layout_engine("none")
    axes = drawn.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, 1), ylim=(0, 0.93), aspect="equal")
    axes.set_axis_off()
    _nodes(axes)
    _forward(axes, numbers)
    _backward(axes, numbers)
    return drawn


def _values(numbers: Numbers, name: str) -> str:
    return shown(row(numbers, **{"the source's name": name})["values"])


def _nodes(axes: Axes) -> None:
    for (left, low_side), (right, high_side) in (
        (_PLACES["I"], _PLACES["H"]),
        (_PLACES["H"], _PLACES["O"]),
    ):
        for low in low_side:
            for high in high_side:
                axes.plot([left, right], [low, high], color=INK, linewidth=1.0, zorder=1)
    for name, (x, heights) in _PLACES.items():
        for number, y in enumerate(heights, 1):
            axes.add_patch(
                Circle((x, y), _RADIUS, facecolor="white", edgecolor=INK, linewidth=1.6, zorder=2)
            )
            label = name if name == "O" else f"{name}{number}"
            axes.text(x, y, label, ha="center", va="center", zorder=3)


def _forward(axes: Axes, numbers: Numbers) -> None:
    def say(x: float, y: float, text: str) -> None:
        axes.text(x, y, text, ha="center", va="center", fontsize=SMALL, color=INK, bbox=_PAPER)

    say(0.5, 0.905, "forward: a node takes a dot product, S_preA, and gives f of it, S_postA")
    say(0.07, 0.835, "input")
    say(0.24, 0.79, "weight_ItoH")
    say(0.62, 0.7, "weight_HtoO")
    pre, post = (_values(numbers, f"S_{name},H").split(", ") for name in ("preA", "postA"))
    for y, before, after in zip(_PLACES["H"][1], pre, post, strict=True):
        say(_PLACES["H"][0], y + 0.08, f"S_preA,H = {before}")
        say(_PLACES["H"][0], y - 0.08, f"S_postA,H = {after}")
    x, (y,) = _PLACES["O"]
    say(x, y + 0.08, f"S_preA,O = {_values(numbers, 'S_preA,O')}")
    say(x, y - 0.08, f"S_postA,O = {_values(numbers, 'S_postA,O')}")


def _backward(axes: Axes, numbers: Numbers) -> None:
    """Draw the path of the error from the right to the left, below the nodes."""
    target, error, signal = (_values(numbers, name) for name in ("T", "FE", "S_ERROR"))
    places = {
        f"T = {target}\nFE = S_postA,O − T\n= {error}": (0.82, 0.285),
        f"S_ERROR\n= FE · f′(S_preA,O)\n= {signal}": (0.5, 0.21),
        f"gradient_HtoO\n= S_ERROR · S_postA,H\n= {_values(numbers, 'gradient_HtoO')}": (0.8, 0.07),
        "gradient_ItoH\n= S_ERROR · weight_HtoO\n· f′(S_preA,H) · input": (0.17, 0.12),
    }
    for text, (x, y) in places.items():
        axes.text(x, y, text, ha="center", va="center", fontsize=SMALL, color=ACCENT)
    arrow = {"arrowstyle": "->", "color": ACCENT, "linestyle": "--", "linewidth": 1.4}
    for start, end in (
        ((0.82, 0.44), (0.82, 0.345)),
        ((0.7, 0.255), (0.64, 0.235)),
        ((0.6, 0.155), (0.65, 0.12)),
        ((0.36, 0.18), (0.31, 0.16)),
    ):
        axes.annotate("", xy=end, xytext=start, arrowprops=arrow)


def _brief(numbers: Numbers) -> str:
    error, signal = (_values(numbers, name) for name in ("FE", "S_ERROR"))
    return (
        f"One step of the perceptron with a hidden layer, in the words of its source. Here "
        f"$FE$ is {error} and $S_{{ERROR}}$ is {signal}."
    )


def _more(_: Numbers) -> str:
    return (
        "Solid lines carry values forward, dashed arrows carry the error back. $f$ is the "
        "logistic sigmoid, the rate LR is 1, and the nodes have no biases. Both updates use the "
        "weights before the step: the source updates HtoO first, and its formula for ItoH means "
        "the old one. The source gives no numbers."
    )


PICTURES = (
    Picture(
        "perceptron",
        "The perceptron with a hidden layer",
        "networks",
        "Three input nodes, two hidden nodes and one output node, with weight_ItoH, weight_HtoO, "
        "S_preA, S_postA, T, FE, S_ERROR and the two gradients",
        measure,
        draw,
        _brief,
        _more,
    ),
)
