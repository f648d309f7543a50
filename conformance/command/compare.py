"""`conformance compare`: libraries are laid beside each other, by reports or certified now.

Many files, those of a class, are rows with marks. One that cannot be judged is told with the
reason, and all others are judged.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from nnspec.conformance.command import formats, output, screen, statuses
from nnspec.conformance.command.certify import certified, ordered
from nnspec.conformance.reports import class_text, classes, comparison
from nnspec.conformance.reports.classes import Class, Entry
from nnspec.conformance.run import compare, libraries, plan, report
from nnspec.conformance.run.job import JobError, Order
from nnspec.conformance.run.libraries import Outcome, Unjudged
from nnspec.conformance.run.marks import Rule
from nnspec.conformance.run.plan import UnknownSelectionError
from nnspec.conformance.run.report import ReportError
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.terms.operations import OPERATIONS, nearest

# More libraries than these are a class: files are rows, and operations columns.
_BESIDE = 6


def main(options: argparse.Namespace) -> int:
    """Read or make the report of each library, and show all beside each other.

    The status says that one of them has no report.
    """
    formats.tried(options)
    rule = Rule(dict(options.weight), options.minimum)
    asked = plan.operations_selected(options.only) if options.only else []
    if problem := _problem(options, asked):
        output.tell(problem)
        return statuses.UNDECIDED
    if options.format == "otter":
        from nnspec.conformance.reports import grading  # noqa: PLC0415  it judges the reference

        formats.write(options, grading.otter(asked, options.dtype, rule))
        return statuses.CONFORMING
    entries = _entries(options)
    _show(entries, rule, _in_order(options.only, asked), options)
    unjudged = any(isinstance(each.outcome, Unjudged) for each in entries)
    return statuses.UNDECIDED if unjudged else statuses.CONFORMING


def _problem(options: argparse.Namespace, asked: Sequence[str]) -> str:
    """Return what is wrong with the arguments, "" if nothing is."""
    count = len(options.libraries) + len(options.command)
    unknown = next((name for name, _ in options.weight if name not in OPERATIONS), "")
    near = nearest(unknown)
    problems = {
        f"there is no operation {unknown}{f'; {near}?' if near else ''}": bool(unknown),
        "--weight names an operation that --only does not ask for": (
            bool(asked) and any(name not in asked for name, _ in options.weight)
        ),
        "a test file for otter-grader judges where otter runs it: name no library": (
            options.format == "otter" and count > 0
        ),
        # Otherwise a submission of one right operation would have full marks.
        f"--format {options.format} needs --only for each operation that is asked": (
            options.format in ("gradescope", "otter") and not asked
        ),
        f"results.json of Gradescope is about one submission; got {count}": (
            options.format == "gradescope" and count > 1
        ),
        "a comparison needs reports, adapters or commands; got none": (
            options.format != "otter" and not count
        ),
    }
    return next((said for said, applies in problems.items() if applies), "")


def _in_order(only: Sequence[str], asked: Sequence[str]) -> list[str]:
    """Return the operations in the order in which they were asked."""
    first = [name for name in only if name in asked]
    return [*dict.fromkeys(first), *(name for name in asked if name not in first)]


def _show(
    entries: Sequence[Entry], rule: Rule, asked: Sequence[str], options: argparse.Namespace
) -> None:
    """Write all libraries in the format that was asked for."""
    few = not options.as_class and len(entries) <= _BESIDE
    if options.format in ("text", "markdown") and few:
        beside = _beside(entries)
        if options.format == "markdown":
            formats.write(options, comparison.markdown(beside))
        else:
            formats.show(options, partial(comparison.show, beside))
        return
    found = classes.class_of(entries, rule, asked)
    if options.format == "text":
        formats.show(options, partial(class_text.show, found))
    else:
        formats.write(options, _written(found, options.format))


def _written(found: Class, name: str) -> str:
    """Return a class in a format other than text."""
    if name == "json":
        return formats.json(class_text.plain(found))
    if name == "csv":
        return formats.csv(*class_text.rows(found))
    if name == "markdown":
        return class_text.markdown(found)
    # The libraries that write pages take a while to load.
    from nnspec.conformance.reports import class_page, grading  # noqa: PLC0415

    return class_page.text(found) if name == "html" else formats.json(grading.gradescope(found))


def _beside(entries: Sequence[Entry]) -> compare.Comparison:
    reports = [each.outcome for each in entries if not isinstance(each.outcome, Unjudged)]
    problems = {
        each.name: each.outcome.problem for each in entries if isinstance(each.outcome, Unjudged)
    }
    return compare.compare(reports, problems)


def _entries(options: argparse.Namespace) -> list[Entry]:
    """Return every library by its name with its report, or with what prevented one.

    A number tells libraries of one name apart.
    """
    names: Counter[str] = Counter()
    entries = []
    for name, outcome in _outcomes(options):
        if isinstance(outcome, Unjudged):
            said = f"{name} cannot be compared: {outcome.problem}"
            output.tell(said)
        names[name] += 1
        entries.append(Entry(f"{name} ({names[name]})" if names[name] > 1 else name, outcome))
    return entries


def _outcomes(options: argparse.Namespace) -> Iterator[tuple[str, Outcome]]:
    """Yield the name and the report of each library, in the order of the command line."""
    paths = [*options.libraries, *options.command]
    orders = {
        place: ordered(options, None, path)
        if place >= len(options.libraries)
        else ordered(options, path, None)
        for place, path in enumerate(paths)
        if place >= len(options.libraries) or not _is_report(path)
    }
    made = _judged(options, orders)
    stems = Counter(_stem(path) for path in paths)
    for place, path in enumerate(paths):
        outcome = made[place] if place in orders else _read(path)
        label = _stem(path) if place in orders else ""
        if label and stems[label] > 1:
            label = path
        if isinstance(outcome, Unjudged):
            yield label or path, outcome
            continue
        adapter = outcome["header"]["adapter"]
        if label:
            # A file is known by its name: what it calls itself may be the name of another one.
            adapter |= {"name": label, "version": ""}
        yield f"{adapter['name']} {adapter['version']}".strip(), outcome


def _stem(path: str) -> str:
    """Return the name of a file of Python, "" for what is named otherwise."""
    file, ending, attribute = path.partition(".py")
    return f"{Path(file).name}{attribute}" if ending and attribute[:1] in ("", ":") else ""


def _is_report(name: str) -> bool:
    return Path(name).suffix == ".json" or (Path(name) / "report.json").is_file()


def _read(name: str) -> Outcome:
    try:
        found = report.read(Path(name))
        report.record(found)
    except ReportError as error:
        return Unjudged(str(error))
    return found


def _judged(options: argparse.Namespace, orders: dict[int, Order]) -> dict[int, Outcome]:
    """Return what came of each order: many are one a job, and one is shared among several jobs."""
    if sys.platform == "win32" or (len(orders) == 1 and options.jobs > 1):
        return {place: _alone(order, options) for place, order in orders.items()}
    places, found = list(orders), dict[int, Outcome]()
    with screen.progress(len(orders), "comparing") as progress:
        for number, outcome in libraries.judged(list(orders.values()), options.jobs):
            found[places[number]] = outcome
            progress()
    return found


def _alone(order: Order, options: argparse.Namespace) -> Outcome:
    # The tables alone are printed: a file of a format holds nothing else.
    quiet = Console(file=StringIO())
    try:
        made = certified(order, options, quiet)
    except (AdapterError, UnknownSelectionError) as error:
        return Unjudged(str(error))
    except JobError as error:
        return Unjudged(str(error), ours=True)
    if ended := made.header.get("ended"):
        return Unjudged(str(ended), ours=True)
    document: dict[str, Any] = report.document(made)
    return document
