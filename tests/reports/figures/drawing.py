"""The style that all figures share, and their parts: numbers, a drawing of them, a caption."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

from nnspec import reference

# A page of the site has 388 pixels for a picture on a telephone of 420. A picture of this width,
# 538 pixels, is then shown at 0.72 of its size, and its smallest text has 8 pixels.
WIDTH = 5.6
SMALL = 8.5

# The same bytes from the same numbers: no date, no random ids, text as text.
mpl.rcParams.update(
    {
        "svg.hashsalt": "nnspec",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 9.5,
        "axes.titlesize": 10,
        "axes.labelsize": 9.5,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "legend.fontsize": 9,
        "axes.spines.top": False,
    }
)
mpl.rcParams.update(
    {"axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25, "lines.linewidth": 1.6}
)

# The ground is white in every theme and in print: each color has a contrast of 4.5 with it.
INK, ACCENT, GREEN, PALE = "#1f4e79", "#b5403d", "#2b6e2f", "#707070"
# Lines differ in dashes and in lightness too, for a print in gray and for eyes that see no red.
STYLES: tuple[Mapping[str, Any], ...] = (
    {"color": INK, "linestyle": "-", "marker": "o"},
    {"color": ACCENT, "linestyle": (0, (5, 1.5)), "marker": "s"},
    {"color": GREEN, "linestyle": (0, (5, 1.5, 1.2, 1.5)), "marker": "^"},
    {"color": "black", "linestyle": (0, (1.2, 1.2)), "marker": "D"},
)

# Four digits are more than a picture shows. `rows` are the table of the picture: the names of
# columns with their values. `curves` are drawn too and are too long to be read.
DIGITS = 4
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Picture:
    """A figure: its numbers, how they are drawn, and its words.

    `brief` returns the caption of the page that shows it, and `more` what the page of all figures
    adds. Both take the numbers, so that no caption says other ones. A `slow` figure takes seconds.
    """

    name: str
    title: str
    page: str
    alt: str
    measure: Callable[[], Numbers]
    draw: Callable[[Numbers], Figure]
    brief: Callable[[Numbers], str]
    more: Callable[[Numbers], str]
    slow: bool = False


def stored(value: Any) -> Any:
    """Return numbers as they are stored: floats of four digits, lists, texts."""
    if isinstance(value, Mapping):
        return {key: stored(each) for key, each in value.items()}
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str):
        return [stored(each) for each in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else str(float(value))
    return int(value) if isinstance(value, np.integer) else value


def shown(value: Any) -> str:
    """Return a number, or a list of numbers, as captions and tables print it: three digits."""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, int):
        return f"{value:,}"
    if not isinstance(value, float):
        return str(value)
    if value and not 1e-4 <= abs(value) < 1e5:
        mantissa, exponent = f"{value:.1e}".split("e")
        text = f"{mantissa}·10{str(int(exponent)).translate(_RAISED)}"
    else:
        text = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return text.replace("-", "−")


def percent(share: float) -> str:
    """Return a share as captions and titles print it."""
    return f"{share:.0%}".replace("%", " %")


def row(numbers: Numbers, **names: Any) -> Mapping[str, Any]:
    """Return the one row of a table with these values."""
    (found,) = (
        each
        for each in numbers["rows"]
        if all(each[name] == value for name, value in names.items())
    )
    return found


def sheet(height: float) -> Figure:
    """Return an empty figure of the width of all."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


def bare(axes: Axes) -> None:
    """Take the grid and the vertical scale away, where only shapes count."""
    axes.grid(visible=False)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def digits() -> np.ndarray:
    """Return scikit-learn's 1,797 handwritten digits, 64 pixels each, each pixel standardized."""
    images = load_digits().data.astype(np.float64)
    return reference.standardize(images, images, axes=(0,))


def labels() -> np.ndarray:
    """Return the ten classes of the digits."""
    return load_digits().target.astype(np.int64)
