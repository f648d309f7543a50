"""Draws spec/figures from the reference: `python -m tests.reports.figures [name …]` writes the
pictures of the specification anew."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

from nnspec import reference, spec

FOLDER = spec.FOLDER / "figures"

# The same bytes from the same numbers: no date, no random ids, text as text.
mpl.rcParams.update(
    {
        "svg.hashsalt": "nnspec",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 9,
        "axes.spines.top": False,
    }
)
mpl.rcParams.update(
    {"axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25, "lines.linewidth": 1.6}
)

INK, ACCENT, PALE = "#1f4e79", "#c0504d", "#8a8a8a"

FIGURES: dict[str, Callable[[], Figure]] = {}


def figure(draw: Callable[[], Figure]) -> Callable[[], Figure]:
    """Enter a drawing under its function's name, with dashes."""
    FIGURES[draw.__name__.replace("_", "-")] = draw
    return draw


@figure
def activations() -> Figure:
    """The five activations of the page over [-4, 4], each with its derivative dashed."""
    x = np.linspace(-4, 4, 801)
    drawn = Figure(figsize=(9, 2.3), layout="constrained")
    for axes, name in zip(
        drawn.subplots(1, 5), ("step", "sigmoid", "tanh", "relu", "leaky_relu"), strict=True
    ):
        parameters = {"negative_slope": 0.1} if name == "leaky_relu" else {}
        values = getattr(reference, name)(x, **parameters)
        _broken_line(axes, x, values, color=INK)
        if name != "step":
            slope = getattr(reference, f"{name}_vjp")(x, np.ones_like(x), **parameters)
            _broken_line(axes, x, slope, color=ACCENT, linestyle="--", linewidth=1.1)
        axes.set_title(name)
        axes.set_xticks([-4, 0, 4])
    return drawn


def _broken_line(axes: Axes, x: np.ndarray, y: np.ndarray, **style: object) -> None:
    """Draw a function without joining what a jump separates."""
    jumps = np.flatnonzero(np.abs(np.diff(y)) > 0.5) + 1  # half of the smallest jump
    for part_x, part_y in zip(np.split(x, jumps), np.split(y, jumps), strict=True):
        axes.plot(part_x, part_y, **style)


@figure
def descent() -> Figure:
    """Six methods on the quadratic with eigenvalues 1 and 10, from the same point, over its level
    lines."""
    hessian = np.array([[3.25, 3.9], [3.9, 7.75]])
    start = [np.array([-3.2, 0.6])]

    def gradient(point: list[np.ndarray]) -> list[np.ndarray]:
        return [hessian @ point[0]]

    def newton(**rate: float) -> object:
        return reference.newton(gradient, lambda _: hessian, start, 5, **rate)

    panels = {
        "gradient_descent, rates 0.03 and 0.18": [
            reference.gradient_descent(gradient, start, 40, learning_rate=0.03),
            reference.gradient_descent(gradient, start, 40, learning_rate=0.18),
        ],
        "newton, rates 1 and 1/2": [newton(learning_rate=1.0), newton(learning_rate=0.5)],
        "momentum": [reference.momentum(gradient, start, 60, learning_rate=0.03, momentum=0.8)],
        "momentum_average": [
            reference.momentum_average(gradient, start, 60, learning_rate=0.15, momentum=0.8)
        ],
        "momentum_unbiased": [
            reference.momentum_unbiased(gradient, start, 60, learning_rate=0.15, momentum=0.8)
        ],
        "nesterov": [reference.nesterov(gradient, start, 60, learning_rate=0.15, momentum=0.8)],
    }
    drawn = Figure(figsize=(9, 5), layout="constrained")
    first, second = np.meshgrid(np.linspace(-4, 2.5, 200), np.linspace(-2, 2.5, 200))
    level = 0.5 * (
        hessian[0, 0] * first**2 + 2 * hessian[0, 1] * first * second + hessian[1, 1] * second**2
    )
    for axes, (title, paths) in zip(
        drawn.subplots(2, 3, sharex=True, sharey=True).flat, panels.items(), strict=True
    ):
        axes.contour(
            first, second, level, levels=np.geomspace(0.05, 60, 9), colors=PALE, linewidths=0.6
        )
        for path, color in zip(paths, (INK, ACCENT), strict=False):
            points = np.array([start[0], *(step[0] for step in path)])
            axes.plot(
                *points.T,
                color=color,
                marker="o",
                markersize=2.5 if color == ACCENT else 4,
                linewidth=1.0,
            )
        axes.plot(0, 0, marker="+", color="black")
        axes.set_title(title)
        axes.grid(visible=False)
    return drawn


