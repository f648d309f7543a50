"""Comparisons: what is admitted at the edges of a format, and that everything else is not."""

import numpy as np
import pytest

from nnspec import spec
from nnspec.conformance.judge.errors import Judged
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.trial import Tally, Trial
from nnspec.conformance.pages.activations.inputs import filled
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.outcomes import Broken

IMPLEMENTATION = Implementation(
    InProcess(type("Adapter", (), {"relu": staticmethod(rounded("relu"))})), "float32"
)
CASE = filled("relu", "one", [1.0], "float32")
HUGE, ULP = FORMATS["float32"].maximum, float(FORMATS["float32"].ulp(FORMATS["float32"].maximum))


def trial_of(case: Case) -> Trial:
    return Trial(IMPLEMENTATION, case, spec.clauses()["relu/accuracy"])


def near(actual: float, value: float, allowed: float) -> bool:
    trial = trial_of(CASE)
    try:
        trial.near(np.array([actual]), value, allowed, "it")
    except Broken:
        return False
    finally:
        assert trial.compared == 1
    return True


def between(actual: float, low: float, high: float) -> bool:
    try:
        trial_of(CASE).between(np.array([actual]), low, high, "it")
    except Broken:
        return False
    return True


EDGES = [
    (1.0, 1.0, 0.0, True),
    (1.0, 1.5, 0.5, True),
    (1.0, 1.5, 0.4999, False),
    (np.nan, np.nan, np.nan, True),
    (np.nan, 1.0, np.inf, False),
    (1.0, np.nan, 1.0, False),
    (1.0, 2.0, np.nan, True),
    (np.inf, np.inf, 0.0, True),
    (-np.inf, np.inf, np.inf, False),
    (1e38, np.inf, np.inf, False),
    (np.inf, HUGE, ULP / 2, True),
    (np.inf, HUGE, ULP / 4, False),
    (np.inf, 1.0, 1e30, False),
    (-0.0, 0.0, 0.0, True),
]


@pytest.mark.parametrize(("actual", "value", "allowed", "right"), EDGES)
def test_an_answer_is_right_within_its_bound_and_at_the_same_specials(
    actual: float, value: float, allowed: float, *, right: bool
) -> None:
    assert near(actual, value, allowed) is right


@pytest.mark.parametrize(("actual", "value", "allowed", "right"), EDGES)
def test_what_is_kept_for_the_diagnosis_is_right_where_the_verdict_says_so(
    actual: float, value: float, allowed: float, *, right: bool
) -> None:
    answer, truth, bound = (np.array([each]) for each in (actual, value, allowed))
    judged = Judged(CASE, FORMATS["float32"], answer, truth, np.zeros(1), bound)
    assert judged.right == [right]
    assert judged.admits(answer) == [right]


@pytest.mark.parametrize(
    ("answer", "right"), [(1.0 + 2.0**-52, True), (1.0, False), (np.nan, False)]
)
def test_the_low_part_of_a_truth_belongs_to_it(answer: float, *, right: bool) -> None:
    # The truth 1 + 2⁻⁵³ + 2⁻⁶⁰ lies beyond the middle between 1 and the next number.
    low = np.array([2.0**-53 + 2.0**-60])
    allowed = np.array([2.0**-53])
    judged = Judged(CASE, FORMATS["float64"], np.array([answer]), np.ones(1), low, allowed)
    assert judged.right == [right]


@pytest.mark.parametrize(
    ("actual", "low", "high", "right"),
    [
        (0.5, 0.0, 1.0, True),
        (1.0, 0.0, 1.0, True),
        (1.0 + 2.0**-23, 0.0, 1.0, False),
        (-np.inf, -np.inf, 0.0, True),
        (-1e300, -np.inf, 0.0, True),
        (np.nan, -np.inf, np.inf, False),
        (np.inf, 0.0, 1.0, False),
    ],
)
def test_between_holds_its_ends_and_never_nan(
    actual: float, low: float, high: float, *, right: bool
) -> None:
    assert between(actual, low, high) is right


def test_the_worst_element_is_the_one_that_is_shown() -> None:
    case = filled("relu", "three", [1.0, 2.0, 3.0], "float32")
    with pytest.raises(Broken) as broken:
        trial_of(case).near(np.array([1.0, 2.5, 4.0]), [1.0, 2.0, 3.0], [0.1, 0.1, 0.5], "it")
    assert broken.value.message == "2 of 3 values are outside the bound"
    details = broken.value.details
    assert (details["index"], details["input"], details["answer"], details["truth"]) == (
        [1],
        {"x": [1.0, 2.0, 3.0]},
        2.5,
        2.0,
    )
    assert details["error"] == 0.5
    assert details["error_ulp"] == 0.5 / 2.0**-22


def test_a_trial_of_another_case_counts_in_the_same_tally() -> None:
    trial = trial_of(CASE)
    other = trial.of(filled("relu", "three", [1.0, 2.0, 3.0], "float32"))
    assert (trial.compared, other.compared) == (0, 0)
    other.answer()
    assert trial.compared == other.compared == 3
    trial.answer()
    assert trial.compared == other.compared == 4
    assert [judged.case for judged in trial.tally.judged] == [other.case, CASE]
    assert other.clause is trial.clause


def test_trials_of_two_cases_share_nothing() -> None:
    first, second = trial_of(CASE), trial_of(CASE)
    first.measure("derivative at 0", 0.0)
    first.answer()
    assert second.tally == Tally()


def test_only_comparisons_count() -> None:
    trial = trial_of(CASE)
    trial.shape()
    trial.call()
    trial.measure("derivative at 0", 0.0)
    assert trial.compared == 0
    trial.sign(np.array([1.0]), negative=False)
    assert trial.compared == 1


def test_a_short_array_is_shown_whole_and_a_long_one_by_its_element() -> None:
    for length, shown in ((12, [*map(float, range(1, 13))]), (13, 2.0)):
        numbers = np.arange(1.0, length + 1)
        case = filled("relu", "some", list(numbers), "float32")
        answer = numbers + (numbers == 2.0)
        with pytest.raises(Broken) as broken:
            trial_of(case).near(answer, numbers, np.full(length, 0.1), "it")
        assert broken.value.details["input"] == {"x": shown}
        assert broken.value.details["shape"] == [length]
