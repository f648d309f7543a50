"""Fixtures of runs: a folder of their own, and the record of a wrong softmax."""

from pathlib import Path

import pytest

from nnspec.conformance.run.record import Record
from tests.run.runs import mistaken, run


@pytest.fixture
def plain_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def unshifted() -> Record:
    return run(mistaken("softmax", "exponentiates_without_a_shift"))
