"""Jobs share a plan and find what one process finds, to the byte; whatever ends one of them, no
case is lost and no process is left."""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest

from nnspec.conformance.command import certify, cli, options
from nnspec.conformance.command.verify import verify
from nnspec.conformance.judge import checks
from nnspec.conformance.reports import files
from nnspec.conformance.run import jobs as sharing
from nnspec.conformance.run import plan, run
from nnspec.conformance.run.job import Order
from nnspec.conformance.run.jobs import JobError, Jobs
from nnspec.conformance.run.record import Record
from nnspec.conformance.sources import process
from nnspec.conformance.sources import recorded as recording
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.process import Adapter
from nnspec.conformance.terms.outcomes import CONFORMS, CRASHES
from tests.command.certificates import report

CHILD = Path(__file__).parents[1] / "sources" / "hostile" / "child.py"

# An operation of every kind: right, wrong, known to be wrong, absent, deadly, talkative, random,
# slow, and one that leaves a daemon.
MIXED = """
import os
import subprocess
import time

import numpy as np

name = "mixed"
dtypes = ("float64", "float32")
expected_failures = {
    "relu/accuracy": "is right after all",
    "log_softmax/shift-invariance": "not mended yet",
}


def relu(x):
    return np.maximum(x, 0)


def softmax(x, *, axis):
    with np.errstate(all="ignore"):
        powers = np.exp(x)
        return powers / powers.sum(axis=axis, keepdims=True)


def log_softmax(x, *, axis):
    return np.log(softmax(x, axis=axis))


def sigmoid(x):
    print("its last words")
    os._exit(3)


def tanh(x):
    time.sleep(60)


def leaky_relu(x, *, negative_slope):
    if x.dtype == np.float32:
        raise NotImplementedError("not in this dtype")
    return np.where(x > 0, x, negative_slope * x).astype(x.dtype)


def normal(shape, *, std, seed, dtype):
    return np.random.default_rng(seed).normal(0.0, std, shape).astype(dtype)


def gradient_descent(gradient, params, steps, *, learning_rate):
    subprocess.Popen(["sleep", "2"], start_new_session=True)
    for _ in range(steps):
        params = [
            param - np.asarray(learning_rate, param.dtype) * slope
            for param, slope in zip(params, gradient(params))
        ]
        yield params
"""
ONLY = (
    "relu/accuracy",
    "softmax/sum",
    "softmax/shift-invariance",
    "log_softmax/shift-invariance",
    "sigmoid/accuracy",
    "tanh/accuracy",
    "leaky_relu/accuracy",
    "normal/accuracy",
)
STEPS = ("gradient_descent/accuracy", "mlp/accuracy", "minibatches/sizes")

HANGING = """
import itertools
import pathlib


def relu(x):
    pathlib.Path(__file__).with_name(f"hangs-{x.dtype}").touch()
    return sum(itertools.repeat(0))


softmax = lambda x, *, axis: relu(x)
"""


@pytest.fixture(autouse=True)
def _plain_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def order(
    name: str,
    *only: str,
    dtypes: tuple[str, ...] = (),
    command: tuple[str, ...] = (),
    recorded: bool = False,
) -> Order:
    adapter = Adapter("" if command else name, command, limit=1.0, warm_up=2.0)
    return Order(adapter, {"dtypes": dtypes, "only": only}, "conformance certify it", recorded)


def file(text: str) -> str:
    Path("adapter.py").write_text(text, encoding="utf-8")
    return "./adapter.py"


def certificate(folder: str, run: Callable[[Any], Record]) -> Path:
    """Write what `conformance certify --report` writes, the answers by `run`."""
    with TemporaryFile() as answers:
        files.write(run(answers), Path(folder))
        answers.seek(0)
        (Path(folder) / recording.FILE).write_bytes(answers.read())
    return Path(folder)


def alone(asked: Order) -> Path:
    with process.started(asked.adapter) as source:
        planned = plan.plan(source.description, **asked.selection)
        return certificate(
            "alone",
            lambda answers: run.run(
                planned, source, answers, selection=asked.selection, command=asked.command
            ),
        )


def shared(asked: Order, count: int) -> Path:
    with Jobs(asked, count) as jobs:
        planned = plan.plan(jobs.description, **asked.selection)
        return certificate(f"shared-{count}", lambda answers: jobs.run(planned, answers))


def timeless(folder: Path) -> dict[str, Any]:
    document = report(folder)
    for name in ("started", "seconds"):
        del document["header"][name]
    return document


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (MIXED, order("./adapter.py", *ONLY, *STEPS, recorded=True)),
        (
            "",
            order(
                "loopback",
                "softmax",
                "normalization",
                "kaiming_normal",
                dtypes=("bfloat16", "float32"),
                recorded=True,
            ),
        ),
        (
            "",
            order(
                "",
                "softmax/range",
                "relu",
                command=(sys.executable, str(CHILD), "windows"),
                recorded=True,
            ),
        ),
        (
            "",
            order(
                "tests.sources.hostile.adapters:Segfaults",
                "softmax",
                "relu/accuracy",
                recorded=True,
            ),
        ),
        (
            "",
            order(
                "tests.sources.hostile.adapters:DescribesItself",
                "activations/form",
                "relu",
                recorded=True,
            ),
        ),
        (
            "",
            order(
                "tests.sources.hostile.adapters:OffersNothing",
                "relu/accuracy",
                "tanh/accuracy",
                recorded=True,
            ),
        ),
    ],
    ids=["mixed", "loopback", "command", "segmentation fault", "description", "nothing"],
)
def test_jobs_find_what_one_process_finds_and_record_the_same_bytes(
    text: str, asked: Order
) -> None:
    file(text)
    one, three = alone(asked), shared(asked, 3)
    assert timeless(one) == timeless(three)
    assert (one / recording.FILE).read_bytes() == (three / recording.FILE).read_bytes()
    assert verify(three).inconsistencies == ()


