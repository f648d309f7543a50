"""The options of the commands that write a certificate or judge it: certify, merge and verify."""

from typing import TYPE_CHECKING

from nnspec.conformance.command import arguments, formats, records
from nnspec.conformance.command.parsing import Parser

if TYPE_CHECKING:
    import argparse

_MERGE = (
    "Join the reports of all parts of a plan into the report that one run of the whole writes; "
    "the exit status is that of the whole."
)

_VERIFY = (
    "Judge the recorded answers of a certificate again, without the library; "
    "1 if the certificate does not follow from them."
)

_REPORT = (
    "write into this folder: report.html to look at, report.json, answers.jsonl.gz (which "
    "conformance verify judges again), junit.xml, "
    "summary.md for the page of a job, badge.json for shields.io, statement.intoto.json to sign"
)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", selecting: Parser) -> None:
    """Add the commands; `selecting` has the options of all that judges a plan."""
    _add_certify(commands, selecting)
    _add_merge(commands)
    _add_verify(commands)


def _add_certify(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", selecting: Parser
) -> None:
    certifying = commands.add_parser(
        "certify",
        help="judge an adapter and report",
        description="Judge an adapter, in a process of its own, and report.",
        parents=[selecting, _exploring()],
    )
    judged = certifying.add_mutually_exclusive_group()
    judged.add_argument(
        "adapter",
        nargs="?",
        type=arguments.named,
        help="a bundled adapter (torch), ./my_network.py, or package.module:object; "
        "the reference itself if left out",
    )
    judged.add_argument(
        "--command",
        type=arguments.command,
        metavar="COMMAND",
        help="start this command instead and speak the line protocol with it",
    )
    certifying.add_argument(
        "--part",
        type=arguments.part_of_the_plan,
        metavar="K/N",
        help="judge the K-th of N parts of the plan only, for many machines; conformance merge "
        "joins their reports",
    )
    certifying.add_argument(
        "--baseline",
        type=arguments.named,
        metavar="REPORT",
        help="an earlier report or its folder: the exit status is 1 only for MUST failures that it "
        "does not have; those that it has are told",
    )
    certifying.add_argument("--report", type=arguments.named, metavar="DIR", help=_REPORT)
    formats.add(certifying, *records.FORMATS)
    certifying.set_defaults(shrink=True)


def _add_merge(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    merging = commands.add_parser(
        "merge",
        help="join the reports of all parts of a plan",
        description=_MERGE,
    )
    merging.add_argument(
        "folders",
        nargs="+",
        type=arguments.named,
        metavar="DIR",
        help="the folder that certify --part K/N --report wrote, one for each part",
    )
    merging.add_argument(
        "--report",
        required=True,
        type=arguments.named,
        metavar="DIR",
        help="write the report of the whole into this folder, with the files of certify --report",
    )
    formats.add(merging, *records.FORMATS)


def _add_verify(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verifying = commands.add_parser(
        "verify",
        help="judge a certificate's recorded answers again",
        description=_VERIFY,
    )
    verifying.add_argument(
        "folder", type=arguments.named, metavar="DIR", help="the folder that certify --report wrote"
    )
    formats.add(verifying, "text", "json")


def _exploring() -> Parser:
    made = Parser(add_help=False)
    made.add_argument(
        "--explore",
        type=arguments.positive,
        default=0,
        metavar="N",
        help="then search beyond the fixed inputs, N examples for each operation and dtype",
    )
    return made
