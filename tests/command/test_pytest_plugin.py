"""The suite as pytest items gives the verdicts of `conformance certify`, and everything that
pytest users expect works."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from nnspec.conformance.run import plan, run
from nnspec.conformance.run.record import Result
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.loading import load

ADAPTER = """
import numpy as np
import my_network

name = "my network"
dtypes = ("float32",)
expected_failures = {expected}


def sigmoid(x):
    return my_network.sigmoid(x)


def relu(x):
    return my_network.relu(x)
"""

NETWORK = """
import numpy as np


def sigmoid(x):
    with np.errstate(over="ignore"):
        return {sigmoid}


def relu(x):
    if x.size > 10**9:
        return None
    return np.maximum(x, 0)
"""

# Seconds in which a session ends however busy the machine is: it takes ten of processor time, and
# has taken ninety beside eight others.
PATIENT = 600


def folder(path: Path, sigmoid: str = "1 / (1 + np.exp(-x))", expected: str = "{}") -> Path:
    (path / "adapter.py").write_text(ADAPTER.format(expected=expected), encoding="utf-8")
    (path / "my_network.py").write_text(NETWORK.format(sigmoid=sigmoid), encoding="utf-8")
    return path


def pytest_in(
    path: Path, *arguments: str, adapter: str = "./adapter.py"
) -> subprocess.CompletedProcess[str]:
    named = ["--adapter", adapter] if adapter else []
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--pyargs",
        "nnspec",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        *named,
        *arguments,
    ]
    return subprocess.run(
        command, cwd=path, capture_output=True, text=True, check=False, timeout=PATIENT
    )


def counts(output: str) -> dict[str, int]:
    return {
        word: int(number)
        for number, word in re.findall(
            r"(\d+) (passed|failed|skipped|xfailed|deselected)", output.splitlines()[-1]
        )
    }


@pytest.mark.proof
def test_the_verdicts_are_those_of_certify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path, sigmoid="0.5 * (1 + np.tanh(x / 2))")
    session = pytest_in(tmp_path, "-q", "--junitxml=junit.xml")
    assert session.returncode == 1, session.stdout
    monkeypatch.chdir(tmp_path)
    source = InProcess(*load("./adapter.py"))
    record = run.run(plan.plan(source.description), source)
    offered = [each for each in record.results if each.operation in ("sigmoid", "relu")]
    failed = {named(each) for each in offered if each.failed and each.level == "MUST"}
    (tests,) = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314  our own file
    assert {case.get("name") for case in tests if case.find("failure") is not None} == failed
    assert failed
    assert len(tests) == len({named(each) for each in offered})
    assert {case.get("classname") for case in tests} == {"nnspec.activations"}


def named(result: Result) -> str:
    """Return the name of the item that a result is part of."""
    alone = result.clause.startswith(f"{result.operation}/")
    return f"{result.clause}[{'' if alone else f'{result.operation},'}{result.dtype}]"


def test_a_failure_shows_input_truth_diagnosis_and_the_line_that_repeats_it(tmp_path: Path) -> None:
    session = pytest_in(
        folder(tmp_path, sigmoid="0.5 * (1 + np.tanh(x / 2))"), "-k", "sigmoid/accuracy"
    )
    assert "MUST sigmoid/accuracy" in session.stdout
    assert "conformance certify ./adapter.py --only 'sigmoid/accuracy[" in session.stdout
    assert "✗ sigmoid  behaves as if: shifts_tanh" in session.stdout
    assert session.stdout.count("nnspec: sigmoid behaves as if: shifts_tanh, ") == 1
    assert "truth" in session.stdout


ERRING = """
from nnspec.conformance.run import plan


def pytest_configure(config):
    checks = plan.checks()
    plan.checks = lambda: {**checks, "relu/nan": lambda trial: 1 / 0}
