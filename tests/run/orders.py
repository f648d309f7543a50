"""Orders that the tests of jobs carry out, in one process or in several."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from nnspec.conformance.reports import files
from nnspec.conformance.run import plan, run
from nnspec.conformance.run.job import Order
from nnspec.conformance.run.jobs import Jobs
from nnspec.conformance.run.record import Record
from nnspec.conformance.sources import process
from nnspec.conformance.sources import recorded as recording
from nnspec.conformance.sources.process import Adapter
from tests.command.certificates import report

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
