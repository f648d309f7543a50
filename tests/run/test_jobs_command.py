"""The command says the same with jobs as without them."""

import argparse
import json
import os
from pathlib import Path

import pytest

from nnspec.conformance.command import arguments, certify, cli
from nnspec.conformance.command.verify import verify
from nnspec.conformance.run.job import Order
from nnspec.conformance.run.jobs import Jobs
from nnspec.conformance.sources.description import AdapterError
from tests.run.orders import MIXED, file, order, timeless

pytestmark = pytest.mark.usefixtures("plain_folder")


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
        "--format",
        "json",
        "--output",
        "compared.json",
    ]
    assert cli.main(again) == 0
    compared = json.loads(Path("compared.json").read_text(encoding="utf-8"))
    one, other = (each["operations"] for each in compared["libraries"])
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
    assert arguments.jobs("auto") == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert arguments.jobs("auto") == (os.cpu_count() or 1)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "all", ""])
def test_a_number_of_jobs_is_a_positive_whole_number_or_auto(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="a positive whole number, or auto; got"):
        arguments.jobs(text)


def test_where_nothing_can_be_handed_on_one_process_judges(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(arguments, "_CAN_HAND_ON", False)
    with pytest.raises(SystemExit) as ended:
        cli.main(["certify", "--jobs", "2"])
    assert ended.value.code == 2
    assert "--jobs: must be 1 on this system, which has no POSIX processes; got 2" in (
        capsys.readouterr().err
    )
    assert arguments.jobs("auto") == 1
