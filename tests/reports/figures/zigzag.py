"""The path of two weights, one sample a step, behind a sigmoid and behind tanh."""

import numpy as np
from matplotlib.figure import Figure

from nnspec import reference
from tests.reports.figures.drawing import STYLES, Numbers, Picture, percent, row, sheet, shown

_GOAL = np.array([[1.5], [-1.5]])
_SAMPLES, _STEPS, _NEAR = 100, 1000, 0.05
# tanh(x/2) = 2σ(x) − 1: the same inputs, centered.
_INPUTS = {
    "sigmoid": reference.sigmoid,
    "tanh": lambda x: reference.tanh(x / 2),
}


def _path(inputs: np.ndarray, rate: float) -> np.ndarray:
    """Return the weights before each step of descent on one sample after the other."""
    targets = reference.linear(inputs, _GOAL, np.zeros(1))

    def gradient(params: list[np.ndarray], index: int) -> list[np.ndarray]:
        one, target = inputs[index : index + 1], targets[index : index + 1]
        answer = reference.linear(one, params[0], np.zeros(1))
        cotangent = reference.sum_squared_error_vjp(answer, target, 1.0)
        return [reference.linear_vjp(one, params[0], np.zeros(1), cotangent)[1]]

    batches = reference.draws(_SAMPLES, 1, _STEPS, seed=3)
    steps = reference.minibatch_descent(gradient, [np.zeros((2, 1))], batches, learning_rate=rate)
    return np.array([np.zeros(2), *(step[0][:, 0] for step in steps)])


def measure() -> Numbers:
    """Count the steps of both networks to 5 % of the distance, and measure their paths."""
    x = reference.normal((_SAMPLES, 2), std=1.0, seed=2, dtype="float64")
    rows, curves = [], {}
    for name, activation in _INPUTS.items():
        inputs = activation(x)
        rate = 1 / float((inputs**2).sum(axis=1).max())
        path = _path(inputs, rate)
        away = np.linalg.norm(path - _GOAL[:, 0], axis=1)
        count = int(np.flatnonzero(away <= _NEAR * away[0])[0])
        moves = np.diff(path[: count + 1], axis=0)
        together = (moves[:, 0] * moves[:, 1] > 0).mean()
        rows.append(
            {
                "inputs": name,
                "rate": rate,
                "steps to 5 % of the distance": count,
                "length of the path / distance": np.linalg.norm(moves, axis=1).sum() / away[0],
                "steps that raise or lower both weights": float(together),
            }
        )
        curves[name] = path[: count + 1]
    return {"rows": rows, "curves": curves}


def draw(numbers: Numbers) -> Figure:
    """Draw the two paths side by side, each with the arrow to the goal."""
    drawn = sheet(3.4)
    for axes, name, style in zip(
        drawn.subplots(1, 2, sharex=True, sharey=True), _INPUTS, STYLES, strict=False
    ):
        axes.annotate(
            "",
            xy=tuple(_GOAL[:, 0]),
            xytext=(0, 0),
            arrowprops={"arrowstyle": "->", "color": "black", "linestyle": ":", "linewidth": 1.6},
        )
        path = np.array(numbers["curves"][name])
        axes.plot(*path.T, **style, markersize=2.5, linewidth=1.0)
        axes.plot(*_GOAL[:, 0], marker="*", color="black", markersize=9, linestyle="")
        count = row(numbers, inputs=name)["steps to 5 % of the distance"]
        axes.set_title(f"behind {'a sigmoid' if name == 'sigmoid' else name}: {count} steps")
        axes.set(xlabel="first weight", aspect="equal")
    drawn.axes[0].set_ylabel("second weight")
    return drawn


def _brief(numbers: Numbers) -> str:
    sigmoid, tanh = (row(numbers, inputs=name) for name in _INPUTS)
    steps, length = "steps to 5 % of the distance", "length of the path / distance"
    return (
        f"Behind a sigmoid all inputs are positive, and every step moves both weights up or both "
        f"down: {sigmoid[steps]} steps, on a path {shown(sigmoid[length])} times the arrow. Behind "
        f"tanh it takes {tanh[steps]} steps, on a path {shown(tanh[length])} times the arrow."
    )


def _more(numbers: Numbers) -> str:
    share = row(numbers, inputs="tanh")["steps that raise or lower both weights"]
    return (
        f"A linear unit learns the weights (1.5, −1.5) from 0, one of 100 samples a step. Its "
        f"inputs are $\\sigma(x)$, or the same ones centered, $\\tanh(x/2) = 2\\sigma(x) - 1$. "
        f"Both have the largest rate with which no sample is overshot, $1/\\max |z|^2$. Behind "
        f"tanh, {percent(share)} of the steps move both weights in one direction. The source draws "
        f"the zig-zag without numbers."
    )


PICTURES = (
    Picture(
        "zig-zag",
        "The zig-zag path",
        "dynamics",
        "Two paths of two weights towards a goal at the lower right: behind a sigmoid a zig-zag of "
        "small steps along the diagonal, behind tanh a short path",
        measure,
        draw,
        _brief,
        _more,
    ),
)
