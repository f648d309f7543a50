"""The command `conformance`: each subcommand is a function of its arguments that returns an exit status."""

import argparse
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.protocol import Process
    from conformance.record import Record
    from conformance.running import Progress

_DEFAULT = "reference"

_DESCRIPTION = "Certify an implementation of neural-network mathematics against the specification."

_REPORT = (
    "write into this folder: report.json, answers.jsonl.gz (which conformance verify judges again), junit.xml, summary.md for the page "
    "of a job, badge.json for shields.io, statement.intoto.json to sign"
)


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
    source = _source(options, options.adapter or _DEFAULT, options.command)
    if options.report:
        record = _reported(source, options, console)
    else:
        record = _certified(source, options, _repeating(options), console)
        terminal.show(record, console)
    if not options.adapter and not options.command:
        console.print(
            "\nThat was the reference itself. To certify PyTorch:  pip install torch  and then  conformance certify torch", soft_wrap=True
        )
        console.print(
            "To certify your own network:  conformance init my_adapter.py  and then  conformance certify ./my_adapter.py", soft_wrap=True
        )
    return record.status


def _reported(source: "Process", options: argparse.Namespace, console: "Console") -> "Record":
    """Judge what a process offers, and write every report and the answers into a folder."""
    from tempfile import TemporaryFile  # noqa: PLC0415

    from conformance.recording import FILE  # noqa: PLC0415
    from conformance.reports import terminal  # noqa: PLC0415

    folder = Path(options.report)
    # Answers are too many to be kept in memory; a file without a name is gone when a run is interrupted.
    with TemporaryFile() as answers:
        record = _certified(source, options, _repeating(options), console, answers)
        terminal.show(record, console)
        folder.mkdir(parents=True, exist_ok=True)
        answers.seek(0)
        with (folder / FILE).open("wb") as file:
            shutil.copyfileobj(answers, file)
        write_reports(record, folder, console)
    console.print(f"Answers written: {folder / FILE}, which conformance verify {shlex.quote(str(folder))} judges again", soft_wrap=True)
    return record


def write_reports(record: "Record", folder: Path, console: "Console") -> None:
    """Write every report of a record into a folder."""
    from conformance.reports import writing  # noqa: PLC0415

    writing.write(record, folder)
    console.print(f"\nReports written: {', '.join(str(folder / name) for name in writing.FILES)}", soft_wrap=True)


def verify(options: argparse.Namespace) -> int:
    """Judge the recorded answers of a certificate again, without the library; 1 if the certificate does not follow from them."""
    from conformance import verifying  # noqa: PLC0415
    from conformance.reports import verification  # noqa: PLC0415

    with _progress() as progress:
        found = verifying.verify(Path(options.folder), progress=progress)
    verification.show(found, _console())
    return 1 if found.inconsistencies else 0


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


def coverage(options: argparse.Namespace) -> int:
    """Count what the specification is covered by, 1 where something is missing; with a report, how far that reaches."""
    from conformance import covering, reaching  # noqa: PLC0415
    from conformance.reports import extent, json  # noqa: PLC0415

    console = _console()
    if not options.report:
        if options.lines:
            raise reaching.LinesError("--lines is about an implementation: name its report, as certify --report writes it, before it")
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
    from conformance import measuring, publishing  # noqa: PLC0415

    kills = list(measuring.kills(diagnosed=())) if options.power else []
    print(publishing.publish(Path(options.folder), kills))
    return 0


def _source(options: argparse.Namespace, adapter: str, command: str | None) -> "Process":
    from conformance import protocol  # noqa: PLC0415

    limits = {"limit": options.time_limit, "warm_up": options.warm_up_limit}
    return protocol.Process(shlex.split(command), **limits) if command else protocol.worker(adapter, **limits)


