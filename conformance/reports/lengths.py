"""Says for which lengths an adapter was asked that compiles for each shape: few of all."""

from collections.abc import Sequence

from nnspec.conformance.pages.families import FEW
from nnspec.conformance.pages.layouts import FEW_LENGTHS


def few(*, compiles_shapes: bool) -> str:
    """Return the lengths that an adapter was asked for, "" if it was asked for all."""
    if not compiles_shapes:
        return ""
    vectors, grown = _listed(FEW_LENGTHS), _listed([f"{each:,}" for each in FEW])
    return (
        f"few lengths, for each shape is compiled: vectors of {vectors}, every dimension around "
        f"{grown} and at its largest"
    )


def _listed(numbers: Sequence[object]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}"
