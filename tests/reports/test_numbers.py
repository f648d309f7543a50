"""How far an answer is off is told in words that say something, whatever its size."""

import math

import pytest

from nnspec.conformance.reports.numbers import compared, error, named, shown
from nnspec.conformance.run.record import Result

ULP = 2.0**-53


def off(answer: float, truth: float, bound_ulp: float = 4.0, quantity: str = "tanh") -> str:
    distance = abs(answer - truth)
    ulp = ULP * abs(truth or 1.0)
    details = {
        "quantity": quantity,
        "answer": answer,
        "truth": truth,
        "error": distance if not math.isnan(distance) else math.inf,
        "bound": bound_ulp * ulp,
        "error_ulp": distance / ulp,
        "bound_ulp": bound_ulp,
    }
    return error(details, "tanh")


@pytest.mark.parametrize(
    ("answer", "truth", "words"),
    [
        (0.5 + 64 * ULP, 0.5, "off by 128 ulp, bound 4"),
        (0.75, 0.5, "off by 50 %, bound 4.4e-14 %"),
        (1e75, 2.0, "5e+74 times the truth"),
        (0.5 * (1 + 3e-9), 0.5, "right in 8 of 15 digits"),
        (0.25, 0.0, "off by 0.25, bound 4.441e-16"),
        (math.nan, 0.5, "not a number"),
        (0.5, math.nan, "a number, where the truth is none"),
        (math.inf, 0.5, "infinite"),
        (0.5, math.inf, "finite, where the truth is infinite"),
        (-0.0, 0.0, "wrong in its sign"),
    ],
)
def test_an_error_is_told_in_words_that_say_something(
    answer: float, truth: float, words: str
) -> None:
    assert off(answer, truth) == words


def test_a_bound_that_is_infinite_is_not_told() -> None:
    assert off(0.75, 0.5, math.inf) == "off by 50 %"


def test_a_statistic_has_no_ulp() -> None:
    assert off(0.75, 0.5, 2.0**50, "mean") == "off by 0.25, bound 0.0625"


def result(**details: object) -> Result:
    held = {"quantity": "tanh", "answer": math.nan, "truth": 1.0, "error": math.inf}
    return Result(
        "tanh/accuracy", "MUST", "tanh", "case", None, "breaks", details={**held, **details}
    )


def test_an_element_is_told_with_its_place() -> None:
    assert named(result(index=[], shape=[])) == "answer"
    assert named(result(index=[0], shape=[1])) == "answer"
    assert named(result(index=[1, 2], shape=[2, 3])) == "answer[1, 2]"
    assert named(result(index=[70], shape=[99])) == "answer[70] of shape (99,)"
    assert compared(result(index=[1], shape=[2])) == "answer[1] nan  truth 1.0  not a number"


def test_long_rows_are_shortened_in_the_middle() -> None:
    assert shown([*range(8)]) == "[0, 1, 2, 3, 4, 5, 6, 7]"
    assert shown([*range(9)]) == "[0, 1, 2, 3, 4, 5, … 2 more …, 8]"
