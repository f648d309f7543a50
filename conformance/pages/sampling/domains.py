"""The domains of the page `sampling`: samples, sizes of batches, seeds, given gradients."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from nnspec.conformance.pages.domain import Domain
from nnspec.conformance.pages.strategies import Range, arrays, between, powers
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import Array

_NUMBERS = Range(-4.0, 4.0)

_COUNT, _SIZE, _SEEDS = 300, 64, 2**32 - 1

_PARAMETERS, _SAMPLES, _BATCHES = 3, 5, 3

_INDICES = st.lists(st.integers(0, _SAMPLES - 1), min_size=1, max_size=_SAMPLES)
_EPOCHS = st.lists(_INDICES, min_size=1, max_size=_BATCHES)


@st.composite
def cases(draw: st.DrawFn, operation: str, dtype: str) -> Case:
    """Return a strategy for the cases of an operation."""
    if operation == "minibatches":
        sizes = draw(between(1, _COUNT)), draw(between(1, _SIZE))
        return Case("found", operation, sizes, {"seed": draw(between(0, _SEEDS))})
    if operation == "draws":
        request = tuple(draw(between(1, most)) for most in (_COUNT, _SIZE, _BATCHES))
        return Case("found", operation, request, {"seed": draw(between(0, _SEEDS))})
    size = draw(between(1, _PARAMETERS))
    batches = [np.array(batch, dtype=np.int64) for batch in draw(_EPOCHS)]
    rows = [draw(arrays((size,), _NUMBERS, dtype)).astype(np.float64) for _ in range(_SAMPLES)]
    arguments = (by_sample(rows), [draw(arrays((size,), _NUMBERS, dtype))], batches)
    return Case("found", operation, arguments, {"learning_rate": draw(powers(-3, 1))})


def by_sample(rows: Sequence[Array]) -> Callback:
    """Return a callback that answers each sample's gradient, whatever the parameters."""

    def answer(_: int, __: Any, index: Any) -> list[Array]:
        return [rows[int(index)]]

    return Callback("given gradients of the samples", answer, (rows[0].shape,))


DOMAIN = Domain(cases, beside=("minibatches/sizes",))
