"""An adapter that would let the suite answer for it is refused what it needs, and it is told."""

import shlex
import sys
import textwrap
from pathlib import Path

import pytest

from nnspec.conformance.run import plan
from nnspec.conformance.run import run as running
from nnspec.conformance.run.record import CONFORMING, NONE, Record
from nnspec.conformance.sources import boundary, process
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.terms.outcomes import CONFORMS
from tests.sources.programs import PATIENT

ROOT = Path(boundary.__file__).parents[2]

RELU = """
    import numpy as np

    def relu(x):
        return np.maximum(x, 0)
"""

# How an adapter may come by the reference, and how that is told.
BY_NAME = {
    "import nnspec.reference": "import of nnspec.reference",
    "from nnspec import reference": "import of nnspec.reference",
    "from nnspec.reference import softmax": "import of nnspec.reference",
    "import importlib; importlib.import_module('nnspec.reference.clipping')": (
        "import of nnspec.reference"
    ),
    "__import__('nnspec.conformance.terms.formats')": "import of nnspec.conformance.terms",
    "import nnspec.conformance.judge.judge": "import of nnspec.conformance.judge",
    "from nnspec.conformance.bounds import truth": "import of nnspec.conformance.bounds",
    "from nnspec.conformance.sources import worker": "import of nnspec.conformance.sources",
    "from nnspec.spec import vectors": "import of nnspec.spec",
    "from nnspec.conformance.adapters import loopback": (
        "import of nnspec.conformance.adapters.loopback"
    ),
    "from nnspec.conformance.adapters.reference import relu": (
        "import of nnspec.conformance.adapters.reference"
    ),
}
BY_PATH = {
    "import importlib.util as u; s = u.spec_from_file_location('x', {file!r}); "
    "s.loader.exec_module(u.module_from_spec(s))": "reading of reference/clipping.py",
    "exec(open({file!r}).read())": "reading of reference/clipping.py",
    "from pathlib import Path; Path({file!r}).read_bytes()": "reading of reference/clipping.py",
    "import os; os.open({file!r}, 0)": "reading of reference/clipping.py",
    "import linecache; linecache.getlines({file!r})": "reading of reference/clipping.py",
    "import os; os.path.exists('l') or os.symlink({file!r}, 'l'); open('l')": (
        "reading of reference/clipping.py"
    ),
    "import numpy; numpy.load({vectors!r})": "reading of spec/",
}
BY_CHILDREN = {
    "import subprocess, sys; "
    "subprocess.run([sys.executable, '-c', {code!r}], check=True)": "import of nnspec.reference",
    "import os, sys; os.system(sys.executable + ' -m nnspec --version') and 1 / 0": (
        "import of nnspec.__main__"
    ),
    "import os\npid = os.fork()\nif not pid:\n    import nnspec.reference\nos.waitpid(pid, 0)": (
        "import of nnspec.reference"
    ),
}
WAYS = BY_NAME | BY_PATH | BY_CHILDREN


def filled(way: str) -> str:
    return way.format(
        file=str(ROOT / "reference/clipping.py"),
        vectors=str(next(iter(sorted((ROOT / "spec/vectors").rglob("*.json"))))),
        code=f"import sys; sys.path[:] = {sys.path!r}; import nnspec.reference",
    )


def certified(text: str, command: str = "") -> Record:
    Path("it.py").write_text(textwrap.dedent(text), encoding="utf-8")
    limits = {"limit": PATIENT, "warm_up": PATIENT}
    with (
        process.Process(shlex.split(command), **limits)
        if command
        else process.worker("./it.py", **limits)
    ) as source:
        planned = plan.plan(source.description, dtypes=("float64",), only=["relu/accuracy"])
        return running.run(planned, source)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("way", ["from nnspec.reference import relu", *BY_PATH][:2])
def test_an_adapter_that_needs_what_is_refused_to_it_cannot_be_loaded(way: str) -> None:
    with pytest.raises(AdapterError, match="belongs to the suite, which refuses it"):
        certified(f"{filled(way)}\n")


