"""Measures what an alternative answers by the oracle: worst error over the very inputs that the
reference's own bounds are proved on."""

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.callbacks import Callback, Live
from nnspec.conformance.terms.nested import flat, wide
from tests.truth.adversarial import inputs
from tests.truth.measure import OPERATIONS, Worst, own_answers, worst

Array = NDArray[np.float64]

MEASURED = OPERATIONS


@lru_cache(maxsize=None)
def of_reference(operation: str) -> Worst:
    """Return the reference's worst error."""
    return worst(operation, own_answers(operation))


def of_alternative(operation: str, function: Callable[..., Any]) -> tuple[Worst, int]:
    """Return an alternative's worst error where it answers at all, and how many of the calls it
    refused."""
    answers = [
        _answer(function, arguments, parameters) for arguments, parameters in inputs(operation)
    ]
    return worst(operation, answers), sum(answer is None for answer in answers)


def _answer(
    function: Callable[..., Any], arguments: list[Any], parameters: dict[str, Any]
) -> Array | None:
    given = [
        Live(each, "callback", "float64", []) if isinstance(each, Callback) else wide(each)
        for each in arguments
    ]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return flat(listed(function(*given, **parameters)))
        except Exception:  # noqa: BLE001  an alternative may refuse what the reference answers, in its own way
            return None


def listed(found: Any) -> Any:
    """Return an answer as arrays, or nested lists of such."""
    return (
        np.asarray(found, dtype=np.float64)
        if isinstance(found, (np.ndarray, np.generic, float))
        else [listed(each) for each in found]
    )
