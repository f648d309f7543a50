"""The command `conformance`: each subcommand is a function of its arguments that returns an exit status."""

import argparse
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from nnspec.conformance.command.options import parser

if TYPE_CHECKING:
    from rich.console import Console

    from nnspec.conformance.judge.checks import Planned
    from nnspec.conformance.run.jobs import Jobs
    from nnspec.conformance.run.power import Kill
    from nnspec.conformance.run.record import Record
    from nnspec.conformance.sources.process import Process

_DEFAULT = "reference"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 conforms, 1 breaks, 2 no verdict or a mistake in the arguments."""
    options = parser(_FUNCTIONS).parse_args(arguments)
    try:
        return int(options.function(options))
    except KeyboardInterrupt:
        print("conformance: interrupted", file=sys.stderr)
        return 2
    except _refusals() as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 2


def certify(options: argparse.Namespace) -> int:
    """Judge an adapter, in a process of its own, and report."""
    console = _console()
    source = _source(
        options,
        options.adapter or _DEFAULT,
        options.command,
        _repeating(options),
        recorded=bool(options.report),
    )
    if options.report:
        record = _reported(source, options, console)
    else:
        record = _certified(source, options, _repeating(options), console)
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


def _reported(
    source: "Process | Jobs", options: argparse.Namespace, console: "Console"
) -> "Record":
    """Judge what a process offers, and write every report and the answers into a folder."""
    from tempfile import TemporaryFile

    from nnspec.conformance.sources.recorded import FILE

    folder = Path(options.report)
    # Answers are too many to be kept in memory; a file without a name is gone when a run is interrupted.
    with TemporaryFile() as answers:
        record = _certified(source, options, _repeating(options), console, answers)
        _shown(record, console)
        folder.mkdir(parents=True, exist_ok=True)
        answers.seek(0)
        with (folder / FILE).open("wb") as file:
            shutil.copyfileobj(answers, file)
        write_reports(record, folder, console)
    console.print(
        f"Answers written: {folder / FILE}, which conformance verify {shlex.quote(str(folder))} judges again",
        soft_wrap=True,
    )
    return record


def _shown(record: "Record", console: "Console") -> None:
    """Print a record, and what a search found beyond it."""
    from nnspec.conformance.reports import exploration, terminal

    terminal.show(record, console)
    if record.exploration is not None:
        exploration.show(record.exploration, console)


def write_reports(record: "Record", folder: Path, console: "Console") -> None:
    """Write every report of a record into a folder."""
    from nnspec.conformance.reports import files as writing

    writing.write(record, folder)
    console.print(
        f"\nReports written: {', '.join(str(folder / name) for name in writing.FILES)}",
        soft_wrap=True,
    )


def verify(options: argparse.Namespace) -> int:
    """Judge the recorded answers of a certificate again, without the library; 1 if the certificate does not follow from them."""
    from nnspec.conformance.command import (
        verify,
    )
    from nnspec.conformance.command import verify as verifying

    with _progress() as progress:
        found = verifying.verify(Path(options.folder), progress=progress)
    verify.show(found, _console())
    return 1 if found.inconsistencies else 0


def list_clauses(options: argparse.Namespace) -> int:
    """List the clauses, or the inputs, mistakes, adapters or counts that an option asks for."""
    import inspect

    from nnspec.conformance.reports.unicode import plain
    from nnspec.conformance.run import cases, coverage
    from nnspec.conformance.sources import loading
    from nnspec.conformance.terms.mistakes import mistakes
    from nnspec.spec import clauses, pages

    if options.what == "inputs":
        rows = [
            (f"{page}: {name}", (inspect.getdoc(function) or "").partition("\n")[0])
            for page in pages()
            for name, function in cases.sets(page).items()
        ]
    elif options.what == "mistakes":
        rows = [
            (f"{operation}: {each.name}", each.description)
            for operation, listed in mistakes().items()
            for each in listed
        ]
    elif options.what == "adapters":
        rows = [(name, "bundled") for name in loading.bundled()] + [
            (name, f"registered: {to}") for name, to in loading.registered().items()
        ]
    elif options.what == "counts":
        rows = [(name, f"{count:,}") for name, count in coverage.counts().items()]
    else:
        rows = [
            (f"{clause.id} · {clause.level}", " ".join(plain(clause.requirement).split()))
            for clause in clauses().values()
        ]
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print(f"{name:{width}}  {text}")
    return 0


def explain(options: argparse.Namespace) -> int:
    """Print a clause as one would want to read it."""
    from nnspec.conformance.reports.terminal import show_clause
    from nnspec.conformance.run.plan import checks
    from nnspec.conformance.terms.mistakes import mistakes
    from nnspec.conformance.terms.operations import bound_of, clause_of, operations_of

    clause = clause_of(options.clause)
    known = [
        each
        for operation in operations_of(clause)
        for each in mistakes()[operation]
        if clause.id in each.clauses
    ]
    bound = None if clause.operation == clause.page else bound_of(clause, clause.operation)
    show_clause(
        clause,
        bound,
        checks().get(clause.id),
        {each.name: each.description for each in known},
        _console(),
    )
    return 0


def compare(options: argparse.Namespace) -> int:
    """Lay libraries beside each other, by their reports or by certifying them now: what conforms, breaks or is absent, and how far off."""
    from nnspec.conformance.reports import comparison
    from nnspec.conformance.run import compare as comparing
    from nnspec.conformance.run import report as json

    console, documents = _console(), []
    for name in options.libraries:
        path = Path(name)
        if path.suffix == ".json" or (path / "report.json").is_file():
            documents.append(json.read(path))
        else:
            repeating = f"conformance certify {shlex.quote(name)}"
            documents.append(
                json.document(
                    _certified(_source(options, name, None, repeating), options, repeating, console)
                )
            )
    for command in options.command:
        repeating = f"conformance certify --command {shlex.quote(command)}"
        documents.append(
            json.document(
                _certified(_source(options, "", command, repeating), options, repeating, console)
            )
        )
    if not documents:
        print(
            "conformance: a comparison needs reports, adapters or commands; got none",
            file=sys.stderr,
        )
        return 2
    found = comparing.compare(documents)
    comparison.show(found, console)
    for file, written in ((options.markdown, comparison.markdown), (options.json, comparison.text)):
        if file:
            Path(file).write_text(written(found), encoding="utf-8", errors="backslashreplace")
    return 0


def init(options: argparse.Namespace) -> int:
    """Write an adapter file that runs at once and says what to put in."""
    from nnspec.conformance.sources.template import adapter_like, blank_adapter

    path = Path(options.file)
    written = adapter_like(options.like, path.name) if options.like else blank_adapter(path.name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(written)
    except FileExistsError:
        print(f"conformance: {path} exists already and is left as it is", file=sys.stderr)
        return 2
    command = (
        f"--command 'node {path}'"
        if path.suffix == ".mjs"
        else path
        if path.is_absolute() or len(path.parts) > 1
        else f"./{path}"
    )
    said = (
        f"It is the bundled adapter {options.like}"
        if options.like
        else "It offers three operations already"
    )
    print(f"{path} is written. {said}:\n\n    conformance certify {command}")
    return 0


def power(options: argparse.Namespace) -> int:
    """Run every mistake against the suite; 1 if one survives a clause that it names or a MUST clause rejects none."""
    from nnspec.conformance.reports import matrix
    from nnspec.conformance.run import power as measuring

    console = _console()
    kills = _counted(
        measuring.kills(operations=tuple(options.operation), dtypes=tuple(options.dtype))
    )
    matrix.show(kills, console)
    return (
        1
        if any(kill.survived for kill in kills)
        or measuring.powerless(kills, tuple(options.operation))
        else 0
    )


def coverage(options: argparse.Namespace) -> int:
    """Count what the specification is covered by, 1 where something is missing; with a report, how far that reaches."""
    from nnspec.conformance.reports import coverage as extent
    from nnspec.conformance.run import coverage as covering
    from nnspec.conformance.run import reach as reaching
    from nnspec.conformance.run import report as json

    console = _console()
    if not options.report:
        if options.lines:
            raise reaching.LinesError(
                "--lines is about an implementation: name its report, as certify --report writes it, before it"
            )
        found = covering.of_specification()
        extent.show_specification(found, console, by_clause=options.clauses)
        page, status = extent.specification(found), int(bool(found.holes))
    else:
        reach = reaching.reach(json.read(Path(options.report)))
        files = reaching.lines(Path(options.lines)) if options.lines else ()
        extent.show_reach(reach, files, console)
        page, status = extent.implementation(reach, files), 0
    if options.markdown:
        Path(options.markdown).write_text(page, encoding="utf-8", errors="backslashreplace")
    return status


def site(options: argparse.Namespace) -> int:
    """Build the specification as a site that asks nothing of the network: pages, clauses, reference, mistakes, inputs, coverage."""
    from nnspec.conformance.command.site import build
    from nnspec.conformance.run import power as measuring

    kills = _counted(measuring.kills(diagnosed=())) if options.power else []
    print(build.publish(Path(options.folder), kills))
    return 0


def sweep(options: argparse.Namespace) -> int:
    """Judge an operation at every number of a format, and report; go on where an earlier sweep of the same was interrupted."""
    from nnspec.conformance.reports import sweep as report
    from nnspec.conformance.reports.progress import tasks_progress
    from nnspec.conformance.search import (
        campaign,
        result,
    )
    from nnspec.conformance.search.cluster import Cluster
    from nnspec.conformance.search.lanes import Lanes
    from nnspec.conformance.sources.process import Adapter

    campaign.refuse(options.operation, options.dtype)
    adapter = Adapter(
        *_named(options.adapter, options.command), options.time_limit, options.warm_up_limit
    )
    console, folder = _console(), Path(options.report)
    try:
        with (
            Cluster(adapter, options.scheduler)
            if options.scheduler
            else Lanes(adapter, options.jobs) as crew
        ):
            swept = campaign.sweep_of(
                crew.description, options.operation, options.dtype, dict(options.parameter)
            )
            with tasks_progress(
                f"{swept.operation} in {swept.dtype}", campaign.planned(swept, options.part)
            ) as progress:
                swept_result = campaign.run(crew, swept, folder, options.part, progress)
    except KeyboardInterrupt:
        print(
            f"conformance: interrupted; finished tasks are kept in {folder}, and the same command goes on after them",
            file=sys.stderr,
        )
        return 2
    report.show(swept_result, console)
    console.print(f"\nWritten: {campaign.path_of(swept_result, folder)}", soft_wrap=True)
    return result.status(swept_result)


def _source(
    options: argparse.Namespace,
    adapter: str,
    command: str | None,
    repeating: str,
    *,
    recorded: bool = False,
) -> "Process | Jobs":
    """Start what is to be judged: in one process, or in as many as --jobs says and operations may be asked for."""
    from nnspec.conformance.run import plan
    from nnspec.conformance.sources import (
        process,
    )

    named = process.Adapter(*_named(adapter, command), options.time_limit, options.warm_up_limit)
    jobs = min(options.jobs, len(plan.concerned(options.only)))
    # Elsewhere than on POSIX systems no process can be had, and one says so.
    if jobs == 1 or sys.platform == "win32":
        return process.started(named)
    from nnspec.conformance.run.job import Order
    from nnspec.conformance.run.jobs import Jobs

    return Jobs(Order(named, _selection(options), repeating, recorded), jobs)


def _selection(options: argparse.Namespace) -> dict[str, tuple[str, ...]]:
    return {"dtypes": tuple(options.dtype), "only": tuple(options.only)}


def _named(adapter: str, command: str | None) -> tuple[str, tuple[str, ...]]:
    return ("", tuple(shlex.split(command))) if command else (adapter, ())


def _certified(
    source: "Process | Jobs",
    options: argparse.Namespace,
    repeating: str,
    console: "Console",
    answers: BinaryIO | None = None,
) -> "Record":
    """Judge what a process offers, and stop it; its answers are written to the file `answers` where there is one."""
    from nnspec import reference
    from nnspec.conformance.reports import terminal
    from nnspec.conformance.run import plan, run
    from nnspec.conformance.sources import (
        process,
    )
    from nnspec.conformance.sources.process import Process
    from nnspec.conformance.terms.operations import nearest

    with source, run.undisturbed():
        planned = plan.plan(source.description, **_selection(options))
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
        with _progress(len(planned)) as progress:
            if not isinstance(source, Process):
                record = source.run(planned, answers, progress)
            else:
                record = run.run(
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
    record: "Record",
    planned: "Sequence[Planned]",
    source: "Process",
    options: argparse.Namespace,
    repeating: str,
) -> "Record":
    """Return a record with what a search beyond the fixed inputs finds; what it asks is not recorded."""
    from nnspec.conformance.search import explore

    with _progress(len(explore.searches(planned, source)), "exploring") as progress:
        return explore.explore(
            planned,
            source,
            record,
            examples=options.explore,
            seed=options.seed,
            command=repeating,
            progress=progress,
        )


def _counted(kills: "Iterable[Kill]") -> "list[Kill]":
    """Return the kills, and move a bar on with each of them, at a terminal."""
    found = []
    with _progress() as progress:
        for kill in kills:
            found.append(kill)
            progress()
    return found


@contextmanager
def _progress(total: int | None = None, what: str = "judging") -> "Iterator[Callable[..., None]]":
    """Give what is called after each case or mistake: it moves a bar on, at a terminal."""
    from rich import progress
    from rich.console import Console

    with progress.Progress(
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda *_: bar.advance(task)


def _repeating(options: argparse.Namespace) -> str:
    """Return the command line that a rerun line begins with."""
    if options.command:
        return f"conformance certify --command {shlex.quote(options.command)}"
    return (
        f"conformance certify {shlex.quote(options.adapter)}"
        if options.adapter
        else "conformance certify"
    )


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False)


def _refusals() -> tuple[type[Exception], ...]:
    """Return the errors whose message is meant for the person at the keyboard."""
    from nnspec.conformance.command.site.build import PublishingError
    from nnspec.conformance.run.jobs import JobError
    from nnspec.conformance.run.plan import UnknownSelectionError
    from nnspec.conformance.run.reach import LinesError
    from nnspec.conformance.run.report import ReportError
    from nnspec.conformance.search.campaign import SweepError
    from nnspec.conformance.search.journal import JournalError
    from nnspec.conformance.sources.description import AdapterError
    from nnspec.conformance.terms.operations import UnknownClauseError
    from nnspec.spec import SpecificationError

    return (
        AdapterError,
        JobError,
        JournalError,
        LinesError,
        PublishingError,
        ReportError,
        SpecificationError,
        SweepError,
        UnknownClauseError,
        UnknownSelectionError,
    )


_FUNCTIONS = {
    "certify": certify,
    "verify": verify,
    "compare": compare,
    "list": list_clauses,
    "explain": explain,
    "init": init,
    "power": power,
    "coverage": coverage,
    "site": site,
    "sweep": sweep,
}
