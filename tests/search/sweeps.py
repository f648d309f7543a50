"""Sweeps that tests make: an adapter that is wrong in one range, and what was found of it."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import numpy as np

from nnspec import conformance
from nnspec.conformance.command import cli
from nnspec.conformance.pages.activations.inputs import PARAMETERS
from nnspec.conformance.search.findings import Findings
from nnspec.conformance.search.sweep import Sweep
from nnspec.conformance.search.task import carry_out
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import dtype_of
from nnspec.conformance.terms.operations import parameters_of

NARROW = ("float16", "bfloat16")
EVERY = 2**16

SCHEMA = json.loads(
    (Path(conformance.__file__).parent / "search" / "sweep.schema.json").read_text(encoding="utf-8")
)

# Answers tanh, 1 % too much in [1, 1.25), and writes down what it is asked.
PLAIN = """
import os
import re
import time
import numpy as np

name, version, dtypes = "plain", "1", ("float16",)


def tanh(x):
    with open(os.environ["ASKED"], "a") as file:
        file.write(f"{x.view(np.uint16)[0]}\\n")
    time.sleep(PAUSE)
    with np.errstate(all="ignore"):
        answer = np.tanh(x.astype(np.float64)).astype(np.float16)
        answer[(x >= 1) & (x < 1.25)] *= np.float16(1.02)
    return answer
"""


def plain(pause: float = 0.0) -> str:
    Path("plain.py").write_text(PLAIN.replace("PAUSE", str(pause)), encoding="utf-8")
    return "./plain.py"


def run(*arguments: str) -> int:
    return cli.main(["sweep", *arguments])


def result(name: str = "sweep-tanh-float16") -> dict[str, object]:
    found = json.loads((Path("sweep") / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def asked() -> Counter[int]:
    return Counter(map(int, Path("asked").read_text(encoding="utf-8").split()))


def swept(source: InProcess, operation: str, dtype: str) -> Findings:
    return carry_out(of(operation, dtype), source, 0, EVERY)


def of(operation: str, dtype: str) -> Sweep:
    return Sweep(
        operation, dtype, "float32", {name: PARAMETERS[name] for name in parameters_of(operation)}
    )


def every(dtype: str) -> np.ndarray:
    return np.arange(EVERY, dtype=np.uint16).view(dtype_of(dtype))


def source_of(operation: str, function: Callable[[np.ndarray], np.ndarray]) -> InProcess:
    def answer(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return function(x)

    return InProcess(
        SimpleNamespace(name="fake", dtypes=("float16", "float32"), **{operation: answer})
    )


def half(x: np.ndarray) -> np.ndarray:
    return np.tanh(x.astype(np.float64)).astype(x.dtype)
