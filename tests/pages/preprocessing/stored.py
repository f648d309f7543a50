"""The stored calls of the page `preprocessing`: small training sets and other data, of numbers
that every format holds."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnspec.conformance.pages.layouts import dyadic
from nnspec.conformance.pages.preprocessing.inputs import designed
from nnspec.conformance.terms.nested import wide

Call = tuple[str, list[Any], dict[str, Any]]


def vectors(operation: str) -> Iterator[Call]:
    """Yield the name, the arguments and the parameters of every stored call of an operation."""
    return _moments() if operation in ("center", "standardize") else _components()


def _moments() -> Iterator[Call]:
    features = {"axes": (0,)}
    yield "everyday", [_coarse((6, 3), 0), _coarse((4, 3), 5)], features
    yield "two-rows", [_coarse((2, 4), 3), _coarse((1, 4), 9)], features
    yield "mean-image", [_coarse((4, 2, 2, 2), 1), _coarse((1, 2, 2, 2), 2)], features
    yield "channels", [_coarse((3, 2, 2, 3), 1), _coarse((1, 2, 2, 3), 4)], {"axes": (0, 2, 3)}


def _components() -> Iterator[Call]:
    mean = [1.0, -0.5, 0.25, 2.0]
    yield "everyday", wide([designed(8, 4) + mean, _coarse((3, 4), 2)]), {"components": 3}
    yield "skewed", [_coarse((7, 3), 5) * [2.0, 1.0, 0.5], _coarse((4, 3), 3)], {"components": 3}
    yield "wide", [designed(4, 6, (4.0, 2.0, 1.0)) + 0.5, _coarse((2, 6), 1)], {"components": 3}
    yield "rank-deficient", [designed(8, 4, (4.0, 2.0)), _coarse((3, 4), 7)], {"components": 2}


def _coarse(shape: tuple[int, ...], offset: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return multiples of 1/8 in [-4, 4)."""
    return np.asarray(np.floor(dyadic(shape, offset) * 8) / 8)