"""


@pytest.mark.proof
def test_an_error_of_the_suite_fails_also_where_the_clause_is_a_should(tmp_path: Path) -> None:
    (folder(tmp_path) / "erring.py").write_text(ERRING, encoding="utf-8")
    session = pytest_in(tmp_path, "-p", "erring", "-k", "relu/nan and not leaky", "-q")
    assert session.returncode == 1, session.stdout
    assert "an error of the suite: ZeroDivisionError" in session.stdout
    assert counts(session.stdout)["failed"] > 0


@pytest.mark.proof
def test_shoulds_are_xfailed_and_absent_operations_are_told_in_a_line(tmp_path: Path) -> None:
    session = pytest_in(folder(tmp_path), "-q")
    assert session.returncode == 0, session.stdout
    found = counts(session.stdout)
    assert found["passed"] > 0
    assert found["xfailed"] > 0
    assert "skipped" not in found
    assert session.stdout.count("2 of 77 operations are offered; absent: identity, ") == 1


@pytest.mark.proof
@pytest.mark.no_cover
def test_two_workers_give_the_same_verdicts_and_select_the_same(tmp_path: Path) -> None:
    folder(tmp_path)
    alone, shared = (
        counts(pytest_in(tmp_path, "-q", *arguments).stdout) for arguments in ((), ("-n", "2"))
    )
    assert alone == shared
    selected = counts(pytest_in(tmp_path, "-q", "-n", "2", "-k", "sigmoid").stdout)
    assert 0 < selected["passed"] < alone["passed"]


@pytest.mark.proof
def test_coverage_is_that_of_the_users_own_lines(tmp_path: Path) -> None:
    session = pytest_in(folder(tmp_path), "-q", "--cov=my_network", "--cov-report=term-missing")
    line = next(line for line in session.stdout.splitlines() if line.startswith("my_network.py"))
    assert line.split()[1:] == ["8", "1", "88%", "12"], line


@pytest.mark.proof
def test_an_expected_failure_is_xfailed(tmp_path: Path) -> None:
    expected = {"sigmoid/accuracy": "tanh, by design"}
    session = pytest_in(
        folder(tmp_path, sigmoid="0.5 * (1 + np.tanh(x / 2))", expected=repr(expected)),
        "-q",
        "-k",
        "sigmoid/accuracy",
    )
    assert session.returncode == 0, session.stdout
    assert counts(session.stdout)["xfailed"] == 1


@pytest.mark.proof
def test_an_unexpected_pass_fails_the_session(tmp_path: Path) -> None:
    session = pytest_in(
        folder(tmp_path, expected="{'sigmoid/accuracy': 'we thought so'}"), "-q", "-k", "accuracy"
    )
    assert session.returncode == 1
    assert "sigmoid/accuracy conforms; the adapter expects it to fail" in session.stdout


@pytest.mark.proof
@pytest.mark.no_cover
def test_the_adapter_can_be_named_by_the_environment_and_by_the_ini_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder(tmp_path)
    assert "the suite needs an adapter" in pytest_in(tmp_path, adapter="").stdout
    (tmp_path / "pytest.ini").write_text("[pytest]\nadapter = ./adapter.py\n", encoding="utf-8")
    assert (
        counts(pytest_in(tmp_path, "-q", "-k", "relu/accuracy", adapter="").stdout)["passed"] == 1
    )
    monkeypatch.setenv("CONFORMANCE_ADAPTER", "./nowhere.py")
    assert "nowhere.py" in pytest_in(tmp_path, adapter="").stdout
    # A variable that a script has left empty selects nothing else.
    monkeypatch.setenv("CONFORMANCE_ADAPTER", "")
    assert "or the ini option `adapter`; got ''" in pytest_in(tmp_path, adapter="").stdout


@pytest.mark.proof
def test_an_adapter_that_offers_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text('name = "empty"\n', encoding="utf-8")
    session = pytest_in(tmp_path, adapter="./empty.py")
    assert session.returncode != 0
    assert "offers none of the operations" in session.stdout


@pytest.mark.proof
def test_a_session_that_loses_items_fails_and_says_which(tmp_path: Path) -> None:
    (folder(tmp_path) / "conftest.py").write_text(
        "def pytest_runtest_protocol(item, nextitem):\n"
        "    return True if 'relu/accuracy' in item.nodeid else None\n",
        encoding="utf-8",
    )
    session = pytest_in(tmp_path, "-q")
    assert session.returncode == 1, session.stdout
    assert "planned items were not reported" in session.stdout
    assert "relu/accuracy[float32] among them" in session.stdout


def test_a_session_of_something_else_does_not_load_numpy(tmp_path: Path) -> None:
    (tmp_path / "test_else.py").write_text(
        "import sys\n\ndef test_else():\n    assert 'numpy' not in sys.modules\n", encoding="utf-8"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        "test_else.py",
    ]
    session = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENT
    )
    assert session.returncode == 0, session.stdout
