"""The domains of the page `preprocessing`: features that vary, components that are apart."""

from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnspec.conformance.pages.domain import Domain
from nnspec.conformance.pages.strategies import Range, arrays, between
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import parameters_of

_NUMBERS = Range(-4.0, 4.0)

_ROWS, _FEATURES = 6, 3
_MOST = st.sampled_from((6, 40))

# Eigenvalues are 25 % from each other and from 0, as in named inputs, the first left out included.
_APART = 0.75

# A feature's deviation is a part of its largest number that no format's rounding comes near.
_VARYING = 2.0**-4


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    rows = draw(between(2, draw(_MOST)))
    features = draw(between(1, _FEATURES))
    train = draw(arrays((rows, features), _NUMBERS, dtype))
    data = draw(arrays((draw(between(1, _ROWS)), features), _NUMBERS, dtype))
    chosen: dict[str, Any] = {"axes": (0,), "components": draw(between(1, min(features, rows - 1)))}
    wide = train.astype(np.float64)
    assume(
        operation == "center"
        or bool(np.all(np.std(wide, axis=0) >= _VARYING * np.max(abs(wide), axis=0, initial=1.0)))
    )
    assume("components" not in parameters_of(operation) or _separate(wide, chosen["components"]))
    return Case(
        "found", operation, (train, data), {name: chosen[name] for name in parameters_of(operation)}
    )


def _separate(train: NDArray[np.float64], components: int) -> bool:
    """Say whether the variances of the components are apart from each other, the next one and 0."""
    sizes = np.linalg.svd(train - np.mean(train, axis=0), compute_uv=False)
    variances = np.append(sizes**2, 0.0)[: components + 1]
    return bool(variances[components - 1] > _VARYING) and bool(
        np.all(variances[1:] <= _APART * variances[:-1])
    )


DOMAIN = Domain(cases)
