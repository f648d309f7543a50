"""Certificates for tests: made of an adapter in this process or another, and changed so that
everything else still fits together."""

import gzip
import hashlib
import json as json_text
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import Any

import numpy as np

from nnspec.conformance.command.verify import verify
from nnspec.conformance.reports import files
from nnspec.conformance.run import plan, run
from nnspec.conformance.run import report as json
from nnspec.conformance.run.record import Record
from nnspec.conformance.run.report import ReportError
from nnspec.conformance.sources import recorded
from nnspec.conformance.sources.description import Source
from nnspec.conformance.sources.in_process import InProcess

Lines = list[dict[str, Any]]


def certify(folder: Path, source: Source, *only: str, dtypes: Sequence[str] = ()) -> Record:
    """Write what `conformance certify --report` writes."""
    with TemporaryFile() as answers:
        planned = plan.plan(source.description, dtypes=dtypes, only=only)
        selection = {"dtypes": dtypes, "only": only}
        record = run.run(
            planned, source, answers, selection=selection, command="conformance certify it"
        )
        files.write(record, folder)
        answers.seek(0)
        (folder / recorded.FILE).write_bytes(answers.read())
    return record


def report(folder: Path) -> dict[str, Any]:
    return json_text.loads((folder / "report.json").read_text(encoding="utf-8"))


def forge(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the report, and write its summary and every file anew from what it then says: nothing
    but the answers can contradict it."""
    document = report(folder)
    change(document)
    record = json.record(document)
    summary = document["summary"]
    if summary == report(folder)["summary"]:
        summary = json.document(
            replace(record, unexpected_passes=tuple(summary["unexpected_passes"]))
        )["summary"]
    whole = json_text.dumps({**document, "summary": summary}, indent=1, ensure_ascii=False) + "\n"
    (folder / "report.json").write_text(whole, encoding="utf-8")
    for name in files.FILES:
        if name != "report.json":
            (folder / name).write_bytes(files.rendered(name, record))


def forge_answers(folder: Path, change: Callable[[Lines], Any]) -> None:
    """Change the lines of the answers and let the report name the new file's digest and calls."""
    file = folder / recorded.FILE
    lines = [json_text.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    change(lines)
    file.write_bytes(
        gzip.compress(b"".join(json_text.dumps(line).encode() + b"\n" for line in lines))
    )
    readdress(folder, len(lines) - 1)


def readdress(folder: Path, calls: int | None = None) -> None:
    """Let the report name the digest, and the number of calls, that the file of answers has."""
    sha256 = hashlib.sha256((folder / recorded.FILE).read_bytes()).hexdigest()
    forge(
        folder,
        lambda document: document["header"]["answers"].update(
            {"sha256": sha256} | ({"calls": calls} if calls is not None else {})
        ),
    )


SOFTMAX = ("softmax/range", "softmax/sum", "softmax/shift-invariance", "relu/accuracy")


def adapter(**operations: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"name": "it", "version": "1", "dtypes": ("float32",), **operations})


def overflows(x, *, axis):
    with np.errstate(all="ignore"):
        powers = np.exp(x)
        return powers / powers.sum(axis=axis, keepdims=True)


def in_process(folder: Path, it: Any, *only: str, dtypes: tuple[str, ...] = ("float32",)) -> Record:
    return certify(folder, InProcess(it), *only, dtypes=dtypes)


def broken(document: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in document["results"] if each["outcome"] == "breaks")


def swapped(items: list[Any]) -> None:
    items[0], items[-1] = items[-1], items[0]


def of(name: str, /, **changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["header"][name].update(changes)


def told(folder: Path) -> str:
    """Return what verify finds, or why it refuses to look."""
    try:
        found = verify(folder)
    except ReportError as error:
        return str(error)
    assert found.inconsistencies
    return "\n".join(found.inconsistencies)
