"""`python -m tests.diagnosis.measure` says of each fault whether the diagnosis names it rightly.

    --page adaptive --page clipping     the faults of these pages
    --only softmax_vjp                  those whose operation, name or source holds this text
    --set instances, --set public       those of one set; without it, both
    --dtype float32                     in this format; without it, in float64
    --whole                             also in cases of more than a thousand numbers
    --quiet                             only the totals

Every fault is an adapter, all else is right, and the clauses of its operation judge it.
The first name that is told is `right` if what it names answers as the fault does, or if the fault
accepts the name; any other name is `wrong`. Without a name the diagnosis is `silent`. The fault is
`undetected` if no MUST fails. A `~` marks a right name in words that a person should read.
"""

import argparse
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.diagnosis import size
from nnspec.conformance.judge.judge import Attempt
from nnspec.conformance.run.plan import plan
from nnspec.conformance.run.record import Record
from nnspec.conformance.run.run import run
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.conformance.terms.outcomes import FAILURES
from tests.diagnosis import instances, public
from tests.diagnosis.fault import Fault
from tests.diagnosis.reproducing import function_of, reproduced

SETS = {"instances": instances.faults, "public": public.faults}

VERDICTS = RIGHT, WRONG, SILENT, UNDETECTED = "right", "wrong", "silent", "undetected"

# Cases of more numbers or steps take longest, and tell nothing new of a formula.
LONG = 1000


@dataclass(frozen=True)
class Measured:
    """A fault, the name that the diagnosis told first, and the verdict on it with its reason.

    `explained` of the `failing` cases bear the name.
    """

    fault: Fault
    verdict: str
    named: str = ""
    explained: int = 0
    failing: int = 0
    reason: str = ""
    in_doubt: bool = False


def measured(
    fault: Fault, *, whole: bool = False, dtypes: Sequence[str] = ("float64",)
) -> Measured:
    """Judge a fault, and the name that the diagnosis gives it."""
    attempts: list[tuple[Planned, Attempt]] = []
    found = judged(fault, attempts, whole=whole, dtypes=dtypes)
    failed = [each for each in found.results if each.failed]
    if not any(each.level == "MUST" for each in failed):
        return Measured(fault, UNDETECTED, failing=len(failed))
    name, explained, words = told(found, fault.operation)
    if not name:
        return Measured(fault, SILENT, failing=len(failed), reason=words)
    reason = "" if fault.accepts(name) else parting(fault, name, attempts)
    return Measured(
        fault,
        WRONG if reason else RIGHT,
        name,
        explained,
        len(failed),
        reason,
        in_doubt=not reason and not re.search(fault.vague, f"{name} {words}"),
    )


def judged(
    fault: Fault,
    attempts: list[tuple[Planned, Attempt]],
    *,
    whole: bool,
    dtypes: Sequence[str],
) -> Record:
    """Return the record of a fault, and add its attempts to a list."""
    source = InProcess(fault.adapter())
    planned = plan(source.description, dtypes=dtypes, operation=fault.operation)
    if not (whole or OPERATIONS[fault.operation].random):
        planned = [each for each in planned if not each.case.many and size(each) <= LONG]
    with warnings.catch_warnings():
        # A wrong formula may warn of empty arrays and the like, which nobody has to read.
        warnings.simplefilter("ignore")
        return run(planned, source, witness=lambda each, ended: attempts.append((each, ended)))


def told(record: Record, operation: str) -> tuple[str, int, str]:
    """Return the first name that a record tells of an operation, how many cases bear it, its words.

    A record with `diagnoses` has one for the operation. Otherwise it is the name that most failing
    cases tell first.
    """
    results = [each for each in record.results if each.operation == operation]
    if diagnoses := getattr(record, "diagnoses", ()):
        own = [each for each in diagnoses if read(each, "operation") == operation]
        first = own[0] if own else None
        words = str(read(first, "sentence") or "")
        return str(read(first, "name") or ""), int(read(first, "explained") or 0), words
    names = Counter(each.diagnosis[0] for each in results if each.failed and each.diagnosis)
    if not names:
        return "", 0, ""
    ((name, count),) = names.most_common(1)
    words = next(each.explanation for each in results if each.diagnosis[:1] == (name,))
    return name, count, words


