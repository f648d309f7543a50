"""A whole sweep, from the beginning or from its interruption, to the result on disk."""

import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from nnspec import reference, spec
from nnspec.conformance.pages.activations.inputs import PARAMETERS
from nnspec.conformance.run import environment
from nnspec.conformance.search import ranges, result
from nnspec.conformance.search.findings import Findings, inputs, whole
from nnspec.conformance.search.journal import VERSION, Journal, JournalError, stem
from nnspec.conformance.search.sweep import DTYPES, Sweep, operations
from nnspec.conformance.sources.description import Description
from nnspec.conformance.terms import files
from nnspec.conformance.terms.operations import parameters_of

# Told how many of the inputs are done: before the first task, and after each.
Progress = Callable[[int], None]


class SweepError(Exception):
    """What was asked for cannot be swept; the message says what can."""


class Crew(Protocol):
    """The workers of a sweep: processes of this machine, or a cluster."""

    description: Description

    def results(
        self, sweep: Sweep, planned: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[Description, Findings]]:
        """Yield the findings of every task, with the description of the worker's adapter."""
        ...


def refuse(operation: str, dtype: str) -> None:
    """Raise SweepError for an operation or a dtype that nobody can sweep."""
    possible = operations()
    if operation not in possible:
        what = (
            "does not answer element by element"
            if operation in reference.__all__
            else "is no operation"
        )
        message = f"{operation} {what}; what can be swept is {', '.join(possible)}"
        raise SweepError(message)
    if dtype == "float64":
        message = (
            "float64 has 2^64 numbers, 5,800 years of work at 10^8 a second: "
            "they can only be sampled, as certify does; "
            f"what can be swept is {', '.join(DTYPES)}"
        )
        raise SweepError(message)


def sweep_of(
    description: Description, operation: str, dtype: str, parameters: Mapping[str, Any]
) -> Sweep:
    """Return the sweep of an implementation; raises SweepError if it does not offer it."""
    refuse(operation, dtype)
    if operation not in description.operations:
        message = f"{description.name} offers no {operation}"
        raise SweepError(message)
    if dtype not in description.dtypes:
        message = (
            f"{description.name} declares the dtypes {', '.join(description.dtypes)}; got {dtype}"
        )
        raise SweepError(message)
    names, fixed = parameters_of(operation), description.fixed.get(operation, {})
    for name, value in parameters.items():
        if name not in names:
            message = f"the parameters of {operation} are {', '.join(names) or 'none'}; got {name}"
            raise SweepError(message)
        if name in fixed and fixed[name] != value:
            message = f"{description.name} fixes {name} = {fixed[name]!r}; got {value!r}"
            raise SweepError(message)
    given = (
        {name: PARAMETERS[name] for name in names}
        | {name: fixed[name] for name in names if name in fixed}
        | dict(parameters)
    )
    return Sweep(operation, dtype, description.accumulator(dtype), given)


def identity(sweep: Sweep, description: Description) -> dict[str, Any]:
    """Return the identity of a sweep: tasks of sweeps with the same may be counted together."""
    return {
        "sweep": VERSION,
        "operation": sweep.operation,
        "dtype": sweep.dtype,
        "parameters": dict(sweep.parameters),
        "accumulates_in": sweep.accumulates_in,
        "inputs": sweep.size,
        "adapter": _identified(description),
        "specification": {"edition": spec.edition(), "digest": spec.digest()},
        "suite": environment.version(),
    }


def run(
    crew: Crew,
    sweep: Sweep,
    folder: Path,
    part: tuple[int, int] = (1, 1),
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Carry out the rest of a sweep, or of a part of it, and return the result.

    The result is then in the folder too. Raises JournalError if the folder holds another sweep, or
    if a worker has another version of the adapter.
    """
    started, clock, same = datetime.now(UTC), time.perf_counter(), identity(sweep, crew.description)
    tasks = ranges.tasks(sweep.size, part)
    with Journal(folder, same, part) as journal:
        before = whole(journal.findings)
        left = ranges.left_over(tasks, before["covered"])
        done = planned(sweep, part) - sum(count for _, count in left)
        progress(done)
        for description, found in crew.results(sweep, left) if left else ():
            if _identified(description) != same["adapter"]:
                message = (
                    f"a worker has another adapter: {_identified(description)}; "
                    f"the others have {same['adapter']}"
                )
                raise JournalError(message)
            if found["covered"]:
                journal.add(found)
            done += inputs(found)
            progress(done)
        found = whole(journal.findings)
    # With other parts in the folder the result is that of all of them.
    complete = inputs(found) == sweep.size
    header = same | {
        "planned": sweep.size if complete else planned(sweep, part),
        "part": [1, 1] if complete else list(part),
        "expected_failures": {
            name: reason
            for name in found["clauses"]
            for reason in [
                crew.description.expected_failures.get(
                    crew.description.expected(name, sweep.operation), ""
                )
            ]
            if reason
        },
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "byteorder": sys.byteorder,
            "numpy": np.__version__,
        },
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
    }
    if not complete:
        found = whole(each for each in journal.findings if _within(each, tasks))
    document = result.document(header, found)
    text = result.text(document).encode("utf-8", "backslashreplace")
    files.replace({path_of(document, folder): text})
    return document


def planned(sweep: Sweep, part: tuple[int, int]) -> int:
    """Return how many inputs a part has."""
    return sum(count for _, count in ranges.tasks(sweep.size, part))


def path_of(result: Mapping[str, Any], folder: Path) -> Path:
    """Return the file of a result."""
    number, of = result["header"]["part"]
    return folder / f"{stem(result['header'], (number, of))}.json"


def _within(found: Findings, tasks: Sequence[tuple[int, int]]) -> bool:
    """Say whether findings are of a part."""
    low, high = tasks[0][0], tasks[-1][0] + tasks[-1][1]
    return all(low <= first < high for first, _ in found["covered"])


def _identified(description: Description) -> dict[str, str]:
    return {"name": description.name, "version": description.version, "digest": description.digest}
