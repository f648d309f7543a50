"""Verification reads files that anyone may have edited, and says in words how they disagree."""

import gzip
import json as json_text
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.adapters import loopback
from nnspec.conformance.command import cli, verified
from nnspec.conformance.command import verify as verifying
from nnspec.conformance.command.verify import verify
from nnspec.conformance.run import environment
from nnspec.conformance.run.report import ReportError
from nnspec.conformance.sources import recorded
from tests.command.certificates import (
    adapter,
    broken,
    forge,
    forge_answers,
    in_process,
    of,
    report,
    told,
)


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
        (b'{"report": 2, "header": {}, "results": [{}], "summary": {}}', "is no report"),
        (
            (
                b'{"report": 2, "header": {}, "results": [], "pictures": [], '
                b'"summary": {"unexpected_passes": []}}'
            ),
            "is no report of version 2: it has no diagnoses",
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
    suites: dict[str, tuple[str, str]] = {
        "9.9": ("by nnspec 9.9 with the digest 0000", "install the other: pip install nnspec==9.9"),
        "9.9\x1b[2J": ("by a release that it does not name", "install the release that made it"),
        environment.version(): ("with the digest 0000", "conformance --version prints that digest"),
    }
    for version, (who, remedy) in suites.items():
        forge(certificate, of("suite", digest="0" * 64, version=version))
        assert cli.main(["verify", str(certificate)]) == 2
        error = capsys.readouterr().err
        assert who in error
        assert remedy in error
        assert "\x1b" not in error


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


SIGMOID = "sigmoid/accuracy[everyday,float32]"


def elsewhere(certificate: Path) -> None:
    forge_answers(certificate, lambda lines: lines[0]["suite"].update(numpy="1.0"))
    forge(certificate, of("suite", numpy="1.0"))


def test_on_another_machine_outcomes_are_compared_and_messages_are_not(
    certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere(certificate)
    forge(certificate, lambda document: broken(document).update(message="Another last digit."))
    found = verify(certificate)
    assert found.inconsistencies == ()
    assert found.elsewhere == (f"numpy '1.0', here {np.__version__}",)
    assert cli.main(["verify", str(certificate)]) == 0
    assert "messages, diagnoses and pictures are not compared" in capsys.readouterr().out
    forge(certificate, lambda document: broken(document).update(outcome="conforms"))
    assert ".outcome is 'conforms'" in told(certificate)


@pytest.mark.parametrize("measurement", ["worst_ulp", "worst_ratio"])
@pytest.mark.parametrize(
    ("change", "possible"),
    [
        (lambda value: value * (1 + 2.0**-40), True),
        (lambda value: value * (1 - 2.0**-40), True),
        (lambda _: 0.0, False),
        (lambda value: value / 2, False),
        (lambda value: value * 2, False),
        (lambda _: "inf", False),
        (lambda _: "nan", False),
    ],
)
def test_on_another_machine_errors_are_those_that_the_truths_of_both_allow(
    measurement: str, change: Any, tmp_path: Path, *, possible: bool
) -> None:
    folder = tmp_path / "certificate"
    in_process(folder, adapter(sigmoid=lambda x: (1 / (1 + np.exp(-x))).astype(x.dtype)), SIGMOID)
    elsewhere(folder)
    (result,) = report(folder)["results"]
    assert result["worst_ulp"] > 0.4
    value = change(result[measurement])
    forge(folder, lambda document: document["results"][0].update({measurement: value}))
    assert (verify(folder).inconsistencies == ()) == possible
    if not possible:
        assert (
            f"{SIGMOID}.{measurement} is {value!r}; from the recorded answers follows a number"
            in (told(folder))
        )


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
    return list(verifying.compared(written, follows))


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
    monkeypatch.setattr(verified, "_SHOWN", 2)

    def more(document: dict[str, Any]) -> None:
        for result in document["results"][:3]:
            result["compared"] += 1

    forge(certificate, more)
    assert cli.main(["verify", str(certificate)]) == 1
    out = capsys.readouterr().out
    assert out.count("✗ ") == 2
    # Two counts of the summary do not follow either.
    assert "… and 3 more" in out


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
def test_an_interrupted_run_leaves_an_incomplete_report_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nnspec.conformance.judge.judge.judge", interrupted)
    assert cli.main(["certify", "reference", "--only", "relu/accuracy", "--report", "report"]) == 2
    assert list(tmp_path.iterdir()) == [tmp_path / "report"]
    written = report(tmp_path / "report")
    assert written["header"]["ended"] == "the run was interrupted, and is incomplete"


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
