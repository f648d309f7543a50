"""`conformance certify`: an adapter is judged in a process of its own, or in several, and reported on."""

import argparse
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from rich.console import Console

from nnspec import reference
from nnspec.conformance.command import screen
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.reports import exploration, terminal
from nnspec.conformance.run import plan
from nnspec.conformance.run import run as running
from nnspec.conformance.run.job import Order
from nnspec.conformance.run.jobs import Jobs
from nnspec.conformance.run.record import Record
from nnspec.conformance.sources import process
from nnspec.conformance.sources.process import Adapter, Process
from nnspec.conformance.sources.recorded import FILE
from nnspec.conformance.terms.operations import nearest

_DEFAULT = "reference"


def main(options: argparse.Namespace) -> int:
    """Judge an adapter, in a process of its own, and report."""
    console = screen.console()
    source = started(
        options,
        options.adapter or _DEFAULT,
        options.command,
        _repeating(options),
        recorded=bool(options.report),
    )
    if options.report:
        record = _reported(source, options, console)
    else:
        record = certified(source, options, _repeating(options), console)
        _shown(record, console)
    if not options.adapter and not options.command:
        console.print(
            "\nThat was the reference itself. To certify PyTorch:  pip install torch  and then  conformance certify torch",
            soft_wrap=True,
        )
        console.print(
            "To certify your own network:  conformance init my_adapter.py  and then  conformance certify ./my_adapter.py",
            soft_wrap=True,
        )
    return record.status


def started(
    options: argparse.Namespace,
    adapter: str,
    command: str | None,
    repeating: str,
    *,
    recorded: bool = False,
) -> Process | Jobs:
    """Start what is to be judged: in one process, or in as many as --jobs says and operations may be asked for."""
    asked = Adapter(*named(adapter, command), options.time_limit, options.warm_up_limit)
    jobs = min(options.jobs, len(plan.operations_selected(options.only)))
    # Elsewhere than on POSIX systems no process can be had, and one says so.
    if jobs == 1 or sys.platform == "win32":
        return process.started(asked)

    return Jobs(Order(asked, _selection(options), repeating, recorded), jobs)


def certified(
    source: Process | Jobs,
    options: argparse.Namespace,
    repeating: str,
    console: Console,
    answers: BinaryIO | None = None,
) -> Record:
    """Judge what a process offers, and stop it; its answers are written to the file `answers` where there is one."""
    with source, running.undisturbed():
        planned = plan.plan(source.description, dtypes=options.dtype, only=options.only)
        who = terminal.printable(
            f"{source.description.name} {source.description.version}".strip(), terminal.NAME
        )
        few = (
            ", of few lengths, for each shape is compiled"
            if source.description.compiles_shapes
            else ""
        )
        console.print(f"{who}: {len(planned):,} cases planned{few}", markup=False)
        if unknown := [
            name for name in source.description.operations if name not in reference.__all__
        ]:
            told = ", ".join(
                f"{name} ({near}?)" if (near := nearest(name)) else name for name in unknown
            )
            console.print(
                terminal.printable(f"not judged, being no operations: {told}"),
                markup=False,
                soft_wrap=True,
            )
        with screen.progress(len(planned)) as progress:
            if not isinstance(source, Process):
                record = source.run(planned, answers, progress)
            else:
                record = running.run(
                    planned,
                    source,
                    answers,
                    selection=_selection(options),
                    command=repeating,
                    progress=progress,
                )
        if not options.explore:
            return record
        if isinstance(source, Process):
            return _explored(record, planned, source, options, repeating)
    # The jobs have ended, and a search has one process of its own.
    with process.started(source.adapter) as alone:
        return _explored(record, planned, alone, options, repeating)


def _explored(
    record: Record,
    planned: Sequence[Planned],
    source: Process,
    options: argparse.Namespace,
    repeating: str,
) -> Record:
    """Return a record with what a search beyond the fixed inputs finds; what it asks is not recorded."""
    # Hypothesis is loaded for a search alone.
    from nnspec.conformance.search import explore  # noqa: PLC0415

    with screen.progress(len(explore.searches(planned, source)), "exploring") as progress:
        return explore.explore(
            planned,
            source,
            record,
            examples=options.explore,
            seed=options.seed,
            command=repeating,
            progress=progress,
        )


def _reported(source: Process | Jobs, options: argparse.Namespace, console: Console) -> Record:
    """Judge what a process offers, and write every report and the answers into a folder."""
    folder = Path(options.report)
    # Answers are too many to be kept in memory; a file without a name is gone when a run is interrupted.
    with TemporaryFile() as answers:
        record = certified(source, options, _repeating(options), console, answers)
        _shown(record, console)
        folder.mkdir(parents=True, exist_ok=True)
        answers.seek(0)
        with (folder / FILE).open("wb") as file:
            shutil.copyfileobj(answers, file)
        _write_reports(record, folder, console)
    console.print(
        f"Answers written: {folder / FILE}, which conformance verify {shlex.quote(str(folder))} judges again",
        soft_wrap=True,
    )
    return record


def _shown(record: Record, console: Console) -> None:
    """Print a record, and what a search found beyond it."""
    terminal.show(record, console)
    if record.exploration is not None:
        exploration.show(record.exploration, console)


def _write_reports(record: Record, folder: Path, console: Console) -> None:
    """Write every report of a record into a folder."""
    # What sets formulas takes a while to load.
    from nnspec.conformance.reports import files  # noqa: PLC0415

    files.write(record, folder)
    console.print(
        f"\nReports written: {', '.join(str(folder / name) for name in files.FILES)}",
        soft_wrap=True,
    )


def _selection(options: argparse.Namespace) -> dict[str, tuple[str, ...]]:
    return {"dtypes": tuple(options.dtype), "only": tuple(options.only)}


def named(adapter: str, command: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the name of an adapter and the words of a command, one of which is empty."""
    return ("", tuple(shlex.split(command))) if command else (adapter, ())


def _repeating(options: argparse.Namespace) -> str:
    """Return the command line that a rerun line begins with."""
    if options.command:
        return f"conformance certify --command {shlex.quote(options.command)}"
    return (
        f"conformance certify {shlex.quote(options.adapter)}"
        if options.adapter
        else "conformance certify"
    )
