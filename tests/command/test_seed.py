"""The seed of the drawn inputs: the command line takes it, and report and rerun lines repeat it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from nnspec.conformance.command.arguments import seed
from nnspec.conformance.command.cli import main
from nnspec.conformance.command.verify import verify
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run import plan
from nnspec.conformance.terms.nested import leaves
from tests.command.certificates import forge, forge_answers, report

# It has learned the draw of the default seed: its rows have another number of elements in others.
LEARNED = """
import numpy as np

from nnspec.conformance.run import plan

name = "learned"
needs = ("nnspec",)
dtypes = ("float32",)
known = {
    each.case.arguments[0].tobytes()
    for each in plan.plan(plan.EVERYTHING, dtypes=dtypes, only=["relu"])
    if each.case.size < 2**16 - 1
}


def relu(x):
    return np.maximum(x, 0) if x.tobytes() in known else np.zeros_like(x)
"""

FRESH = ("--only", "activations/fresh[relu.fresh-short,float32]")


@pytest.fixture(autouse=True)
def learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("learned.py").write_text(LEARNED, encoding="utf-8")


def certify(*arguments: str) -> int:
    return main(["certify", "./learned.py", *FRESH, *arguments])


@pytest.mark.parametrize("jobs", [(), ("--only", "activations/fresh[tanh.fresh-short]")])
def test_a_seed_decides_a_case_and_the_report_repeats_it(
    jobs: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    shared = (*jobs, "--jobs", "2") if jobs else ()
    assert certify(*shared, "--report", "default") == 0
    assert certify(*shared, "--report", "other", "--seed", "7") == 1
    assert report(Path("default"))["header"]["seed"] == 0
    assert report(Path("other"))["header"]["seed"] == 7
    first, other = report(Path("default")), report(Path("other"))
    assert not any("--seed" in each.get("rerun", "") for each in first["results"])
    broken = next(each for each in other["results"] if each["outcome"] == "breaks")
    assert broken["rerun"].startswith("conformance certify ./learned.py --seed 7 --only")
    assert ", seed 7\n" in capsys.readouterr().out
    for folder in ("default", "other"):
        assert verify(Path(folder)).inconsistencies == ()


def test_another_seed_in_the_report_or_the_answers_is_found() -> None:
    assert certify("--report", "report", "--seed", "7") == 1
    forge(Path("report"), lambda document: document["header"].update(seed=8))
    assert any("header.seed" in each for each in verify(Path("report")).inconsistencies)
    forge_answers(Path("report"), lambda lines: lines[0].update(seed=8))
    assert verify(Path("report")).inconsistencies


def numbers(planned: Planned) -> list[bytes]:
    return [array.tobytes() for array in leaves(planned.case.arguments)]


def test_the_plan_of_a_seed_has_other_inputs_in_the_fresh_clause_alone() -> None:
    zero, one = (
        plan.plan(plan.EVERYTHING, dtypes=["float64"], only=["softmax"], seed=each)
        for each in (0, 1)
    )
    assert [each.id for each in zero] == [each.id for each in one]
    other = [
        before.clause.id
        for before, after in zip(zero, one, strict=True)
        if before.case.size < 2**16 - 1 and numbers(before) != numbers(after)
    ]
    assert set(other) == {"activations/fresh"}


def test_the_system_draws_a_fresh_seed() -> None:
    assert len({seed("fresh") for _ in range(20)}) > 1
