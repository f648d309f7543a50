"""`conformance certify`: an adapter is judged, in a process of its own or in several."""

import argparse
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from rich.console import Console

from nnspec import reference
from nnspec.conformance.command import arguments, formats, output, records, screen, statuses
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.reports import lengths, printing
from nnspec.conformance.run import baseline, report
from nnspec.conformance.run.job import Order
from nnspec.conformance.run.jobs import Jobs
from nnspec.conformance.run.plan import idle, operations_selected, plan
from nnspec.conformance.run.record import Interrupted, Record, begun, interruption
from nnspec.conformance.run.run import run, undisturbed
from nnspec.conformance.sources.description import Description
from nnspec.conformance.sources.process import Adapter, Process, started
from nnspec.conformance.sources.recorded import FILE
from nnspec.conformance.terms.files import WritingError, claimed, reason
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
    """Judge an adapter, write the reports if a folder is named, and show what came of it."""
    formats.tried(options)
    console = records.console(options)
    default = options.adapter is None and options.command is None
    order = ordered(options, _DEFAULT if default else options.adapter, options.command)
    if default:
        order = replace(order, command=f"conformance certify{seeded(options.seed)}")
    problem = ""
    try:
        if options.report is not None:
            record = _reported(order, options, console)
        else:
            record = certified(order, options, console)
    except Interrupted as interrupted:
        record = interrupted.record
    except _LateError as late:
        # The verdict is told, whatever became of the report.
        record, problem = late.record, str(late)
    records.write(record, options)
    for line in told(options) if options.report is not None and not problem else ():
        console.print(line, soft_wrap=True)
    for line in _NEXT if default else ():
        console.print(line, soft_wrap=True)
    if problem:
        output.tell(problem)
    failed = bool(problem) and record.status != statuses.BREAKING
    return statuses.FAILED if failed else record.status


class _LateError(Exception):
    """A run is over, and its report or what follows it failed; the message says why."""

    def __init__(self, message: str, record: Record) -> None:
        super().__init__(message)
        self.record = record


def ordered(options: argparse.Namespace, adapter: str | None, command: str | None) -> Order:
    """Return the order to judge an adapter that is named, or the one that a command starts."""
    words = shlex.quote(adapter or "") if command is None else f"--command {shlex.quote(command)}"
    return Order(
        adapter=adapter_of(options, adapter, command),
        selection={
            "dtypes": tuple(dict.fromkeys(options.dtype)),
            "only": tuple(dict.fromkeys(options.only)),
            "seed": options.seed,
        }
        | ({"part": options.part} if getattr(options, "part", None) is not None else {}),
        command=f"conformance certify {words}{seeded(options.seed)}",
        recorded=getattr(options, "report", None) is not None,
    )


def seeded(seed: int) -> str:
    """Return the option that a rerun line names, nothing for the seed that is the default."""
    return f" --seed {seed}" if seed else ""


def adapter_of(options: argparse.Namespace, adapter: str | None, command: str | None) -> Adapter:
    """Return the adapter of a name, or of a command if there is one, with its limits."""
    words = () if command is None else tuple(arguments.words(command))
    limits = options.time_limit, options.warm_up_limit, options.memory_limit
    return Adapter(adapter or "", words, *limits)


def certified(
    order: Order,
    options: argparse.Namespace,
    console: Console,
    answers: BinaryIO | None = None,
    begin: Callable[[Record], None] | None = None,
) -> Record:
    """Start the adapter, judge it and stop it; the answers go into the file if there is one.

    `begin` is given the record of the run before anything is judged. Raises Interrupted.
    """
    named = getattr(options, "baseline", None)
    if named is not None:
        # Before the adapter is started: it may not be readable.
        report.read(Path(named))
    source = _started(order, options.jobs)
    with source, undisturbed():
        beside: dict[str, Any] = {}
        if named is not None:
            beside["baseline"] = baseline.heading(Path(named), source.description, options.seed)
        planned = plan(source.description, **order.selection)
        if begin is not None:
            begin(begun(planned, source.description, order.selection, order.command))
        _announce(source.description, len(planned), options.seed, console)
        # A selection may be for another part.
        whole = order.selection.get("part") is None
        for selection in idle(order.selection["only"], planned) if whole else ():
            said = printing.printable(f"--only {selection} selects nothing here")
            console.print(said, soft_wrap=True)
        try:
            record = _with(_judged(order, planned, source, answers), beside)
        except Interrupted as interrupted:
            raise Interrupted(str(interrupted), _with(interrupted.record, beside)) from None
        if not (options.explore or _due(record, options)):
            return record
        if isinstance(source, Process):
            with _kept(record):
                return _found(record, planned, source, options, order.command)
    # The jobs have ended, and a search has one process of its own.
    with _kept(record), started(order.adapter) as alone:
        return _found(record, planned, alone, options, order.command)