@pytest.mark.proof
@pytest.mark.no_cover
def test_what_the_mixed_adapter_shows_is_of_every_kind() -> None:
    asked = order(file(MIXED), *ONLY, *STEPS)
    with Jobs(asked, 2) as jobs:
        record = jobs.run(plan.plan(jobs.description, **asked.selection))
    assert all(
        count
        for outcome, count in record.counts().items()
        if outcome not in ("inconclusive", "vacuous")
    ), record.counts()
    assert record.unexpected_passes == ("relu/accuracy",)
    assert {each["operation"] for each in record.header["smoke"]} == {"sigmoid", "tanh"}
    assert any(result.diagnosis for result in record.results)
    assert any(result.expected for result in record.results)
    assert record.pictures


@pytest.mark.proof
def test_the_patience_with_an_operation_is_one_for_all_its_dtypes() -> None:
    asked = order(file(MIXED), "sigmoid/accuracy", "relu/accuracy")
    with Jobs(asked, 2) as jobs:
        record = jobs.run(plan.plan(jobs.description, **asked.selection))
    sigmoid = [result for result in record.results if result.operation == "sigmoid"]
    assert {result.outcome for result in sigmoid} == {CRASHES}
    # The smoke step has died in both dtypes already.
    assert [result.message.startswith("not run: ") for result in sigmoid] == [False] + [True] * (
        len(sigmoid) - 1
    )
    assert {result.dtype for result in sigmoid} == {"float64", "float32"}
    assert {result.outcome for result in record.results if result.operation == "relu"} == {CONFORMS}


# --- A job that is lost ---------------------------------------------------------------


@pytest.mark.proof
@pytest.mark.parametrize(("count", "killed"), [(2, 1), (2, 2), (1, 1)])
def test_what_a_killed_job_had_in_hand_is_judged_again_and_every_case_is_told_of_once(
    count: int, killed: int
) -> None:
    asked = order("reference", "softmax", "log_softmax", "relu", "adam", recorded=True)
    told: list[str] = []
    with Jobs(asked, count) as jobs:
        planned = plan.plan(jobs.description, **asked.selection)
        victims = list(jobs._jobs[:killed])

        def progress(each: checks.Planned) -> None:
            told.append(each.id)
            if len(told) == 20:
                for job in victims:
                    os.kill(job._process.pid, signal.SIGKILL)

        folder = certificate("killed", lambda answers: jobs.run(planned, answers, progress))
        assert not {job._process.pid for job in victims} & {job._process.pid for job in jobs._jobs}
    assert sorted(told) == sorted(each.id for each in planned)
    assert timeless(folder) == timeless(alone(asked))
    assert (folder / recording.FILE).read_bytes() == Path("alone", recording.FILE).read_bytes()


@pytest.mark.proof
def test_an_operation_that_ends_every_job_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deadly = (
        "import os; from nnspec.conformance.run import job; parts_of = job.parts_of; "
        "job.parts_of = lambda operation, *rest: "
        "os.kill(os.getpid(), 9) if operation == 'adam' else parts_of(operation, *rest); "
        "job.main()"
    )
    monkeypatch.setattr(
        sharing,
        "_JOB",
        sharing._JOB.replace("from nnspec.conformance.run.job import main; main()", deadly),
    )
    assert (
        cli.main(["certify", "--only", "relu/accuracy", "--only", "adam/accuracy", "--jobs", "2"])
        == 2
    )
    assert (
        "conformance: 2 jobs ended in the middle of adam, the last one by SIGKILL"
        in capsys.readouterr().err
    )


@pytest.mark.proof
def test_a_job_that_cannot_begin_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_JOB", "raise SystemExit(7)")
    with pytest.raises(JobError, match="ended before it had any work: exit status 7"):
        Jobs(order("reference"), 2)


def test_cases_that_were_not_planned_are_an_error_and_no_record() -> None:
    asked = order("reference", "relu/accuracy", "tanh/accuracy")
    with Jobs(asked, 2) as jobs:
        planned = plan.plan(jobs.description, **asked.selection)
        with pytest.raises(
            JobError,
            match=f"other cases than the planned ones: {len(planned)} were judged and "
            f"{len(planned) - 1} planned",
        ):
            jobs.run(planned[1:])


# --- The end --------------------------------------------------------------------------


