"""Measures the reference against the oracle: `python -m tests.truth.measure` prints the worst
error of every function beside its bound.

Each path of NumPy's kernels that the processor has is measured in a process of its own, since the
path is chosen at start-up.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.bounds import language
from nnspec.conformance.bounds import truth as truths
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.nested import flat, leaves, like
from nnspec.conformance.terms.operations import arguments_of, operations_on, parameters_of
from tests.truth.adversarial import inputs
from tests.truth.oracle import truth

Array = NDArray[np.float64]

# Random ones have a law and no truth.
OPERATIONS = tuple(
    operation for operation in reference.__all__ if "seed" not in parameters_of(operation)
)

# Activations of rows, and those of elements whose answers are neither exact nor rounded once.
ROWS = tuple(each for each in operations_on("activations") if "axis" in parameters_of(each))
TRANSCENDENTAL = tuple(
    each
    for each in operations_on("activations")
    if each not in ROWS and language.of_reference(each).expression not in ("0", "ulp(y)/2")
)


@dataclass(frozen=True)
class Worst:
    """The largest error of an operation, in ulp and as a share of its stated bound, and the inputs
    where they occur."""

    operation: str
    judged: int
    ulp: float
    ulp_at: dict[str, Any]
    share: float
    share_at: dict[str, Any]


def worst(operation: str, answers: Sequence[Array | None] | None = None) -> Worst:
    """Judge the reference's answers, or others given for the same inputs (None for a refusal), by
    the oracle and the docstring's bound."""
    answers = own_answers(operation) if answers is None else answers
    calls = zip(inputs(operation), truths_of(operation), answers, strict=True)
    found = [
        judged(operation, call, true, answer) for call, true, answer in calls if answer is not None
    ]
    found = found or [Worst(operation, 0, 0.0, {}, 0.0, {})]
    by_ulp, by_share = (
        max(found, key=lambda each: each.ulp),
        max(found, key=lambda each: each.share),
    )
    return Worst(
        operation,
        sum(each.judged for each in found),
        by_ulp.ulp,
        by_ulp.ulp_at,
        by_share.share,
        by_share.share_at,
    )


def own_answers(operation: str) -> list[Array]:
    """Return the reference's answers to the adversarial inputs in this process, each flat where it
    is several arrays."""
    return [
        flat(truths.true_answer(Case("", operation, tuple(arguments), parameters)))
        for arguments, parameters in inputs(operation)
    ]


def paths() -> dict[str, str]:
    """Return what NPY_DISABLE_CPU_FEATURES has to be for each path of NumPy's kernels on this
    processor, the widest vectors first."""
    kernels = import_module(
        "numpy._core._multiarray_umath"
    )  # private: NumPy names its paths nowhere else
    offered = [
        feature for feature in kernels.__cpu_dispatch__ if kernels.__cpu_features__.get(feature)
    ]
    return {
        (offered[kept - 1] if kept else "baseline"): " ".join(offered[kept:])
        for kept in range(len(offered), -1, -1)
    }


def answers_on(disabled: str, operations: Sequence[str]) -> dict[str, list[Array]]:
    """Return the reference's answers from a process in which NumPy does not use the features
    named."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.npz"
        environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": disabled}
        command = [sys.executable, "-m", "tests.truth.measure", "--answers", str(path), *operations]
        subprocess.run(command, env=environment, check=True, cwd=Path(__file__).parents[2])
        with np.load(path) as stored:
            return {
                name: [stored[f"{name}.{number}"] for number, _ in enumerate(inputs(name))]
                for name in operations
            }


def stated_bound(
    operation: str, arguments: Sequence[Any], parameters: Mapping[str, Any], y: Array
) -> Array:
    """Return the bound that the reference's docstring states for a call whose true answer is y,
    flat where it is several arrays."""
    case = Case("", operation, tuple(arguments), parameters)
    nested = like(y.reshape(-1), truths.true_answer(case))
    return truths.evaluated(language.of_reference(operation), case, nested, "float64", "float64")


def judged(
    operation: str, call: tuple[list[Any], dict[str, Any]], true: tuple[Array, Array], answer: Array
) -> Worst:
    """Judge the answer to one call by its true answer (hi and lo) and the docstring's bound."""
    (arguments, parameters), (hi, lo), names = call, true, arguments_of(operation)
    axis = parameters.get("axis")
    stated = stated_bound(operation, arguments, parameters, hi)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        # answer - hi is exact wherever the answer is any good, and less lo it is rounded once.
        error = np.where(
            (answer == hi) | (np.isnan(answer) & np.isnan(hi)),
            np.abs(lo),
            np.abs((answer - hi) - lo),
        )
        error = np.where(np.isnan(error), np.inf, error)
        share = np.where(error == 0, 0.0, error / np.broadcast_to(stated, hi.shape))
        # An error without limit is beyond a bound without limit, too.
        share = np.where(np.isnan(share), np.inf, share)
        ulp = np.where(np.isfinite(hi), error / FORMATS["float64"].ulp(hi), error)

    def at(values: Array) -> tuple[float, dict[str, Any]]:
        place: list[Any] = list(np.unravel_index(int(np.argmax(values)), values.shape))
        largest = float(values[tuple(place)])
        shown: dict[str, Any] = {
            "answer": answer[tuple(place)].item(),
            "truth": hi[tuple(place)].item(),
            "element": [int(i) for i in place],
        }
        alike = {
            name: each
            for name, each in zip(names, arguments, strict=True)
            if isinstance(each, np.ndarray) and each.shape == hi.shape
        }
        if axis is not None:
            place[axis] = slice(None)
        return largest, {
            **{name: array[tuple(place)].tolist() for name, array in alike.items()},
            **parameters,
            **shown,
        }

    # Of an operation that answers one number to many, the many are counted.
    judged = max(hi.size, max((array.size for array in leaves(arguments)), default=0))
    return (
        Worst(operation, judged, *at(ulp), *at(share))
        if hi.size
        else Worst(operation, 0, 0.0, {}, 0.0, {})
    )


@lru_cache(maxsize=None)
def truths_of(operation: str) -> list[tuple[Array, Array]]:
    return [truth(operation, arguments, parameters) for arguments, parameters in inputs(operation)]


def _table(operations: Sequence[str]) -> Iterator[str]:
    yield (
        f"{'path':12} {'operation':28} {'judged':>7} {'worst ulp':>10} {'of its bound':>12}  bound"
    )
    for name, disabled in paths().items():
        answers = answers_on(disabled, operations)
        for operation in operations:
            found = worst(operation, answers[operation])
            stated = language.of_reference(operation).expression
            yield (
                f"{name:12} {operation:28} {found.judged:7} "
                f"{found.ulp:10.4g} {found.share:12.3f}  {stated}"
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--answers"]:
        stored: dict[str, Any] = {
            f"{name}.{number}": answer
            for name in sys.argv[3:]
            for number, answer in enumerate(own_answers(name))
        }
        np.savez(sys.argv[2], **stored)
    else:
        for line in _table(sys.argv[1:] or OPERATIONS):
            print(line)
