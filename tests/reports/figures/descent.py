"""Six methods on a quadratic."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from nnspec import reference
from tests.reports.figures.drawing import (
    PALE,
    STYLES,
    Numbers,
    Picture,
    row,
    sheet,
    shown,
)

# The eigenvalues are 1 and 10, along (5, -3)/√34 and (3, 5)/√34.
_HESSIAN = np.array([[3.3824, 3.9706], [3.9706, 7.6176]])
_START = np.array([-3.2, 0.6])
_STEPS = 400


def _gradient(point: list[np.ndarray]) -> list[np.ndarray]:
    return [_HESSIAN @ point[0]]


# Panel, then the method, its rate and its parameters.
_RUNS = (
    ("gradient descent", "gradient_descent", 0.03, {}),
    ("gradient descent", "gradient_descent", 0.18, {}),
    ("Newton", "newton", 1.0, {}),
    ("Newton", "newton", 0.5, {}),
    ("momentum", "momentum", 0.03, {"momentum": 0.8}),
    ("averaged momentum", "momentum_average", 0.15, {"momentum": 0.8}),
    ("unbiased momentum", "momentum_unbiased", 0.15, {"momentum": 0.8}),
    ("Nesterov", "nesterov", 0.15, {"momentum": 0.8}),
)
_PANELS = tuple(dict.fromkeys(run[0] for run in _RUNS))


def _steps(method: str, rate: float, parameters: dict[str, float]) -> Iterator[list[np.ndarray]]:
    function, more = getattr(reference, method), dict(parameters, learning_rate=rate)
    if method == "newton":
        return function(_gradient, lambda _: _HESSIAN, [_START], _STEPS, **more)
    return function(_gradient, [_START], _STEPS, **more)


def measure() -> Numbers:
    """Run each method, count its steps until it stays near the minimum, and keep its path."""
    rows, curves = [], {}
    for _, method, rate, parameters in _RUNS:
        path = np.array([_START, *(step[0] for step in _steps(method, rate, parameters))])
        away = np.linalg.norm(path, axis=1) / np.linalg.norm(_START)
        values = np.einsum("ti,ij,tj->t", path, _HESSIAN, path) / 2
        count = int(np.flatnonzero(away > 0.01)[-1]) + 1
        rows.append(
            {
                "method": method,
                "rate": rate,
                "µ": parameters.get("momentum", "–"),
                "steps to 1 % of the distance": count,
                "steps that raise f": int((np.diff(values[: count + 1]) > 0).sum()),
            }
        )
        curves[f"{method} {rate}"] = path[: min(count, 60) + 1]
    return {"rows": rows, "curves": curves}


def draw(numbers: Numbers) -> Figure:
    """Draw the paths over the ellipses on which the quadratic has one value."""
    drawn = sheet(6.6)
    panels = dict(zip(_PANELS, drawn.subplots(3, 2, sharex=True, sharey=True).flat, strict=True))
    values, vectors = np.linalg.eigh(_HESSIAN)
    angle = np.degrees(np.arctan2(vectors[1, 0], vectors[0, 0]))
    for title, axes in panels.items():
        for level in np.geomspace(0.05, 20, 7):
            widths = 2 * np.sqrt(2 * level / values)
            axes.add_patch(Ellipse((0, 0), *widths, angle=angle, fill=False, color=PALE, lw=0.5))
        axes.plot(0, 0, marker="+", color="black", markersize=9)
        axes.set(title=title, xlim=(-4, 2.4), ylim=(-2, 2.6))
        axes.grid(visible=False)
    for title, method, rate, _ in _RUNS:
        axes = panels[title]
        style = STYLES[len([line for line in axes.lines if len(line.get_xdata()) > 1])]
        count = row(numbers, method=method, rate=rate)["steps to 1 % of the distance"]
        path = np.array(numbers["curves"][f"{method} {rate}"])
        label = f"rate {rate:g}: {count} {'step' if count == 1 else 'steps'}"
        axes.plot(*path.T, **style, markersize=2.8, linewidth=1.1, label=label)
    for axes in panels.values():
        axes.legend(loc="lower left", handlelength=2.2, borderpad=0.2, framealpha=0.9)
    return drawn


def _count(numbers: Numbers, method: str, rate: float) -> int:
    return int(row(numbers, method=method, rate=rate)["steps to 1 % of the distance"])


def _brief(numbers: Numbers) -> str:
    return (
        f"Steps to 1 % of the first distance from the minimum: "
        f"{_count(numbers, 'newton', 1.0)} with Newton's full step, "
        f"{_count(numbers, 'gradient_descent', 0.03)} with gradient descent at the rate 0.03, "
        f"{_count(numbers, 'gradient_descent', 0.18)} at 0.18, and "
        f"{_count(numbers, 'momentum', 0.03)} with momentum at 0.03."
    )


def _more(numbers: Numbers) -> str:
    raised = row(numbers, method="momentum", rate=0.03)["steps that raise f"]
    return (
        f"The quadratic has the eigenvalues 1 and 10, so that gradient descent diverges beyond "
        f"the rate 0.2. Momentum is smoother and still oscillates: {shown(raised)} of its steps "
        f"raise $f$. The unbiased form makes full steps from the first on. The sources draw the "
        f"same methods without numbers."
    )


PICTURES = (
    Picture(
        "descent",
        "Descent on a quadratic",
        "descent",
        "Six panels with the paths of gradient descent, Newton's method, three forms of momentum "
        "and Nesterov's over the ellipses of a quadratic with the eigenvalues 1 and 10",
        measure,
        draw,
        _brief,
        _more,
    ),
)
