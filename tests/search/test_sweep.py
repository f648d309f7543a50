"""Sweeps over all numbers of a format: they judge as certify does, lose nothing and count nothing
twice, whatever ends them."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnspec import conformance, reference
from nnspec.conformance.command import cli
from nnspec.conformance.judge import allowances
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages.activations.inputs import PARAMETERS
from nnspec.conformance.pages.layouts import kinds
from nnspec.conformance.run.plan import checks
from nnspec.conformance.search import campaign, findings, ranges
from nnspec.conformance.search import sweep as sweeping
from nnspec.conformance.search.cluster import Cluster
from nnspec.conformance.search.findings import Findings, inputs, merged, nothing, whole
from nnspec.conformance.search.sweep import Sweep
from nnspec.conformance.search.task import carry_out
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.loading import load
from nnspec.conformance.sources.process import Adapter
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast, dtype_of
from nnspec.conformance.terms.mistakes import Mistake, mistakes, rounded, standing_in
from nnspec.conformance.terms.operations import clause_of, parameters_of
from nnspec.conformance.terms.outcomes import BREAKS, CONFORMS

NARROW = ("float16", "bfloat16")
EVERY = 2**16
SCHEMA = json.loads(
    (Path(conformance.__file__).parent / "search" / "sweep.schema.json").read_text(encoding="utf-8")
)

# Answers tanh, 1 % too much in [1, 1.25), and writes down what it is asked.
PLAIN = """
import os
import re
import time
import numpy as np

name, version, dtypes = "plain", "1", ("float16",)


def tanh(x):
    with open(os.environ["ASKED"], "a") as file:
        file.write(f"{x.view(np.uint16)[0]}\\n")
    time.sleep(PAUSE)
    with np.errstate(all="ignore"):
        answer = np.tanh(x.astype(np.float64)).astype(np.float16)
        answer[(x >= 1) & (x < 1.25)] *= np.float16(1.02)
    return answer
