"""A wrong answer beside the truth as inline SVG: bars are the answer, dashes the truth."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

# The picture in its own units: every number has a column, and bars begin at zero.
_COLUMN, _HEIGHT, _MARGIN = 26, 96, 8


def picture(vector: Mapping[str, Any]) -> Markup:
    """Draw the vector of a wrong number.

    Answers that are not finite have a cross at the edge. A reader without eyes hears the numbers
    from the rows below.
    """
    answer: list[float] = vector["answer"]
    truth: list[float] = vector["truth"]
    finite = [each for each in [*answer, *truth] if math.isfinite(each)]
    largest = float(max(map(abs, finite), default=0.0))
    if not largest:
        return Markup()
    # A share of the largest number: the range of a format's numbers may overflow.
    shares = [each / largest for each in [*finite, 0.0]]
    low, high = min(shares), max(shares)

    def place(value: float) -> float:
        return _MARGIN + (high - value / largest) / (high - low) * (_HEIGHT - 2 * _MARGIN)

    floor = place(0.0)
    marks = {"bar": "", "bar wrong": "", "bound": "", "dot series1": ""}
    for column, (one, two, is_wrong) in enumerate(zip(answer, truth, vector["wrong"], strict=True)):
        left = column * _COLUMN + 5
        if math.isfinite(one):
            top, height = min(place(one), floor), abs(place(one) - floor)
            marks["bar wrong" if is_wrong else "bar"] += f"M{left} {top:.1f}h16v{height:.1f}h-16z"
        else:
            marks["dot series1"] += f"M{left + 4} {_MARGIN - 4}l8 8m0 -8l-8 8"
        if math.isfinite(two):
            marks["bound"] += f"M{left - 3} {place(two):.1f}h22"
    paths = [
        Markup('<path class="{}" d="{}"/>').format(kind, line)
        for kind, line in marks.items()
        if line
    ]
    width = _width(answer)
    return Markup(
        '<svg role="img" viewBox="0 0 {} {}"><title>{}</title>{}'
        '<path class="axis" d="M0 {}H{}"/></svg>'
    ).format(
        width,
        _HEIGHT,
        "the answer as bars, the truth as dashes",
        Markup().join(paths),
        f"{floor:.1f}",
        width,
    )


def _width(answer: Sequence[float]) -> int:
    return max(len(answer) * _COLUMN, _COLUMN * 4)
