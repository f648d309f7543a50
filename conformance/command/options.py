"""The options of the command `conformance`, and errors for arguments that it does not take."""

import argparse
from typing import Any

from nnspec.conformance.command import arguments, certifying, covering, formats, limits, statuses
from nnspec.conformance.command.parsing import Parser
from nnspec.spec.translations import LANGUAGES

_DTYPES = ("float64", "float32", "float16", "bfloat16")

_TABLES = ("text", "json", "markdown", "csv")

_DESCRIPTION = (
    "Certify an implementation of neural-network mathematics against the specification. "
    "To begin: conformance certify ./my_network.py"
)

_COMPARE = (
    "Lay libraries beside each other, by their reports or by certifying them now: "
    "what conforms, breaks or is absent, and how far off. More than six are a class, with marks."
)
_SITE = (
    "Build the specification as a site that asks nothing of the network: "
    "pages, clauses, reference, mistakes, inputs, coverage."
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; it puts the subcommand's name into `subcommand`."""
    made: argparse.ArgumentParser = Parser(prog="conformance", description=_DESCRIPTION)
    made.add_argument(
        "--version",
        action=_Version,
        nargs=0,
        help="print the version and the digest of the suite, and the edition; then stop",
    )
    commands = made.add_subparsers(dest="subcommand", required=True, metavar="COMMAND")
    in_dtypes = Parser(add_help=False)
    in_dtypes.add_argument(
        "--dtype",
        action="append",
        default=[],
        choices=_DTYPES,
        help="in this dtype only (repeatable)",
    )
    limiting = limits.limiting()
    selecting = _selecting(in_dtypes, limiting)

    certifying.add(commands, selecting)
    comparing = commands.add_parser(
        "compare",
        help="lay libraries beside each other",
        description=_COMPARE,
        parents=[selecting],
    )
    comparing.add_argument(
        "libraries",
        nargs="*",
        type=arguments.named,
        metavar="REPORT-OR-ADAPTER",
        help="a report's folder or file, or an adapter as for certify",
    )
    comparing.add_argument(
        "--command",
        action="append",
        default=[],
        type=arguments.command,
        metavar="COMMAND",
        help="certify this command too (repeatable)",
    )
    comparing.add_argument(
        "--class",
        dest="as_class",
        action="store_true",
        help="files down and operations across, with marks; so it is for more than six",
    )
    comparing.add_argument(
        "--weight",
        action="append",
        default=[],
        type=arguments.weight,
        metavar="OPERATION=POINTS",
        help="the points of an operation in the marks (default 1; repeatable)",
    )
    comparing.add_argument(
        "--minimum",
        type=arguments.minimum,
        default=0.0,
        metavar="SHARE",
        help="an operation that keeps a smaller share of its clauses has no points "
        "(from 0 to 1, default 0)",
    )
    formats.add(comparing, "text", "json", "markdown", "csv", "html", "gradescope", "otter")
    comparing.set_defaults(explore=0, shrink=False)

    listing = commands.add_parser(
        "list",
        help="list the clauses",
        description="List clauses, or what --inputs, --mistakes or --adapters asks for.",
    )
    choice = listing.add_mutually_exclusive_group()
    for what in ("inputs", "mistakes", "adapters"):
        choice.add_argument(
            f"--{what}",
            dest="what",
            action="store_const",
            const=what,
            help=f"list the {what} instead",
        )
    choice.add_argument(
        "--counts",
        dest="what",
        action="store_const",
        const="counts",
        help="count pages, operations, clauses, mistakes and vectors instead",
    )

    formats.add(listing, *_TABLES)

    explaining = commands.add_parser(
        "explain",
        help="print a clause",
        description="Print one clause and the mistakes that it rejects.",
    )
    explaining.add_argument(
        "clause",
        type=arguments.named,
        metavar="CLAUSE",
        help="for example softmax/shift-invariance, or an operation",
    )

    explaining.add_argument(
        "--language",
        choices=tuple(LANGUAGES),
        default="",
        help="print the requirement in this language",
    )
    formats.add(explaining, "text", "json", "markdown")

    starting = commands.add_parser(
        "init",
        help="write an adapter to begin with",
        description="Write an adapter file that runs at once and says what to put in.",
    )
    starting.add_argument("file", type=arguments.named, metavar="FILE.py")
    starting.add_argument(
        "--like",
        type=arguments.named,
        metavar="NAME",
        help="begin with the bundled adapter of this name "
        "(conformance list --adapters; javascript for a .mjs file)",
    )

    measuring = commands.add_parser(
        "power",
        help="put every known mistake and every edit of a formula to the suite",
        description="Put every mistake to the suite, then every edit of a formula, in float64 and "
        "float32; 1 if a mistake survives a clause that it names, if a MUST clause rejects no "
        "mistake, or if an edit survives.",
        parents=[in_dtypes],
    )
    measuring.add_argument(
        "--operation",
        action="append",
        default=[],
        type=arguments.named,
        help="the mistakes and edits of this operation only, with the names of edits that equal "
        "its formula (repeatable)",
    )

    formats.add(measuring, *_TABLES)
    covering.add(commands)

    publishing = commands.add_parser(
        "site",
        help="build the specification as a site",
        description=_SITE,
    )
    publishing.add_argument(
        "folder",
        type=arguments.named,
        metavar="DIR",
        help="a new or empty folder, or an earlier site, which is built anew",
    )
    publishing.add_argument(
        "--power",
        action="store_true",
        help="run every mistake in every dtype first, and say which were rejected",
    )
    publishing.add_argument(
        "--reports",
        nargs="+",
        default=[],
        type=arguments.named,
        metavar="DIR",
        help="lay the libraries of these reports beside each other, with links to what they break",
    )

    _add_sweep(commands, limiting)
    completing = commands.add_parser(
        "completion",
        help="print a script by which a shell completes options",
        description="Print a script by which a shell completes commands, options and their values.",
    )
    completing.add_argument(
        "shell", choices=("bash", "zsh", "tcsh"), help="the shell that reads the script"
    )
    formats.add(completing, "text")
    for name, each in {"": made, **commands.choices}.items():
        each.epilog = statuses.meaning(name)
    return made


class _Version(argparse.Action):
    """Prints which suite this is, in the words of a certificate: it hashes all files for that."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print it and end the program."""
        from nnspec import spec  # noqa: PLC0415  an option of its own needs it
        from nnspec.conformance.run import environment  # noqa: PLC0415

        suite = environment.who(environment.found()["suite"])
        print(f"{suite}, edition {spec.edition()} with the digest {spec.digest()}")
        parser.exit()


def _selecting(*parents: Parser) -> Parser:
    """Return the options of what judges a plan: the part of it, and by how many."""
    selecting = Parser(add_help=False, parents=parents)
    selecting.add_argument(
        "--only",
        action="append",
        default=[],
        type=arguments.named,
        metavar="CLAUSE[CASE,DTYPE]",
        help="judge this clause or case only, or all of an operation or a page (repeatable)",
    )
    selecting.add_argument(
        "--jobs",
        type=arguments.jobs,
        default=1,
        metavar="N",
        help="processes that judge, each with an adapter of its own "
        "(default 1; auto: one a usable core)",
    )
    selecting.add_argument(
        "--seed",
        type=arguments.seed,
        default=0,
        metavar="S",
        help="of the inputs that are drawn, and of a search: a number (default 0), or fresh for "
        "one that the system draws; the same seed finds the same",
    )
    return selecting


def _add_sweep(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    limiting: Parser,
) -> None:
    sweeping = commands.add_parser(
        "sweep",
        help="judge every number of a format",
        description="Judge an operation at every number of a format, and report; "
        "go on where an earlier sweep of the same was interrupted.",
        parents=[limiting],
    )
    sweeping.add_argument(
        "operation", type=arguments.named, metavar="OPERATION", help="for example tanh"
    )
    judged = sweeping.add_mutually_exclusive_group(required=True)
    judged.add_argument(
        "--adapter", type=arguments.named, metavar="ADAPTER", help="an adapter as for certify"
    )
    judged.add_argument(
        "--command",
        type=arguments.command,
        metavar="COMMAND",
        help="start this command instead and speak the line protocol with it",
    )
    sweeping.add_argument(
        "--dtype",
        required=True,
        choices=_DTYPES,
        help="float32 has 2^32 numbers, the 16-bit formats 2^16",
    )
    sweeping.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=arguments.parameter,
        metavar="NAME=VALUE",
        help="of the operation (repeatable)",
    )
    sweeping.add_argument(
        "--report",
        default="sweep",
        type=arguments.named,
        metavar="DIR",
        help="keep state and result in this folder (default ./sweep)",
    )
    sweeping.add_argument(
        "--part",
        type=arguments.part,
        default=(1, 1),
        metavar="K/N",
        help="the K-th of N parts only, for many machines",
    )
    where = sweeping.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs",
        type=arguments.jobs,
        default=arguments.jobs("auto"),
        metavar="N",
        help="processes (default auto: one a usable core)",
    )
    where.add_argument(
        "--scheduler",
        type=arguments.named,
        metavar="ADDRESS",
        help="use the Dask cluster of this scheduler instead",
    )
