"""The activations and their derivatives."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnspec import reference
from tests.reports.figures.drawing import ACCENT, INK, Numbers, Picture, row, sheet, shown

_SLOPE = {"leaky_relu": {"negative_slope": 0.1}}
_NAMES = ("step", "sigmoid", "tanh", "relu", "leaky_relu")


def measure() -> Numbers:
    """Evaluate the five activations over [-5, 5], and their derivatives."""
    x = np.linspace(-5, 5, 201)
    rows, curves = [], {"x": x}
    for name in _NAMES:
        values, slopes = _both(name, x)
        at, slope_at = _both(name, np.array([-5.0, 5.0]))
        curves[name] = values
        if slopes is not None and slope_at is not None:
            curves[f"{name}_vjp"] = slopes
        rows.append(
            {
                "activation": name,
                "at −5": at[0],
                "at 5": at[1],
                "largest slope": "–" if slopes is None else slopes.max(),
                "slope at −5": "–" if slope_at is None else slope_at[0],
                "slope at 5": "–" if slope_at is None else slope_at[1],
            }
        )
    return {"rows": rows, "curves": curves}


def _both(name: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    parameters = _SLOPE.get(name, {})
    values = getattr(reference, name)(x, **parameters)
    if name == "step":
        return values, None
    return values, getattr(reference, f"{name}_vjp")(x, np.ones_like(x), **parameters)


def draw(numbers: Numbers) -> Figure:
    """Draw a panel for each activation, its derivative dashed, and say so in the sixth."""
    drawn = sheet(3.6)
    panels = drawn.subplots(2, 3, sharex=True).flat
    curves = {name: np.array(values) for name, values in numbers["curves"].items()}
    for axes, name in zip(panels, _NAMES, strict=False):
        _broken_line(axes, curves["x"], curves[name], color=INK)
        if f"{name}_vjp" in curves:
            _broken_line(axes, curves["x"], curves[f"{name}_vjp"], color=ACCENT, linestyle="--")
        axes.set_title(name)
        axes.set_xticks([-5, 0, 5])
        axes.tick_params(labelbottom=True)
    key = drawn.axes[-1]
    key.plot([], [], color=INK, label="activation")
    key.plot([], [], color=ACCENT, linestyle="--", label="derivative")
    key.legend(frameon=False, loc="center")
    key.set_axis_off()
    return drawn


def _broken_line(axes: Axes, x: np.ndarray, y: np.ndarray, **style: object) -> None:
    """Draw a function without joining what a jump separates."""
    jumps = np.flatnonzero(np.abs(np.diff(y)) > 0.5) + 1  # half of the smallest jump
    for part_x, part_y in zip(np.split(x, jumps), np.split(y, jumps), strict=True):
        axes.plot(part_x, part_y, **style)


def _brief(numbers: Numbers) -> str:
    slopes = {name: shown(row(numbers, activation=name)["slope at 5"]) for name in _NAMES[1:]}
    return (
        f"At $x = 5$ the derivative of the sigmoid is {slopes['sigmoid']} and that of tanh is "
        f"{slopes['tanh']}: both saturate. That of the rectifiers is {slopes['relu']}."
    )


def _more(_: Numbers) -> str:
    return (
        "The range is that of the sources' graphs. The leaky rectifier has the slope 0.1 of "
        "their $\\max(0.1x, x)$. The step has no derivative."
    )


PICTURES = (
    Picture(
        "activations",
        "Activations",
        "activations",
        "The step, the sigmoid, the hyperbolic tangent, the rectifier and the leaky rectifier of "
        "slope 0.1 over [−5, 5], their derivatives dashed",
        measure,
        draw,
        _brief,
        _more,
    ),
)
