"""Whatever is changed in the recorded answers is told, for the report contradicts them."""

import base64
import gzip
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnspec.conformance.command.verify import verify
from nnspec.conformance.run.record import CONFORMING
from nnspec.conformance.sources import recorded
from tests.command.certificates import (
    Lines,
    forge_answers,
    readdress,
    swapped,
    told,
)


def answering(lines: Lines) -> dict[str, Any]:
    """Return a call whose answer is judged by more than its shape, as that of the smoke test is."""
    return [
        line
        for line in lines[1:]
        if line["operation"] == "softmax" and "answer" in line.get("reply", {})
    ][-1]


def another_answer(lines: Lines) -> None:
    array = answering(lines)["reply"]["answer"]
    array["data"] = base64.b64encode(bytes(len(base64.b64decode(array["data"])))).decode()


def an_ending(lines: Lines) -> None:
    for line in lines[1:]:
        if line["operation"] == "softmax" and "reply" in line:
            line["reply"] = {"ended": "absent", "message": "no softmax", "details": {}}


def asking(lines: Lines) -> dict[str, Any]:
    return next(line for line in lines[1:] if "asked" in line.get("reply", {}))["reply"]


def another_question(lines: Lines) -> None:
    asking(lines)["asked"][0][0] = "hessian"


def the_only_dtype(lines: Lines) -> None:
    lines[0]["selection"]["only"] = ["relu/accuracy"]


# What is changed in the answers, the report naming the digest of the file that comes of it, and
# how that is told.
ANSWERS: dict[str, tuple[Callable[[Lines], Any], str]] = {
    "another answer": (
        another_answer,
        ".outcome is 'conforms'; from the recorded answers follows 'breaks'",
    ),
    "an answer that is absent": (
        an_ending,
        ".outcome is 'conforms'; from the recorded answers follows 'absent'",
    ),
    "calls in another order": (
        lambda lines: swapped(lines[1:3]) or lines.insert(1, lines.pop(2)),
        "call 1 asked ",
    ),
    "a call too many": (lambda lines: lines.append(lines[-1]), "calls are recorded where"),
    "a call too few": (lambda lines: lines.pop(), "the answers end after call"),
    "a call that stands twice": (lambda lines: lines.insert(1, lines[1]), "asked "),
    "another input": (lambda lines: lines[1].update(request="0" * 64), "call 1 asked"),
    "another operation": (
        lambda lines: lines[1].update(operation="tanh"),
        "call 1 asked tanh where",
    ),
    "a callback that there is none": (
        another_question,
        "has a question to 'hessian', which is no callback of its operation",
    ),
    "no answer": (
        lambda lines: answering(lines)["reply"].pop("answer"),
        "has no answer and no ending",
    ),
    "no array": (
        lambda lines: answering(lines)["reply"].update(answer={"dtype": "float32"}),
        "where an object with dtype, shape and data",
    ),
    "an array of another length": (
        lambda lines: answering(lines)["reply"]["answer"].update(shape=[10**9]),
        "were needed",
    ),
    "an unknown ending": (
        lambda lines: answering(lines).update(reply={"ended": "well"}),
        "an operation, a request and a reply were needed",
    ),
    "a reply to come": (
        lambda lines: lines[1].update(same=5) or lines[1].pop("reply"),
        "call 1: an operation, a request and a reply",
    ),
    "another selection": (the_only_dtype, "header.selection.only is ["),
    "an adapter that cannot be": (
        lambda lines: lines[0]["adapter"].update(dtypes=["float8"]),
        "says of itself what cannot be planned",
    ),
    "a case that cannot be": (
        lambda lines: lines[0]["selection"].update(only=["relu/accuracy[mine]"]),
        "says of itself what cannot be planned: UnknownSelectionError",
    ),
    "no description": (
        lambda lines: lines[0].pop("adapter"),
        "says of itself what cannot be planned",
    ),
    "another version": (
        lambda lines: lines[0].update(answers=recorded.VERSION + 1),
        f"holds no recorded answers of version {recorded.VERSION}",
    ),
}


@pytest.mark.proof
@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_changed_in_the_answers_is_told(name: str, certificate: Path) -> None:
    change, says = ANSWERS[name]
    forge_answers(certificate, change)
    assert says in told(certificate)


@pytest.mark.proof
def test_the_answers_of_another_run_are_told(certificate: Path, other: Path) -> None:
    assert verify(other).record.verdict == CONFORMING
    shutil.copy(other / recorded.FILE, certificate / recorded.FILE)
    readdress(certificate)
    assert ".outcome is 'breaks'; from the recorded answers follows 'conforms'" in told(certificate)


def test_a_bit_of_an_answer_is_told_whatever_it_decides(certificate: Path) -> None:
    file = certificate / recorded.FILE
    content = gzip.decompress(file.read_bytes())
    place = content.rindex(b'"data":"') + len(b'"data":"')
    file.write_bytes(
        gzip.compress(
            content[:place]
            + (b"B" if content[place : place + 1] == b"A" else b"A")
            + content[place + 1 :]
        )
    )
    assert "header.answers.sha256 is " in told(certificate)


# What is no file of answers at all; the report names its digest.
FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "half of it": (lambda content: content[: len(content) // 2], "cannot be read beyond line"),
    "all but its end": (lambda content: content[:-4], "cannot be read beyond line"),
    "something behind it": (lambda content: content + b"more", "cannot be read beyond line"),
    "nothing": (lambda content: b"", "holds no recorded answers"),
    "no gzip": (lambda content: b"hello", "cannot be read beyond line 0"),
    "a flipped bit": (
        lambda content: content[:500] + bytes([content[500] ^ 1]) + content[501:],
        recorded.FILE,
    ),
    "no JSON": (lambda content: gzip.compress(b"hello\n"), "something that is no message: 'hello'"),
    "a list": (lambda content: gzip.compress(b"[]\n"), "something that is no message: '[]'"),
    "brackets": (
        lambda content: gzip.compress(b"[" * 10**4 + b"\n"),
        "something that is no message",
    ),
    "deep lists": (
        lambda content: gzip.compress(b'{"answers": ' + b"[" * 900 + b"]" * 900 + b"}\n"),
        "holds no recorded answers",
    ),
    "a million blanks": (
        lambda content: gzip.compress(b'{"answers": %d}\n' % recorded.VERSION + b" " * 10**6),
        "a line without an end after 65536 bytes",
    ),
}


@pytest.mark.proof
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_holds_no_answers_is_told(
    name: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "_LONGEST", 2**16)
    change, says = FILES[name]
    file = certificate / recorded.FILE
    file.write_bytes(change(file.read_bytes()))
    readdress(certificate)
    assert says in told(certificate)


@pytest.mark.proof
def test_answers_that_are_missing_are_told(certificate: Path) -> None:
    (certificate / recorded.FILE).unlink()
    assert "answers.jsonl.gz cannot be read: No such file" in told(certificate)
