"""The reference on a second set of adversarial inputs, which shares no construction with the first:
each stated bound holds, and no exception comes that a docstring does not name."""

import inspect
import re

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.bounds import language
from tests.truth.drawn.digests import LEAST, full, product_remainder, remainder, stepped
from tests.truth.drawn.errors import SAMPLE, WHOLE, Seen, seen
from tests.truth.drawn.refusals import named, raised
from tests.truth.measure import OPERATIONS

proof = [pytest.mark.proof, pytest.mark.no_cover]


def _assert_as_stated(found: Seen, answers: int) -> None:
    assert found.answers >= answers
    assert not found.raised
    assert found.share.share <= 1, found.share
    stated = inspect.getdoc(getattr(reference, found.operation)) or ""
    accuracy = stated.partition("Accuracy\n")[2]
    shares = re.findall(r"([\d.]+)\s+of\s+it(?=[\s\w]*measured)", accuracy)
    assert found.share.share <= max(map(float, shares), default=1.0), found.share
    if re.fullmatch(r"[\d.]+\*ulp\(y\)", language.of_reference(found.operation).expression):
        assert found.ulp.ulp <= max(map(float, re.findall(r"([\d.]+) ulp measured", accuracy)))


@pytest.mark.parametrize("operation", [pytest.param(each, marks=proof) for each in OPERATIONS])
def test_a_sample_keeps_every_bound_and_every_measured_figure(operation: str) -> None:
    _assert_as_stated(seen(operation, SAMPLE), SAMPLE)


@pytest.mark.parametrize("operation", [pytest.param(each, marks=proof) for each in OPERATIONS])
def test_the_whole_set_keeps_every_bound_and_every_measured_figure(operation: str) -> None:
    _assert_as_stated(seen(operation, WHOLE), WHOLE)


@pytest.mark.parametrize("operation", reference.__all__)
def test_an_exception_is_one_that_the_docstring_names(operation: str) -> None:
    refused = raised(operation)
    assert sum(refused.values()) >= 10
    assert set(refused) <= named(operation)


def test_a_name_gives_the_same_numbers_and_another_name_others() -> None:
    first, again, other = (full(each, (50,), LEAST, 1024) for each in ("a", "a", "b"))
    assert np.array_equal(first, again)
    assert not np.any(first == other)
    # Half of the last bits of normal numbers are set.
    bits = np.count_nonzero(full("bits", (10_000,), 0, 1).view(np.int64) & 1)
    assert 4_700 < bits < 5_300


def test_a_remainder_takes_a_sum_back_to_its_last_rounding() -> None:
    rows = full("rows", (20, 9), -40, 40)
    left = remainder(np.concatenate([rows, remainder(rows)[:, None]], axis=1))
    assert np.all(np.abs(left) <= np.spacing(np.abs(remainder(rows))))
    products = product_remainder(rows, rows[::-1])
    closed = np.concatenate([rows, products[:, None]], axis=1)
    ones = np.concatenate([rows[::-1], np.ones((20, 1))], axis=1)
    assert np.all(np.abs(product_remainder(closed, ones)) <= np.spacing(np.abs(products)))


def test_a_step_stays_on_its_side_of_zero() -> None:
    assert stepped("low", np.full(100, 2 * 2.0**-1074), 9).min() >= 0
    assert np.isfinite(stepped("top", np.full(100, np.finfo(np.float64).max), 9)).all()
