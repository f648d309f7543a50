"""`conformance certify`: an adapter is judged, in a process of its own or in several."""

import argparse
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from rich.console import Console

from nnspec import reference
from nnspec.conformance.command import screen
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.reports import exploration, lengths, printing, shrunk, terminal
from nnspec.conformance.run.job import Order
from nnspec.conformance.run.jobs import Jobs
from nnspec.conformance.run.plan import idle, operations_selected, plan
from nnspec.conformance.run.record import Record
from nnspec.conformance.run.run import run, undisturbed
from nnspec.conformance.sources.description import Description
from nnspec.conformance.sources.process import Adapter, Process, started
from nnspec.conformance.sources.recorded import FILE
from nnspec.conformance.terms.operations import nearest

_DEFAULT = "reference"

# Of functions that are no operations, so many are told: each is compared with all operations.
_TOLD = 20

_NEXT = (
    (
        "\nThat was the reference itself. To certify PyTorch:  "
        "pip install torch  and then  conformance certify torch"
    ),
    (
        "To certify your own network:  "
        "conformance init my_adapter.py  and then  conformance certify ./my_adapter.py"
    ),
)


def main(options: argparse.Namespace) -> int:
    """Judge an adapter, show what came of it, and write the reports if a folder is named."""
    console = screen.console()
    default = not (options.adapter or options.command)
    order = ordered(options, _DEFAULT if default else options.adapter or "", options.command or "")
    if default:
        order = replace(order, command=f"conformance certify{seeded(options.seed)}")
    if options.report:
        record = _reported(order, options, console)
    else:
        record = certified(order, options, console)
        _show(record, console)
    for line in _NEXT if default else ():
        console.print(line, soft_wrap=True)
    return record.status


def ordered(options: argparse.Namespace, adapter: str, command: str) -> Order:
    """Return the order to judge an adapter that is named, or the one that a command starts."""
    words = f"--command {shlex.quote(command)}" if command else shlex.quote(adapter)
    return Order(
        adapter=adapter_of(options, adapter, command),
        selection={
            "dtypes": tuple(options.dtype),
            "only": tuple(options.only),
            "seed": options.seed,
        },
        command=f"conformance certify {words}{seeded(options.seed)}",
        recorded=bool(getattr(options, "report", "")),
    )


def seeded(seed: int) -> str:
    """Return the option that a rerun line names, nothing for the seed that is the default."""
    return f" --seed {seed}" if seed else ""


def adapter_of(options: argparse.Namespace, adapter: str, command: str) -> Adapter:
    """Return the adapter of a name, or of a command if there is one, with its limits."""
    words = tuple(shlex.split(command))
    limits = options.time_limit, options.warm_up_limit, options.memory_limit
    return Adapter("" if words else adapter, words, *limits)


def certified(
    order: Order, options: argparse.Namespace, console: Console, answers: BinaryIO | None = None
) -> Record:
    """Start the adapter, judge it and stop it; the answers go into the file if there is one."""
    source = _started(order, options.jobs)
    with source, undisturbed():
        planned = plan(source.description, **order.selection)
        _announce(source.description, len(planned), options.seed, console)
        for selection in idle(order.selection["only"], planned):
            console.print(f"--only {selection} selects nothing here", markup=False, soft_wrap=True)
        with screen.progress(len(planned)) as progress:
            if isinstance(source, Jobs):
                record = source.run(planned, answers, progress)
            else:
                record = run(
                    planned,
                    source,
                    answers,
                    selection=order.selection,
                    command=order.command,
                    progress=progress,
                )
        if not (options.explore or _due(record, options)):
            return record
        if isinstance(source, Process):
            return _searched(record, planned, source, options, order.command)
    # The jobs have ended, and a search has one process of its own.
    with started(order.adapter) as alone:
        return _searched(record, planned, alone, options, order.command)


def _started(order: Order, count: int) -> Process | Jobs:
    """Start the adapter in one process, or in `count`, but in no more than there are operations."""
    count = min(count, len(operations_selected(order.selection["only"])))
    # Without POSIX there are no processes to ask, and the start of one says so.
    if count == 1 or sys.platform == "win32":
        return started(order.adapter)
    return Jobs(order, count)


