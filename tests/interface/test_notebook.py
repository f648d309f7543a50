"""In a notebook a verdict is a table, and a function of a cell is judged."""

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

DEFINED = """
import numpy as np
import nnspec


def softmax(x, *, axis):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)
"""

CHECKED = """
verdict = nnspec.check(softmax, "softmax", dtypes="float32")
verdict
"""

RAISED = """
try:
    verdict.expect()
except nnspec.ClauseFailed as error:
    frame = error.__traceback__
    while frame.tb_next:
        frame = frame.tb_next
    print(frame.tb_frame.f_code.co_name)
"""

ISOLATED = """
try:
    nnspec.check(softmax, "softmax", isolate=True)
except nnspec.NoVerdict as error:
    print(error)
"""

CELLS = (DEFINED, CHECKED, "print(verdict)", RAISED, ISOLATED)


def test_a_function_of_a_cell_is_judged_and_its_verdict_is_a_table() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    (shown,), (printed,), (raised,), (refused,) = (cell.outputs for cell in notebook.cells[1:])
    assert "<th" in shown.data["text/html"]
    assert "exponentiates_without_a_shift" in shown.data["text/html"]
    assert shown.data["text/plain"].startswith("✗ softmax does not conform to softmax.")
    assert "The call again:" in printed.text
    assert printed.name == "stdout"
    assert raised.text == "softmax\n"
    assert "has to import the function" in refused.text
