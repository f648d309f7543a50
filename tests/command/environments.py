"""Judges the same answers under other Pythons, other libraries and other kernels of theirs.

`python -m tests.command.environments PYTHON …` makes a certificate here, of an adapter that fails
in places. Each interpreter verifies it, and certifies the reference; both under each kernel and
dispatch level. It prints a row for each, and ends with status 1 if one verdict is another.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.run.machines import ROOT

# Fails where it overflows and where it cancels; elsewhere it is right.
ADAPTER = """
import numpy as np

name, version, dtypes = "textbook", "1", ("float64", "float32")


def softmax(x, *, axis):
    with np.errstate(all="ignore"):
        e = np.exp(x)
        return e / e.sum(axis=axis, keepdims=True)


def sigmoid(x):
    with np.errstate(all="ignore"):
        return (1 / (1 + np.exp(-x))).astype(x.dtype)


def linear(x, weight, bias):
    return x @ weight + bias


def log_softmax(x, *, axis):
    with np.errstate(all="ignore"):
        return np.log(softmax(x, axis=axis))
"""

# Of several pages, with what goes through BLAS, transcendental functions, sums and states.
SELECTED = (
    *("softmax", "log_softmax", "sigmoid", "linear/accuracy", "pca/accuracy", "adam/accuracy"),
    *("batch_norm_eval/accuracy", "clip_by_norm/accuracy", "kl_divergence/accuracy"),
)

# A kernel of OpenBLAS, and the level of NumPy's dispatch: as `tests.run.machines` names them.
SETTINGS = (("SkylakeX", "all"), ("Haswell", "without AVX-512"), ("Nehalem", "least"))

_SAYS = """
import json, platform, numpy, scipy
found = numpy.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", ())
wide = [each for each in found if each.startswith("AVX512") or each == "X86_V4"]
levels = {"all": "", "without AVX-512": " ".join(wide), "least": " ".join(found)}
print(json.dumps([platform.python_version(), numpy.__version__, scipy.__version__, levels]))
"""


@dataclass(frozen=True)
class Row:
    """An interpreter under a setting: its versions, and what it says that the others do not."""

    versions: str
    setting: str
    outcomes: int
    differing: tuple[str, ...]
    verified: str

    @property
    def same(self) -> bool:
        """Whether every verdict is the one that was given here."""
        return not self.differing and not self.verified

    def __str__(self) -> str:
        said = "; ".join([*self.differing[:3], self.verified]).strip("; ") or "all the same"
        return f"| {self.versions} | {self.setting} | {self.outcomes:,} | {said} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row for each interpreter and setting; 1 if a verdict differs from those here."""
    parser = argparse.ArgumentParser(prog="python -m tests.command.environments")
    parser.add_argument("python", nargs="+", help="an interpreter that has what the suite needs")
    parser.add_argument("--only", action="append", default=[], help="an operation or a clause")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        rows = list(compared(options.python, options.only or SELECTED, Path(folder)))
    return int(not all(each.same for each in rows))


def compared(pythons: Sequence[str], only: Sequence[str], folder: Path) -> Iterator[Row]:
    """Yield and print the rows, the verdicts of this interpreter being those to compare with."""
    adapter = folder / "textbook.py"
    adapter.write_text(ADAPTER, encoding="utf-8")
    selected = [text for each in only for text in ("--only", each)]
    certified(sys.executable, str(adapter), selected, folder / "here", os.environ)
    here = certified(sys.executable, "reference", selected, folder / "right", os.environ)
    print("| Python, NumPy, SciPy | OpenBLAS, level of NumPy | outcomes | differences |")
    print("|---|---|---|---|")
    for place, python in enumerate(pythons):
        *versions, levels = json.loads(told(python, ["-c", _SAYS], os.environ)[1])
        for kernel, level in SETTINGS:
            under = {**os.environ, "OPENBLAS_CORETYPE": kernel}
            under |= {"NPY_DISABLE_CPU_FEATURES": levels[level]} if levels[level] else {}
            report = folder / f"{place}-{kernel}"
            there = certified(python, "reference", selected, report, under)
            status, said = told(python, ["-m", "nnspec", "verify", str(folder / "here")], under)
            row = Row(
                ", ".join(versions),
                f"{kernel}, {level}",
                len(there),
                tuple(each for each in here | there if here.get(each) != there.get(each)),
                "" if status == 0 else said.strip().splitlines()[0],
            )
            print(row, flush=True)
            yield row


def certified(
    python: str, adapter: str, selected: Sequence[str], report: Path, under: Mapping[str, str]
) -> dict[str, str]:
    """Certify an adapter, and return the outcome of each case."""
    command = ["-m", "nnspec", "certify", adapter, *selected, "--report", str(report)]
    status, said = told(python, command, under)
    if status not in (0, 1):
        raise RuntimeError(said)
    results = json.loads((report / "report.json").read_text(encoding="utf-8"))["results"]
    return {
        f"{each['clause']}[{each['case']},{each['dtype']}]": each["outcome"] for each in results
    }


def told(python: str, arguments: Sequence[str], under: Mapping[str, str]) -> tuple[int, str]:
    """Run an interpreter from the root of the repository; return its status and what it says."""
    done = subprocess.run(
        [python, *arguments],
        env={**under, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout or done.stderr


if __name__ == "__main__":
    sys.exit(main())
