"""Draws the pictures of a record as inline SVG; the page's style sheet gives the colors."""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup, escape

from nnspec.conformance.reports.printing import printable

# The size of the picture and the margins around the plot, in the picture's own units. They are
# pixels if the column is as wide as the picture.
_WIDTH, _HEIGHT = 420, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 22, 30

# Labels at this distance do not overlap.
_APART = 34

# An error axis is logarithmic if an error is so many times the bound; it starts at a tenth of an
# ulp.
_RANGE = 6
_LOWEST = 0.1

# The picture shows at most three powers of ten above the largest error and the smallest bound.
_ROOM = 1e3

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class _Axis:
    """A direction of the plot: the place of a value in the picture's units, and the labels."""

    place: Callable[[float], float]
    ticks: Sequence[tuple[float, str]]


def picture(drawn: Mapping[str, Any]) -> Markup:
    """Draw a picture of a record as SVG. Raises KeyError if its kind is unknown."""
    return {"error": _error, "trajectory": _trajectory, "histogram": _histogram}[drawn["kind"]](
        drawn
    )


def caption(drawn: Mapping[str, Any]) -> str:
    """Describe a picture in a sentence or two."""
    if drawn["kind"] == "error":
        wrong = len(drawn["wrong"])
        said = (
            f"{wrong} of {len(drawn['error'])} stretches hold errors beyond it."
            if wrong
            else "No error exceeds it."
        )
        inputs = f"{drawn['count']:,} inputs in ascending order"
        return f"Largest error along {inputs}; the line is the bound there. {said}"
    if drawn["kind"] == "trajectory":
        steps = f"Parameters after each step of the case {drawn['case']}"
        return f"{steps}: dots are the answer, lines the truth."
    beyond = f" {drawn['beyond']} lie beyond." if drawn["beyond"] else ""
    density = f"Density of {drawn['count']:,} weights over their standard deviation"
    return f"{density}; the line is the law.{beyond}"


