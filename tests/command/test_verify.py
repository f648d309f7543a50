"""A certificate that is as it was made is verified, whatever its adapter did; one in which
anything was changed is not."""

import base64
import gzip
import json as json_text
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import pytest
import xmlschema

from nnspec import conformance
from nnspec.conformance.adapters import loopback
from nnspec.conformance.command import cli
from nnspec.conformance.command import verify as verifying
from nnspec.conformance.command.verify import verify
from nnspec.conformance.run import environment
from nnspec.conformance.run.record import BREAKING, CONFORMING, NONE, Record
from nnspec.conformance.run.report import ReportError
from nnspec.conformance.sources import process, recorded
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded
from tests.command.certificates import Lines, certify, forge, forge_answers, readdress, report
from tests.sources.hostile import adapters

SCHEMAS = Path(__file__).parent / "schemas"
REPORT_SCHEMA = json_text.loads(
    (Path(conformance.__file__).parent / "run" / "report.schema.json").read_text(encoding="utf-8")
)
STATEMENT_SCHEMA = json_text.loads((SCHEMAS / "test-result.json").read_text(encoding="utf-8"))
JUNIT_SCHEMA = xmlschema.XMLSchema(SCHEMAS / "junit.xsd")

# As https://shields.io/badges/endpoint-badge describes it; only what is used of it.
BADGE_SCHEMA = {
    "type": "object",
    "required": ["schemaVersion", "label", "message"],
    "additionalProperties": False,
    "properties": {
        "schemaVersion": {"const": 1},
        "label": {"type": "string"},
        "message": {"type": "string", "minLength": 1},
        "color": {"enum": ["brightgreen", "red", "lightgrey"]},
    },
}
HOSTILE = Path(__file__).parents[1] / "sources" / "hostile"
MINIMAL = Path(conformance.__file__).parent / "adapters" / "javascript" / "minimal.mjs"
SOFTMAX = ("softmax/range", "softmax/sum", "softmax/shift-invariance", "relu/accuracy")
BOWL = ("gradient_descent/eigenbasis", "gradient_descent/stability")
DESCENT = ("gradient_descent/accuracy", "newton/accuracy", "minibatch_descent/samples")


def adapter(**operations: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"name": "it", "version": "1", "dtypes": ("float32",), **operations})


def overflows(x, *, axis):
    with np.errstate(all="ignore"):
        powers = np.exp(x)
        return powers / powers.sum(axis=axis, keepdims=True)


def asks_wrongly(gradient, params, steps, *, learning_rate):
    return [gradient([param[:1] for param in params])]


def in_process(folder: Path, it: Any, *only: str, dtypes: tuple[str, ...] = ("float32",)) -> Record:
    return certify(folder, InProcess(it), *only, dtypes=dtypes)


def in_a_worker(
    folder: Path, it: str, *only: str, dtypes: tuple[str, ...] = ("float32",)
) -> Record:
    # What hangs is given little time, and what does not so much that a busy machine does not count.
    limit = 1.5 if it.endswith("LoopsInC") else 60.0
    with process.worker(it, limit=limit, warm_up=limit) as source:
        return certify(folder, source, *only, dtypes=dtypes)


def in_a_command(folder: Path, *behavior: str) -> Record:
    with process.Process(
        [sys.executable, str(HOSTILE / "child.py"), *behavior], limit=60.0
    ) as source:
        return certify(folder, source, "softmax/range", "softmax/sum", dtypes=("float64",))


def known_to_fail(folder: Path) -> Record:
    known = {
        "softmax/shift-invariance": "overflows",
        "softmax/sum": "overflows",
        "softmax/range": "not at all",
    }
    return in_process(folder, adapter(softmax=overflows, expected_failures=known), *SOFTMAX)


def with_a_fixed_slope(folder: Path) -> Record:
    fixed = {"leaky_relu": {"negative_slope": 0.25}}
    return in_process(
        folder, adapter(leaky_relu=rounded("leaky_relu"), fixed=fixed), "leaky_relu/accuracy"
    )


