"""Right implementations in many arithmetics are asked many values, and none of them is denied.

The oracle decides each failure: a false alarm fails the study, and so does an implementation of
ours that is wrong.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec import spec
from nnspec.conformance.adapters import loopback
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.run import report, run
from nnspec.conformance.run.plan import plan
from nnspec.conformance.search.sweep import operations as swept_operations
from nnspec.conformance.search.task import carry_out
from nnspec.conformance.sources.description import Source, describe
from nnspec.conformance.sources.in_process import Steady
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS
from tests.pages import rounding
from tests.proof.test_second_implementation import SECOND
from tests.search.sweeps import of
from tests.truth.confirm import verdicts

pytestmark = pytest.mark.no_cover

Sum = Callable[[np.ndarray, int], np.ndarray]
Product = Callable[[np.ndarray, np.ndarray], np.ndarray]

LANES = 8

# Inputs of one call of an operation that answers number by number.
CALL = 2**20


def wide(terms: np.ndarray) -> np.ndarray:
    """Return terms in the format that their sums are formed in: float32 for 16 bits."""
    return terms if terms.dtype in (np.float64, np.float32) else terms.astype(np.float32)


def reversed_sum(terms: np.ndarray, axis: int) -> np.ndarray:
    """Add one term after the other, the last one first."""
    return rounding.running_sum(np.flip(terms, axis), axis)


def blocked_sum(terms: np.ndarray, axis: int) -> np.ndarray:
    """Add in eight lanes, and the lanes one after the other."""
    terms = wide(terms)
    rest = -terms.shape[axis] % LANES
    padding = [(0, rest if place == axis % terms.ndim else 0) for place in range(terms.ndim)]
    lanes = np.moveaxis(np.pad(terms, padding), axis, 0)
    lanes = lanes.reshape(-1, LANES, *lanes.shape[1:])
    total = rounding.running_sum(lanes, 0)[0]
    return np.moveaxis(rounding.running_sum(total, 0), 0, axis)


def product_by(add: Sum) -> Product:
    """Return a matrix product whose sums are formed in this order."""

    def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        terms = wide(left)[:, :, None] * wide(right)[None]
        return add(terms, 1)[:, 0]

    return product


def fused_product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Multiply and add with one rounding: float64 holds each product of float32 exactly.

    Its own rounding before that to float32 is 2⁻²⁹ of an ulp. Products of float64 are rounded.
    """
    left, right = wide(left), wide(right)
    total = np.zeros((left.shape[0], right.shape[1]), left.dtype)
    for place in range(left.shape[1]):
        product = left[:, place : place + 1].astype(np.float64) * right[place].astype(np.float64)
        total = (total.astype(np.float64) + product).astype(left.dtype)
    return total


@dataclass(frozen=True)
class Right:
    """A right implementation: the adapter, and the sums and products that it is to be given."""

    adapter: ModuleType | SimpleNamespace
    add: Sum | None = None
    product: Product | None = None


# The second implementation computes in the format of its arguments, adds in float32 at least, and
# takes derivatives from outputs.
RIGHT = {
    "loopback": Right(loopback),
    "second": Right(SECOND),
    "pairwise": Right(SECOND, rounding.pairwise_sum, product_by(rounding.pairwise_sum)),
    "reversed": Right(SECOND, reversed_sum, product_by(reversed_sum)),
    "blocked": Right(SECOND, blocked_sum, product_by(blocked_sum)),
    "fused": Right(SECOND, rounding.running_sum, fused_product),
}


@contextmanager
def source_of(name: str) -> Iterator[Source]:
    """Give an implementation as a source, with its sums and products in their places."""
    right = RIGHT[name]
    with pytest.MonkeyPatch.context() as patch:
        for page in spec.pages():
            module = import_module(f"tests.pages.{page}.second") if _has_second(page) else None
            for word, put in (("running_sum", right.add), ("_product", right.product)):
                if put is not None and hasattr(module, word):
                    patch.setattr(module, word, put)
        yield Steady(right.adapter)


def _has_second(page: str) -> bool:
    return any(function.__module__ == f"tests.pages.{page}.second" for function in _functions())


def _functions() -> list[Any]:
    return [each for each in vars(SECOND).values() if callable(each)]