@contextlib.contextmanager
def certifying(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Certify what hangs with two jobs, and wait until both hang; the folder is on their path, by
    which they are found afterwards."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    command = [
        sys.executable,
        "-m",
        "nnspec",
        "certify",
        file(HANGING),
        "--dtype",
        "float32",
        "--jobs",
        "2",
    ]
    process = subprocess.Popen(
        [*command, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until(lambda: len(processes(folder)) == 4 and Path("hangs-float32").exists())
        yield process
    finally:
        process.kill()
        process.wait()


def ended_by(process: subprocess.Popen[bytes], sent: signal.Signals) -> int | None:
    """Send a signal as a person does, again where nothing comes of it: it may arrive where Python
    ignores what is raised."""
    for _ in range(10):
        process.send_signal(sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(15)
    return None


def processes(folder: Path) -> list[str]:
    """Return the command lines of jobs and of adapters that were started with a folder on their
    path."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "args="], check=True, capture_output=True, text=True
    ).stdout
    return [line for line in listed.splitlines() if str(folder) in line and "sys.argv" in line]


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.proof
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    "sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda sent: sent.name
)
def test_whoever_interrupts_the_run_or_kills_it_ends_every_process(
    tmp_path: Path, sent: signal.Signals
) -> None:
    with certifying(tmp_path) as process:
        assert ended_by(process, sent) == (2 if sent == signal.SIGINT else -sent)
        until(lambda: not processes(tmp_path))


@pytest.mark.proof
def test_a_run_that_is_over_leaves_no_process(tmp_path: Path) -> None:
    with certifying(
        tmp_path,
        "--time-limit",
        "0.2",
        "--warm-up-limit",
        "0.2",
        "--only",
        "relu/accuracy",
        "--only",
        "softmax/sum",
    ) as process:
        assert process.wait(60) == 1
        assert not processes(tmp_path)


# --- The command ----------------------------------------------------------------------


@pytest.mark.proof
def test_the_command_says_the_same_with_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for jobs in ("1", "2"):
        assert (
            cli.main(
                [
                    "certify",
                    file(MIXED),
                    "--only",
                    "softmax",
                    "--only",
                    "relu",
                    "--jobs",
                    jobs,
                    "--report",
                    f"report-{jobs}",
                ]
            )
            == 1
        )
        said.append(
            [
                line
                for line in capsys.readouterr().out.splitlines()
                if "report-" not in line and " compared in " not in line
            ]
        )
    assert said[0] == said[1]
    assert timeless(Path("report-1")) == timeless(Path("report-2"))
    assert not verify(Path("report-2")).inconsistencies
    again = [
        "compare",
        "./adapter.py",
        "report-1",
        "--only",
        "softmax",
        "--only",
        "relu",
        "--jobs",
        "2",
        "--json",
        "compared.json",
    ]
    assert cli.main(again) == 0
    compared = json.loads(Path("compared.json").read_text(encoding="utf-8"))
    one, other = (
        [{**cell, "library": ""} for cell in compared["cells"] if cell["library"] == name]
        for name in compared["verdicts"]
    )
    assert one == other


@pytest.mark.proof
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tests.sources.hostile.raises_at_import"], "cannot be imported"),
        (["./missing.py"], "missing.py"),
        (["--only", "softmax/accuracyy"], "there is no clause 'softmax/accuracyy'"),
        (["--dtype", "bfloat16"], "declares the dtypes float64; got bfloat16"),
        (["--command", "false"], "ended before it was ready: exited with status 1"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_the_same_words(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for jobs in ("1", "2"):
        assert cli.main(["certify", *arguments, "--jobs", jobs]) == 2
        said.append(capsys.readouterr().err)
    assert said[0] == said[1]
    assert says in said[0]


@pytest.mark.proof
def test_an_adapter_that_is_another_in_each_process_is_refused() -> None:
    name = file("import os\n\nname = f'adapter {os.getpid()}'\n\n\ndef relu(x):\n    return x\n")
    with pytest.raises(AdapterError, match="describes itself otherwise in each process"):
        Jobs(order(name), 2)


@pytest.mark.proof
def test_no_more_processes_are_started_than_operations_may_be_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = []

    class Counted(Jobs):
        def __init__(self, asked: Order, count: int) -> None:
            counts.append(count)
            super().__init__(asked, count)

    monkeypatch.setattr(certify, "Jobs", Counted)
    for only in (["softmax/sum"], ["softmax/sum", "relu/accuracy"]):
        selection = [word for each in only for word in ("--only", each)]
        assert cli.main(["certify", "--dtype", "float64", "--jobs", "64", *selection]) == 0
    assert counts == [2]


def test_auto_is_as_many_as_there_are_usable_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2, 5}, raising=False)
    assert options._jobs("auto") == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert options._jobs("auto") == (os.cpu_count() or 1)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "all", ""])
def test_a_number_of_jobs_is_a_positive_whole_number_or_auto(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="a positive whole number, or auto; got"):
        options._jobs(text)


def test_where_no_process_can_be_had_jobs_are_refused_as_one_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert cli.main(["certify", "--jobs", "2"]) == 2
    assert "needs a POSIX system" in capsys.readouterr().err
