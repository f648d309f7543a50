"""Every bundled adapter whose library is installed conforms, but for the failures it expects, and
its smoke step finds nothing."""

import shlex
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from nnspec.conformance import adapters
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run import plan, report, run
from nnspec.conformance.run.record import CONFORMING, Record
from nnspec.conformance.sources import loading, process
from nnspec.conformance.sources.description import Description
from nnspec.conformance.terms.outcomes import FAILURES
from tests.variants import measured

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

FOLDER = Path(adapters.__path__[0])
OWN = ("loopback", "reference")
LIBRARIES = {
    "autograd": ("autograd",),
    "jax": ("jax", "optax", "flax"),
    "keras": ("keras", "tensorflow"),
    "onnx": ("onnx",),
    "onnxruntime": ("onnx", "onnxruntime"),
    "sklearn": ("sklearn",),
    "tensorflow": ("tensorflow",),
    "torch": ("torch",),
}
SCRIPTS = {"javascript": "minimal.mjs", "tfjs": "tfjs.mjs"}
# What compiles for each shape is asked for a sample: a certificate of all four formats takes twenty
# minutes. `--backend jax` asks for all formats.
COMPILED = {"jax": "float32"}
ROOT = Path(__file__).parents[2]


def missing(name: str) -> str:
    """Return what an adapter needs and does not find here."""
    if name in LIBRARIES:
        return ", ".join(library for library in LIBRARIES[name] if find_spec(library) is None)
    if shutil.which("node") is None:
        return "node"
    resolving = ["node", "-e", "require.resolve('@tensorflow/tfjs')"]
    found = (
        name != "tfjs"
        or subprocess.run(resolving, cwd=ROOT, capture_output=True, check=False).returncode == 0
    )
    return "" if found else "@tensorflow/tfjs"


def sampled(planned: list[Planned], description: Description) -> list[Planned]:
    """Return a case of each clause of each operation, and all of those that may fail."""
    cases: dict[tuple[str, str], list[Planned]] = {}
    for each in planned:
        cases.setdefault((each.operation, each.clause.id), []).append(each)
    taken = {
        each.id
        for (operation, clause), listed in cases.items()
        for each in (listed if description.expected(clause, operation) else [middle(listed)])
    }
    return [each for each in planned if each.id in taken]


def middle(planned: list[Planned]) -> Planned:
    """Return the case of the middle size."""
    return sorted(planned, key=lambda each: each.case.size)[len(planned) // 2]


def certified(
    name: str, dtype: str, monkeypatch: pytest.MonkeyPatch, *, sample: bool = False
) -> Record:
    monkeypatch.chdir(ROOT)
    script = ["node", str(FOLDER / "javascript" / SCRIPTS.get(name, ""))]
    command = (
        f"conformance certify --command {shlex.quote(shlex.join(script))}"
        if name in SCRIPTS
        else f"conformance certify {name}"
    )
    # A busy machine is no fault of a library.
    with (
        process.Process(script, limit=60.0)
        if name in SCRIPTS
        else process.worker(name, limit=60.0) as source
    ):
        planned = plan.plan(source.description, dtypes=(dtype,) if dtype else ())
        asked = sampled(planned, source.description) if sample else planned
        return run.run(asked, source, command=command)


# First, because it takes longest.
@pytest.mark.parametrize("name", COMPILED)
def test_a_sample_of_what_a_library_compiles_conforms_but_for_what_it_expects(
    name: str, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    dtype = format_of(name, pytestconfig)
    record = certified(name, dtype, monkeypatch, sample=True)
    conforms(record, whole=not dtype)
    is_as_measured(name, record, sample=True)


@pytest.mark.parametrize("name", [each for each in (*LIBRARIES, *SCRIPTS) if each not in COMPILED])
def test_a_bundled_adapter_conforms_but_for_what_it_expects(
    name: str, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    dtype = format_of(name, pytestconfig)
    record = certified(name, dtype, monkeypatch)
    conforms(record, whole=not dtype)
    is_as_measured(name, record)


@pytest.mark.study
@pytest.mark.parametrize("name", COMPILED)
def test_a_library_that_compiles_conforms_but_for_what_it_expects(
    name: str, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    dtype = format_of(name, pytestconfig)
    conforms(certified(name, dtype, monkeypatch), whole=not dtype)


def format_of(name: str, pytestconfig: pytest.Config) -> str:
    """Return the format to ask for, nothing for all; skip a library that is not asked for."""
    asked = dict(each.partition(":")[::2] for each in pytestconfig.getoption("--backend"))
    if name not in asked:
        if asked:
            pytest.skip("not asked for")
        if lacking := missing(name):
            pytest.skip(f"{lacking} is not installed")
    return asked[name] if asked else COMPILED.get(name, "")


def conforms(record: Record, *, whole: bool) -> None:
    """Expect that no MUST fails; in all formats, that each reason for a failure is needed."""
    failed = [
        (result.rerun, result.message)
        for result in record.results
        if result.failed and result.level == "MUST"
    ]
    assert failed == []
    assert record.header["smoke"] == []
    assert record.verdict == CONFORMING, (record.objections, record.unexpected_passes)
    reasons = {result.expected for result in record.results if result.outcome in FAILURES}
    assert not whole or set(record.header["adapter"]["expected_failures"].values()) <= reasons


def is_as_measured(name: str, record: Record, *, sample: bool = False) -> None:
    """Expect the verdicts and the defaults that `spec/measured` holds of a library."""
    if measured.path(name).is_file():
        departures = measured.departures(name, report.document(record), sample=sample)
        again = f"python -m tests.variants.measured {name} measures {name} again"
        assert departures == [], again


def test_every_bundled_adapter_is_tested_here() -> None:
    assert set(loading.bundled()) == {*LIBRARIES, *OWN}
    assert {path.name for path in (FOLDER / "javascript").glob("*.mjs")} == set(SCRIPTS.values())


def test_a_gpu_that_is_not_there_is_said_to_be_missing() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(Exception, match=r"need an instance, and none could be made: .*CUDA"):
        loading.load("nnspec.conformance.adapters.torch:cuda")
