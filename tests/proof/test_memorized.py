"""A library that has learned its answers by heart is denied by every seed but the one it learned.

It answers the truth where it was asked before, and something wrong for every other input.
"""

import hashlib
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec import spec
from nnspec.conformance.run import plan
from nnspec.conformance.run.record import BREAKING, CONFORMING, Record
from nnspec.conformance.run.run import run
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.conformance.terms.operations import operations_on
from nnspec.conformance.terms.outcomes import FAILURES

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

DTYPE = "float32"

# The seed that `certify` takes if nobody names one, and ten that it does not take.
DEFAULT, OTHERS = 0, (*range(1, 10), 2**32 - 1)

PAGES = [page for page in spec.pages() if f"{page}/fresh" in spec.clauses()]

Answer = Callable[..., Any]


def fingerprint(operation: str, arguments: Sequence[Any], parameters: dict[str, Any]) -> bytes:
    """Return a digest of a call: its numbers, shapes and parameters. Nobody knows a callback."""
    digest = hashlib.sha256(f"{operation} {sorted(parameters.items())}".encode())
    for each in arguments:
        for array in () if callable(each) else leaves(each):
            digest.update(f"{array.shape} {array.dtype}".encode() + array.tobytes())
        if isinstance(each, (int, tuple)):
            digest.update(str(each).encode())
    return digest.digest()


def noting(operation: str, known: set[bytes]) -> Answer:
    """Return a right function that notes what it is asked."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        known.add(fingerprint(operation, arguments, parameters))
        return rounded(operation)(*arguments, **parameters)

    return answer


def remembering(operation: str, known: set[bytes]) -> Answer:
    """Return a function that is right where it was asked before, and wrong elsewhere."""

    def answer(*arguments: Any, **parameters: Any) -> Any:
        right = rounded(operation)(*arguments, **parameters)
        if fingerprint(operation, arguments, parameters) in known:
            return right
        return mapped(lambda array: (2 * array + 1).astype(array.dtype), right)

    return answer


def library(made: Callable[[str, set[bytes]], Answer], known: set[bytes], names: Any) -> InProcess:
    functions = {name: made(name, known) for name in names}
    return InProcess(SimpleNamespace(name="it", dtypes=(DTYPE,), **functions))


def judged(source: InProcess, only: Sequence[str], seed: int) -> Record:
    with np.errstate(all="ignore"):
        return run(plan.plan(source.description, only=only, seed=seed), source)


@pytest.mark.parametrize("page", PAGES)
def test_what_learned_every_call_of_a_certificate_is_denied_by_ten_seeds_of_ten(page: str) -> None:
    names = [operations_on(page)[place] for place in (0, -1)]
    known: set[bytes] = set()
    assert judged(library(noting, known, names), names, DEFAULT).verdict == CONFORMING
    source = library(remembering, known, names)
    fresh = f"{page}/fresh"
    assert judged(source, [fresh], DEFAULT).verdict == CONFORMING
    for seed in OTHERS:
        record = judged(source, [fresh], seed)
        assert record.verdict == BREAKING
        denied = {each.operation for each in record.results if each.outcome in FAILURES}
        assert denied == set(names), seed
