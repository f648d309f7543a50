"""Certificates that the tests of verification read, and forge in a copy."""

import shutil
from pathlib import Path

import pytest

from nnspec.conformance.adapters import loopback
from tests.command.certificates import SOFTMAX, adapter, in_process, overflows


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate with everything in it: cases that conform, break and are absent, a
    callback, a repeated reply."""
    folder = tmp_path_factory.mktemp("original")
    it = adapter(softmax=overflows, gradient_descent=loopback.gradient_descent)
    in_process(folder, it, *SOFTMAX, "softmax/gradual-underflow", "gradient_descent/accuracy")
    return folder


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same plan's certificate of another implementation, which conforms."""
    folder = tmp_path_factory.mktemp("other")
    it = adapter(softmax=loopback.softmax, gradient_descent=loopback.gradient_descent)
    in_process(folder, it, *SOFTMAX, "softmax/gradual-underflow", "gradient_descent/accuracy")
    return folder


@pytest.fixture
def certificate(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "certificate"))