"""


@pytest.fixture(autouse=True)
def _plain_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))


def plain(pause: float = 0.0) -> str:
    Path("plain.py").write_text(PLAIN.replace("PAUSE", str(pause)), encoding="utf-8")
    return "./plain.py"


def run(*arguments: str) -> int:
    return cli.main(["sweep", *arguments])


def result(name: str = "sweep-tanh-float16") -> dict[str, object]:
    found = json.loads((Path("sweep") / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def asked() -> Counter[int]:
    return Counter(map(int, Path("asked").read_text(encoding="utf-8").split()))


def swept(source: InProcess, operation: str, dtype: str) -> Findings:
    return carry_out(of(operation, dtype), source, 0, EVERY)


def of(operation: str, dtype: str) -> Sweep:
    return Sweep(
        operation, dtype, "float32", {name: PARAMETERS[name] for name in parameters_of(operation)}
    )


def every(dtype: str) -> np.ndarray:
    return np.arange(EVERY, dtype=np.uint16).view(dtype_of(dtype))


# --- What is judged, and how ----------------------------------------------------------


def test_the_operations_that_are_swept_are_those_that_answer_element_by_element() -> None:
    x = np.array([-2.5, 0.25, 3.0])
    for operation in sweeping.operations():
        answer = getattr(reference, operation)
        alone = [
            answer(
                *of(operation, "float32").arguments(x[[place]]),
                **of(operation, "float32").parameters,
            )
            for place in range(3)
        ]
        together = answer(
            *of(operation, "float32").arguments(x), **of(operation, "float32").parameters
        )
        assert np.array_equal(together, np.concatenate(alone))
    assert set(sweeping.operations()) >= {"sigmoid", "tanh_vjp", "leaky_relu", "step", "identity"}
    assert not {"softmax", "log_softmax_vjp", "linear", "batch_norm_eval"} & set(
        sweeping.operations()
    )


@pytest.mark.parametrize("dtype", NARROW)
def test_the_kinds_of_numbers_are_those_of_the_format(dtype: str) -> None:
    with np.errstate(invalid="ignore"):
        values = np.abs(every(dtype).astype(np.float64))
    named = np.select(
        [np.isnan(values), np.isinf(values), values == 0, values < FORMATS[dtype].tiny],
        ["nan", "infinite", "zero", "subnormal"],
        "normal",
    )
    borders = kinds(FORMATS[dtype])
    ends = [first for first, _ in borders[1:]] + [EVERY]
    assert np.array_equal(
        named,
        np.concatenate(
            [[kind] * (end - first) for (first, kind), end in zip(borders, ends, strict=True)]
        ),
    )


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("operation", sweeping.operations())
def test_what_is_surely_right_is_right_by_the_full_bound_of_every_clause(
    operation: str, dtype: str
) -> None:
    sweep, values = of(operation, dtype), every(dtype)
    borders = kinds(sweep.format)
    ends = [first for first, _ in borders[1:]] + [EVERY]
    compared = 0
    for (first, kind), end in zip(borders, ends, strict=True):
        if kind == "zero":
            continue
        x = values[first:end]
        with np.errstate(all="ignore"):
            truth = getattr(reference, operation)(*sweep.arguments(x), **sweep.parameters)
            nearest = cast(truth, dtype).astype(np.float64)
        for clause in sweeping.judges(operation, kind):
            assert not np.any(sweeping.outside(clause, sweep, x, nearest, truth)), clause.id
            with np.errstate(invalid="ignore"):
                allowed = allowances.allowance(
                    clause,
                    Case("", operation, sweep.arguments(x), sweep.parameters),
                    truth,
                    dtype,
                    "float32",
                )
            surely = sweeping.surely(clause, operation) * sweep.format.ulp(truth)
            assert np.all((surely <= allowed) | ~np.isfinite(truth)), clause.id
            compared += x.size
    assert compared > EVERY / 2


def elementwise() -> list[Mistake]:
    return [
        each
        for operation in sweeping.operations()
        for each in mistakes()[operation]
        if f"{operation}/accuracy" in each.clauses
    ]


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("mistake", elementwise(), ids=lambda each: f"{each.operation}-{each.name}")
def test_a_mistake_is_judged_case_by_case_as_certify_does(mistake: Mistake, dtype: str) -> None:
    clause = clause_of(f"{mistake.operation}/accuracy")
    normal = np.concatenate([every(dtype)[first:end] for first, end in normals(dtype)])
    sweep = of(mistake.operation, dtype)
    case = Case("every-value", mistake.operation, sweep.arguments(normal), sweep.parameters)
    certified = attempt(
        Planned(clause, checks()[clause.id], mistake.operation, dtype, case),
        InProcess(mistake.adapter()),
    )
    source, found = InProcess(mistake.adapter()), nothing()
    for first, end in normals(dtype):
        # One call, as certify makes one: some mistakes depend on what is asked together.
        found = merged(found, carry_out(sweep, source, first, end - first))
    judged = found["clauses"].get(clause.id)
    if certified.outcome == BREAKS and "truth" in certified.details:
        assert judged["wrong"] == int(certified.message.split()[0])
    elif certified.outcome == CONFORMS:
        assert judged["wrong"] == 0
        assert judged["judged"] == certified.compared == normal.size
    else:
        assert found["unanswered"]["inputs"]


def normals(dtype: str) -> list[tuple[int, int]]:
    borders = kinds(FORMATS[dtype])
    return [
        (first, end) for (first, kind), (end, _) in itertools.pairwise(borders) if kind == "normal"
    ]


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("operation", sweeping.operations())
def test_the_correctly_rounded_reference_breaks_no_clause(operation: str, dtype: str) -> None:
    found = swept(InProcess(standing_in(operation, rounded(operation), "right")), operation, dtype)
    assert {name: each["wrong"] for name, each in found["clauses"].items() if each["wrong"]} == {}
    assert found["worst"] == {"histogram": None, "bottom": None}
    assert {name for name, each in found["specials"].items() if each["count"]} <= {
        "zero of the other sign"
    }
    assert inputs(found) == EVERY
    assert sum(found["histogram"]) == found["clauses"][f"{operation}/accuracy"]["judged"]


def source_of(operation: str, function: Callable[[np.ndarray], np.ndarray]) -> InProcess:
    def answer(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return function(x)

    return InProcess(
        SimpleNamespace(name="fake", dtypes=("float16", "float32"), **{operation: answer})
    )


def half(x: np.ndarray) -> np.ndarray:
    return np.tanh(x.astype(np.float64)).astype(x.dtype)


def test_a_wrong_range_is_found_to_the_last_input() -> None:
    low, high = (int(np.array(value, np.float16).view(np.uint16)) for value in (1.0, 1.25))
    found = swept(
        source_of(
            "tanh", lambda x: np.where((x >= 1) & (x < 1.25), half(x) * np.float16(1.02), half(x))
        ),
        "tanh",
        "float16",
    )
    assert found["clauses"]["tanh/accuracy"]["ranges"] == [[low, high - 1]]
    assert found["clauses"]["tanh/accuracy"]["wrong"] == high - low
    assert found["worst"]["histogram"]["pattern"] in range(low, high)
    assert low <= found["clauses"]["tanh/accuracy"]["worst"]["pattern"] < high


def test_specials_are_counted_by_what_they_are_taken_for() -> None:
    def strange(x: np.ndarray) -> np.ndarray:
        answer = half(x)
        answer[x == 2] = np.nan
        answer[x == -2] = np.inf
        answer[np.isnan(x)] = 0
        return np.where(x == 0, -answer, answer)

    found = swept(source_of("tanh", strange), "tanh", "float16")
    counts = {name: each["count"] for name, each in found["specials"].items()}
    nans = sum(np.isnan(every("float16")))
    assert counts == {
        "nan for a number": 1,
        "number for nan": nans,
        "infinity for a finite number": 1,
        "finite number for an infinity": 0,
        "zero of the other sign": 2,
        "zero for a number": 0,
    }
    assert found["clauses"]["tanh/accuracy"]["wrong"] == 2
    assert found["clauses"]["tanh/accuracy"]["worst"]["ulp"] == "inf"
    assert found["histogram"][-1] == 2
    assert found["clauses"]["tanh/nan"]["wrong"] == nans
    assert found["clauses"]["tanh/oddness"]["wrong"] == 2


def test_at_zero_every_subgradient_is_right_and_no_other_number() -> None:
    for at_zero, wrong in ((0.0, 0), (0.5, 0), (1.0, 0), (1.5, 2), (-0.5, 2)):

        def answer(x: np.ndarray, cotangent: np.ndarray, at_zero: float = at_zero) -> np.ndarray:
            return np.where(
                x == 0, x.dtype.type(at_zero), np.where(x > 0, cotangent, 0 * cotangent)
            )

        found = swept(
            InProcess(SimpleNamespace(dtypes=("float16",), relu_vjp=answer)), "relu_vjp", "float16"
        )
        assert found["clauses"]["relu_vjp/at-zero"]["wrong"] == wrong
        assert found["clauses"]["relu_vjp/accuracy"]["wrong"] == 0


def test_an_exception_costs_the_range_that_raises_it() -> None:
    def refuses(x: np.ndarray) -> np.ndarray:
        if np.any(x == 0.75):
            raise ValueError("not this one")
        return half(x)

    found = swept(source_of("tanh", refuses), "tanh", "float16")
    at = int(np.array(0.75, np.float16).view(np.uint16))
    ((first, last, outcome, message),) = found["unanswered"]["ranges"]
    assert first <= at <= last
    assert last - first + 1 == found["unanswered"]["inputs"] == 1024
    assert (outcome, message) == ("crashes", "tanh raised ValueError: not this one")
    assert inputs(found) == EVERY


# --- Merging --------------------------------------------------------------------------


def spoiled(x: np.ndarray) -> np.ndarray:
    answer = half(x)
    answer[x.view(np.uint16) % 7 == 0] = 3.0
    return np.where(np.abs(x) > 9, np.float16(np.nan), answer)


@pytest.fixture(scope="module")
def pieces() -> list[Findings]:
    source = source_of("tanh", spoiled)
    return [
        carry_out(of("tanh", "float16"), source, first, 4096) for first in range(0, EVERY, 4096)
    ]


def plan(numbers: list[int]) -> st.SearchStrategy[object]:
    """Draw an order, and a way to put brackets into it."""
    if len(numbers) == 1:
        return st.just(numbers[0])
    return st.integers(1, len(numbers) - 1).flatmap(
        lambda at: st.tuples(plan(numbers[:at]), plan(numbers[at:]))
    )


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(16)).flatmap(plan))
def test_merging_is_associative_and_commutative(pieces: list[Findings], brackets: object) -> None:
    def joined(each: object) -> Findings:
        return merged(joined(each[0]), joined(each[1])) if isinstance(each, tuple) else pieces[each]  # type: ignore[call-overload]

    assert joined(brackets) == whole(pieces)


def test_the_findings_on_ranges_together_are_those_on_their_union(pieces: list[Findings]) -> None:
    at_once, together = (
        carry_out(of("tanh", "float16"), source_of("tanh", spoiled), 0, EVERY),
        whole(pieces),
    )
    for name in ("covered", "histogram", "bottom", "worst", "specials"):
        assert at_once[name] == together[name]
    for name, each in at_once["clauses"].items():
        assert (each["judged"], each["wrong"], each["worst"]) == tuple(
            together["clauses"][name][part] for part in ("judged", "wrong", "worst")
        )
    assert (
        together["clauses"]["tanh/accuracy"]["number"]
        > len(together["clauses"]["tanh/accuracy"]["ranges"])
        == findings.KEPT
    )


def test_an_input_that_is_counted_twice_is_an_error(pieces: list[Findings]) -> None:
    with pytest.raises(ValueError, match="swept twice"):
        whole([*pieces, pieces[3]])


def test_what_is_left_of_tasks_is_what_no_range_covers() -> None:
    assert ranges.left_over([(0, 10), (10, 10), (20, 10)], [[3, 4], [8, 12], [20, 29]]) == [
        (0, 3),
        (5, 3),
        (13, 7),
    ]
    assert ranges.left_over([(0, 10)], []) == [(0, 10)]


# --- From the command line ------------------------------------------------------------


def test_a_sweep_says_what_it_found_and_goes_on_from_where_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("tanh", "--adapter", plain(), "--dtype", "float16", "--jobs", "2") == 1
    out = capsys.readouterr().out
    assert "✗ MUST tanh/accuracy  256 of 61,442 answers are outside the bound" in out
    assert "1.0 (0x3c00) … 1.2490234375 (0x3cff), 256 inputs" in out
    assert "plain 1: tanh in float16 breaks on 65,536 of 65,536 inputs" in out
    first = result()
    assert first["summary"]["complete"]
    assert set(asked().values()) == {1}
    before = asked()
    assert run("tanh", "--adapter", "./plain.py", "--dtype", "float16", "--jobs", "2") == 1
    assert asked() == before
    assert result()["findings"] == first["findings"]


@pytest.mark.proof
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_loses_nothing_and_nothing_is_done_again() -> None:
    # Each of 16 tasks takes a second, and no machine is so busy that a few of them are not seen
    # to be done before all are.
    command = [
        sys.executable,
        "-m",
        "conformance",
        "sweep",
        "tanh",
        "--adapter",
        plain(1.0),
        "--dtype",
        "float16",
        "--jobs",
        "2",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        journal = Path("sweep/sweep-tanh-float16.jsonl")

        def both_lanes_are_in_a_task() -> bool:
            done = journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0
            return done >= 3 and sum(asked().values()) == done + 2

        waited_for(both_lanes_are_in_a_task)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "interrupted; finished tasks are kept in sweep" in err
    assert "Traceback" not in err
    finished = journal.read_bytes().count(b"\n") - 1
    assert 3 <= finished == sum(asked().values()) < 16
    assert run(*command[4:]) == 1
    assert sum(asked().values()) == 16
    assert set(asked().values()) == {1}
    assert result()["summary"]["complete"]


@pytest.mark.proof
def test_a_killed_sweep_goes_on_without_the_line_that_was_cut_off() -> None:
    arguments = ("tanh", "--adapter", plain(), "--dtype", "float16", "--jobs", "1")
    run(*arguments)
    journal, complete = Path("sweep/sweep-tanh-float16.jsonl"), result()["findings"]
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:10]) + lines[10][:50])
    before = asked()
    assert run(*arguments) == 1
    assert sum((asked() - before).values()) == 7
    assert {**result()["findings"], "nanoseconds": {}} == {**complete, "nanoseconds": {}}
    assert len(journal.read_bytes().splitlines()) == 17


@pytest.mark.proof
def test_a_folder_with_another_sweep_is_refused_and_left_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ("tanh", "--adapter", plain(), "--dtype", "float16", "--jobs", "1")
    run(*arguments)
    text = Path("plain.py").read_text(encoding="utf-8")
    Path("plain.py").write_text(
        text.replace('"1", ("float16",)', '"2", ("float16",)'), encoding="utf-8"
    )
    before = Path("sweep/sweep-tanh-float16.jsonl").read_bytes()
    assert run(*arguments) == 2
    err = capsys.readouterr().err
    assert "belongs to another sweep: adapter was" in err
    assert '"version": "1"' in err
    assert '"version": "2"' in err
    assert Path("sweep/sweep-tanh-float16.jsonl").read_bytes() == before
    Path("sweep/sweep-tanh-float16.jsonl").write_text("something else\n", encoding="utf-8")
    assert run(*arguments) == 2
    assert "is not a journal of a sweep" in capsys.readouterr().err


@pytest.mark.proof
def test_parts_are_counted_together_where_their_files_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ("tanh", "--adapter", plain(), "--dtype", "float16", "--jobs", "1")
    assert run(*arguments, "--part", "2/3") == 0
    assert "part 2 of 3" in capsys.readouterr().out
    part = result("sweep-tanh-float16.2-of-3")
    assert part["summary"]["complete"] is False
    assert part["summary"]["inputs"] == part["header"]["planned"] == 5 * 4096
    assert run(*arguments, "--part", "1/3") == 1
    assert run(*arguments, "--part", "3/3") == 1
    assert result()["summary"]["complete"]
    assert sum(asked().values()) == 16


@pytest.mark.proof
def test_an_input_that_kills_the_process_costs_a_small_range() -> None:
    text = PLAIN.replace("PAUSE", "0").replace(
        "    with np.errstate",
        "    if np.any(x == np.float16(-0.75)):\n        os.abort()\n    with np.errstate",
    )
    Path("deadly.py").write_text(text, encoding="utf-8")
    assert run("tanh", "--adapter", "./deadly.py", "--dtype", "float16", "--jobs", "1") == 1
    found = result()
    at = int(np.array(-0.75, np.float16).view(np.uint16))
    ((first, last, outcome, _),) = found["findings"]["unanswered"]["ranges"]
    assert first <= at <= last
    assert (last - first + 1, outcome) == (1024, "crashes")
    assert found["summary"]["complete"]


@pytest.mark.proof
def test_an_input_that_hangs_costs_a_small_range() -> None:
    text = PLAIN.replace("PAUSE", "100 * np.any(x == np.float16(-0.75))")
    Path("hanging.py").write_text(text, encoding="utf-8")
    limits = ("--time-limit", "0.5", "--warm-up-limit", "1")
    assert (
        run("tanh", "--adapter", "./hanging.py", "--dtype", "float16", "--jobs", "1", *limits) == 1
    )
    ((first, last, outcome, _),) = result()["findings"]["unanswered"]["ranges"]
    assert (last - first + 1, outcome) == (1024, "times out")


STEPS = """
import base64, json, sys
import numpy as np

