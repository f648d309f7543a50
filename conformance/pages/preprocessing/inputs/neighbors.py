"""Features, and rows of data, beside others that are far away."""

from collections.abc import Iterator

from nnspec.conformance.pages.layouts import named, scattered, signs
from nnspec.conformance.pages.neighbors import VECTORS, apart, levels, powers
from nnspec.conformance.pages.preprocessing.inputs.sets import designed, filled
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import parameters_of

_SAMPLES, _ROWS = 12, 4

# Deviations are 2⁶ times the neighbor's, and a center lies two of the feature's own from 0.
_POWER = 3

# The features of components, of which each has some of every other feature's variance.
_WIDTH = 5


@named
def neighbors(operation: str, dtype: str) -> Iterator[Case]:
    """Features, or rows of data, beside others that are far away.

    They differ one by one, in blocks of eight, and the first or the last one from all others. Of an
    operation that rotates features into components, rows of data are large or small, and the means
    of features are far from each other.
    """
    rotates = "components" in parameters_of(operation)
    for name, level in levels(VECTORS):
        key = f"neighbors {name}"
        if rotates:
            mean = apart((1.0 - signs(_WIDTH)) / 2, 2.0, -2.0)
            size = powers(level, _POWER)[:, None]
            data = mean + size * scattered(key, (VECTORS, _WIDTH), 0.5, 1.0)
            yield filled(operation, name, designed(16, _WIDTH, mean=mean), data, dtype)
        else:
            deviation = powers(level, _POWER)
            center = 2.0 * apart(level, -1.0, 1.0) * deviation
            turned = signs(_SAMPLES)[:, None] * scattered(key, (_SAMPLES, VECTORS), 0.5, 1.0)
            data = scattered(f"{key} data", (_ROWS, VECTORS), 0.5, 1.0)
            train = center + deviation * turned
            yield filled(operation, name, train, center + deviation * data, dtype)
