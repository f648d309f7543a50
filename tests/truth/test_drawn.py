"""The reference on a second set of adversarial inputs, which shares no construction with the first:
each stated bound holds, and no exception comes that a docstring does not name."""

import inspect
import os
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.bounds import language
from tests.truth.drawn.digests import LEAST, full, product_remainder, remainder, stepped
from tests.truth.drawn.errors import SAMPLE, WHOLE, Seen, drawn, seen
from tests.truth.drawn.refusals import named, raised
from tests.truth.measure import OPERATIONS, ROWS, TRANSCENDENTAL, judged, paths
from tests.truth.oracle import truth

ROOT = Path(__file__).parents[2]


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


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_sample_of_the_set_keeps_every_bound_and_every_measured_figure(operation: str) -> None:
    _assert_as_stated(seen(operation, SAMPLE), SAMPLE)


@pytest.mark.study
@pytest.mark.no_cover
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_whole_set_keeps_every_bound_and_every_measured_figure(operation: str) -> None:
    _assert_as_stated(seen(operation, WHOLE), WHOLE)


def _plain_softmax(x: np.ndarray, axis: int) -> np.ndarray:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    return e / np.sum(e, axis=axis, keepdims=True)


def _plain_divergence(p: np.ndarray, q: np.ndarray, axis: int) -> np.ndarray:
    return np.sum(np.where(p > 0, p * np.log(p / q), 0.0), axis=axis)


def _plain_loss(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return -np.sum(targets * np.log(_plain_softmax(logits, 1)), axis=1)


def _plain_deviations(train: np.ndarray, data: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    mean, spread = (of(train, axis=axes, keepdims=True) for of in (np.mean, np.std))
    return (data - mean) / np.where(spread > 0, spread, 1.0)


@pytest.mark.parametrize(
    ("operation", "plain"),
    [
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
        ("tanh_vjp", lambda x, c: c * (1 - np.tanh(x) ** 2)),
        ("softmax", _plain_softmax),
        ("kl_divergence", _plain_divergence),
        ("softmax_cross_entropy", _plain_loss),
        ("sum_squared_error", lambda y, t: np.sum((y - t) ** 2) / 2),
        ("standardize", _plain_deviations),
    ],
)
def test_the_formula_of_a_textbook_exceeds_the_bound(operation: str, plain) -> None:
    shares = []
    with np.errstate(all="ignore"):
        for arguments, parameters in islice(drawn(operation), 40):
            true = truth(operation, arguments, parameters)
            answer = np.asarray(plain(*arguments, **parameters))
            shares.append(judged(operation, (arguments, parameters), true, answer).share)
    assert max(shares) > 1


@pytest.mark.parametrize("operation", reference.__all__)
def test_an_exception_is_one_that_the_docstring_names(operation: str) -> None:
    refused = raised(operation)
    assert sum(refused.values()) >= 10
    assert set(refused) <= named(operation)


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("path", paths())
def test_every_path_of_the_kernels_keeps_bounds_and_raises_nothing_else(path: str) -> None:
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": paths()[path]}
    command = [sys.executable, "-m", "tests.truth.drawn", "--sample", *TRANSCENDENTAL, *ROWS]
    ran = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = ran.stdout.splitlines()[1:]
    assert len(lines) == len({*TRANSCENDENTAL, *ROWS})
    assert not [line for line in lines if "on right input" in line or "not named" in line]
    assert all(float(line.split()[3]) <= 1 for line in lines)


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
