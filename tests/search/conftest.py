"""Fixtures of sweeps: a folder of their own, where an adapter writes down what it is asked."""

from pathlib import Path

import pytest


@pytest.fixture
def plain_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
