"""Four methods beside a saddle."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure

from nnspec import reference
from tests.reports.figures.drawing import PALE, STYLES, Numbers, Picture, sheet

_START, _ON_THE_RIDGE, _STEPS = (-1.5, 1e-3), (-1.5, 0.0), 300
_PASSED = -0.125  # half of the way down from the saddle, 0, to the minima, −1/4


def _gradient(point: list[np.ndarray]) -> list[np.ndarray]:
    x, y = point[0]
    return [np.array([x, y**3 - y])]


def _hessian(point: list[np.ndarray]) -> np.ndarray:
    return np.diag([1.0, 3 * point[0][1] ** 2 - 1])


def value(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return x²/2 − y²/2 + y⁴/4: a saddle at 0, minima at (0, ±1)."""
    return x**2 / 2 - y**2 / 2 + y**4 / 4


def _methods(start: tuple[float, float]) -> dict[str, Iterator[list[np.ndarray]]]:
    first, rate = [np.array(start)], 0.1
    return {
        "gradient_descent": reference.gradient_descent(
            _gradient, first, _STEPS, learning_rate=rate
        ),
        "momentum": reference.momentum(_gradient, first, _STEPS, learning_rate=rate, momentum=0.9),
        "adam": reference.adam(
            _gradient, first, _STEPS, learning_rate=rate, beta1=0.9, beta2=0.999, epsilon=1e-8
        ),
        "newton": reference.newton(_gradient, _hessian, first, _STEPS, learning_rate=rate),
    }


def measure() -> Numbers:
    """Run the methods from a point beside the ridge, and from one on it."""
    rows, curves = [], {}
    on_it = _methods(_ON_THE_RIDGE)
    for name, steps in _methods(_START).items():
        path = np.array([_START, *(step[0] for step in steps)])
        values = value(path[:, 0], path[:, 1])
        below = np.flatnonzero(values < _PASSED)
        last = np.array([step[0] for step in on_it[name]])[-1]
        rows.append(
            {
                "method": name,
                "steps to half of the depth": int(below[0]) if below.size else "never",
                "f after 300 steps": float(values[-1]),
                "y after 300 steps from y = 0.001": float(path[-1, 1]),
                "y after 300 steps from y = 0": float(last[1]),
            }
        )
        curves[name] = path[:121]
        curves[f"f {name}"] = values[:121]
    return {"rows": rows, "curves": curves}


def draw(numbers: Numbers) -> Figure:
    """Draw the paths over level lines, and the values by step."""
    drawn = sheet(6.0)
    paths, falls = drawn.subplots(2, 1)
    x, y = np.meshgrid(np.linspace(-1.7, 1.7, 45), np.linspace(-0.6, 1.4, 45))
    levels = [-0.24, -0.2, -0.1, 0, 0.1, 0.3, 0.6, 1.0]
    paths.contour(x, y, value(x, y), levels=levels, colors=PALE, linewidths=0.6, linestyles="solid")
    for each, style in zip(numbers["rows"], STYLES, strict=True):
        name = each["method"]
        path = np.array(numbers["curves"][name])
        paths.plot(*path.T, **style, markersize=4, markevery=5, label=name.replace("_", " "))
        falls.plot(numbers["curves"][f"f {name}"], **style, markersize=4, markevery=8)
    paths.plot(0, 0, marker="+", color="black", markersize=12, markeredgewidth=2)
    paths.set(xlabel="x", ylabel="y", title="paths beside the saddle at 0")
    drawn.legend(
        loc="outside upper center", ncols=4, frameon=False, handlelength=2.6, columnspacing=1.0
    )
    paths.grid(visible=False)
    falls.set(xlabel="step", ylabel="f", title="value: the saddle is at 0", ylim=(-0.3, 0.4))
    return drawn


def _brief(numbers: Numbers) -> str:
    steps = {each["method"]: each["steps to half of the depth"] for each in numbers["rows"]}
    return (
        f"From 0.001 beside the ridge, Adam is past the saddle after {steps['adam']} steps, "
        f"momentum after {steps['momentum']} and gradient descent after "
        f"{steps['gradient_descent']}. Newton's method goes to the saddle and stays there."
    )


def _more(numbers: Numbers) -> str:
    ends = {each["y after 300 steps from y = 0"] for each in numbers["rows"]}
    exact = "all four" if ends == {0.0} else "not all"
    return (
        f"Past means $f < -1/8$, half of the depth of the minima of "
        f"$x^2/2 - y^2/2 + y^4/4$; every rate is 0.1, and µ is 0.9 for "
        f"momentum, whose steps grow tenfold. The customary sentence, that gradient "
        f"descent cannot pass a saddle and momentum can, is wrong in both halves: gradient descent "
        f"passes, later, and from the ridge itself, $y = 0$, {exact} stay at $y = 0$. The source "
        f"gives no numbers."
    )


PICTURES = (
    Picture(
        "saddle",
        "A saddle",
        "descent",
        "Paths of gradient descent, momentum, Adam and Newton's method beside a saddle, and the "
        "value of the function by step",
        measure,
        draw,
        _brief,
        _more,
    ),
)
