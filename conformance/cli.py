"""The command `conformance`: each subcommand is a function of its arguments that returns an exit status."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.implementation import Source
    from conformance.protocol import Process
    from conformance.record import Record
    from conformance.suite import Planned

_DEFAULT = "reference"

_DTYPES = ("float64", "float32", "float16", "bfloat16")

# A sweep has no more tasks in the narrowest format.
_PARTS = 16

_DESCRIPTION = "Certify an implementation of neural-network mathematics against the specification."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 conforms, 1 breaks, 2 no verdict or a mistake in the arguments."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.function(options))
    except _refusals() as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 2


def certify(options: argparse.Namespace) -> int:
    """Judge an adapter, in a process of its own, and report."""
    from conformance.reports import terminal  # noqa: PLC0415  `conformance --help` need not wait for NumPy

    console = _console()
    record = _certified(_source(options, options.adapter or _DEFAULT, options.command), options, _repeating(options), console)
    terminal.show(record, console)
    if options.report:
        write_reports(record, Path(options.report), console)
    if not options.adapter and not options.command:
        console.print(
            "\nThat was the reference itself. To certify PyTorch:  pip install torch  and then  conformance certify torch", soft_wrap=True
        )
        console.print(
            "To certify your own network:  conformance init my_adapter.py  and then  conformance certify ./my_adapter.py", soft_wrap=True
        )
    return record.status


def write_reports(record: "Record", folder: Path, console: "Console") -> None:
    """Write every report of a record into a folder."""
    from conformance.reports import json, junit  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    for name, module in (("report.json", json), ("junit.xml", junit)):
        (folder / name).write_text(module.text(record), encoding="utf-8", errors="backslashreplace")
    console.print(f"\nReports written: {', '.join(str(folder / name) for name in ('report.json', 'junit.xml'))}", soft_wrap=True)


def list_clauses(options: argparse.Namespace) -> int:
    """List clauses, or what --inputs, --mistakes or --adapters asks for."""
    import inspect  # noqa: PLC0415

    from conformance import inputs, loading  # noqa: PLC0415
    from conformance.mistaking import mistakes  # noqa: PLC0415
    from conformance.typesetting import plain  # noqa: PLC0415
    from spec import clauses, pages  # noqa: PLC0415

    if options.what == "inputs":
        rows = [
            (f"{page}: {name}", (inspect.getdoc(function) or "").partition("\n")[0])
            for page in pages()
            for name, function in inputs.sets(page).items()
        ]
    elif options.what == "mistakes":
        rows = [(f"{operation}: {each.name}", each.description) for operation, listed in mistakes().items() for each in listed]
    elif options.what == "adapters":
        rows = [(name, "bundled") for name in loading.bundled()] + [
            (name, f"registered: {to}") for name, to in loading.registered().items()
        ]
    else:
        rows = [(f"{clause.id} · {clause.level}", " ".join(plain(clause.requirement).split())) for clause in clauses().values()]
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print(f"{name:{width}}  {text}")
    return 0


def explain(options: argparse.Namespace) -> int:
    """Print a clause as one would want to read it."""
    from conformance.mistaking import mistakes  # noqa: PLC0415
    from conformance.operations import bound_of, clause_of, operations_of  # noqa: PLC0415
    from conformance.reports.terminal import show_clause  # noqa: PLC0415
    from conformance.suite import checks  # noqa: PLC0415

    clause = clause_of(options.clause)
    known = [each for operation in operations_of(clause) for each in mistakes()[operation] if clause.id in each.clauses]
    bound = None if clause.operation == clause.page else bound_of(clause, clause.operation)
    show_clause(clause, bound, checks().get(clause.id), {each.name: each.description for each in known}, _console())
    return 0


def compare(options: argparse.Namespace) -> int:
    """Lay libraries beside each other, by their reports or by certifying them now: what conforms, breaks or is absent, and how far off."""
    from conformance import comparing  # noqa: PLC0415
    from conformance.reports import comparison, json  # noqa: PLC0415

    console, documents = _console(), []
    for name in options.libraries:
        path = Path(name)
        if path.suffix == ".json" or (path / "report.json").is_file():
            documents.append(json.read(path))
        else:
            repeating = f"conformance certify {shlex.quote(name)}"
            documents.append(json.document(_certified(_source(options, name, None), options, repeating, console)))
    for command in options.command:
        repeating = f"conformance certify --command {shlex.quote(command)}"
        documents.append(json.document(_certified(_source(options, "", command), options, repeating, console)))
    if not documents:
        print("conformance: a comparison needs reports, adapters or commands; got none", file=sys.stderr)
        return 2
    found = comparing.compare(documents)
    comparison.show(found, console)
    for file, written in ((options.markdown, comparison.markdown), (options.json, comparison.text)):
        if file:
            Path(file).write_text(written(found), encoding="utf-8", errors="backslashreplace")
    return 0


def init(options: argparse.Namespace) -> int:
    """Write an adapter file that runs at once and says what to put in."""
    from conformance.starting import adapter_like, blank_adapter  # noqa: PLC0415

    path = Path(options.file)
    written = adapter_like(options.like, path.name) if options.like else blank_adapter(path.name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(written)
    except FileExistsError:
        print(f"conformance: {path} exists already and is left as it is", file=sys.stderr)
        return 2
    command = f"--command 'node {path}'" if path.suffix == ".mjs" else path if path.is_absolute() or len(path.parts) > 1 else f"./{path}"
    said = f"It is the bundled adapter {options.like}" if options.like else "It offers three operations already"
    print(f"{path} is written. {said}:\n\n    conformance certify {command}")
    return 0


def power(options: argparse.Namespace) -> int:
    """Run every mistake against the suite; 1 if one survives a clause that it names or a MUST clause rejects none."""
    from conformance import measuring  # noqa: PLC0415
    from conformance.reports import matrix  # noqa: PLC0415

    console = _console()
    kills = list(measuring.kills(operations=tuple(options.operation), dtypes=tuple(options.dtype)))
    matrix.show(kills, console)
    return 1 if any(kill.survived for kill in kills) or measuring.powerless(kills, tuple(options.operation)) else 0


def sweep(options: argparse.Namespace) -> int:
    """Judge an operation at every number of a format, and report; go on where an earlier sweep of the same was interrupted."""
    from conformance import campaign  # noqa: PLC0415
    from conformance.clustering import Cluster  # noqa: PLC0415
    from conformance.dispatching import Adapter, Lanes  # noqa: PLC0415
    from conformance.reports import sweep as report  # noqa: PLC0415
    from conformance.reports.progress import tasks_progress  # noqa: PLC0415

    campaign.refuse(options.operation, options.dtype)
    command = tuple(shlex.split(options.command or ""))
    adapter = Adapter("" if command else options.adapter, command, options.time_limit, options.warm_up_limit)
    console, folder = _console(), Path(options.report)
    try:
        with Cluster(adapter, options.scheduler) if options.scheduler else Lanes(adapter, options.jobs) as crew:
            swept = campaign.sweep_of(crew.description, options.operation, options.dtype, dict(options.parameter))
            with tasks_progress(f"{swept.operation} in {swept.dtype}", campaign.planned(swept, options.part)) as progress:
                result = campaign.run(crew, swept, folder, options.part, progress)
    except KeyboardInterrupt:
        print(f"conformance: interrupted; finished tasks are kept in {folder}, and the same command goes on after them", file=sys.stderr)
        return 2
    report.show(result, console)
    console.print(f"\nWritten: {campaign.path_of(result, folder)}", soft_wrap=True)
    return report.status(result)


def _source(options: argparse.Namespace, adapter: str, command: str | None) -> "Process":
    from conformance import protocol  # noqa: PLC0415

    limits = {"limit": options.time_limit, "warm_up": options.warm_up_limit}
    return protocol.Process(shlex.split(command), **limits) if command else protocol.worker(adapter, **limits)


def _certified(source: "Process", options: argparse.Namespace, repeating: str, console: "Console") -> "Record":
    """Judge what a process offers, and stop it."""
    import reference  # noqa: PLC0415
    from conformance import suite  # noqa: PLC0415
    from conformance.reports import terminal  # noqa: PLC0415

    with source:
        planned = suite.plan(source.description, dtypes=options.dtype, only=options.only)
        who = terminal.printable(f"{source.description.name} {source.description.version}".strip())
        console.print(f"{who}: {len(planned):,} cases planned", markup=False)
        if unknown := [name for name in source.description.operations if name not in reference.__all__]:
            console.print(terminal.printable(f"not judged, being no operations: {', '.join(unknown)}"), markup=False, soft_wrap=True)
        return _with_progress(planned, source, repeating)


def _with_progress(planned: Sequence["Planned"], source: "Source", command: str) -> "Record":
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    from conformance import running  # noqa: PLC0415

    bar = Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with bar:
        task = bar.add_task("judging", total=len(planned))
        return running.run(planned, source, command=command, progress=lambda *_: bar.advance(task))


def _repeating(options: argparse.Namespace) -> str:
    """Return the command line that a rerun line begins with."""
    if options.command:
        return f"conformance certify --command {shlex.quote(options.command)}"
    return f"conformance certify {shlex.quote(options.adapter)}" if options.adapter else "conformance certify"


def _console() -> "Console":
    from rich.console import Console  # noqa: PLC0415

    return Console(highlight=False)


def _refusals() -> tuple[type[Exception], ...]:
    """Return the errors whose message is meant for the person at the keyboard."""
    from conformance.campaign import SweepError  # noqa: PLC0415
    from conformance.implementation import AdapterError  # noqa: PLC0415
    from conformance.journal import JournalError  # noqa: PLC0415
    from conformance.operations import UnknownClauseError  # noqa: PLC0415
    from conformance.reports.json import ReportError  # noqa: PLC0415
    from conformance.suite import UnknownSelectionError  # noqa: PLC0415
    from spec import SpecificationError  # noqa: PLC0415

    return AdapterError, JournalError, ReportError, SweepError, UnknownClauseError, UnknownSelectionError, SpecificationError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance", description=_DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    in_dtypes = argparse.ArgumentParser(add_help=False)
    in_dtypes.add_argument(
        "--dtype",
        action="append",
        default=[],
        choices=_DTYPES,
        help="in this dtype only (repeatable)",
    )
    limiting = argparse.ArgumentParser(add_help=False)
    limiting.add_argument("--time-limit", type=_seconds, default=10.0, metavar="SECONDS", help="for each call (default 10)")
    limiting.add_argument(
        "--warm-up-limit", type=_seconds, default=60.0, metavar="SECONDS", help="for the first call of an operation in a dtype (default 60)"
    )
    selecting = argparse.ArgumentParser(add_help=False, parents=[in_dtypes, limiting])
    selecting.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="CLAUSE[CASE,DTYPE]",
        help="judge this clause or case only, or all of an operation or a page (repeatable)",
    )

    certifying = commands.add_parser("certify", help="judge an adapter and report", description=certify.__doc__, parents=[selecting])
    judged = certifying.add_mutually_exclusive_group()
    judged.add_argument(
        "adapter", nargs="?", help="a bundled adapter (torch), ./my_network.py, or package.module:object; the reference itself if left out"
    )
    judged.add_argument("--command", metavar="COMMAND", help="start this command instead and speak the line protocol with it")
    certifying.add_argument("--report", metavar="DIR", help="write report.json and junit.xml into this folder")
    certifying.set_defaults(function=certify)

    comparing = commands.add_parser("compare", help="lay libraries beside each other", description=compare.__doc__, parents=[selecting])
    comparing.add_argument(
        "libraries", nargs="*", metavar="REPORT-OR-ADAPTER", help="a report's folder or file, or an adapter as for certify"
    )
    comparing.add_argument("--command", action="append", default=[], metavar="COMMAND", help="certify this command too (repeatable)")
    comparing.add_argument("--markdown", metavar="FILE", help="write the tables as Markdown")
    comparing.add_argument("--json", metavar="FILE", help="write everything as JSON")
    comparing.set_defaults(function=compare)

    listing = commands.add_parser("list", help="list the clauses", description=list_clauses.__doc__)
    choice = listing.add_mutually_exclusive_group()
    for what in ("inputs", "mistakes", "adapters"):
        choice.add_argument(f"--{what}", dest="what", action="store_const", const=what, help=f"list the {what} instead")
    listing.set_defaults(function=list_clauses)

    explaining = commands.add_parser("explain", help="print a clause", description=explain.__doc__)
    explaining.add_argument("clause", metavar="CLAUSE", help="for example softmax/shift-invariance")
    explaining.set_defaults(function=explain)

    starting = commands.add_parser("init", help="write an adapter to begin with", description=init.__doc__)
    starting.add_argument("file", metavar="FILE.py")
    starting.add_argument(
        "--like",
        metavar="NAME",
        help="begin with the bundled adapter of this name (conformance list --adapters; javascript for a .mjs file)",
    )
    starting.set_defaults(function=init)

    measuring = commands.add_parser(
        "power", help="run every known mistake against the suite", description=power.__doc__, parents=[in_dtypes]
    )
    measuring.add_argument("--operation", action="append", default=[], help="the mistakes of this operation only (repeatable)")
    measuring.set_defaults(function=power)
    _add_sweep(commands, limiting)
    return parser


def _add_sweep(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", limiting: argparse.ArgumentParser) -> None:
    sweeping = commands.add_parser("sweep", help="judge every number of a format", description=sweep.__doc__, parents=[limiting])
    sweeping.add_argument("operation", metavar="OPERATION", help="for example tanh")
    judged = sweeping.add_mutually_exclusive_group(required=True)
    judged.add_argument("--adapter", metavar="ADAPTER", help="an adapter as for certify")
    judged.add_argument("--command", metavar="COMMAND", help="start this command instead and speak the line protocol with it")
    sweeping.add_argument("--dtype", required=True, choices=_DTYPES, help="float32 has 2^32 numbers, the 16-bit formats 2^16")
    sweeping.add_argument(
        "--parameter", action="append", default=[], type=_parameter, metavar="NAME=VALUE", help="of the operation (repeatable)"
    )
    sweeping.add_argument("--report", default="sweep", metavar="DIR", help="keep state and result in this folder (default ./sweep)")
    sweeping.add_argument("--part", type=_part, default=(1, 1), metavar="K/N", help="the K-th of N parts only, for many machines")
    where = sweeping.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=_positive, default=os.cpu_count() or 1, metavar="N", help="processes (default: one a CPU)")
    where.add_argument("--scheduler", metavar="ADDRESS", help="use the Dask cluster of this scheduler instead")
    sweeping.set_defaults(function=sweep)


def _parameter(text: str) -> tuple[str, float]:
    name, separator, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        message = f"must be NAME=VALUE with a number; got {text if separator else repr(text)}"
        raise argparse.ArgumentTypeError(message) from None


def _part(text: str) -> tuple[int, int]:
    number, separator, of = text.partition("/")
    if not (separator and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of) <= _PARTS):
        message = f"must be K/N, the K-th of N parts, N at most {_PARTS}; got {text}"
        raise argparse.ArgumentTypeError(message)
    return int(number), int(of)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        message = f"must be a positive whole number; got {text}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a positive number of seconds; got {text}")
    return value
