"""Jobs share a plan and find what one process finds, to the byte; a lost job loses no case."""

import os
import signal
import sys
from pathlib import Path

import pytest

from nnspec.conformance.command import cli
from nnspec.conformance.command.verify import verify
from nnspec.conformance.judge import checks
from nnspec.conformance.run import jobs as sharing
from nnspec.conformance.run import plan
from nnspec.conformance.run.job import Order
from nnspec.conformance.run.jobs import JobError, Jobs
from nnspec.conformance.sources import recorded as recording
from nnspec.conformance.terms.outcomes import CONFORMS, CRASHES
from tests.run.orders import MIXED, alone, certificate, file, order, shared, timeless

pytestmark = pytest.mark.usefixtures("plain_folder")

CHILD = Path(__file__).parents[1] / "sources" / "hostile" / "child.py"

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
def test_an_operation_that_ends_every_job_costs_its_own_cases(
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
    found = capsys.readouterr()
    said = "reference: no verdict: 2 jobs ended in the middle of adam, the last one by SIGKILL"
    assert said in " ".join(found.out.split()), found.err
    # Those of relu are judged.
    assert "activations MUST   ✓" in found.out


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