def _announce(description: Description, planned: int, seed: int, console: Console) -> None:
    """Print who is judged, in how many cases, and which of its functions are no operations.

    The seed of the drawn cases is printed too.
    """
    who = printing.printable(f"{description.name} {description.version}".strip(), printing.NAME)
    console.print(f"{who}: {planned:,} cases planned, seed {seed}", markup=False)
    if few := lengths.few(compiles_shapes=description.compiles_shapes):
        console.print(f"asked for {few}", markup=False, soft_wrap=True)
    unknown = [name for name in description.operations if name not in reference.__all__]
    if unknown:
        told = ", ".join(
            f"{name} ({near}?)" if (near := nearest(name)) else name for name in unknown[:_TOLD]
        )
        more = f" and {len(unknown) - _TOLD:,} more" if len(unknown) > _TOLD else ""
        said = printing.printable(f"not judged, being no operations: {told}{more}")
        console.print(said, markup=False, soft_wrap=True)


def _searched(
    record: Record,
    planned: Sequence[Planned],
    source: Process,
    options: argparse.Namespace,
    command: str,
) -> Record:
    """Return the record with smaller cases beside failing ones, and with discoveries.

    The answers of a search are not recorded.
    """
    if due := _due(record, options):
        from nnspec.conformance.search import smaller  # noqa: PLC0415

        with screen.progress(due, "shrinking") as progress:
            record = smaller.smaller(planned, source, record, seed=options.seed, progress=progress)
    if not options.explore:
        return record
    return _explored(record, planned, source, options, command)


def _due(record: Record, options: argparse.Namespace) -> int:
    """Return for how many operations and dtypes a smaller case is to be found."""
    if not options.shrink or not any(each.failed for each in record.results):
        return 0
    # A search loads Hypothesis, which takes a while.
    from nnspec.conformance.search import smaller  # noqa: PLC0415

    return len(smaller.due(record))


def _explored(
    record: Record,
    planned: Sequence[Planned],
    source: Process,
    options: argparse.Namespace,
    command: str,
) -> Record:
    """Return the record with the discoveries of a search beyond the fixed inputs."""
    from nnspec.conformance.search import explore  # noqa: PLC0415

    with screen.progress(len(explore.searches(planned, source)), "exploring") as progress:
        return explore.explore(
            planned,
            source,
            record,
            examples=options.explore,
            seed=options.seed,
            command=command,
            progress=progress,
        )


def _reported(order: Order, options: argparse.Namespace, console: Console) -> Record:
    """Judge an adapter, show what came of it, and write every report and the answers."""
    folder = Path(options.report)
    # Answers are too many to be kept in memory; a file without a name is gone when a run is
    # interrupted.
    with TemporaryFile() as answers:
        record = certified(order, options, console, answers)
        _show(record, console)
        folder.mkdir(parents=True, exist_ok=True)
        answers.seek(0)
        with (folder / FILE).open("wb") as file:
            shutil.copyfileobj(answers, file)
    _write_reports(record, folder, console)
    console.print(
        f"Answers written: {folder / FILE}, which conformance verify {shlex.quote(str(folder))} "
        "judges again",
        soft_wrap=True,
    )
    return record


def _show(record: Record, console: Console) -> None:
    """Print a record, and what a search found beyond it."""
    terminal.show(record, console)
    for each in record.header.get("noticed", {}).get("left", ()):
        said = printing.printable(f"noticed: {each}; calls after it may differ")
        console.print(said, markup=False, soft_wrap=True)
    shrunk.show(record.smaller, console)
    if record.exploration is not None:
        exploration.show(record.exploration, console)


def _write_reports(record: Record, folder: Path, console: Console) -> None:
    """Write every report of a record into a folder."""
    # The libraries that set formulas take a while to load.
    from nnspec.conformance.reports import files  # noqa: PLC0415

    files.write(record, folder)
    names = ", ".join(str(folder / name) for name in files.FILES)
    console.print(f"\nReports written: {names}", soft_wrap=True)