def _certified(
    source: "Process", options: argparse.Namespace, repeating: str, console: "Console", answers: BinaryIO | None = None
) -> "Record":
    """Judge what a process offers, and stop it; its answers are written to the file `answers` where there is one."""
    import reference  # noqa: PLC0415
    from conformance import recording, running, suite  # noqa: PLC0415
    from conformance.operations import nearest  # noqa: PLC0415
    from conformance.reports import terminal  # noqa: PLC0415

    with source:
        planned = suite.plan(source.description, dtypes=options.dtype, only=options.only)
        who = terminal.printable(f"{source.description.name} {source.description.version}".strip(), terminal.NAME)
        console.print(f"{who}: {len(planned):,} cases planned", markup=False)
        if unknown := [name for name in source.description.operations if name not in reference.__all__]:
            told = ", ".join(f"{name} ({near}?)" if (near := nearest(name)) else name for name in unknown)
            console.print(terminal.printable(f"not judged, being no operations: {told}"), markup=False, soft_wrap=True)
        with _progress(len(planned)) as progress:
            if answers is None:
                return running.run(planned, source, command=repeating, progress=progress)
            selection = {"dtypes": options.dtype, "only": options.only}
            return recording.run(planned, source, answers, selection=selection, command=repeating, progress=progress)


@contextmanager
def _progress(total: int | None = None) -> "Iterator[Progress]":
    """Give what is called after each case: it moves a bar on, at a terminal."""
    from rich import progress  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    with progress.Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("judging", total=total)
        yield lambda *_: bar.advance(task)


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
    from conformance.implementation import AdapterError  # noqa: PLC0415
    from conformance.operations import UnknownClauseError  # noqa: PLC0415
    from conformance.publishing import PublishingError  # noqa: PLC0415
    from conformance.reaching import LinesError  # noqa: PLC0415
    from conformance.reports.json import ReportError  # noqa: PLC0415
    from conformance.suite import UnknownSelectionError  # noqa: PLC0415
    from spec import SpecificationError  # noqa: PLC0415

    return AdapterError, LinesError, PublishingError, ReportError, UnknownClauseError, UnknownSelectionError, SpecificationError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance", description=_DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    in_dtypes = argparse.ArgumentParser(add_help=False)
    in_dtypes.add_argument(
        "--dtype",
        action="append",
        default=[],
        choices=("float64", "float32", "float16", "bfloat16"),
        help="in this dtype only (repeatable)",
    )
    selecting = argparse.ArgumentParser(add_help=False, parents=[in_dtypes])
    selecting.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="CLAUSE[CASE,DTYPE]",
        help="judge this clause or case only, or all of an operation or a page (repeatable)",
    )
    selecting.add_argument("--time-limit", type=_seconds, default=10.0, metavar="SECONDS", help="for each call (default 10)")
    selecting.add_argument(
        "--warm-up-limit", type=_seconds, default=60.0, metavar="SECONDS", help="for the first call of an operation in a dtype (default 60)"
    )

    certifying = commands.add_parser("certify", help="judge an adapter and report", description=certify.__doc__, parents=[selecting])
    judged = certifying.add_mutually_exclusive_group()
    judged.add_argument(
        "adapter", nargs="?", help="a bundled adapter (torch), ./my_network.py, or package.module:object; the reference itself if left out"
    )
    judged.add_argument("--command", metavar="COMMAND", help="start this command instead and speak the line protocol with it")
    certifying.add_argument("--report", metavar="DIR", help=_REPORT)
    certifying.set_defaults(function=certify)

    verifying = commands.add_parser("verify", help="judge a certificate's recorded answers again", description=verify.__doc__)
    verifying.add_argument("folder", metavar="DIR", help="the folder that certify --report wrote")
    verifying.set_defaults(function=verify)

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

    covering = commands.add_parser(
        "coverage", help="what covers the specification, or how far a report reaches", description=coverage.__doc__
    )
    covering.add_argument("report", nargs="?", metavar="REPORT", help="the folder or file of a report: count that implementation's instead")
    covering.add_argument("--lines", metavar="COVERAGE.json", help="and its own lines, as pytest --cov=… --cov-report=json wrote them")
    covering.add_argument("--clauses", action="store_true", help="a row for each clause of the specification")
    covering.add_argument("--markdown", metavar="FILE", help="write it as a page of Markdown")
    covering.set_defaults(function=coverage)

    publishing = commands.add_parser("site", help="build the specification as a site", description=site.__doc__)
    publishing.add_argument("folder", metavar="DIR", help="a new or empty folder, or an earlier site, which is built anew")
    publishing.add_argument("--power", action="store_true", help="run every mistake in every dtype first, and say which were rejected")
    publishing.set_defaults(function=site)
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a positive number of seconds; got {text}")
    return value
