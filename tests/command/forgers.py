"""Forgers of certificates: each makes a claim in a folder that its answers may not bear out, and
lets everything else fit together as well as it can."""

import json as json_text
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnspec.conformance.command import verify as verifying
from nnspec.conformance.reports import files
from nnspec.conformance.sources import recorded
from tests.command.certificates import Lines, broken, forge, forge_answers, report

Forger = Callable[[Path], Any]


def remade(folder: Path) -> None:
    """Let the suite write the report that follows from the answers: nothing can contradict it."""
    found = recorded.read(folder / recorded.FILE)
    header = report(folder)["header"]
    record, _, _ = verifying._judged_again(
        verifying._replay(found), found, header, None, elsewhere=False
    )
    files.write(record, folder)


def in_both(part: str, **changes: Any) -> Forger:
    """Change a part of the header, in the report and in the first line of the answers."""

    def change(header: dict[str, Any]) -> None:
        if part:
            header[part].update(changes)
        else:
            header.update(changes)

    def forger(folder: Path) -> None:
        forge_answers(folder, lambda lines: change(lines[0]))
        forge(folder, lambda document: change(document["header"]))

    return forger


def rewritten(change: Callable[[Lines], Any]) -> Forger:
    """Change the answers, and let the suite write the report that follows."""

    def forger(folder: Path) -> None:
        forge_answers(folder, change)
        remade(folder)

    return forger


def then(*forgers: Forger) -> Forger:
    def forger(folder: Path) -> None:
        for each in forgers:
            each(folder)

    return forger


def of_report(change: Callable[[dict[str, Any]], Any]) -> Forger:
    return lambda folder: forge(folder, change)


def of_answers(change: Callable[[Lines], Any]) -> Forger:
    return lambda folder: forge_answers(folder, change)


def of_broken(**changes: Any) -> Forger:
    return of_report(lambda document: broken(document).update(changes))


def summing(**changes: Any) -> Forger:
    """Change the summary alone."""

    def forger(folder: Path) -> None:
        document = report(folder)
        document["summary"].update(changes)
        text = json_text.dumps(document, indent=1, ensure_ascii=False) + "\n"
        (folder / "report.json").write_text(text, encoding="utf-8")

    return forger


def in_file(name: str, old: str, new: str) -> Forger:
    """Change the text of a file that people or programs read."""

    def forger(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return forger


def replies(lines: Lines, operation: str) -> Lines:
    """Return the calls of an operation that have a reply of their own."""
    return [line for line in lines[1:] if line["operation"] == operation and "reply" in line]


def without(operation: str) -> Callable[[Lines], None]:
    """Take every call of an operation out of the answers, which name replies by their numbers."""

    def change(lines: Lines) -> None:
        header, *calls = lines
        known = {number: call.get("reply") for number, call in enumerate(calls, 1)}
        for call in calls:
            call["reply"] = known[call.pop("same")] if "same" in call else call["reply"]
        lines[:] = [header, *(call for call in calls if call["operation"] != operation)]

    return change


def said(says: str, found: str) -> bool:
    """Say whether one of the sentences `says` holds stands in what was found."""
    return any(part in found or _matches(part, found) for part in says.split("|"))


def _matches(part: str, found: str) -> bool:
    before, _, after = part.partition(" .* ")
    return bool(after) and any(before in line and after in line for line in found.splitlines())


# Each lets the certificate come from a machine with another part.
ELSEWHERE = {
    "numpy": in_both("suite", numpy="2.99"),
    "scipy": in_both("suite", scipy="1.99"),
    "ml_dtypes": in_both("suite", ml_dtypes="0.99"),
    "python": in_both("suite", python="3.99"),
    "system": in_both("machine", system="Plan9"),
    "processor": in_both("machine", processor="abacus"),
    "extensions": in_both("machine", extensions=""),
    "arithmetic": in_both("machine", arithmetic="0" * 16),
}