HONEST: dict[str, tuple[Callable[[Path], Record], str]] = {
    "the reference in a worker": (
        lambda folder: in_a_worker(folder, "reference", "relu/accuracy", dtypes=("float64",)),
        CONFORMING,
    ),
    "the loopback here": (
        lambda folder: in_process(folder, loopback, *SOFTMAX, dtypes=("float16", "bfloat16")),
        CONFORMING,
    ),
    "the loopback in a worker": (
        lambda folder: in_a_worker(folder, "loopback", "softmax/range", dtypes=("bfloat16",)),
        CONFORMING,
    ),
    "one case": (
        lambda folder: in_process(folder, loopback, "relu/accuracy[everyday,float32]"),
        CONFORMING,
    ),
    "callbacks": (
        lambda folder: in_a_worker(folder, "loopback", *DESCENT, dtypes=("float64",)),
        CONFORMING,
    ),
    "a callback asked wrongly": (
        lambda folder: in_process(folder, adapter(gradient_descent=asks_wrongly), DESCENT[0]),
        BREAKING,
    ),
    "a callback asked with too much": (
        lambda folder: in_process(folder, adapters.AsksTooMuch, *BOWL),
        BREAKING,
    ),
    "a callback asked with too much by a worker": (
        lambda folder: in_a_worker(folder, "tests.sources.hostile.adapters:AsksTooMuch", *BOWL),
        BREAKING,
    ),
    "operations without a dtype": (
        lambda folder: in_process(folder, loopback, "minibatches/sizes"),
        CONFORMING,
    ),
    "a broken softmax": (
        lambda folder: in_process(folder, adapter(softmax=overflows), *SOFTMAX),
        BREAKING,
    ),
    "failures that are expected": (known_to_fail, BREAKING),
    "a fixed parameter": (with_a_fixed_slope, CONFORMING),
    "nothing offered": (lambda folder: in_process(folder, adapter(), "relu/accuracy"), NONE),
    "a segmentation fault": (
        lambda folder: in_a_worker(folder, "tests.sources.hostile.adapters:Segfaults", *SOFTMAX),
        BREAKING,
    ),
    "an endless loop": (
        lambda folder: in_a_worker(folder, "tests.sources.hostile.adapters:LoopsInC", *SOFTMAX),
        BREAKING,
    ),
    "exceptions": (
        lambda folder: in_a_worker(
            folder, "tests.sources.hostile.adapters:Raises", *SOFTMAX, "log_softmax/range"
        ),
        BREAKING,
    ),
    "an exception that cannot be printed": (
        lambda folder: in_a_worker(
            folder, "tests.sources.hostile.adapters:RaisesTheUnprintable", *SOFTMAX
        ),
        BREAKING,
    ),
    "arguments that are modified": (
        lambda folder: in_a_worker(folder, "tests.sources.hostile.adapters:Modifies", *SOFTMAX),
        BREAKING,
    ),
    "a command": (lambda folder: in_a_command(folder, "windows"), BREAKING),
    "a command that says what is no message": (
        lambda folder: in_a_command(folder, "bytes"),
        BREAKING,
    ),
    "a command that exits": (lambda folder: in_a_command(folder, "exits"), BREAKING),
    "a command that is absent": (lambda folder: in_a_command(folder, "absent"), NONE),
}


def _fits_the_schemas(folder: Path) -> None:
    """Validate what others read against the schemas that they publish, or that their text amounts
    to."""
    documents = {
        "report.json": REPORT_SCHEMA,
        "statement.intoto.json": STATEMENT_SCHEMA,
        "badge.json": BADGE_SCHEMA,
    }
    for name, schema in documents.items():
        jsonschema.Draft202012Validator(schema).validate(
            json_text.loads((folder / name).read_text(encoding="utf-8"))
        )
    JUNIT_SCHEMA.validate(folder / "junit.xml")


@pytest.mark.proof
@pytest.mark.parametrize("name", HONEST)
def test_an_honest_certificate_is_verified(name: str, tmp_path: Path) -> None:
    make, verdict = HONEST[name]
    record = make(tmp_path)
    assert record.verdict == verdict
    found = verify(tmp_path)
    assert found.inconsistencies == ()
    assert found.elsewhere == ()
    assert found.record.verdict == verdict
    assert found.calls == record.header["answers"]["calls"]
    _fits_the_schemas(tmp_path)


@pytest.mark.proof
@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_a_certificate_of_another_language_is_verified_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = shlex.join(["node", str(MINIMAL)])
    assert (
        cli.main(
            [
                "certify",
                "--command",
                command,
                "--only",
                "relu/accuracy",
                "--dtype",
                "float64",
                "--report",
                "certificate",
            ]
        )
        == 0
    )
    monkeypatch.setenv("PATH", "")
    assert cli.main(["verify", "certificate"]) == 0


