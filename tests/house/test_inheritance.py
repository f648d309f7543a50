"""No test depends on what its session inherits: variables of the terminal and of pytest, an input
that is closed, and a SIGINT that is ignored, as in the background of a shell."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import INHERITED

ROOT = Path(__file__).parents[2]

# Tests that failed under these variables, or with SIGINT ignored.
ONCE_FAILED = (
    (
        "tests/interface/test_pytest_habits.py::"
        "test_styles_of_tracebacks_are_those_of_any_test[no-1 failed-MUST softmax/accuracy]"
    ),
    (
        "tests/command/test_cli.py::"
        "test_explain_shows_what_fails_and_which_given_values_a_clause_speaks_of"
    ),
    (
        "tests/reports/test_html.py::"
        "test_hostile_text_is_text_in_every_format_and_not_longer_than_can_be_read"
    ),
    "tests/run/test_denials.py",
    "tests/search/test_sweep_command.py::test_ctrl_c_loses_nothing_and_nothing_is_done_again",
    (
        "tests/run/test_jobs_end.py::"
        "test_whoever_interrupts_the_run_or_kills_it_ends_every_process[SIGINT]"
    ),
)

# A value of each variable that changes what a program does.
HOSTILE = {
    "COLUMNS": "40",
    "LINES": "3",
    "CONFORMANCE_ADAPTER": "nonesuch",
    "PYTEST_ADDOPTS": "--color=yes",
    "PYTHONWARNINGS": "default",
    "TERM": "xterm-256color",
}


def test_what_presses_ctrl_c_lets_it_reach_the_program() -> None:
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        if "signal.SIGINT" in text and path != Path(__file__):
            assert '@pytest.mark.usefixtures("interruptible")' in text, path.name


@pytest.mark.parametrize("name", INHERITED)
def test_a_variable_that_changes_an_output_is_left_out(name: str) -> None:
    assert name not in os.environ


@pytest.mark.proof
@pytest.mark.no_cover
def test_tests_pass_in_the_background_with_other_variables_and_without_an_input() -> None:
    environment = os.environ | dict.fromkeys(INHERITED, "1") | HOSTILE
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "", "-p", "no:cacheprovider", *ONCE_FAILED],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
