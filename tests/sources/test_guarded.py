"""An adapter beside the judge cannot change the judge, and what it leaves changed is told."""

import platform
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from nnspec.conformance.run import plan
from nnspec.conformance.run import run as running
from nnspec.conformance.run.record import BREAKING, CONFORMING, NONE, Record
from nnspec.conformance.sources import guarded, process, surroundings
from tests.sources.programs import PATIENT

# What an operation may do to its surroundings, and how that is told. The library of C rounds and
# flushes; the numbers are those of x86.
C = "import ctypes; m = ctypes.CDLL('libm.so.6'); "
FLUSH = (
    "e = ctypes.create_string_buffer(256); m.fegetenv(e); w = bytearray(e.raw); w[29] |= 0x80; "
    "w[28] |= 0x40; m.fesetenv(ctypes.create_string_buffer(bytes(w), 256))"
)
LEFT = {
    "np.seterr(over='raise')": "NumPy's errors at over raise",
    "import threading, time; "
    "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()": "threads, not ",
    C + "m.fesetround(0xC00)": "the rounding toward zero, not to nearest",
    C + "m.fesetround(0x400)": "the rounding downward, not to nearest",
    C + "m.fesetround(0x800)": "the rounding upward, not to nearest",
    C + FLUSH: "the subnormals flushed to zero, not kept",
}
REPLACED = {
    "np.count_nonzero = lambda *a, **k: 0": "numpy.count_nonzero",
    "np.abs = np.zeros_like": "numpy.abs",
    "np.linalg.norm = lambda *a, **k: 0.0": "numpy.linalg.norm",
    "import builtins; builtins.max = min": "builtins.max",
    "import math; math.isfinite = lambda x: True": "math.isfinite",
    "import sys; sys.modules['numpy'].all = lambda *a, **k: True": "numpy.all",
    "del np.isnan": "numpy.isnan",
}
x86 = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64",
    reason="the library of C and its numbers are others",
)


def text(lines: str, answer: str) -> str:
    body = textwrap.indent(lines, "    ")
    return f"import numpy as np\n\ndef relu(x):\n{body}\n    return {answer}\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])


def beside(said: str) -> Record:
    Path("it.py").write_text(said, encoding="utf-8")
    source = guarded.loaded("./it.py")
    planned = plan.plan(source.description, dtypes=("float64",), only=["relu/accuracy"])
    return running.run(planned, source)


def apart(said: str) -> Record:
    Path("it.py").write_text(said, encoding="utf-8")
    with process.worker("./it.py", limit=PATIENT, warm_up=PATIENT) as source:
        planned = plan.plan(source.description, dtypes=("float64",), only=["relu/accuracy"])
        return running.run(planned, source)


@pytest.mark.parametrize("lines", REPLACED)
def test_a_function_that_judges_is_put_back_and_there_is_no_verdict(lines: str) -> None:
    *module, name = REPLACED[lines].split(".")
    namespace = vars(sys.modules[".".join(module)])
    held = namespace[name]
    record = beside(text(lines, "np.maximum(x, 0)"))
    assert record.header["noticed"]["replaced"] == [f"relu replaced {REPLACED[lines]}"]
    assert record.verdict == NONE
    assert record.objections == (f"relu replaced {REPLACED[lines]}, which judges it",)
    assert namespace[name] is held


@pytest.mark.parametrize("lines", list(REPLACED)[:2])
def test_a_wrong_answer_is_wrong_whatever_is_replaced(lines: str) -> None:
    assert beside(text(lines, "x + 1")).verdict == BREAKING
    # At its import too.
    assert beside(f"import numpy as np\n{lines}\n{text('', 'x + 1')}").verdict == BREAKING


@x86
@pytest.mark.parametrize("lines", LEFT)
@pytest.mark.parametrize("run", [beside, pytest.param(apart, marks=pytest.mark.proof)])
def test_state_that_is_left_is_told_and_is_not_the_judges(run: object, lines: str) -> None:
    before = surroundings.state()
    record = run(text(lines, "np.maximum(x, 0)"))
    assert surroundings.state()[:3] == before[:3]
    assert any(LEFT[lines] in each for each in record.header["noticed"]["left"])
    assert all(each.startswith("relu left ") for each in record.header["noticed"]["left"])
    assert record.verdict == CONFORMING


def test_a_state_that_is_kept_is_not_told() -> None:
    record = beside(text("", "np.maximum(x, 0)"))
    assert record.header["noticed"] == {"process": ["shared with the judge"]}
    assert "noticed" not in apart(text("", "np.maximum(x, 0)")).header


def test_an_import_beside_the_judge_is_refused_and_told() -> None:
    lines = "try:\n    import nnspec.reference\nexcept ImportError:\n    pass"
    record = beside(text(lines, "np.maximum(x, 0)"))
    assert record.header["noticed"]["refused"] == ["import of nnspec.reference"]
    assert record.verdict == NONE


def test_the_bundled_reference_is_trusted_beside_the_judge() -> None:
    source = guarded.loaded("reference")
    planned = plan.plan(source.description, dtypes=("float64",), only=["tanh/accuracy"])
    assert running.run(planned, source).verdict == CONFORMING
    assert source.noticed.plain() == {"process": ["shared with the judge"]}


def test_the_state_goes_with_the_adapter() -> None:
    lines = "print(np.geterr()['over'])\nnp.seterr(over='raise')"
    Path("it.py").write_text(text(lines, "np.maximum(x, 0)"), encoding="utf-8")
    source, seen = guarded.loaded("./it.py"), []
    source._adapter.print = seen.append
    for _ in range(3):
        source.call("relu", [np.ones(3)], {})
        assert np.geterr()["over"] == seen[0]
    assert seen == [seen[0], "raise", "raise"]