@pytest.mark.proof
def test_an_error_of_the_suite_is_the_same_error_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(trial):
        return trial.call() / "none"

    monkeypatch.setattr(
        "nnspec.conformance.run.plan.checks",
        lambda: {"relu/accuracy": fails},
    )
    assert in_process(tmp_path, loopback, "relu/accuracy").verdict == NONE
    assert verify(tmp_path).inconsistencies == ()


@pytest.mark.proof
def test_an_answer_that_a_check_cannot_judge_is_denied_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def divides(trial):
        if not trial.shape().any():
            raise ZeroDivisionError("division by zero")
        trial.answer()

    monkeypatch.setattr(
        "nnspec.conformance.run.plan.checks",
        lambda: {"sigmoid/accuracy": divides, "tanh/accuracy": lambda trial: 1 / 0},
    )
    zeros = SimpleNamespace(
        name="it", version="1", dtypes=("float32",), sigmoid=np.zeros_like, tanh=np.tanh
    )
    record = in_process(tmp_path, zeros, "sigmoid/accuracy", "tanh/accuracy")
    assert record.verdict == BREAKING
    assert record.objections != ()
    found = verify(tmp_path)
    assert found.inconsistencies == ()
    assert found.record.verdict == BREAKING


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate with everything in it: cases that conform, break and are absent, a
    callback, a repeated reply."""
    folder = tmp_path_factory.mktemp("original")
    it = adapter(softmax=overflows, gradient_descent=loopback.gradient_descent)
    in_process(folder, it, *SOFTMAX, "softmax/gradual-underflow", "gradient_descent/accuracy")
    return folder


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same plan's certificate of another implementation, which conforms."""
    folder = tmp_path_factory.mktemp("other")
    it = adapter(softmax=loopback.softmax, gradient_descent=loopback.gradient_descent)
    in_process(folder, it, *SOFTMAX, "softmax/gradual-underflow", "gradient_descent/accuracy")
    return folder


@pytest.fixture
def certificate(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "certificate"))


def broken(document: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in document["results"] if each["outcome"] == "breaks")


def passes(document: dict[str, Any]) -> None:
    """Turn every failure into a pass, as someone would who wants the certificate."""
    for each in document["results"]:
        if each["outcome"] == "breaks":
            each["outcome"] = "conforms"
            for name in ("message", "details", "diagnosis", "explanation", "rerun"):
                each.pop(name, None)


def without_the_failures(document: dict[str, Any]) -> None:
    document["results"] = [each for each in document["results"] if each["outcome"] != "breaks"]
    document["header"]["planned"] = len(document["results"])


def expecting(document: dict[str, Any]) -> None:
    document["header"]["adapter"]["expected_failures"] = {
        each["clause"]: "known" for each in document["results"]
    }
    for each in document["results"]:
        if each["outcome"] == "breaks":
            each["expected"] = "known"


def swapped(items: list[Any]) -> None:
    items[0], items[-1] = items[-1], items[0]