@dataclass
class Count:
    """How many values were judged of each implementation, in how many cases, and the failures."""

    values: Counter[str] = field(default_factory=Counter)
    cases: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[Any, ...]] = field(default_factory=list)

    def told(self) -> str:
        rows = [
            f"{name}: {count:,} values, {self.cases[name]:,} cases"
            for name, count in self.values.items()
        ]
        whole = f"{self.values.total():,} values, {len(self.failures)} failures"
        return "\n".join([*rows, whole])


def judged(count: Count, name: str, planned: Sequence[Planned], source: Source) -> None:
    """Judge cases of an implementation; of a failure, ask the oracle."""
    with np.errstate(all="ignore"):
        for each in planned:
            ended = attempt(each, source)
            count.values[name] += ended.compared
            count.cases[name] += 1
            if ended.outcome not in (CONFORMS, ABSENT):
                count.failures.append((name, each.id, ended.message, decided(each, source)))


def decided(planned: Planned, source: Source) -> list[tuple[str, str]]:
    """Return what the oracle says of a failed case: confirmed or a false alarm, and why."""
    record = run.run([planned], source)
    return [(word, why) for _, word, why in verdicts(report.document(record))]


def cases_of(page: str, dtype: str, seed: int) -> list[Planned]:
    """Return the MUST cases of a page in a format; after the first seed, the fresh ones alone."""
    # The proofs and another study ask for every length.
    description = replace(describe(loopback), compiles_shapes=True)
    planned = plan(description, dtypes=(dtype,), only=(page,), seed=seed)
    return [
        each
        for each in planned
        if each.clause.level == "MUST" and (seed == 0 or each.clause.id.endswith("/fresh"))
    ]


def swept(count: Count, name: str, operation: str, first: int, calls: int) -> None:
    """Judge an operation at every bit pattern of float32 in a range."""
    with source_of(name) as source, np.errstate(all="ignore"):
        found = carry_out(of(operation, "float32"), source, first, calls * CALL)
    # The clause has nothing to say of ranges of NaN, and of subnormal numbers.
    accuracy = found["clauses"].get(f"{operation}/accuracy", {"judged": 0})
    count.values[name] += accuracy["judged"]
    count.cases[name] += calls
    for clause, each in found["clauses"].items():
        if each["wrong"] and spec.clauses()[clause].level == "MUST":
            count.failures.append((name, clause, each["wrong"], each["worst"]))


def studied(
    pages: Sequence[str], dtypes: Sequence[str], seeds: Sequence[int], calls: int, every: int = 1
) -> Count:
    """Judge all implementations on pages, in formats, with seeds, and at so many float32 calls.

    Of the cases of a page, one in `every` is judged.
    """
    count = Count()
    for page in pages:
        for dtype in dtypes:
            for seed in seeds:
                planned = cases_of(page, dtype, seed)[::every]
                for name in RIGHT:
                    with source_of(name) as source:
                        judged(count, name, planned, source)
        print(f"{page}: {count.values.total():,} values so far", flush=True)
    # Patterns of all magnitudes and both signs: one range in each 2²⁷ patterns.
    for operation in swept_operations() if calls else ():
        for name in ("loopback", "second"):
            for first in range(0, 2**32, 2**27):
                swept(count, name, operation, first, calls)
    return count


@pytest.mark.study
def test_a_hundred_million_values_of_right_implementations_raise_no_alarm() -> None:
    began = time.process_time()
    count = studied(spec.pages(), NAMES, range(2), calls=1)
    print(f"\n{count.told()}\n{time.process_time() - began:,.0f} s of processor time")
    assert count.failures == []
    assert count.values.total() > 10**8


@pytest.mark.proof
def test_a_sample_of_right_arithmetics_raises_no_alarm() -> None:
    count = studied(["networks"], ["float32"], [0], calls=0, every=9)
    swept(count, "second", "tanh_vjp", 0x3F000000, calls=1)
    assert count.failures == []
    assert min(count.values[name] for name in RIGHT) > 10**4


@pytest.mark.proof
def test_sums_and_products_in_other_orders_have_other_bits() -> None:
    bits = np.random.PCG64(7)
    left, right = (bits.random_raw(n * 64).reshape(n, 64) for n in (5, 6))
    left, right = (each.astype(np.float32) / np.float32(2**63) - 1 for each in (left, right))
    true = left.astype(np.float64) @ right.T.astype(np.float64)
    products = {
        name: each.product(left, right.T)
        for name, each in RIGHT.items()
        if each.product is not None
    }
    for product in products.values():
        assert np.allclose(product, true, rtol=0, atol=64 * 2.0**-24 * 64)
    assert len({product.tobytes() for product in products.values()}) == len(products)
