"""What a case measures on one machine is among the measurements that are possible on another."""

import numpy as np
import pytest

from nnspec.conformance.judge.elsewhere import Span, spans
from nnspec.conformance.judge.errors import Compared, compare
from nnspec.conformance.terms.draws import uniform
from nnspec.conformance.terms.formats import FORMATS, Format
from nnspec.conformance.terms.nested import Array

# Answers in one comparison, and comparisons for each format.
COUNT, ROUNDS = 50, 200


def compared(fmt: Format, answer: Array, value: Array, allowed: Array, own: Array) -> Compared:
    with np.errstate(all="ignore"):
        error, allowed, _ = compare(fmt, answer, value, np.zeros(value.shape), allowed)
    return Compared(fmt, error, allowed, value, own)


def measured(each: Compared) -> dict[str, float]:
    """Return the measurements as a trial takes them."""
    with np.errstate(all="ignore"):
        ulps, ratios = each.error / each.format.ulp(each.value), each.error / each.allowed
    return {
        "worst_ulp": float(np.fmax.reduce(ulps[np.isfinite(each.error)], initial=0.0)),
        "worst_ratio": float(np.fmax.reduce(ratios, initial=0.0)),
    }


def truths(key: str) -> Array:
    """Return numbers of which many are a power of two, or next to one, or zero."""
    drawn = uniform(key, (COUNT,))
    powers = np.ldexp(np.sign(drawn), (8 * np.roll(drawn, 1)).astype(int))
    chosen = (uniform(f"{key} chosen", (COUNT,)) * 2 + 2).astype(int)
    return np.choose(chosen, [drawn, powers, np.nextafter(powers, 0.0), np.zeros(COUNT)])


@pytest.mark.parametrize("name", FORMATS)
def test_the_measurements_of_every_machine_are_in_the_spans_of_every_other(name: str) -> None:
    fmt = FORMATS[name]
    for number in range(ROUNDS):
        true, share = truths(f"true {number}"), 2.0 ** -(number % 60)
        own = share * np.abs(uniform(f"own {number}", (COUNT,))) * fmt.u
        allowed = 4 * fmt.u * np.abs(true) + own
        answer = true + 3 * fmt.u * uniform(f"answer {number}", (COUNT,))
        machines = [
            compared(fmt, answer, true + own * uniform(f"{which} {number}", (COUNT,)), allowed, own)
            for which in ("here", "there")
        ]
        for one, other in (machines, machines[::-1]):
            possible = spans([one])
            for measurement, value in measured(other).items():
                assert value in possible[measurement], (number, measurement, possible[measurement])


def test_a_truth_without_an_error_leaves_one_measurement() -> None:
    value, answer = np.array([1.0, 3.0]), np.array([1.0, 3.5])
    each = compared(FORMATS["float32"], answer, value, np.ones(2), np.zeros(2))
    possible = spans([each])
    assert possible["worst_ulp"] == Span(0.5 / 2.0**-22, 0.5 / 2.0**-22)
    assert 0.5 in possible["worst_ratio"]
    assert 0.4999 not in possible["worst_ratio"]
    assert 0.5001 not in possible["worst_ratio"]


def test_the_span_is_as_wide_as_two_truths_are_apart() -> None:
    own = np.array([2.0**-26])
    each = compared(
        FORMATS["float32"], np.array([1.5 + 2.0**-23]), np.array([1.5]), np.array([2.0**-22]), own
    )
    assert spans([each])["worst_ulp"] == Span(0.75, 1.25)


def test_the_worst_of_several_comparisons_counts() -> None:
    near, far = (
        compared(FORMATS["float64"], np.array([1 + error]), np.ones(1), np.ones(1), np.zeros(1))
        for error in (0.25, 0.5)
    )
    assert spans([near, far]) == spans([far, near]) == spans([far])


def test_an_infinite_error_is_infinite_everywhere() -> None:
    answer, value = np.array([np.inf, 1.0]), np.array([2.0, 1.0])
    each = compared(FORMATS["float64"], answer, value, np.ones(2), np.full(2, 2.0**-53))
    assert spans([each])["worst_ratio"] == Span(np.inf, np.inf)
    assert spans([each])["worst_ulp"].low == 0


def test_exact_comparisons_leave_no_room() -> None:
    each = compared(FORMATS["float64"], np.ones(3), np.ones(3), np.zeros(3), np.zeros(3))
    assert spans([each]) == {"worst_ulp": Span(), "worst_ratio": Span()}
    assert spans([]) == {"worst_ulp": Span(), "worst_ratio": Span()}
