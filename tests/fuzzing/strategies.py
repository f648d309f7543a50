"""How a value of JSON, or some bytes, are changed: parts exchanged, dropped, doubled, renamed."""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st


def budget(examples: int) -> settings:
    """Return the settings of a fuzz test of so many examples."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def _deep(levels: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


# What nobody expects in the place of a value of JSON.
ODD = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**70), 10**400, 0.5, -0.0, 1e308),
    *(math.nan, math.inf, -math.inf, "", " ", "nan", "inf", "relu", "float32", "MUST"),
    *("\x00", "\x1b[2J", "\n", "\ud800", "ß∞", "a" * 3000, "../x", "AAAA", "=", "[1]"),
    *([], {}, [[]], [None], [0, 0], [-1, 3], [{}], {"": {}}, {"name": 1}, _deep(60)),
)

_NAMES = ("", "dtype", "shape", "data", "name", "results", "asked", "extra", "\ud800")


def written(value: Any) -> bytes:
    """Return a value as JSON, with NaN and lone surrogates as Python writes them."""
    return json.dumps(value).encode()


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """Return a value of JSON with one to three parts exchanged, dropped, doubled or renamed."""
    found = json.loads(json.dumps(value))
    for _ in range(draw(st.integers(1, 3))):
        found = _changed_once(draw, found)
    return found


def _changed_once(draw: st.DrawFn, value: Any) -> Any:
    """Change one part: a container passes the change on to a child, three times in four."""
    way = draw(st.sampled_from([_dropped, _doubled, *[_inside] * 6]))
    if isinstance(value, (dict, list)) and value:
        return way(draw, value)
    return draw(st.sampled_from(ODD))


def _dropped(draw: st.DrawFn, value: Any) -> Any:
    """Return a container without one of its items."""
    if isinstance(value, dict):
        left_out = draw(st.sampled_from(sorted(value)))
        return {name: each for name, each in value.items() if name != left_out}
    place = draw(st.integers(0, len(value) - 1))
    return value[:place] + value[place + 1 :]


def _doubled(draw: st.DrawFn, value: Any) -> Any:
    """Return a list with an item twice, or an object with a key renamed."""
    if isinstance(value, list):
        return [*value, draw(st.sampled_from(value))]
    old, new = draw(st.sampled_from(sorted(value))), draw(st.sampled_from(_NAMES))
    return {new if name == old else name: each for name, each in value.items()}


def _inside(draw: st.DrawFn, value: Any) -> Any:
    """Return a container of which one item is changed."""
    keys = sorted(value) if isinstance(value, dict) else range(len(value))
    key = draw(st.sampled_from(keys))
    found = value.copy()
    found[key] = _changed_once(draw, value[key])
    return found


@st.composite
def cut(draw: st.DrawFn, data: bytes) -> bytes:
    """Return bytes of which some are missing, doubled or others."""
    start = draw(st.integers(0, len(data)))
    end = min(len(data), start + draw(st.integers(0, 40)))
    others = [b"", b"\x00", b"\xff", b"\n", b"{", b"]" * 50, data[start:end] * 2]
    put = draw(st.sampled_from(others))
    return data[:start] + put + data[end:]


@st.composite
def lines_edited(
    draw: st.DrawFn, lines: Sequence[Any], likely: Callable[[int], Sequence[int]]
) -> bytes:
    """Return lines of JSON of which one is changed, cut, doubled, missing or in another place.

    A changed one stands in one of the places that are `likely`, given a place that is drawn.
    """
    found, place = [*map(written, lines)], draw(st.integers(0, len(lines) - 1))
    match draw(st.integers(0, 9)):
        case 0:
            found[place] = draw(cut(found[place]))
        case 1:
            found.insert(place, found[draw(st.integers(0, len(lines) - 1))])
        case 2:
            del found[place]
        case _:
            place = draw(st.sampled_from(likely(place)))
            found[place] = written(draw(changed(lines[place])))
    return b"".join(line + b"\n" for line in found)