def _judged(
    order: Order, planned: Sequence[Planned], source: Process | Jobs, answers: BinaryIO | None
) -> Record:
    """Judge the planned cases; a terminal shows how far that is. Raises Interrupted."""
    with screen.progress(len(planned)) as progress:
        if isinstance(source, Jobs):
            return source.run(planned, answers, progress)
        return run(
            planned,
            source,
            answers,
            selection=order.selection,
            command=order.command,
            progress=progress,
        )


def _with(record: Record, heading: dict[str, Any]) -> Record:
    return replace(record, header={**record.header, **heading})


@contextmanager
def _kept(record: Record) -> Iterator[None]:
    """Keep the record of the plan, whatever becomes of the search in the block.

    The answers of a search are not recorded. Raises Interrupted and _LateError with the record.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        ended = interruption(interrupt).replace("the run", "the search beyond the plan")
        raise Interrupted(str(interrupt), _ended(record, ended)) from None
    except Exception as error:
        statuses.of(error)
        ended = "the search beyond the plan failed, and is incomplete"
        raise _LateError(ended, _ended(record, ended)) from error


def _ended(record: Record, how: str) -> Record:
    return _with(record, {"ended": how})


def _started(order: Order, count: int) -> Process | Jobs:
    """Start the adapter in one process, or in `count`, but in no more than there are operations."""
    count = min(count, len(operations_selected(order.selection["only"])))
    if count == 1:
        return started(order.adapter)
    return Jobs(order, count)


def _announce(description: Description, planned: int, seed: int, console: Console) -> None:
    """Print who is judged, in how many cases, and which of its functions are no operations.

    The seed of the drawn cases is printed too.
    """
    who = printing.printable(f"{description.name} {description.version}".strip(), printing.NAME)
    console.print(f"{who}: {planned:,} cases planned, seed {seed}")
    if few := lengths.few(compiles_shapes=description.compiles_shapes):
        console.print(f"asked for {few}", soft_wrap=True)
    unknown = [name for name in description.operations if name not in reference.__all__]
    if unknown:
        told = ", ".join(
            f"{name} ({near}?)" if (near := nearest(name)) else name for name in unknown[:_TOLD]
        )
        more = f" and {len(unknown) - _TOLD:,} more" if len(unknown) > _TOLD else ""
        said = printing.printable(f"not judged, being no operations: {told}{more}")
        console.print(said, soft_wrap=True)


def _found(
    record: Record,
    planned: Sequence[Planned],
    source: Process,
    options: argparse.Namespace,
    command: str,
) -> Record:
    """Return the record with smaller cases beside failing ones, and with discoveries."""
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
    """Judge an adapter, and write every report and the answers.

    The folder is tried before the adapter is started. Raises WritingError if nothing can be written
    there, and _LateError if the end of the run cannot.
    """
    # The libraries that set formulas take a while to load.
    from nnspec.conformance.reports import files  # noqa: PLC0415

    folder = Path(options.report)
    with claimed(folder), _answers(folder) as answers:
        begin = partial(files.begin, folder=folder)
        late: _LateError | None = None
        try:
            record = certified(order, options, console, answers, begin)
        except Interrupted as interrupted:
            record = interrupted.record
        except _LateError as failed:
            record, late = failed.record, failed
        complete = "answers" in record.header
        if complete:
            answers.seek(0)
        try:
            files.write(record, folder, answers if complete else None)
        except WritingError as error:
            message = f"{error}; the report there is incomplete"
            raise _LateError(message, record) from None
        except Exception as error:
            statuses.of(error)
            message = "the report there is incomplete"
            raise _LateError(message, record) from error
    if late is not None:
        raise late
    if not complete:
        raise _LateError(record.header["ended"], record)
    return record


@contextmanager
def _answers(folder: Path) -> Iterator[BinaryIO]:
    """Yield a file for the answers: they are too many to be kept in memory.

    It is in the folder, for the answers have to have room there, and has no name: the system frees
    it with the process, however that ends. Raises WritingError.
    """
    try:
        file = TemporaryFile(dir=folder)  # noqa: SIM115  closed below, whatever it says
    except OSError as error:
        message = f"{folder} cannot be written: {reason(error)}"
        raise WritingError(message) from None
    try:
        yield file
    finally:
        # What it could not write is told already.
        with suppress(OSError):
            file.close()


def told(options: argparse.Namespace) -> tuple[str, str]:
    """Return the lines that name the written files."""
    from nnspec.conformance.reports import files  # noqa: PLC0415  it is loaded

    folder = Path(options.report)
    names = ", ".join(str(folder / name) for name in files.FILES)
    verify = f"conformance verify {shlex.quote(str(folder))}"
    return (
        f"\nReports written: {names}",
        f"Answers written: {folder / FILE}, which {verify} judges again",
    )
