"""The report of one fault is short: of the instances, at most fifteen lines in the median."""

from statistics import median

import pytest

from nnspec.conformance.reports import failures
from tests.diagnosis import instances, measure
from tests.diagnosis.fault import Fault

_MOST = 15
_FIRST = 3


def told(fault: Fault) -> list[str]:
    record = measure.judged(fault, [], whole=False, dtypes=("float64",))
    failed = [each for each in record.results if each.failed]
    return failures.text(failed, record.diagnoses).splitlines()


@pytest.mark.proof
@pytest.mark.no_cover
def test_the_report_of_one_fault_has_fifteen_lines_in_the_median_and_begins_with_its_name() -> None:
    reports = [told(each) for each in instances.faults()]
    assert median(len(lines) for lines in reports) <= _MOST
    for lines in reports:
        names = [place for place, line in enumerate(lines) if "behaves as if: " in line]
        assert not names or names[0] < _FIRST
