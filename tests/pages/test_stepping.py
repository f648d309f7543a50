"""The share of an average that t steps have filled, against decimal arithmetic."""

import math
from decimal import Decimal, localcontext

import pytest

from nnspec.reference.stepping import filled

BETAS = [1e-300, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.1 + 2.0**-56, 1 - 2.0**-40, 1 - 2.0**-53]


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("t", [1, 2, 3, 10, 1000, 10**7])
def test_a_correction_is_within_three_ulp(beta: float, t: int) -> None:
    with localcontext() as context:
        context.prec, context.Emin = 400, -(10**15)
        error = abs(Decimal(filled(beta, t)) - (1 - Decimal(beta) ** t))
        assert error <= 3 * Decimal(math.ulp(filled(beta, t)))


def test_an_average_without_a_past_is_filled_at_once() -> None:
    assert filled(0.0, 1) == filled(0.0, 7) == 1.0
