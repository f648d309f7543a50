"""A plugin of pytest that writes down how long each test takes, and which ones pass.

It lets programs that a test starts measure their coverage under the name of that test: the file
that `RC` names takes its context from `PYTEST_CURRENT_TEST`.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Names the configuration of coverage in this process, and the file for the seconds.
RC, SECONDS = "MUTATION_RC", "MUTATION_SECONDS"

_took: dict[str, float] = {}
_failed: set[str] = set()


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Let children measure themselves; this process is measured by pytest-cov already."""
    os.environ["COVERAGE_PROCESS_START"] = os.environ[RC]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure what a test takes of the processor, its fixtures and its children included."""
    began = sum(os.times()[:4])
    result = yield
    _took[item.nodeid] = sum(os.times()[:4]) - began
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the tests that do not pass."""
    if report.failed or report.skipped:
        _failed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Write the seconds of the tests that pass."""
    passed = {name: round(took, 3) for name, took in _took.items() if name not in _failed}
    Path(os.environ[SECONDS]).write_text(json.dumps(passed), encoding="utf-8")
