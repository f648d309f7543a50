"""Elements and arrays beside others whose gradients are of another size."""

from collections.abc import Iterator

from nnspec.conformance.pages.adaptive.inputs.cases import along
from nnspec.conformance.pages.layouts import named
from nnspec.conformance.pages.steps.neighbors import far_apart
from nnspec.conformance.terms.cases import Case


@named
def neighbors(operation: str, dtype: str) -> Iterator[Case]:
    """Elements, and arrays of the list, beside others whose gradients are far away."""
    for course in far_apart(dtype):
        yield along(operation, dtype, course)