@figure
def signal() -> Figure:
    """Activations of ten layers, 512 wide, that the handwritten digits pass through, by
    initialization; zeros are left out."""
    networks: dict[str, tuple[str, Callable[[int, int], np.ndarray]]] = {
        "tanh\nnormal, 0.01": (
            "tanh",
            lambda n, seed: reference.normal((n, 512), std=0.01, seed=seed, dtype="float64"),
        ),
        "tanh\nnormal, 0.1": (
            "tanh",
            lambda n, seed: reference.normal((n, 512), std=0.1, seed=seed, dtype="float64"),
        ),
        "tanh\nxavier fan-in": (
            "tanh",
            lambda n, seed: reference.xavier_fan_in_normal(n, 512, seed=seed, dtype="float64"),
        ),
        "relu\nxavier fan-in": (
            "relu",
            lambda n, seed: reference.xavier_fan_in_normal(n, 512, seed=seed, dtype="float64"),
        ),
        "relu\nkaiming": (
            "relu",
            lambda n, seed: reference.kaiming_normal(
                n, 512, negative_slope=0.0, seed=seed, dtype="float64"
            ),
        ),
    }
    digits, shown = _digits()[:300], (0, 2, 4, 6, 8)
    drawn = Figure(figsize=(9, 7.2), layout="constrained")
    for row, (title, (activation, draw)) in zip(
        drawn.subplots(len(networks), len(shown)), networks.items(), strict=True
    ):
        values, panels = digits, dict(zip(shown, row, strict=True))
        for layer in range(max(shown) + 1):
            values = getattr(reference, activation)(values @ draw(values.shape[1], 100 + layer))
            if layer in panels:
                axes = panels[layer]
                limits = (-1, 1) if activation == "tanh" else (0, 3)
                # Half of a rectifier's answers are 0 and would dwarf the rest.
                axes.hist(values[values != 0], bins=40, range=limits, color=INK, density=True)
                axes.set_title(f"layer {layer + 1}: std {values.std():.2g}", fontsize=8)
                axes.set_yticks([])
                axes.grid(visible=False)
        row[0].set_ylabel(title, fontsize=7.5)
    return drawn


@figure
def depth() -> Figure:
    """Norms of activations and of gradients over 50 rectifier layers, 100 wide, for three
    variances of the weights."""
    drawn = Figure(figsize=(9, 3), layout="constrained")
    forward, backward = drawn.subplots(1, 2, sharex=True)
    digits = _digits()[:64]
    layers = np.arange(51)
    for gain, color in ((1, PALE), (2, INK), (3, ACCENT)):
        widths = (64, *(100,) * 50)
        weights = [
            reference.normal((n, m), std=np.sqrt(gain / n), seed=layer, dtype="float64")
            for layer, (n, m) in enumerate(itertools.pairwise(widths))
        ]
        values, sums = [digits], []
        for weight in weights:
            sums.append(values[-1] @ weight)
            values.append(reference.relu(sums[-1]))
        gradients = [np.ones_like(values[-1])]
        for weight, before in zip(reversed(weights), reversed(sums), strict=True):
            gradients.insert(0, reference.relu_vjp(before, gradients[0]) @ weight.T)
        label = f"variance {gain}/n"
        forward.semilogy(
            layers,
            [np.linalg.norm(each) / np.linalg.norm(digits) for each in values],
            color=color,
            label=label,
        )
        backward.semilogy(
            layers,
            [np.linalg.norm(each) / np.linalg.norm(gradients[-1]) for each in gradients],
            color=color,
            label=label,
        )
    forward.set_title("norm of the activations")
    backward.set_title("norm of the gradients")
    for axes in (forward, backward):
        axes.set_xlabel("layer")
    forward.legend(frameon=False)
    return drawn


@figure
def training() -> Figure:
    """Weights of a network before and after it has learned the handwritten digits: they stay near
    where they began."""
    digits, labels = _digits(), _labels()
    widths = (64, 128, 10)
    weights = [
        reference.kaiming_normal(n, m, negative_slope=0.0, seed=7 + n, dtype="float64")
        for n, m in itertools.pairwise(widths)
    ]
    biases = [np.zeros(m) for m in widths[1:]]
    first = [weight.copy() for weight in weights]
    losses = []
    for epoch in range(15):
        for batch in reference.minibatches(len(digits), 64, seed=epoch):
            x, hot = digits[batch], labels[batch]
            logits = reference.mlp(x, weights, biases, activations=("relu", "identity"))
            losses.append(reference.sparse_softmax_cross_entropy(logits, hot).mean())
            cotangent = reference.sparse_softmax_cross_entropy_vjp(
                logits, hot, np.full(len(batch), 1 / len(batch))
            )
            _, weight_bars, bias_bars = reference.mlp_vjp(
                x, weights, biases, cotangent, activations=("relu", "identity")
            )
            weights = [w - 0.1 * g for w, g in zip(weights, weight_bars, strict=True)]
            biases = [b - 0.1 * g for b, g in zip(biases, bias_bars, strict=True)]
    drawn = Figure(figsize=(9, 2.8), layout="constrained")
    left, middle, right = drawn.subplots(1, 3)
    left.plot(losses, color=INK, linewidth=0.8)
    left.set_title("cross-entropy by minibatch")
    middle.hist(
        [first[0].ravel(), weights[0].ravel()],
        bins=50,
        color=[PALE, INK],
        label=["before", "after"],
    )
    middle.set_title("weights of the first layer")
    middle.legend(frameon=False)
    right.plot(first[0].ravel(), weights[0].ravel(), ".", color=INK, markersize=1, rasterized=True)
    right.set_title("after, against before")
    return drawn


def _digits() -> np.ndarray:
    """Return the handwritten digits of scikit-learn, each pixel standardized."""
    images = load_digits().data.astype(np.float64)
    return reference.standardize(images, images, axes=(0,))


def _labels() -> np.ndarray:
    return load_digits().target.astype(np.int64)


def write(names: Sequence[str] = (), folder: Path = FOLDER) -> None:
    """Write the figures, all of them without names, as SVG."""
    folder.mkdir(exist_ok=True)
    for name in names or FIGURES:
        FIGURES[name]().savefig(folder / f"{name}.svg", metadata={"Date": None})
