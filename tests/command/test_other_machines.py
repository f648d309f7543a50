"""A certificate is verified where BLAS and NumPy compute with other kernels than where it was
made."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from nnspec.conformance.terms.operations import operations_on
from tests.run import machines

# An adapter whose answers are what the kernels make of them, in both formats that they know.
ADAPTER = """
import numpy as np

name, version, dtypes = "kernels", "1", ("float64", "float32")


def linear(x, weight, bias):
    return x @ weight + bias


def linear_vjp(x, weight, bias, cotangent):
    return [cotangent @ weight.T, x.T @ cotangent, cotangent.sum(axis=0)]


def pca(train, data, *, components):
    mean = train.mean(axis=0)
    _, _, vectors = np.linalg.svd(train - mean, full_matrices=False)
    return (data - mean) @ vectors[:components].T


def tanh(x):
    return np.tanh(x)


def softmax(x, *, axis):
    with np.errstate(all="ignore"):
        e = np.exp(x)
        return e / e.sum(axis=axis, keepdims=True)
"""

# What goes through BLAS or LAPACK: truths, checks, callbacks and inputs. Of the pages that multiply
# matrices, everything is in the whole certificate.
MULTIPLYING = *operations_on("networks"), *operations_on("preprocessing"), "newton"
SELECTED = (
    *(f"{operation}/accuracy" for operation in MULTIPLYING),
    *("networks/fresh", "preprocessing/fresh", "preprocessing/form"),
    *("gradient_descent/eigenbasis", "momentum/companion"),
    *("normal/signal", "xavier_fan_in_normal/response", "clip_by_norm/range"),
)

# Settings under which certificates are made, and those under which each is verified.
MADE = [(kernel, "all") for kernel in machines.KERNELS]
READ = {
    (kernel, level): [
        *((other, level) for other in machines.others(kernel)),
        (kernel, "least"),
    ]
    for kernel, level in MADE
}


def conformance(*arguments: str, under: tuple[str, str]) -> tuple[int, str]:
    """Return status and output of the command where BLAS and NumPy compute otherwise."""
    done = machines.python(
        "-m", "nnspec.conformance", *arguments, under=machines.environment(*under)
    )
    return done.returncode, done.stdout + done.stderr


def skipped_without(*kernels: str) -> None:
    for kernel in kernels:
        if why := machines.missing(kernel):
            pytest.skip(why)


def made(
    folder: Path, adapter: str, under: tuple[str, str], *only: str, dtype: str = ""
) -> Mapping[str, object]:
    """Write a certificate, and return its header."""
    selected = [text for each in only for text in ("--only", each)]
    selected += ["--dtype", dtype] if dtype else []
    status, said = conformance("certify", adapter, *selected, "--report", str(folder), under=under)
    assert status in (0, 1), said
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    header: Mapping[str, object] = report["header"]
    return header


def verified_elsewhere(folder: Path, under: tuple[str, str]) -> None:
    for other in READ[under]:
        status, said = conformance("verify", str(folder), under=other)
        assert status == 0, f"made under {under}, read under {other}:\n{said}"
        assert "made with" in said, f"{under} and {other} compute the same"


@pytest.mark.proof
@pytest.mark.parametrize("under", MADE, ids="-".join)
def test_a_sample_of_the_reference_is_verified_under_other_kernels(
    under: tuple[str, str], tmp_path: Path
) -> None:
    skipped_without(*machines.KERNELS)
    made(tmp_path / "report", "reference", under, *SELECTED)
    verified_elsewhere(tmp_path / "report", under)


@pytest.mark.study
def test_a_whole_certificate_asks_nothing_else_on_another_machine(tmp_path: Path) -> None:
    there, here = ("Nehalem", "least"), ("SkylakeX", "all")
    skipped_without(there[0], here[0])
    made(tmp_path / "report", "reference", there, dtype="float64")
    status, said = conformance("verify", str(tmp_path / "report"), under=here)
    assert status == 0, said


@pytest.mark.proof
def test_a_certificate_of_an_adapter_that_fails_is_verified_under_other_kernels(
    tmp_path: Path,
) -> None:
    skipped_without(*machines.KERNELS)
    under = MADE[-1]
    adapter = tmp_path / "kernels.py"
    adapter.write_text(ADAPTER, encoding="utf-8")
    operations = ("linear", "linear_vjp", "pca", "tanh", "softmax")
    made(tmp_path / "report", os.fspath(adapter), under, *operations)
    verified_elsewhere(tmp_path / "report", under)


@pytest.mark.proof
def test_the_header_tells_machines_apart_that_compute_otherwise() -> None:
    skipped_without(*machines.KERNELS)
    script = (
        "from nnspec.conformance.run import environment;"
        "print(environment.found()['machine']['arithmetic'])"
    )
    settings = [(kernel, level) for kernel in machines.KERNELS for level in machines.levels()]
    found = {}
    for setting in settings:
        done = [machines.python("-c", script, under=machines.environment(*setting)) for _ in "ab"]
        assert done[0].returncode == 0, done[0].stderr
        assert done[0].stdout == done[1].stdout
        found[setting] = done[0].stdout
    assert len({found[kernel, "all"] for kernel in machines.KERNELS}) == len(machines.KERNELS)
