"""Times the reference beside everything else that computes its operations, and measures the
accuracy of each in the same run."""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from nnspec import reference
from tests.benchmarks import accuracy
from tests.benchmarks.alternatives import alternatives
from tests.benchmarks.calls import OPERATIONS, call
from tests.benchmarks.timing import ratios, timed

REFERENCE = "reference"
SIZES = (1_000, 1_000_000)

CONTENDERS = [
    (operation, title)
    for operation in OPERATIONS
    for title in (REFERENCE, *alternatives(operation))
]


@lru_cache(maxsize=None)
def measured(operation: str, title: str) -> dict[str, Any]:
    """Return the worst error of a contender, empty for an operation of chance, which has a law and
    no truth."""
    if operation not in accuracy.MEASURED:
        return {}
    found, refused = (
        (accuracy.of_reference(operation), 0)
        if title == REFERENCE
        else accuracy.of_alternative(operation, alternatives(operation)[title])
    )
    return {"judged": found.judged, "ulp": found.ulp, "share": found.share, "refused": refused}


@pytest.mark.filterwarnings("ignore")  # an alternative's overflow is seen in its error
@pytest.mark.parametrize(
    ("operation", "title"),
    CONTENDERS,
    ids=[f"{operation}-{title}" for operation, title in CONTENDERS],
)
@pytest.mark.parametrize("size", SIZES)
def test_time(benchmark: Any, operation: str, title: str, size: int) -> None:
    own = getattr(reference, operation)
    function = own if title == REFERENCE else alternatives(operation)[title]
    benchmark.group = f"{operation}, {size:,}"
    benchmark.extra_info |= {
        "operation": operation,
        "title": title,
        "size": size,
        **measured(operation, title),
    }
    given = call(operation, size)
    with np.errstate(all="ignore"):
        timed(benchmark, function, *given)
        benchmark.extra_info["ratios"] = [1.0] if function is own else ratios(function, own, *given)
