"""The kernel gate: right kernels conform, faults are rejected, and nobody games the judge.

`figures` prints a table of seconds: `python -m tests.interface.test_gate`.
"""

import inspect
import sys
import time
from pathlib import Path

import pytest

import nnspec
from nnspec.conformance.interface.fences import Fences
from nnspec.conformance.interface.watch import LEFT, Watch, telling_first
from nnspec.conformance.run import plan
from nnspec.conformance.run.run import run
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.outcomes import Absent, Malformed

FOLDER = Path(__file__).parent
LAYERS = FOLDER / "layers.py"

RIGHT = (
    "relu",
    "leaky_relu",
    "sigmoid",
    "softmax",
    "log_softmax",
    "softmax_vjp",
    "sparse_softmax_cross_entropy",
    "linear",
)
FAULTS = (
    "padding_read_as_zero",
    "no_shift",
    "missing_mask",
    "identity",
    "zeros",
    "wrong_grid",
    "tail_not_covered",
    "exponential_in_float16",
)
CHEATS = (
    "zeros",
    "nans",
    "its_input",
    "earlier_answer",
    "by_fingerprint_of_the_first_row",
    "by_fingerprint_of_the_sum",
    "by_fingerprint_of_the_ends",
    "computes_the_first_calls",
    "by_import",
    "by_import_or_else",
    "by_garbage",
    "by_frames",
    "by_file",
    "patches_comparisons",
    "refuses_all_but_one_number",
    "refuses_the_last_length",
    "exits",
)
CHEATS_OF_TENSORS = (
    "by_identity",
    "by_address",
    "skips_repeated_work",
    "unwritten",
    "in_bfloat16",
    "of_inputs_in_bfloat16",
    "into_its_input",
    "behind_its_input",
    "before_its_input",
    "lazily",
    "by_promise",
    "in_a_thread",
    "patches_allclose",
)


def asked(file: str, name: str, operation: str = "softmax", **how: object) -> nnspec.Verdict:
    """Return the verdict of the gate on a function of a file beside this one."""
    how = {"dtypes": "float32", "seed": "fresh", **how}
    return nnspec.check(f"{FOLDER / file}:{name}", operation, isolate=True, **how)


def passes(file: str, name: str, **how: object) -> bool:
    """Say whether a cheat gets a verdict that is true."""
    try:
        return bool(asked(file, name, **how))
    except nnspec.NoVerdict:
        return False


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_kernel_conforms(name: str) -> None:
    pytest.importorskip("torch")
    verdict = asked("blocked.py", name, name)
    assert verdict, str(verdict)
    assert verdict.spent.suite < 10


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("name", FAULTS)
def test_a_seeded_fault_is_rejected(name: str) -> None:
    pytest.importorskip("torch")
    verdict = asked("blocked.py", name)
    assert verdict.denied, str(verdict)


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("name", CHEATS)
def test_no_cheat_of_arrays_passes(name: str) -> None:
    assert not passes("cheats.py", name)


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("name", CHEATS_OF_TENSORS)
def test_no_cheat_of_tensors_passes(name: str) -> None:
    pytest.importorskip("torch")
    assert not passes("cheats_of_tensors.py", name, arrays="torch")


def test_every_cheat_is_asked() -> None:
    for file, names in (
        ("cheats.py", CHEATS),
        ("cheats_of_tensors.py", CHEATS_OF_TENSORS),
        ("blocked.py", (*RIGHT, *FAULTS)),
    ):
        text = (FOLDER / file).read_text(encoding="utf-8")
        defined = {line[4:].partition("(")[0] for line in text.splitlines() if line[:4] == "def "}
        assert defined - {"right", "remembered", "blocks", "as_rows", "walked"} == {*names}