for line in sys.stdin:
    request = json.loads(line)
    if request["request"] == "start":
        reply = {"name": "steps", "version": "1", "operations": ["step"], "dtypes": ["float16"]}
    elif request["request"] == "call":
        (x,) = request["arguments"]
        values = np.frombuffer(base64.b64decode(x["data"]), np.float16)
        answer = np.where(np.isnan(values), values, (values > 0).astype(np.float16))
        data = base64.b64encode(answer.tobytes()).decode()
        reply = {"answer": {"dtype": x["dtype"], "shape": x["shape"], "data": data}}
    else:
        break
    print(json.dumps(reply), flush=True)
"""


@pytest.mark.proof
def test_a_command_is_swept_through_the_line_protocol() -> None:
    Path("steps.py").write_text(STEPS, encoding="utf-8")
    assert (
        run("step", "--command", f"{sys.executable} steps.py", "--dtype", "float16", "--jobs", "1")
        == 0
    )
    assert result("sweep-step-float16")["header"]["adapter"]["name"] == "steps"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("softmax", "--adapter", "loopback", "--dtype", "float16"),
            "softmax does not answer element by element; what can be swept is",
        ),
        (("tanhh", "--adapter", "loopback", "--dtype", "float16"), "tanhh is no operation"),
        (("tanh", "--adapter", "loopback", "--dtype", "float64"), "float64 has 2^64 numbers"),
        (
            ("tanh", "--adapter", "reference", "--dtype", "float16"),
            "reference declares the dtypes float64; got float16",
        ),
        (
            ("tanh", "--adapter", "loopback", "--dtype", "float16", "--parameter", "slope=1"),
            "the parameters of tanh are none; got slope",
        ),
        (("tanh", "--adapter", "./nowhere.py", "--dtype", "float16"), "there is no file"),
    ],
)
def test_what_cannot_be_swept_is_refused_with_what_can(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, "--jobs", "1") == 2
    assert said in capsys.readouterr().err


@pytest.mark.proof
def test_a_parameter_is_given_on_the_command_line() -> None:
    arguments = (
        "leaky_relu",
        "--adapter",
        "loopback",
        "--dtype",
        "float16",
        "--parameter",
        "negative_slope=0.5",
        "--jobs",
        "1",
    )
    assert run(*arguments) == 0
    assert result("sweep-leaky_relu-float16")["header"]["parameters"] == {"negative_slope": 0.5}


def waited_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


# --- On a cluster ---------------------------------------------------------------------


@pytest.fixture
def cluster() -> Iterator[object]:
    distributed = pytest.importorskip(
        "distributed", reason="the cluster needs the library distributed"
    )
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as running:
        yield running


@pytest.mark.proof
@pytest.mark.filterwarnings("default")
def test_a_worker_that_is_killed_in_mid_run_costs_nothing(cluster: object) -> None:
    pids = [worker.pid for worker in cluster.workers.values()]
    killed: list[int] = []

    def progress(done: int) -> None:
        if done >= EVERY // 4 and not killed:
            os.kill(pids[0], signal.SIGKILL)
            killed.append(pids[0])

    adapter = Adapter(str(Path(plain(0.2)).resolve()))
    with Cluster(adapter, cluster.scheduler_address) as crew:
        found = campaign.run(
            crew,
            campaign.sweep_of(crew.description, "tanh", "float16", {}),
            Path("sweep"),
            progress=progress,
        )
    assert killed
    assert found["summary"]["complete"]
    assert found["summary"]["verdict"] == "breaks"
    lines = Path("sweep/sweep-tanh-float16.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    firsts = [json.loads(line)["findings"]["covered"][0][0] for line in lines]
    assert sorted(firsts) == list(range(0, EVERY, 4096))
    Path("asked").unlink()
    local = carry_out(of("tanh", "float16"), InProcess(load("./plain.py")[0]), 0, EVERY)
    assert found["findings"]["histogram"] == local["histogram"]


@pytest.mark.proof
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the thresholds are glibc's")
def test_a_worker_that_dask_makes_return_its_memory_keeps_it_all_the_same() -> None:
    code = (
        "import resource, numpy as np; from types import SimpleNamespace;"
        " from nnspec.conformance.search import lanes, task;"
        "from nnspec.conformance.sources.description import describe;"
        " from nnspec.conformance.sources.in_process import Unwatched;"
        "kept = {kept} and lanes.keep_memory();"
        " adapter = SimpleNamespace(tanh=np.tanh, dtypes=('float32',));"
        "source = Unwatched(adapter, describe(adapter));"
        "sweep = task.Sweep('tanh', 'float32', 'float32'); task.carry_out(sweep, source, 0, 2**17);"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt;"
        " task.carry_out(sweep, source, 2**20, 2**20);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before"
        " if kept or not {kept} else 'cannot')"
    )
    faults = {
        kept: subprocess.run(
            [sys.executable, "-c", code.format(kept=kept)],
            env=os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for kept in (True, False)
    }
    if faults[True] == "cannot":
        pytest.skip("this C library has no mallopt")
    assert int(faults[True]) < int(faults[False]) / 10


# --- The page -------------------------------------------------------------------------

PAGE = (Path(conformance.__file__).parent / "search" / "sweep.md").read_text(encoding="utf-8")


def test_the_options_and_keys_on_the_page_are_those_of_the_command_and_of_the_result(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        run("--help")
    offered = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) <= offered
    keys = {f"findings.{name}" for name in nothing()} | {"summary"}
    assert set(re.findall(r"^\| `([\w.]+)` \|", PAGE, re.MULTILINE)) == keys


def test_the_arithmetic_on_the_page_is_right() -> None:
    for cores, seconds, row in (
        (1, 3600, "1 × 1 hour"),
        (100, 86400, "100 × 1 day"),
        (1000, 30 * 86400, "1,000 × 30 days"),
    ):
        samples = 1e6 * cores * seconds
        fraction = np.log(1e9) / samples
        cells = [powered(value) for value in (samples, fraction, fraction * 2**64)]
        assert f"| {row} | {' | '.join(cells)} |" in PAGE


def powered(value: float) -> str:
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}·10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