def of(name: str, /, **changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["header"][name].update(changes)


# What is changed in the report, all other files being written anew from it, and how that is told.
REPORTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a failure that passes": (
        passes,
        "].outcome is 'conforms'; from the recorded answers follows 'breaks'",
    ),
    "one failure that passes": (
        lambda document: broken(document).update(outcome="conforms"),
        ".outcome is 'conforms'",
    ),
    "a break that is a crash": (
        lambda document: broken(document).update(outcome="crashes"),
        ".outcome is 'crashes'",
    ),
    "failures that are left out": (
        without_the_failures,
        "stands 0 times among the results; 1 follow from the recorded answers",
    ),
    "a case that was lost": (
        lambda document: document["results"].pop(),
        "stands 0 times among the results; 1 follow",
    ),
    "a case that stands twice": (
        lambda document: document["results"].append(document["results"][0]),
        "stands 2 times among the results",
    ),
    "a case in the place of another": (
        lambda document: document["results"].__setitem__(0, document["results"][-1]),
        "stands 0 times among the results",
    ),
    "a case that nobody planned": (
        lambda document: document["results"].append({**document["results"][0], "case": "mine"}),
        "mine,float32] stands 1 times among the results; 0 follow",
    ),
    "another order": (
        lambda document: swapped(document["results"]),
        "the results stand in another order",
    ),
    "a number of cases": (
        lambda document: document["header"].update(planned=7),
        "header.planned is 7;",
    ),
    "a count": (
        lambda document: document["summary"]["must"].update(breaks=0),
        "summary.must.breaks is 0; from the recorded answers",
    ),
    "a verdict": (
        lambda document: document["summary"].update(verdict="conforms"),
        "summary.verdict is 'conforms'; from the recorded",
    ),
    "values compared": (
        lambda document: broken(document).update(compared=10**6),
        ".compared is 1000000;",
    ),
    "a MUST that is a SHOULD": (
        lambda document: broken(document).update(level="SHOULD"),
        ".level is 'SHOULD'; from",
    ),
    "a SHOULD that is a MUST": (
        lambda document: next(
            each for each in document["results"] if each["level"] == "SHOULD"
        ).update(level="MUST"),
        ".level is 'MUST'; from the recorded answers follows 'SHOULD'",
    ),
    "a message": (
        lambda document: broken(document).update(message="It is nothing."),
        ".message is 'It is nothing.';",
    ),
    "a truth": (
        lambda document: broken(document)["details"].update(truth=0.5),
        ".details.truth is 0.5;",
    ),
    "a diagnosis": (
        lambda document: broken(document).update(diagnosis=["is_right"]),
        ".diagnosis is ['is_right'];",
    ),
    "an explanation": (
        lambda document: broken(document).pop("explanation"),
        ".explanation is nothing;",
    ),
    "a line that repeats a case": (
        lambda document: broken(document).update(rerun="true"),
        ".rerun is 'true';",
    ),
    "an error in ulp": (
        lambda document: document["results"][0].update(worst_ulp=0.125),
        ".worst_ulp is 0.125;",
    ),
    "a failure that was expected": (
        expecting,
        ".expected is 'known'; from the recorded answers follows nothing",
    ),
    "an expected failure of the adapter": (
        of("adapter", expected_failures={"softmax/sum": "known"}),
        "header.adapter.expected_failures.softmax/sum is 'known'; the answers were recorded with nothing",
    ),
    "another adapter's name": (
        of("adapter", name="torch"),
        "header.adapter.name is 'torch'; the answers were recorded with 'it'",
    ),
    "another adapter's digest": (of("adapter", digest="0" * 64), "header.adapter.digest is '0000"),
    "a foreign clause": (
        lambda document: document["header"]["specification"]["clauses"].update(
            {"softmax/sum": "0" * 64}
        ),
        "softmax/sum has another text: '0000",
    ),
    "a clause that does not exist": (
        lambda document: document["header"]["specification"]["clauses"].update(
            {"softmax/mine": "0" * 64}
        ),
        "softmax/mine is no clause of this edition",
    ),
    "another edition": (
        of("specification", edition="9.0"),
        "header.specification.edition is '9.0';",
    ),
    "another specification": (
        of("specification", digest="0" * 64),
        "header.specification.digest is '0000",
    ),
    "another NumPy": (
        of("suite", numpy="1.0"),
        "header.suite.numpy is '1.0'; the answers were recorded with ",
    ),
    "another machine": (
        of("machine", processor="abacus"),
        "header.machine.processor is 'abacus'; the answers were recorded with",
    ),
    "another selection": (of("selection", only=[]), "header.selection.only is [];"),
    "another command": (
        lambda document: document["header"].update(command="true"),
        "header.command is 'true';",
    ),
    "a smoke test": (
        lambda document: document["header"]["smoke"].append(
            {"operation": "softmax", "dtype": "float32", "message": "smokes"}
        ),
        "header.smoke is [{'operation': 'softmax'",
    ),
    "an unexpected pass": (
        lambda document: document["summary"]["unexpected_passes"].append("softmax/range"),
        "summary.unexpected_passes is ['softmax/range'];",
    ),
    "a key of one's own": (
        lambda document: document["header"].update(note=None),
        "header.note is None; from the recorded answers follows nothing",
    ),
    "a part of one's own": (
        lambda document: document.update(note=None),
        "note is None; from the recorded answers follows nothing",
    ),
    "another digest of the answers": (
        of("answers", sha256="0" * 64),
        "header.answers.sha256 is '0000",
    ),
    "another number of calls": (of("answers", calls=1), "header.answers.calls is 1; the file is"),
}


def told(folder: Path) -> str:
    found = verify(folder)
    assert found.inconsistencies
    return "\n".join(found.inconsistencies)


