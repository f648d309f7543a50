"""Eight Triton kernels conform on a CPU, by Triton's interpreter, and eight faults are rejected.

Triton and what it needs are two gigabytes, and no extra asks for them: without `pip install triton`
these tests are skipped. `python -m tests.interface.test_triton` prints a table.
"""

import os
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

import nnspec
from nnspec.conformance.terms.operations import OPERATIONS
from tests.interface.test_gate import FAULTS, RIGHT

FOLDER = Path(__file__).parent / "kernels"

pytestmark = pytest.mark.no_cover

# A fault shows in these, and the interpreter walks slowly over long rows.
FEW = ("softmax/accuracy", "activations/fresh", "activations/form")


@pytest.fixture(autouse=True)
def _interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("triton") is None:
        pytest.skip("triton is not installed")
    monkeypatch.setenv("TRITON_INTERPRET", "1")


def asked(file: str, name: str, operation: str, only: tuple[str, ...] = ()) -> nnspec.Verdict:
    """Return the verdict of the gate in float32."""
    how = {"dtypes": "float32", "seed": "fresh", "arrays": "torch", "only": only or None}
    return nnspec.check(f"{FOLDER / file}:{name}", operation, isolate=True, **how)


@pytest.mark.proof
@pytest.mark.parametrize("name", RIGHT)
def test_a_sample_of_each_kernel_conforms(name: str) -> None:
    page = OPERATIONS[name].page
    only = (f"{name}/accuracy", f"{page}/fresh", f"{page}/form[{name}]")
    assert asked(f"{name}.py", name, name, only)


@pytest.mark.study
@pytest.mark.parametrize("name", RIGHT)
def test_each_kernel_conforms(name: str) -> None:
    verdict = asked(f"{name}.py", name, name)
    assert verdict, str(verdict)


@pytest.mark.proof
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_rejected(name: str) -> None:
    assert asked("faults.py", name, "softmax", FEW).denied


def figures() -> None:
    """Print a line for each kernel: its verdict, and the seconds of the suite and of itself."""
    os.environ["TRITON_INTERPRET"] = "1"
    rows = [(f"{name}.py", name, name, ()) for name in RIGHT]
    rows += [("faults.py", name, "softmax", FEW) for name in FAULTS]
    for file, name, operation, only in rows:
        began = time.monotonic()
        try:
            verdict = asked(file, name, operation, only)
            said = "conforms" if verdict else verdict.clause or "partial"
            spent = f"{verdict.spent.suite:.1f} | {verdict.spent.kernel:.1f}"
        except nnspec.NoVerdict as none:
            said, spent = str(none)[:200], " | "
        print(f"| {name} | {said} | {spent} | {time.monotonic() - began:.1f} |", flush=True)


if __name__ == "__main__":
    figures()