def read(diagnosis: Any, name: str) -> Any:
    """Return a part of a diagnosis, which may be an object or what JSON makes of it."""
    if isinstance(diagnosis, dict):
        return diagnosis.get(name)
    return getattr(diagnosis, name, None)


def parting(fault: Fault, name: str, attempts: Iterable[tuple[Planned, Attempt]]) -> str:
    """Say why a name is not that of the fault, "" if it is."""
    function = function_of(fault.operation, name)
    if function is None:
        return "nothing bears the name"
    failing = sorted((pair for pair in attempts if pair[1].outcome in FAILURES), key=_size)
    wrong = [
        each
        for _, attempt in failing
        for each in attempt.judged
        if each.case.operation == fault.operation
        and each.case.before is None
        and not each.right.all()
    ]
    return reproduced(fault, function, wrong)


def _size(pair: tuple[Planned, Attempt]) -> int:
    return size(pair[0])


def chosen(sets: Sequence[str], pages: Sequence[str], only: Sequence[str]) -> list[Fault]:
    """Return the faults of some sets and pages whose operation, name or source holds a text."""
    found = [each for name in sets or SETS for each in SETS[name]()]
    return [
        each
        for each in found
        if (not pages or each.page in pages)
        and (
            not only
            or any(
                text in f"{each.operation} {each.name} {' '.join(each.sources)}" for text in only
            )
        )
    ]


def row(each: Measured) -> str:
    """Return a fault as a row of the table."""
    fault, mark = each.fault, " ~" if each.in_doubt else ""
    cases = f"{each.explained} of {each.failing}" if each.named else f"{each.failing}"
    told_of = f"{each.named} ({each.reason})".lstrip() if each.reason else each.named
    name = f"{fault.operation}: {fault.name}"
    return f"| {name} | {fault.sources[0]} | {told_of} | {cases} | {each.verdict}{mark} |"


def totals(found: Sequence[Measured]) -> list[str]:
    """Return the table of verdicts, a row for each page, for each set and for all."""
    lines = [f"| faults | number | {' | '.join(VERDICTS)} |", "|---|---|" + "---|" * len(VERDICTS)]
    groups = {page: [each for each in found if each.fault.page == page] for page in public.MODULES}
    groups |= {name: [each for each in found if each.fault in SETS[name]()] for name in SETS}
    for name, group in {**groups, "all": list(found)}.items():
        if group:
            counts = Counter(each.verdict for each in group)
            shares = (f"{counts[each]} ({counts[each] / len(group):.1%})" for each in VERDICTS)
            lines.append(f"| {name} | {len(group)} | {' | '.join(shares)} |")
    return lines


def main(arguments: Sequence[str]) -> None:
    """Print a row for each fault, and the totals."""
    parser = argparse.ArgumentParser(prog="python -m tests.diagnosis.measure")
    parser.add_argument("--page", action="append", default=[])
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--set", action="append", default=[], choices=sorted(SETS))
    parser.add_argument("--dtype", action="append", choices=NAMES)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args(arguments)
    began, found = time.process_time(), []
    if not options.quiet:
        print("| fault | source | named first | cases | verdict |\n|---|---|---|---|---|")
    for fault in chosen(options.set, options.page, options.only):
        dtypes = options.dtype or ["float64"]
        found.append(measured(fault, whole=options.whole, dtypes=dtypes))
        if not options.quiet:
            print(row(found[-1]), flush=True)
    if not found:
        parser.error("no fault is chosen")
    print("", *totals(found), sep="\n")
    print(f"\n{time.process_time() - began:.0f} seconds of CPU")


if __name__ == "__main__":
    main(sys.argv[1:])