@pytest.mark.proof
@pytest.mark.parametrize("name", REPORTS)
def test_what_is_changed_in_a_report_is_told(name: str, certificate: Path) -> None:
    change, says = REPORTS[name]
    forge(certificate, change)
    assert says in told(certificate)


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
        lambda lines: lines[0].update(answers=2),
        "holds no recorded answers of version 1",
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
        lambda content: gzip.compress(b'{"answers": 1}\n' + b" " * 10**6),
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


@pytest.mark.parametrize(
    "name", ["report.json", "junit.xml", "summary.md", "badge.json", "statement.intoto.json"]
)
def test_a_file_that_was_edited_is_told(name: str, certificate: Path) -> None:
    file = certificate / name
    file.write_bytes(file.read_bytes() + b"\n")
    assert f"{name} is not what is written from report.json" in told(certificate)


def test_a_file_that_was_taken_away_is_no_inconsistency(certificate: Path) -> None:
    (certificate / "badge.json").unlink()
    found = verify(certificate)
    assert found.inconsistencies == ()
    assert "badge.json" not in found.files


@pytest.mark.proof
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        (b"", "is no report"),
        (b"\xff\xfe", "is no report"),
        (b"[" * 10**5, "is no report"),
        (b'{"a": ' * 900 + b"1" + b"}" * 900, "is no report"),
        (b'{"report": 1, "header": {}, "results": [{}], "summary": {}}', "is no report"),
        (
            b'{"report": 1, "header": {}, "results": [], "pictures": [], "summary": {"unexpected_passes": []}}',
            "is no certificate: its header has no adapter",
        ),
    ],
)
def test_what_is_no_certificate_has_status_2_and_a_message(
    content: bytes | None, says: str, certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = certificate / "report.json"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    assert cli.main(["verify", str(certificate)]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error


def test_a_truncated_report_is_no_certificate(certificate: Path) -> None:
    file = certificate / "report.json"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ReportError, match=r"report.json is no report: "):
        verify(certificate)


@pytest.mark.proof
def test_a_report_without_answers_is_no_certificate(certificate: Path) -> None:
    document = report(certificate)
    del document["header"]["answers"]
    (certificate / "report.json").write_text(json_text.dumps(document), encoding="utf-8")
    with pytest.raises(ReportError, match="its header has no answers"):
        verify(certificate)


def test_a_certificate_of_another_suite_is_left_to_that(
    certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forge(certificate, of("suite", digest="0" * 64, version="9.9\x1b[2J"))
    assert cli.main(["verify", str(certificate)]) == 2
    error = capsys.readouterr().err
    assert "by nnspec 9.9\\x1b[2J with the digest '0000" in error
    assert "install the other" in error


JUNK: tuple[Any, ...] = (None, -3, "\ud800<b>", [], {"a": [None]})


@pytest.mark.proof
@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_a_report_with_anything_in_the_place_of_anything_is_rejected_in_words(
    junk: Any, tmp_path: Path
) -> None:
    certificate = tmp_path
    in_process(
        certificate,
        adapter(relu=lambda x: x),
        "relu/accuracy[everyday,float32]",
        "relu/accuracy[example,float32]",
    )
    original = report(certificate)
    places = [("header", name) for name in original["header"]] + [
        ("summary", name) for name in original["summary"]
    ]
    places += [("header", "adapter", name) for name in original["header"]["adapter"]] + [
        ("header", "suite", "numpy"),
        ("results",),
    ]
    places += [("results", 0, name) for name in original["results"][0]] + [("results", 1)]
    for *path, last in places:
        document = json_text.loads(json_text.dumps(original))
        target = document
        for name in path:
            target = target[name]
        if repr(target[last]) == repr(junk) or last in ("started", "seconds"):
            continue
        target[last] = junk
        (certificate / "report.json").write_text(json_text.dumps(document), encoding="utf-8")
        try:
            assert verify(certificate).inconsistencies, (path, last)
        except ReportError as error:
            assert str(error)  # noqa: PT017  either way it is told in words


def elsewhere(certificate: Path) -> None:
    forge_answers(certificate, lambda lines: lines[0]["suite"].update(numpy="1.0"))
    forge(certificate, of("suite", numpy="1.0"))


def test_on_another_machine_outcomes_are_compared_and_measurements_are_not(
    certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere(certificate)
    forge(certificate, lambda document: document["results"][0].update(worst_ulp=0.125))
    found = verify(certificate)
    assert found.inconsistencies == ()
    assert found.elsewhere == (f"numpy '1.0', here {np.__version__}",)
    assert cli.main(["verify", str(certificate)]) == 0
    assert "measurements are not compared" in capsys.readouterr().out
    forge(certificate, lambda document: broken(document).update(outcome="conforms"))
    assert ".outcome is 'conforms'" in told(certificate)


@pytest.mark.proof
def test_what_a_later_version_adds_to_the_record_is_compared_too(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json_text.loads((certificate / "report.json").read_text(encoding="utf-8"))
    added = {**document, "results": [{**each, "pictures": [1]} for each in document["results"]]}
    assert any(
        ".pictures is [1]; from the recorded answers follows nothing" in each
        for each in _compared(added, document)
    )
    assert not list(_compared(added, added))


def _compared(written: dict[str, Any], follows: dict[str, Any]) -> list[str]:
    return list(verifying._compared(written, follows, coarse=False))


@pytest.mark.proof
def test_whose_answers_they_are_and_when_they_were_given_nobody_can_tell_without_a_signature(
    other: Path, tmp_path: Path
) -> None:
    forged = Path(shutil.copytree(other, tmp_path / "forged"))
    forge_answers(forged, lambda lines: lines[0]["adapter"].update(name="torch", version="99"))
    forge(forged, of("adapter", name="torch", version="99"))
    forge(
        forged,
        lambda document: document["header"].update(
            started="1999-01-01T00:00:00+00:00", seconds=0.001
        ),
    )
    assert verify(forged).inconsistencies == ()


@pytest.mark.proof
def test_the_command_says_what_is_inconsistent_and_fails(
    certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["verify", str(certificate)]) == 0
    assert "verified: it 1 does not conform to edition" in capsys.readouterr().out
    forge(
        certificate, lambda document: broken(document).update(message="\x1b[2J[bold]nothing[/bold]")
    )
    assert cli.main(["verify", str(certificate)]) == 1
    out = capsys.readouterr().out
    assert "✗ softmax/" in out
    assert "not verified: " in out
    assert "inconsistencies: 1" in out
    assert "\x1b" not in out


@pytest.mark.proof
def test_of_many_inconsistencies_the_first_are_shown_and_the_rest_counted(
    certificate: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "_SHOWN", 2)
    forge(certificate, lambda document: document["header"].update(a=1, b=2, c=3))
    assert cli.main(["verify", str(certificate)]) == 1
    out = capsys.readouterr().out
    assert out.count("✗ ") == 2
    assert "… and 1 more" in out


@pytest.mark.proof
def test_two_runs_record_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        in_process(tmp_path / name, loopback, "relu/accuracy", "softmax/range")
    first, second = ((tmp_path / name / recorded.FILE).read_bytes() for name in ("a", "b"))
    assert first == second


@pytest.mark.proof
def test_a_reply_that_comes_again_is_written_once(original: Path) -> None:
    lines = [
        json_text.loads(line)
        for line in gzip.decompress((original / recorded.FILE).read_bytes()).splitlines()
    ]
    assert any("same" in line for line in lines[1:])
    replies = [json_text.dumps(line["reply"]) for line in lines[1:] if "reply" in line]
    assert len(set(replies)) == len(replies)


@pytest.mark.proof
def test_an_interrupted_run_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nnspec.conformance.judge.judge.judge", interrupted)
    assert cli.main(["certify", "reference", "--only", "relu/accuracy", "--report", "report"]) == 2
    assert list(tmp_path.iterdir()) == []


def test_the_digest_of_the_suite_is_that_of_its_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for package in ("conformance/adapters", "conformance/run", "reference", "spec"):
        (tmp_path / package).mkdir(parents=True)
    (tmp_path / "spec" / "page.md").write_text("a clause", encoding="utf-8")
    monkeypatch.setattr(environment, "_ROOT", tmp_path)
    fresh = environment.digest.__wrapped__
    before = fresh()
    for name, counts in (
        ("conformance/adapters/mine.py", False),
        ("conformance/run/certificate.md", False),
        ("spec/page.pyc", False),
        ("reference/page.py", True),
    ):
        (tmp_path / name).write_text("other", encoding="utf-8")
        assert (fresh() != before) == counts
    (tmp_path / "spec" / "page.md").write_text("another clause", encoding="utf-8")
    assert fresh() != before
