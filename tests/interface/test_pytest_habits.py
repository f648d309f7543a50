"""What users of pytest expect: the failing frame is theirs, and ids can be pasted back."""

from pathlib import Path

import pytest

from tests.interface.sessions import project, session

ADAPTER = ("--adapter", "./my_adapter.py")
WRONG = "nnspec::activations::softmax/accuracy[float32]"
RAISING = "nnspec::activations::tanh/accuracy[float32]"

pytestmark = pytest.mark.no_cover


def test_an_id_is_pasted_back_and_the_failing_frame_is_the_users(tmp_path: Path) -> None:
    ended = session(project(tmp_path), *ADAPTER, WRONG)
    assert ended.returncode == 1
    told = ended.stdout
    assert f"FAILED {WRONG} - nnspec.ClauseFailed: ✗ softmax  behaves as if: expon" in told
    assert "1 failed in" in told
    assert ">       return my_network.softmax(x, axis)" in told
    assert "my_adapter.py:9: ClauseFailed" in told
    assert "conformance certify ./my_adapter.py --only 'softmax/accuracy[" in told
    assert "pytest_plugin.py" not in told
    assert "nnspec: 3 of 77 operations are offered; absent: identity, " in told


@pytest.mark.proof
@pytest.mark.parametrize(
    ("style", "present", "absent"),
    [
        ("short", "my_adapter.py:9: in softmax", "> "),
        ("line", "my_adapter.py:9: nnspec.ClauseFailed: ✗ softmax  behaves as if", "> "),
        ("native", 'my_adapter.py", line 9, in softmax', "pluggy"),
        ("no", "1 failed", "MUST softmax/accuracy"),
    ],
)
def test_styles_of_tracebacks_are_those_of_any_test(
    tmp_path: Path, style: str, present: str, absent: str
) -> None:
    told = session(project(tmp_path), *ADAPTER, WRONG, f"--tb={style}").stdout
    assert present in told
    assert absent not in told


@pytest.mark.proof
@pytest.mark.parametrize(
    ("item", "typed", "shown"),
    [
        (WRONG, "p axis\nq\n", "my_adapter.py(9)softmax()"),
        (RAISING, "p x.dtype\nq\n", "my_network.py(16)tanh()"),
        ("test_mine.py::test_clause[softmax/accuracy[float32]]", "p total\nq\n", "softmax()"),
    ],
)
def test_the_debugger_stops_in_the_users_function(
    tmp_path: Path, item: str, typed: str, shown: str
) -> None:
    told = session(project(tmp_path), *ADAPTER, item, "--pdb", "--tb=no", typed=typed).stdout
    assert f"> {tmp_path}" in told
    assert shown in told
    assert "NameError" not in told


@pytest.mark.proof
def test_an_exception_of_the_users_function_is_its_own(tmp_path: Path) -> None:
    told = session(project(tmp_path), *ADAPTER, RAISING).stdout
    assert "E       KeyError: 'a key that is missing'" in told
    assert "my_network.py:16: KeyError" in told
    assert "✗ MUST tanh crashes  tanh raised KeyError" in told
    assert f"FAILED {RAISING} - KeyError: 'a key that is missing'" in told


def test_clauses_are_parameters_of_ones_own_test(tmp_path: Path) -> None:
    folder = project(tmp_path)
    listed = session(folder, "test_mine.py", "--co").stdout
    assert "test_mine.py::test_clause[activations/form[softmax,float32]]" in listed
    assert listed.count("[relu/accuracy[float32]]") == 1
    named = "test_mine.py::test_clause[softmax/accuracy[float32]]"
    told = session(folder, named).stdout
    assert ">       return e / total" in told
    assert "my_network.py:12: ClauseFailed" in told
    assert "conformance certify test_mine:Layers --only 'softmax/accuracy[" in told
    assert f"FAILED {named}" in told
    assert "1 passed" in session(folder, "test_mine.py", "-k", "relu").stdout


@pytest.mark.proof
def test_a_diagnosis_is_of_all_cases_that_the_session_runs(tmp_path: Path) -> None:
    folder = project(tmp_path)
    whole = session(folder, *ADAPTER, "--pyargs", "nnspec", "-k", "softmax").stdout
    assert whole.count("(13 of 13 failing cases, in float32)") == 6
    assert "exponentiates_without_a_shift, Computes e^x / Σ e^x as it stands, which " in whole
    assert "underflows. (13 failing cases)" in whole
    assert "(3 of 3 failing cases, in float32)" in session(folder, *ADAPTER, WRONG).stdout


@pytest.mark.proof
def test_warnings_that_are_errors_change_no_verdict(tmp_path: Path) -> None:
    told = session(project(tmp_path), *ADAPTER, WRONG, "-W", "error").stdout
    assert "behaves as if: exponentiates_without_a_shift" in told


def test_a_session_does_not_import_what_it_does_not_use(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "test_mine.py").write_text(
        "import sys\nimport nnspec\n\n\ndef test_none():\n"
        "    assert nnspec.check(lambda x: x, 'identity', only='identity/accuracy')\n"
        "    assert not {'hypothesis', 'pytest_cov', 'coverage'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    alone = ("-p", "no:hypothesispytest", "-p", "no:pytest_cov")
    assert session(folder, "test_mine.py", *alone).returncode == 0
