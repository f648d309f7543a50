"""The family of the page `information`: its operations at any number of rows and of classes."""

from collections.abc import Mapping

import numpy as np

from nnspec.conformance.pages.families import GREAT, Dimension, Family, Sizes, halved, heavy
from nnspec.conformance.pages.information.inputs.sets import filled
from nnspec.conformance.pages.layouts import scattered
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS


def _dimensions(_: str) -> Mapping[str, Dimension]:
    return {"rows": Dimension(5, largest=GREAT[1]), "classes": Dimension(7, largest=GREAT[2])}


def _made(operation: str, dtype: str, sizes: Sizes, key: str) -> Case:
    """Return a case of positive shares; two classes of a row have half of their sum.

    The last two rows are unlike. No share is subnormal in the format.
    """
    shape = sizes["rows"], sizes["classes"]
    least = max(0.25 / sizes["classes"], 8 * FORMATS[dtype].tiny)
    size = np.where(heavy(key, shape), 0.25, least)
    p, q = (size * scattered(f"{key} {name}", shape, 0.5, 1.0) for name in "pq")
    # A divergence whose terms have one sign loses no digits.
    return filled(operation, "", p * halved(shape, 0), q / 4, dtype)


FAMILY = Family(_dimensions, _made)
