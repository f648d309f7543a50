"""A descent towards a cliff, with and without clipping."""

import numpy as np
from matplotlib.figure import Figure

from nnspec import reference
from tests.reports.figures.drawing import PALE, STYLES, Numbers, Picture, row, sheet, shown

_TIMES, _TARGET, _RATE, _LIMIT, _STEPS = 50, 0.7, 0.25, 0.5, 60
_START = (4.8, -3.0)
_FRAME = ((3.6, 5.4), (-4.4, -2.0))
_END = f"loss after {_STEPS} steps"
_ACTIVATIONS = ("sigmoid",) * _TIMES


def loss(weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return the squared error of a unit that feeds itself fifty times, for each pair of a weight
    and a bias."""
    state = reference.sigmoid(np.full(np.shape(weight), 0.5))
    for _ in range(_TIMES):
        state = reference.sigmoid(weight * state + bias)
    return (state - _TARGET) ** 2


def gradient(params: list[np.ndarray]) -> list[np.ndarray]:
    """Return the gradient of the loss: the sum over the fifty layers that share the parameters."""
    weight, bias = params[0]
    weights, biases = [np.array([[weight]])] * _TIMES, [np.array([bias])] * _TIMES
    start = reference.sigmoid(np.array([[0.5]]))
    answer = reference.mlp(start, weights, biases, activations=_ACTIVATIONS)
    cotangent = reference.sum_squared_error_vjp(answer, np.array([[_TARGET]]), 2.0)
    _, bars, bias_bars = reference.mlp_vjp(
        start, weights, biases, cotangent, activations=_ACTIVATIONS
    )
    return [np.array([float(np.sum(bars)), float(np.sum(bias_bars))])]


def clipped(params: list[np.ndarray]) -> list[np.ndarray]:
    """Return the gradient, no longer than the limit."""
    return reference.clip_by_global_norm(gradient(params), max_norm=_LIMIT)


def measure() -> Numbers:
    """Descend with both gradients from one point, and evaluate the loss around."""
    rows, curves = [], {}
    for name, function in (("whole", gradient), ("clipped", clipped)):
        steps = reference.gradient_descent(
            function, [np.array(_START)], _STEPS, learning_rate=_RATE
        )
        path = np.array([_START, *(step[0] for step in steps)])
        lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
        values = loss(path[:, 0], path[:, 1])
        rows.append(
            {
                "gradient": name,
                "longest step": float(lengths.max()),
                "at step": int(lengths.argmax()) + 1,
                "largest gradient": max(
                    float(np.linalg.norm(gradient([point])[0])) for point in path[:-1]
                ),
                _END: float(values[-1]),
            }
        )
        curves[name] = path
    return {"rows": rows, "curves": curves}


def draw(numbers: Numbers) -> Figure:
    """Draw both paths over the level lines of the loss."""
    drawn = sheet(3.6)
    (left, right), (low, high) = _FRAME
    weights, biases = np.linspace(left, right, 120), np.linspace(low, high, 120)
    levels = loss(*np.meshgrid(weights, biases))
    for axes, name, style in zip(
        drawn.subplots(1, 2, sharey=True), ("whole", "clipped"), STYLES, strict=False
    ):
        axes.contour(
            weights,
            biases,
            levels,
            levels=[0.005, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4],
            colors=PALE,
            linewidths=0.7,
        )
        path = np.array(numbers["curves"][name])
        axes.plot(*path.T, **style, markersize=3, linewidth=1.1)
        axes.set(xlim=_FRAME[0], ylim=_FRAME[1], xlabel="weight")
        title = "without clipping" if name == "whole" else f"clipped to norm {_LIMIT}"
        axes.set_title(f"{title}\nlast loss {shown(row(numbers, gradient=name)[_END])}")
        axes.grid(visible=False)
    drawn.axes[0].set_ylabel("bias")
    return drawn


def _brief(numbers: Numbers) -> str:
    whole, kept = (row(numbers, gradient=name) for name in ("whole", "clipped"))
    return (
        f"At the cliff one step has the length {shown(whole['longest step'])} and ends on a "
        f"plateau; the loss ends at {shown(whole[_END])}. With the gradient clipped "
        f"to the norm {_LIMIT} no step is longer than {shown(kept['longest step'])}, and the loss "
        f"ends at {shown(kept[_END])}."
    )


def _more(numbers: Numbers) -> str:
    whole = row(numbers, gradient="whole")
    return (
        f"A sigmoid unit feeds itself fifty times, and the loss is the squared distance of its "
        f"last state from {_TARGET}: the example of R. Pascanu, T. Mikolov, Y. Bengio (2013), "
        f"[arXiv:1211.5063](https://arxiv.org/abs/1211.5063). The rate is "
        f"{_RATE}. Step {whole['at step']} meets the cliff, where the gradient has the norm "
        f"{shown(whole['largest gradient'])}; from another start a path may pass it by. On the "
        f"plateau gradients are small: the steps that are left lead a short way back. "
        f"The source describes the cliff without numbers."
    )


PICTURES = (
    Picture(
        "cliff",
        "A cliff",
        "clipping",
        "Two paths over the level lines of a loss with a cliff: without clipping one long step "
        "ends far away, with clipping the path stays along the cliff",
        measure,
        draw,
        _brief,
        _more,
    ),
)
