"""The family of the page: methods on drawn parameters and gradients."""

from nnspec.conformance.pages.adaptive.inputs.cases import stepping
from nnspec.conformance.pages.families import Family, Sizes
from nnspec.conformance.pages.steps import families
from nnspec.conformance.terms.cases import Case


def _made(operation: str, dtype: str, sizes: Sizes, key: str) -> Case:
    """Return a case whose gradients lie on both sides of epsilon, an eighth."""
    given = families.script(sizes, key, dtype)
    start = families.start(sizes, key)
    return stepping("", operation, dtype, given, start, sizes["steps"], families.RATE)


FAMILY = Family(lambda _: families.dimensions(), _made)