def test_a_path_is_never_imported_here(monkeypatch: pytest.MonkeyPatch) -> None:
    # Another test may have had it here.
    monkeypatch.delitem(sys.modules, "adapter_layers", raising=False)
    few = {"only": "softmax/accuracy", "dtypes": "float64"}
    verdict = asked("layers.py", "softmax", **few)
    assert verdict
    assert verdict.place.endswith("layers.py:8")
    assert "adapter_layers" not in sys.modules
    assert "axis" not in verdict.arrays
    denied = asked("layers.py", "softmax_without_shift", **few)
    assert denied.call.startswith(f"nnspec.check('{LAYERS}:softmax_without_shift', 'softmax', iso")
    with pytest.raises(nnspec.NoVerdict, match="there is no missing in"):
        asked("layers.py", "missing")
    with pytest.raises(nnspec.NoVerdict, match="has no function linear"):
        asked("layers.py", "Layers", "linear")


def test_a_file_that_replaced_a_judging_function_here_gets_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "patching.py").write_text(
        "import numpy as np\n\n\ndef softmax(x, *, axis):\n    return x\n\n\n"
        "def always(*_, **__):\n    return True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import numpy as np
    import patching

    monkeypatch.setattr(np, "allclose", patching.always)
    with pytest.raises(nnspec.NoVerdict, match=r"replaced numpy.allclose, which judges it"):
        nnspec.check(patching.softmax, "softmax", isolate=True)


def test_a_reader_is_told_the_seconds() -> None:
    verdict = asked("layers.py", "softmax", only="softmax/accuracy", dtypes="float64")
    spent = verdict.spent
    assert min(spent.start, spent.kernel, spent.suite) > 0
    assert "its process took" in str(verdict)


def test_a_budget_needs_a_process_and_a_number() -> None:
    with pytest.raises(ValueError, match="isolate=True"):
        nnspec.check(str, "softmax", budget=1)
    for wrong in (0, -1, float("nan"), True):
        with pytest.raises(ValueError, match="a number of seconds above 0"):
            asked("layers.py", "softmax", budget=wrong)


@pytest.mark.proof
def test_a_partial_verdict_says_no_more_than_was_judged() -> None:
    try:
        verdict = asked("layers.py", "softmax_slow", dtypes=("float64", "float32"), budget=4)
    except nnspec.NoVerdict as none:
        pytest.skip(f"a busy machine: {none}")
    assert verdict.partial
    assert not verdict
    assert not verdict.failures
    assert "no verdict on the whole" in verdict.sentence
    assert "the budget of 4 s left" in verdict.sentence
    assert {each.dtype for each in verdict.record.results} == {"float64", "float32"}
    with pytest.raises(nnspec.NoVerdict):
        verdict.expect()


def test_the_watch_divides_the_budget_and_counts_what_is_left() -> None:
    class Layers:
        softmax = staticmethod(lambda x, *, axis: x)

    now = [0.0]
    description = InProcess(Layers).description
    planned = plan.plan(description, only=("softmax/accuracy",))
    watch = Watch(InProcess(Layers), planned, 8.0, lambda: now[0])
    half = sum(each.dtype == "float64" for each in planned)
    for number, each in enumerate(planned):
        if watch.over:
            with pytest.raises(Absent, match=LEFT):
                watch.call("softmax", each.case.arguments, each.case.parameters)
        else:
            watch.call("softmax", each.case.arguments, each.case.parameters)
        watch.progress(each)
        now[0] = 4.5 if number + 1 < half else 5.0
    assert watch.left == [each.id for each in planned[1:half]]
    assert watch.refused == []


def test_the_telling_cases_come_first() -> None:
    planned = telling_first(nnspec.plan("softmax", dtypes="float32"))
    kinds = [each.clause.id.rpartition("/")[2] for each in planned]
    assert kinds[0] == "fresh"
    assert kinds.index("accuracy") < kinds.index("lengths")
    assert planned[-1].clause.level == "SHOULD"


def test_a_write_beside_an_argument_is_told() -> None:
    np = pytest.importorskip("numpy")
    fences, array = Fences(), np.arange(5.0)
    (inside,) = fences.given([array])
    assert inside is fences.given([np.arange(5.0) + 1])[0]
    inside[0] = 7
    fences.settle("softmax")
    behind = np.lib.stride_tricks.as_strided(inside, shape=(6,))
    behind[5] = 0
    with pytest.raises(Malformed, match="wrote to memory behind"):
        fences.settle("softmax")
    fences.given([array])
    fences.settle("softmax")


def test_a_twin_differs_in_one_entry_between_the_ends() -> None:
    from nnspec.conformance.interface import twins

    everything = plan.EVERYTHING
    for each in twins.planned("softmax", ("float32",), everything, 3):
        (before,), (after,) = each.case.before, each.case.arguments
        differs = (before != after).any(axis=-1).nonzero()[0].tolist()
        assert len(differs) == 1
        assert 0 < differs[0] < len(before) - 1
        assert nnspec.inputs(each.id, seed=3)[0].tolist() == after.tolist()


def test_the_call_before_another_one_is_foreseen_before_it() -> None:
    class Foreseeing(InProcess):
        def foresee(self, calls):
            self.foreseen = [arrays for _, arrays, _ in calls]

    class Layers:
        softmax = staticmethod(lambda x, *, axis: x)

    source = Foreseeing(Layers)
    planned = nnspec.plan("activations/late-elements[softmax.late-1,float32]")
    run(planned, source)
    assert source.foreseen == [planned[0].case.before, planned[0].case.arguments]


def test_the_reference_is_empty_in_the_process_of_a_function() -> None:
    from nnspec.conformance.interface import inside

    def answer(x, *, axis):
        return x + axis

    answer.__module__ = "nnspec.reference.none"
    own = inspect.signature(answer)
    inside._take(answer)
    answer.__globals__["_refused"] = lambda: pytest.fail("it was called")
    try:
        with pytest.raises(pytest.fail.Exception):
            answer(1, axis=2)
    finally:
        del answer.__globals__["_refused"]
    assert inspect.signature(answer) == own


@pytest.mark.proof
@pytest.mark.no_cover
def test_an_adapter_on_top_of_pytorchs_overrides_one_function(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    page = Path(nnspec.__file__).parent / "conformance" / "interface" / "gate.md"
    text = page.read_text(encoding="utf-8").rpartition("```python\n")[2].partition("```")[0]
    assert len([line for line in text.splitlines() if line]) == 6
    (tmp_path / "my_kernels.py").write_text(
        "from tests.interface.blocked import no_shift as softmax\n"
    )
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    only = ["softmax/accuracy", "softmax_vjp/accuracy", "relu/accuracy"]
    record = nnspec.certify(f"{tmp_path / 'mine.py'}", only=only, dtypes="float32", isolate=True)
    assert record.header["adapter"]["name"] == "PyTorch with my softmax"
    failed = {each.operation for each in record.results if each.failed}
    assert failed == {"softmax"}


def figures() -> None:
    """Print a line for each kernel: its verdict, and the seconds of the suite and of itself."""
    for file, names in (
        ("blocked.py", (*RIGHT, *FAULTS)),
        ("cheats.py", CHEATS),
        ("cheats_of_tensors.py", CHEATS_OF_TENSORS),
    ):
        for name in names:
            began, how = time.monotonic(), {"arrays": "torch"} if file != "cheats.py" else {}
            operation = name if name in RIGHT and file == "blocked.py" else "softmax"
            try:
                verdict = asked(file, name, operation, **how)
                spent = f"{verdict.spent.suite:.1f} | {verdict.spent.kernel:.1f}"
                said = "conforms" if verdict else "partial" if verdict.partial else verdict.clause
                said += f" | {verdict.diagnosis.name if verdict.diagnosis else ''}"
            except nnspec.NoVerdict as none:
                spent, said = " | ", f"no verdict | {none}"
            print(f"| {name} | {said} | {spent} | {time.monotonic() - began:.1f} |", flush=True)


if __name__ == "__main__":
    figures()
