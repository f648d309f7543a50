"""Files of others are refused in words before use: by verify, compare, coverage and sweep."""

import gzip
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnspec.conformance.command import cli
from nnspec.conformance.search import findings
from tests.command.trials import ran
from tests.terms.changing import changed

# Seconds of the processor in which anything is refused, on a slow machine.
QUICK = 60.0

HUGE = 20 * 2**30


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def looped(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def sparse(path: Path) -> None:
    os.truncate(path, HUGE)


def missing(path: Path) -> None:
    path.unlink()


def nested(path: Path) -> None:
    path.write_bytes(b"[" * 100_000)


def many(path: Path) -> None:
    path.write_bytes(b"[" + b"[]," * 10_000_000 + b"[]]")


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


KINDS = (fifo, endless, looped, folder, sparse, missing, nested, many, binary)


@pytest.mark.parametrize("name", ["report.json", "report.html", "answers.jsonl.gz"])
@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_verify_reads_regular_files_of_a_bounded_size(
    name: str, make: Callable[[Path], None], certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(certificate / name)
    began = time.process_time()
    found = ran(capsys, "verify", str(certificate))
    assert time.process_time() - began < QUICK
    if name == "report.html" and make is missing:
        assert found.status == 0
    else:
        assert found.status == (2 if name == "report.json" else 1)
        assert name in found.said


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("command", ["compare", "coverage"])
def test_compare_and_coverage_read_regular_files_of_a_bounded_size(
    command: str,
    make: Callable[[Path], None],
    certificate: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make(certificate / "report.json")
    found = ran(capsys, command, str(certificate / "report.json"))
    assert found.status == 2
    assert "report.json is no report" in found.err


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_the_lines_of_a_library_are_read_with_care(
    make: Callable[[Path], None], certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = certificate / "lines.json"
    lines.touch()
    make(lines)
    found = ran(capsys, "coverage", str(certificate), "--lines", str(lines))
    assert found.status == 2
    assert "lines.json is no report that pytest" in found.err


CHANGES: list[tuple[tuple[Any, ...], Any]] = [
    (("report",), 10**400),
    (("report",), True),
    (("header",), []),
    (("header", "planned"), ...),
    (("header", "planned"), "5"),
    (("header", "planned"), 10**400),
    (("header", "adapter"), "x"),
    (("header", "adapter"), ...),
    (("header", "adapter", "name"), 5),
    (("header", "adapter", "dtypes"), None),
    (("header", "adapter", "operations"), {}),
    (("header", "adapter", "expected_failures"), []),
    (("header", "smoke"), [5]),
    (("header", "suite"), 5),
    (("header", "started"), None),
    (("results",), 5),
    (("results",), {}),
    (("results", 0), None),
    (("results", 0, "outcome"), ...),
    (("results", 0, "outcome"), "perfect"),
    (("results", 0, "clause"), 5),
    (("results", 0, "clause"), "\u001b[2J"),
    (("results", 0, "level"), "MAY"),
    (("results", 0, "dtype"), "float8"),
    (("results", 0, "dtype"), []),
    (("results", 0, "worst_ulp"), 10**400),
    (("results", 0, "worst_ulp"), "1"),
    (("results", 0, "worst_ulp"), None),
    (("results", 0, "worst_ratio"), {}),
    (("results", 0, "compared"), -1),
    (("results", 0, "compared"), 1.5),
    (("results", 0, "details"), 5),
    (("results", 0, "details"), {"truth": 1.0}),
    (("results", 0, "diagnosis"), 5),
    (("results", 0, "diagnosis"), [5]),
    (("results", 0, "message"), {}),
    (("results", 0, "more"), 5),
    (("summary",), 5),
    (("summary", "verdict"), 5),
    (("summary", "must"), []),
    (("pictures",), 5),
    (("pictures",), [5]),
    (("pictures",), [{"kind": "error"}]),
    (("diagnoses",), 5),
    (("diagnoses",), [{}]),
    (("exploration",), []),
    (("smaller",), [5]),
]


@pytest.mark.parametrize(
    ("path", "value"), CHANGES, ids=lambda each: str(each)[:40] if each is not ... else "gone"
)
def test_a_report_that_does_not_fit_its_schema_is_refused(
    path: tuple[Any, ...], value: Any, certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = certificate / "report.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(changed(document, path, value)), encoding="utf-8")
    for command in ("verify", "compare", "coverage"):
        found = ran(capsys, command, str(certificate))
        assert found.status == 2
        assert "report.json is" in found.err


@pytest.mark.parametrize("words", ["NaN", "Infinity", "1e999", "-Infinity", "1" + "0" * 5000])
def test_numbers_that_json_does_not_have_are_refused(
    words: str, certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = certificate / "report.json"
    text = file.read_text(encoding="utf-8").replace('"worst_ulp": 0.0', f'"worst_ulp": {words}', 1)
    assert words in text
    file.write_text(text, encoding="utf-8")
    for command in ("verify", "compare", "coverage"):
        assert ran(capsys, command, str(certificate)).status == 2


def calls(certificate: Path, lines: list[bytes], times: int) -> None:
    """Put repeated lines into the place of the recorded calls, and say so in the report."""
    file, report = certificate / "answers.jsonl.gz", certificate / "report.json"
    with gzip.open(file) as old:
        first = old.readline()
    with gzip.open(file, "wb", compresslevel=1) as new:
        new.write(first)
        for _ in range(times):
            new.writelines(lines)
    document = json.loads(report.read_text(encoding="utf-8"))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    document["header"]["answers"] |= {"sha256": digest, "calls": times * len(lines)}
    report.write_text(json.dumps(document), encoding="utf-8")


CALL = b'{"operation":"softmax","request":"%s","reply":%s}\n'


@pytest.mark.proof
@pytest.mark.parametrize(
    ("reply", "times"),
    [
        pytest.param(b'{"answer":' + b"[" * 950 + b"]" * 950 + b"}", 5_000, id="deep-calls"),
        pytest.param(b"{}", 4_750_000, id="many-calls"),
        pytest.param(b'{"answer":[' + b"[]," * 6_000_000 + b"[]]}", 1, id="many-lists"),
        pytest.param(b'{"asked":[' + b'["gradient",[]],' * 100_000 + b"[]]}", 3, id="many-asked"),
        pytest.param(b'{"answer":' + b" " * 2**27 + b"[]}", 20, id="blank"),
        pytest.param(b'{"answer":NaN}', 3, id="nan"),
        pytest.param(b'{"answer":' + b"[" * 100_000 + b"}", 1, id="nested"),
    ],
)
def test_recorded_calls_without_end_are_refused(
    reply: bytes, times: int, certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls(certificate, [CALL % (b"0" * 64, reply)], times)
    began = time.process_time()
    assert ran(capsys, "verify", str(certificate)).status == 1
    assert time.process_time() - began < QUICK


PLAIN = """
import numpy as np

name, version, dtypes = "plain", "1", ("float16",)


def relu(x):
    return np.maximum(x, 0)
"""
RELU = ("sweep", "relu", "--adapter", "./plain.py", "--dtype", "float16", "--jobs", "1")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the journal of a whole sweep."""
    place, before = tmp_path_factory.mktemp("swept"), Path.cwd()
    os.chdir(place)
    try:
        Path("plain.py").write_text(PLAIN, encoding="utf-8")
        assert cli.main(RELU) == 0
        return Path("sweep/sweep-relu-float16.jsonl").read_bytes()
    finally:
        os.chdir(before)


# What stands in the place of the findings of a task.
ODD: dict[str, Any] = {
    "null": None,
    "list": [],
    "empty": {},
    "text": "x",
    "covered-null": {"covered": None},
    "covered-flat": {"covered": [1, 2]},
    "covered-text": {"covered": [["a", "b"]]},
    "covered-backwards": {"covered": [[9, 1]]},
    "covered-float": {"covered": [[0.5, 1.5]]},
    "covered-huge": {"covered": [[0, 10**400]]},
    "covered-twice": {"covered": [[0, 9]]},
    "histogram-short": {"histogram": [1]},
    "histogram-negative": {"histogram": [-1] * 35},
    "histogram-text": {"histogram": ["1"] * 35},
    "worst-empty": {"worst": {}},
    "worst-text": {"worst": {"histogram": "x", "bottom": None}},
    "worst-partly": {"worst": {"histogram": {"ulp": 1.0}, "bottom": None}},
    "clauses-list": {"clauses": []},
    "clauses-unknown": {"clauses": {"../x": {}}},
    "clauses-partly": {"clauses": {"relu/accuracy": {"judged": 5}}},
    "specials-empty": {"specials": {}},
    "unanswered-null": {"unanswered": None},
    "unanswered-odd": {"unanswered": {"inputs": 0, "number": 0, "ranges": [[1]]}},
    "nanoseconds-text": {"nanoseconds": dict.fromkeys(findings.nothing()["nanoseconds"], "x")},
    "more": {"more": 5},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_journal_with_odd_findings_is_refused(
    odd: Any,
    swept: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain.py").write_text(PLAIN, encoding="utf-8")
    Path("sweep").mkdir()
    put = odd if not isinstance(odd, dict) or not odd else findings.nothing() | odd
    line = json.dumps({"findings": put}).encode() + b"\n"
    journal = Path("sweep/sweep-relu-float16.jsonl")
    journal.write_bytes(swept + line)
    found = ran(capsys, *RELU)
    assert found.status == 2
    assert found.err.startswith("conformance: ")
    assert journal.read_bytes() == swept + line


@pytest.mark.parametrize(
    "rest",
    [
        b"x\n",
        b"null\n",
        b"[]\n",
        b'{"findings": NaN}\n',
        b"{}\n",
        b"[" * 100_000 + b"\n",
        b"\xff\n",
    ],
)
def test_a_journal_with_an_odd_line_is_refused(
    rest: bytes,
    swept: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain.py").write_text(PLAIN, encoding="utf-8")
    Path("sweep").mkdir()
    Path("sweep/sweep-relu-float16.jsonl").write_bytes(swept + rest)
    assert ran(capsys, *RELU).status == 2


@pytest.mark.parametrize("make", [fifo, endless, folder, sparse], ids=lambda make: make.__name__)
def test_a_journal_is_a_regular_file_of_a_bounded_size(
    make: Callable[[Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain.py").write_text(PLAIN, encoding="utf-8")
    Path("sweep").mkdir()
    Path("sweep/sweep-relu-float16.jsonl").touch()
    make(Path("sweep/sweep-relu-float16.jsonl"))
    found = ran(capsys, *RELU)
    assert found.status in (2, 3)
    assert "sweep-relu-float16.jsonl" in found.err


def test_a_journal_has_one_writer(
    swept: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.chdir(tmp_path)
    Path("plain.py").write_text(PLAIN, encoding="utf-8")
    Path("sweep").mkdir()
    journal = Path("sweep/sweep-relu-float16.jsonl")
    cut = swept[: len(swept) // 2]
    journal.write_bytes(cut)
    with journal.open("ab") as other:
        fcntl.flock(other.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = ran(capsys, *RELU)
        assert found.status == 2
        assert "is being written by another process" in found.err
        # A line that another process is writing is not cut off.
        assert journal.read_bytes() == cut
    assert ran(capsys, *RELU).status == 0


def test_a_certificate_of_another_shape_is_still_read(
    certificate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(certificate, tmp_path / "copy")
    assert ran(capsys, "verify", str(tmp_path / "copy")).status == 0
