"""The page's adapter of a textbook's network conforms, and says of its Adam which one it is."""

import re
import shutil
from pathlib import Path

import pytest

from nnspec.conformance.run import plan, run
from nnspec.conformance.run.record import BREAKING, CONFORMING, Record
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.loading import load
from nnspec.conformance.terms.outcomes import ABSENT

# `networks/overflow` asks for sums beyond the range, and NumPy says so.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")

ROOT = Path(__file__).parents[2]
(ADAPTER,) = re.findall(
    r"<!-- the textbook -->\n```python\n(.*?)```",
    (ROOT / "conformance" / "adapters" / "writing.md").read_text(encoding="utf-8"),
    re.DOTALL,
)


def certified(folder: Path, adapter: str, monkeypatch: pytest.MonkeyPatch) -> Record:
    shutil.copy(ROOT / "tests" / "command" / "textbook" / "network.py", folder)
    (folder / "adapter.py").write_text(adapter, encoding="utf-8")
    monkeypatch.chdir(folder)
    source = InProcess(*load("./adapter.py"))
    return run.run(
        [
            each
            for each in plan.plan(source.description)
            if each.operation in source.description.operations
        ],
        source,
    )


def test_it_is_as_short_as_it_says() -> None:
    assert len(ADAPTER.splitlines()) <= 40


def test_it_conforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = certified(tmp_path, ADAPTER, monkeypatch)
    assert record.verdict == CONFORMING
    assert {result.operation for result in record.results if result.outcome != ABSENT} == {
        *("relu", "relu_vjp", "sigmoid", "linear_vjp", "momentum_scaled", "adam_epsilon_hat")
    }


def test_its_adam_is_told_which_one_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = certified(tmp_path, ADAPTER.replace("adam_epsilon_hat", "adam"), monkeypatch)
    assert record.verdict == BREAKING
    failed = [result for result in record.results if result.failed and result.level == "MUST"]
    assert {result.operation for result in failed} == {"adam"}
    assert all(
        result.diagnosis[0] == "adam_epsilon_hat" for result in failed if "truth" in result.details
    )
