"""Sessions of pytest in a project that judges its own network."""

import os
import subprocess
import sys
from pathlib import Path

NETWORK = """
import numpy as np


def relu(x):
    return np.maximum(x, 0)


def softmax(x, axis):
    e = np.exp(x)
    total = e.sum(axis=axis, keepdims=True)
    return e / total


def tanh(x):
    return {}["a key that is missing"]
"""

ADAPTER = """
import my_network

dtypes = ("float32",)
relu, tanh = my_network.relu, my_network.tanh


def softmax(x, *, axis):
    return my_network.softmax(x, axis)
"""

TESTS = """
import my_network
import nnspec


class Layers:
    relu = staticmethod(my_network.relu)
    softmax = staticmethod(my_network.softmax)


@nnspec.parametrize(Layers, only=["softmax", "relu/accuracy"], dtypes="float32")
def test_clause(clause):
    clause.check()
"""

# Seconds in which a session ends however busy the machine is.
PATIENT = 600


def project(folder: Path) -> Path:
    """Write a project into a folder."""
    for name, text in {
        "my_network.py": NETWORK,
        "my_adapter.py": ADAPTER,
        "test_mine.py": TESTS,
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def session(
    folder: Path, *arguments: str, typed: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder; `typed` is what a person types into a debugger."""
    options = ("-p", "no:cacheprovider", "-p", "no:randomly", "-q")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", **environment},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENT,
    )
