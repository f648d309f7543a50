"""Every operation has a domain that is searched, or a reason why none is."""

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.search import domains
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import WIDE
from tests.search.searches import SEARCHED, drawn


@pytest.mark.parametrize("operation", reference.__all__)
def test_every_operation_is_searched_or_left_out_for_a_reason(operation: str) -> None:
    clause = f"{operation}/accuracy"
    assert (clause in domains.searched(operation)) != bool(domains.refusal(clause))
    assert domains.searched(operation), (
        "an operation without any search needs a reason that its users are told"
    )


@pytest.mark.proof
@pytest.mark.parametrize("operation", SEARCHED)
def test_domains_hold_normal_numbers_and_zeros(operation: str) -> None:
    for dtype in FORMATS if operation not in WIDE else ("float64", "float32"):
        cases = drawn(operation, dtype, 5)
        assert cases
        for case in cases:
            arrays = [
                array
                for each in case.arguments
                for array in leaves(list(each.script) if isinstance(each, Callback) else each)
            ]
            for array in (
                each.astype(np.float64)
                for each in arrays
                if each.dtype.kind == "f" or each.dtype.name == "bfloat16"
            ):
                assert np.all((array == 0) | (abs(array) >= FORMATS[dtype].tiny))
                assert np.all(abs(array) <= FORMATS[dtype].maximum)
