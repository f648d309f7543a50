"""Which differences of a written report and of the one that follows are told, and how."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from nnspec.conformance.command.differences import NOTHING, compared, different, shown
from nnspec.conformance.judge.elsewhere import Span
from nnspec.conformance.run import environment
from nnspec.conformance.terms.outcomes import VACUOUS

Report = dict[str, Any]
Change = Callable[[Report], Any]

BROKEN = {
    "clause": "relu/accuracy",
    "level": "MUST",
    "operation": "relu",
    "case": "one",
    "dtype": "float32",
    "outcome": "breaks",
    "expected": "known",
    "compared": 7,
    "measured": {"bits": 24},
    "rerun": "conformance certify it",
    "worst_ulp": 2.0,
    "worst_ratio": 4.0,
    "message": "is off",
    "details": {"truth": 1.0},
    "diagnosis": ["negated"],
}
OTHER = BROKEN | {"operation": "adam", "clause": "adam/accuracy", "outcome": "conforms"}
REPORT: Report = {
    "report": 2,
    "header": {"planned": 2, "seed": 0, **environment.found()},
    "results": [BROKEN, OTHER],
    "diagnoses": [{"operation": "relu", "names": ["negated"]}, {"operation": "adam", "names": []}],
    "pictures": [
        {"operation": "relu", "dtype": "float32", "points": [1]},
        {"operation": "adam", "dtype": "float32", "points": [2]},
    ],
    "summary": {"verdict": "breaks"},
}
NAME = "relu/accuracy[one,float32]"
SPANS = {NAME: {"worst_ulp": Span(1.5, 2.5), "worst_ratio": Span(4.0, 4.0)}}


def differences(change: Change, *more: Any) -> list[str]:
    """Return what is told of a report that was changed."""
    written = deepcopy(REPORT)
    change(written)
    return list(compared(written, deepcopy(REPORT), *more))


def of_result(**changes: Any) -> Change:
    return lambda report: report["results"][0].update(changes)


def test_a_report_that_follows_differs_nowhere() -> None:
    assert differences(lambda report: None) == []
    assert differences(lambda report: None, SPANS) == []
    assert differences(lambda report: None, None, frozenset({NAME})) == []


@pytest.mark.parametrize("name", BROKEN)
def test_every_part_of_a_result_is_compared_on_the_same_machine(name: str) -> None:
    told = differences(of_result(**{name: "other"}))
    assert any("other" in each for each in told)


COARSE = ("level", "operation", "outcome", "expected", "compared", "measured", "rerun")


@pytest.mark.parametrize("name", COARSE)
def test_of_another_machine_what_the_last_bits_do_not_decide_is_compared(name: str) -> None:
    assert differences(of_result(**{name: "other"}), SPANS) == [
        f"{NAME}.{name} is 'other'; from the recorded answers follows {BROKEN[name]!r}"
    ]


@pytest.mark.parametrize("name", ["message", "details", "diagnosis"])
def test_of_another_machine_words_are_not_compared(name: str) -> None:
    assert differences(of_result(**{name: "other"}), SPANS) == []


def test_of_another_machine_libraries_pictures_and_diagnoses_are_not_compared() -> None:
    def change(report: Report) -> None:
        report["header"]["machine"] = {"processor": "abacus"}
        report["pictures"], report["diagnoses"] = [1], [2]

    assert differences(change, SPANS) == []
    assert len(differences(change)) > 2


def test_of_another_machine_the_header_is_compared() -> None:
    assert differences(lambda report: report["header"].update(seed=1), SPANS) == [
        "header.seed is 1; from the recorded answers follows 0"
    ]


@pytest.mark.parametrize(
    ("ulp", "possible"), [(1.5, True), (2.5, True), (1.4, False), (2.6, False)]
)
def test_of_another_machine_a_measurement_lies_in_its_span(
    ulp: float,
    possible: bool,  # noqa: FBT001
) -> None:
    said = f"{NAME}.worst_ulp is {ulp}; from the recorded answers follows a number from 1.5 to 2.5"
    assert differences(of_result(worst_ulp=ulp), SPANS) == ([] if possible else [said])


@pytest.mark.parametrize("name", ["message", "details", "diagnosis"])
def test_of_a_case_that_is_partly_recorded_words_are_not_compared(name: str) -> None:
    assert differences(of_result(**{name: "other"}), None, frozenset({NAME})) == []
    assert differences(of_result(**{name: "other"}), None, frozenset({"another"})) != []


@pytest.mark.parametrize("name", [*COARSE[2:], "level", "worst_ulp", "worst_ratio"])
def test_of_a_case_that_is_partly_recorded_the_numbers_are_compared(name: str) -> None:
    told = differences(of_result(**{name: "other"}), None, frozenset({NAME}))
    assert [each.partition(" is ")[0] for each in told] == [f"{NAME}.{name}"]


@pytest.mark.parametrize("part", ["pictures", "diagnoses"])
def test_pictures_and_diagnoses_of_other_operations_are_compared(part: str) -> None:
    def change(place: int) -> Change:
        return lambda report: report[part][place].update(points="other")

    partly = frozenset({NAME})
    assert differences(change(0), None, partly) == []
    assert len(differences(change(1), None, partly)) == 1
    assert len(differences(change(0))) == 1


def test_the_frames_of_an_error_of_the_suite_are_not_compared() -> None:
    erred, written = deepcopy(REPORT), deepcopy(REPORT)
    for report, frames in ((erred, "here"), (written, "there")):
        report["results"][0] |= {"outcome": VACUOUS, "details": {"traceback": frames}}
    assert list(compared(written, erred)) == []
    written["results"][0]["message"] = "other"
    assert list(compared(written, erred)) == [
        f"{NAME}.message is 'other'; from the recorded answers follows 'is off'"
    ]


def test_what_a_search_found_is_not_compared() -> None:
    assert differences(lambda report: report.update(exploration=1, smaller=[2])) == []


def test_results_that_are_lost_doubled_or_exchanged_are_told() -> None:
    follow = "times among the results;"
    assert differences(lambda report: report["results"].pop(0)) == [
        f"{NAME} stands 0 {follow} 1 follow from the recorded answers"
    ]
    assert differences(lambda report: report["results"].append(BROKEN)) == [
        f"{NAME} stands 2 {follow} 1 follow from the recorded answers"
    ]
    assert differences(lambda report: report["results"].reverse()) == [
        "the results stand in another order than they were planned in"
    ]


def test_a_case_without_a_format_is_named_without_one() -> None:
    assert differences(of_result(dtype=None))[0].startswith("relu/accuracy[one] stands 1 times")


def test_the_innermost_difference_is_told_with_the_value_that_is_not_there() -> None:
    assert list(different("a", {"b": {"c": 1}, "d": 2}, {"b": {"c": 1.0}})) == [
        "a.b.c is 1; from the recorded answers follows 1.0",
        "a.d is 2; from the recorded answers follows nothing",
    ]
    assert list(different("a", None, NOTHING, "the file has")) == [
        "a is None; the file has nothing"
    ]


@pytest.mark.parametrize(("length", "cut"), [(118, False), (119, True)])
def test_a_long_value_is_shortened_behind_120_characters(
    length: int,
    cut: bool,  # noqa: FBT001
) -> None:
    assert shown("x" * length) == (f"'{'x' * 119}…" if cut else f"'{'x' * length}'")