def quantity(value: float) -> str:
    """Return a number with three digits and a raised power of ten."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "NaN")
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    mantissa = mantissa.replace("-", "−")
    if not exponent:
        return mantissa
    power = f"10{str(int(exponent)).translate(_RAISED)}"
    return {"1": power, "−1": f"−{power}"}.get(mantissa, f"{mantissa}·{power}")


def _error(drawn: Mapping[str, Any]) -> Markup:
    errors, bounds, wrong = drawn["error"], drawn["bound"], set(drawn["wrong"])
    real = [value for value in errors if math.isfinite(value)]
    bound = min((value for value in bounds if value > 0), default=1.0)
    highest = max((value for value in (*real, *bounds) if math.isfinite(value)), default=bound)
    # A bound that is far above all errors leaves the picture at its top.
    top = min(highest, _ROOM * max(bound, *real, 0.0))
    y = (
        _logarithmic(top)
        if top > _RANGE * bound
        else _linear(0.0, 1.08 * top, _HEIGHT - _BOTTOM, _TOP)
    )
    width = (_WIDTH - _LEFT - _RIGHT) / len(errors)
    x = _along(drawn["edges"], width)
    bars: dict[bool, list[str]] = {False: [], True: []}
    for place, error in enumerate(errors):
        height = y.place(0.0) - y.place(error)
        if height > 0:
            bars[place in wrong].append(_bar(_LEFT + place * width, y.place(error), width, height))
    parts = [_path("bar", bars[False]), _path("bar wrong", bars[True])]
    parts.append(
        _path(
            "bound",
            [
                _steps(
                    [_LEFT + place * width for place in range(len(bounds) + 1)],
                    [y.place(each) for each in bounds],
                )
            ],
        )
    )
    return _svg(drawn, "error over the inputs", x, y, parts, unit="ulp")


def _trajectory(drawn: Mapping[str, Any]) -> Markup:
    steps = drawn["steps"]
    values = [
        value
        for series in drawn["series"]
        for name in ("answer", "truth")
        for value in series[name]
        if math.isfinite(value)
    ]
    true = [
        value for series in drawn["series"] for value in series["truth"] if math.isfinite(value)
    ]
    low, high = min(true, default=0.0), max(true, default=1.0)
    # Answers that diverge are shown on each side as far as the range of the true ones.
    reach = high - low or 1.0
    low, high = (
        max(min(values, default=low), low - reach),
        min(max(values, default=high), high + reach),
    )
    margin = (high - low or 1.0) / 20
    y = _linear(low - margin, high + margin, _HEIGHT - _BOTTOM, _TOP)
    x = _linear(0.0, float(steps[-1]), _LEFT, _WIDTH - _RIGHT, whole=True)
    parts = []
    for number, series in enumerate(drawn["series"]):
        inside = [
            (step, value)
            for step, value in zip(steps, series["answer"], strict=True)
            if low - margin <= value <= high + margin
        ]
        parts.append(
            _path(
                f"truth series{number}",
                [
                    _polyline(
                        (x.place(s), y.place(v))
                        for s, v in zip(steps, series["truth"], strict=True)
                    )
                ],
            )
        )
        parts.append(
            _path(
                f"dot series{number}",
                [f"M{x.place(step):.1f} {y.place(value):.1f}h0" for step, value in inside],
            )
        )
    width = (_WIDTH - _LEFT - _RIGHT) / max(len(drawn["series"]), 1)
    for number, series in enumerate(drawn["series"]):
        label = Markup('<text x="{}" y="{}" class="name{}">{}</text>')
        parts.append(
            label.format(f"{_LEFT + (number + 0.5) * width:.0f}", 12, number, series["name"])
        )
    return _svg(drawn, "parameters after each step", x, y, parts, unit="")


def _histogram(drawn: Mapping[str, Any]) -> Markup:
    edges = drawn["edges"]
    widths = [high - low for low, high in pairwise(edges)]
    shares, due = (
        [share / width for share, width in zip(drawn[name], widths, strict=True)]
        for name in ("share", "due")
    )
    y = _linear(0.0, 1.08 * max(*shares, *due), _HEIGHT - _BOTTOM, _TOP)
    x = _linear(edges[0], edges[-1], _LEFT, _WIDTH - _RIGHT)
    places = [x.place(edge) for edge in edges]
    bars = [
        _bar(left, y.place(share), right - left, y.place(0.0) - y.place(share))
        for (left, right), share in zip(pairwise(places), shares, strict=True)
        if share
    ]
    parts = [_path("bar", bars), _path("bound", [_steps(places, [y.place(each) for each in due])])]
    return _svg(drawn, "density of the weights", x, y, parts, unit="")


def _svg(
    drawn: Mapping[str, Any], what: str, x: _Axis, y: _Axis, parts: Iterable[Markup], *, unit: str
) -> Markup:
    """Return the element with its axes; screen readers read its title and its caption."""
    title = f"{drawn['operation']} in {drawn['dtype']}: {what}"
    floor, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    lines = [f"M{_LEFT} {y.place(value):.1f}H{right}" for value, _ in y.ticks]
    marks = [f"M{x.place(value):.1f} {floor}v4" for value, _ in x.ticks]
    labels = [
        Markup('<text x="{}" y="{}" class="up">{}</text>').format(
            _LEFT - 6, f"{y.place(value) + 4:.1f}", label
        )
        for value, label in y.ticks
    ]
    labels += [
        Markup('<text x="{}" y="{}">{}</text>').format(f"{x.place(value):.1f}", floor + 17, label)
        for value, label in x.ticks
    ]
    labels += (
        [Markup('<text x="{}" y="{}" class="up">{}</text>').format(_LEFT - 6, 10, unit)]
        if unit
        else []
    )
    return Markup(
        '<svg role="img" viewBox="0 0 {} {}"><title>{}</title><desc>{}</desc>{}{}'
        '<path class="axis" d="M{} {}H{}"/>{}{}</svg>'
    ).format(
        _WIDTH,
        _HEIGHT,
        printable(title),
        printable(caption(drawn)),
        _path("grid", lines),
        Markup().join(parts),
        _LEFT,
        floor,
        right,
        _path("axis", marks),
        Markup().join(labels),
    )


def _path(kind: str, commands: Iterable[str]) -> Markup:
    joined = "".join(commands)
    return Markup('<path class="{}" d="{}"/>').format(kind, escape(joined)) if joined else Markup()


def _bar(left: float, top: float, width: float, height: float) -> str:
    return f"M{left:.1f} {top:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"


def _steps(edges: Sequence[float], heights: Sequence[float]) -> str:
    """Return a line that is level between edges; neighbors of one height share a stretch."""
    commands, last = [f"M{edges[0]:.1f} {heights[0]:.1f}"], heights[0]
    for place, height in enumerate(heights):
        if f"{height:.1f}" != f"{last:.1f}":
            commands.append(f"H{edges[place]:.1f}V{height:.1f}")
        last = height
    return "".join([*commands, f"H{edges[-1]:.1f}"])


def _polyline(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _linear(low: float, high: float, start: float, end: float, *, whole: bool = False) -> _Axis:
    """Return an axis with about five round values on it, whole ones if `whole` is true.

    A value beyond an end is drawn at that end.
    """
    spacing = 10.0 ** math.floor(math.log10((high - low) / 2))
    spacing *= next(
        factor
        for factor in (0.5, 1.0, 2.0, 5.0)
        if (high - low) / (factor * spacing) <= 6  # noqa: PLR2004
    )
    spacing = max(spacing, 1.0) if whole else spacing
    ticks = [
        number * spacing
        for number in range(math.ceil(low / spacing), math.floor(high / spacing) + 1)
    ]

    def place(value: float) -> float:
        return start + (end - start) * (min(max(value, low), high) - low) / (high - low)

    return _Axis(place, [(tick, quantity(tick)) for tick in ticks])


def _logarithmic(top: float) -> _Axis:
    """Return an axis of errors by powers of ten, up to a little more than `top` ulp.

    An error below a tenth of an ulp lies at its foot.
    """
    decades = max(math.ceil(math.log10(top) - math.log10(_LOWEST) + 0.1), 1)
    every = math.ceil((decades + 1) / 6)
    floor = _HEIGHT - _BOTTOM

    def place(value: float) -> float:
        share = (
            (math.log10(max(value, _LOWEST)) - math.log10(_LOWEST)) / decades
            if math.isfinite(value)
            else 1.0
        )
        return floor - (floor - _TOP) * min(share, 1.0)

    values = [_LOWEST * 10.0**decade for decade in range(0, decades + 1, every)]
    return _Axis(place, [(value, quantity(value)) for value in values])


def _along(edges: Sequence[float], width: float) -> _Axis:
    """Return an axis on which all bins have one width, with as many powers of ten as fit."""
    magnitude = max(abs(edges[0]), abs(edges[-1]))
    far = math.floor(math.log10(magnitude)) if magnitude else 0
    # Zero comes first, then 1 and the ends, which are far apart, then the gaps are filled.
    exponents = [
        0,
        far,
        -far,
        1,
        2,
        -1,
        -2,
        -4,
        4,
        far // 2,
        -far // 2,
        -3,
        3,
        *range(5, far, 5),
        *range(-5, -far, -5),
    ]
    wanted = [0.0, *(sign * 10.0**exponent for exponent in exponents for sign in (1, -1))]
    ticks: list[tuple[float, str]] = []

    def place(value: float) -> float:
        found = min(max(bisect_right(edges, value) - 1, 0), len(edges) - 2)
        low, high = edges[found], edges[found + 1]
        share = (
            min(max((value - low) / (high - low), 0.0), 1.0)
            if high > low and math.isfinite(high - low)
            else 0.5
        )
        return _LEFT + (found + share) * width

    for value in wanted:
        if edges[0] <= value <= edges[-1] and all(
            abs(place(value) - place(other)) >= _APART for other, _ in ticks
        ):
            ticks.append((value, quantity(value)))
    return _Axis(place, ticks)