def _tried(way: str, where: str) -> Record:
    lines = textwrap.indent(
        f"try:\n{textwrap.indent(filled(way), '    ')}\nexcept Exception: pass", ""
    )
    if where == "at its import":
        return certified(f"{lines}\n{textwrap.dedent(RELU)}")
    inside = textwrap.indent(lines, "    ")
    return certified(f"import numpy as np\ndef relu(x):\n{inside}\n    return np.maximum(x, 0)\n")


@pytest.mark.parametrize(
    ("way", "where"), [(next(iter(ways)), "in a call") for ways in (BY_NAME, BY_PATH, BY_CHILDREN)]
)
def test_a_try_in_a_call_is_told_in_the_verdict(way: str, where: str) -> None:
    record = _tried(way, where)
    assert {result.outcome for result in record.results} == {CONFORMS}
    refused = record.header["noticed"]["refused"]
    assert any(each.startswith(WAYS[way]) for each in refused)
    assert record.verdict == NONE
    said = [f"the adapter tried the {each}, which the suite refused" for each in refused]
    assert list(record.objections) == said


@pytest.mark.proof
@pytest.mark.parametrize("where", ["at its import", "in a call"])
@pytest.mark.parametrize("way", WAYS)
def test_every_try_is_told_in_the_verdict(way: str, where: str) -> None:
    record = _tried(way, where)
    assert any(each.startswith(WAYS[way]) for each in record.header["noticed"]["refused"])
    assert record.verdict == NONE
    assert {result.outcome for result in record.results} == {CONFORMS}


@pytest.mark.proof
def test_a_program_in_python_is_refused_the_suite_too() -> None:
    program = """
        import json, sys
        sys.path[:] = PATH
        try:
            from nnspec import reference
        except ImportError:
            pass
        for line in sys.stdin:
            request = json.loads(line)["request"]
            said = {"name": "it", "operations": ["relu"]} if request == "start" else {
                "error": {"kind": "absent", "message": "no"}}
            print(json.dumps(said), flush=True)
    """.replace("PATH", repr(sys.path))
    Path("program.py").write_text(textwrap.dedent(program), encoding="utf-8")
    record = certified("", shlex.join([sys.executable, "program.py"]))
    assert record.header["noticed"] == {"refused": ["import of nnspec.reference"]}


def test_a_declared_need_is_granted_and_told() -> None:
    record = certified("from nnspec.reference import relu\nneeds = ('nnspec.reference',)\n")
    assert record.header["noticed"] == {"needs": ["nnspec.reference"]}
    assert record.verdict == CONFORMING
    assert record.qualification == " with the help of nnspec.reference"


def test_what_is_no_cheat_is_not_told() -> None:
    harmless = "import nnspec, warnings, traceback\nwarnings.warn('x')\ntraceback.format_stack()\n"
    record = certified(harmless + textwrap.dedent(RELU))
    assert "noticed" not in record.header
    assert record.verdict == CONFORMING


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("needs = ('nnspec.reference', 'numpy')", ("nnspec.reference",)),
        ("needs = 'nnspec.spec'", ("nnspec.spec",)),
        ("needs = ('nnspec.' + 'spec',)", ()),
        ("needs = 3", ()),
        ("def f(): needs = ('nnspec.spec',)", ()),
        ("needs = (", ()),
    ],
)
def test_needs_are_read_and_not_run(text: str, needs: tuple[str, ...]) -> None:
    Path("it.py").write_text(text, encoding="utf-8")
    assert boundary.needs_of(Path("it.py")) == needs
    assert boundary.needs_of(None) == ()


def test_modules_come_back_when_the_block_ends() -> None:
    import nnspec.reference
    from nnspec.conformance.judge import judge

    told: list[str] = []
    with boundary.closed((), told.append):
        assert "nnspec.reference" not in sys.modules
        with pytest.raises(ImportError, match="belongs to the suite"):
            exec("import nnspec.reference", {"__name__": "foreign"})  # noqa: S102  as an adapter
    assert told == ["refused import of nnspec.reference"]
    assert sys.modules["nnspec.conformance.judge.judge"] is judge
    assert sys.modules["nnspec.reference"] is nnspec.reference
