"""The small reports: the summary of a job in Markdown, the badge and the in-toto statement say
what the record says, and no more."""

import json
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from nnspec import reference, spec
from nnspec.conformance.adapters import loopback
from nnspec.conformance.reports import badge, intoto, markdown, terminal
from nnspec.conformance.run import plan
from nnspec.conformance.run import run as running
from nnspec.conformance.run.record import Record
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded

# A draft of the specification is told from others by these.
DIGITS = spec.digest()[:8]


def run(*only: str, **operations) -> Record:
    it = SimpleNamespace(**{"name": "it", "version": "1", "dtypes": ("float32",), **operations})
    source = InProcess(it)
    return running.run(plan.plan(source.description, only=only), source)


def leaky(x):
    return np.where(x > 0, x, np.float32(0.125) * x)


def hostile(x):
    raise ValueError(
        "</code></pre><script>alert(1)</script>\n```\n# heading\n"
        "| a | [x](javascript:y) \x1b[2J \ud800 ~~~"
    )


@pytest.fixture(scope="module")
def broken() -> Record:
    return run("relu/accuracy", "relu/signed-zero", "tanh/range", relu=leaky, tanh=rounded("tanh"))


def test_a_summary_has_verdict_table_and_each_failure_with_its_numbers_and_the_line_that_repeats_it(
    broken: Record,
) -> None:
    text = markdown.text(broken)
    assert text.startswith(
        f"## it 1 does not conform to edition 2.0 (draft) {DIGITS} of the specification: "
    )
    assert "| page | level | float32 |" in text
    assert "| activations | MUST | ✗ " in text
    failed = [result for result in broken.results if result.failed]
    must = sum(result.level == "MUST" for result in failed)
    assert f"### {must} MUST and {len(failed) - must} SHOULD cases fail" in text
    assert "      float32  x = " in text
    assert "truth" in text
    assert f"conformance certify --only '{failed[0].id}'" in text
    assert "    ✗ MUST relu/accuracy  " in text
    assert f"Edition 2.0 (draft) of the specification, {DIGITS}" in text


def test_a_summary_of_what_conforms_has_no_failures() -> None:
    text = markdown.text(run("relu/accuracy", relu=rounded("relu")))
    assert "conforms to edition" in text
    assert "###" not in text


def test_nothing_that_an_adapter_says_is_markdown_or_html() -> None:
    record = run("relu/accuracy", name="<b>*it*</b> | `x` \x1b[2J", relu=hostile)
    lines = markdown.text(record).encode("utf-8", "backslashreplace").decode().splitlines()
    said = [line for line in lines if "script" in line or "heading" in line or "```" in line]
    assert said
    assert all(line.startswith("    ") for line in said)
    assert not any("\x1b" in line or "<b>" in line for line in lines)
    # A line of four blanks is code only after an empty one.
    for above, line in pairwise(lines):
        if line.startswith("    "):
            assert above.startswith("    ") or not above


def test_a_summary_that_grows_too_long_says_how_much_it_leaves_out(
    broken: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = markdown.text(broken)
    operations = {result.operation for result in broken.results if result.failed}
    assert operations
    monkeypatch.setattr(markdown, "_LARGEST", len(whole.encode()) - 1)
    text = markdown.text(broken)
    assert len(text.encode()) < len(whole.encode())
    assert "… and the failures of 1 more operations, which are in report.json." in text
    assert f"Edition 2.0 (draft) of the specification, {DIGITS}" in text


def test_the_environment_colors_no_file(broken: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = markdown.text(broken)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    assert markdown.text(broken) == plain


def test_a_summary_tells_what_is_wrong_with_the_adapter_and_what_passes_unexpectedly() -> None:
    text = markdown.text(
        run(
            "relu/accuracy",
            "tanh/range",
            relu=rounded("relu"),
            tanh=list,
            expected_failures={"relu/accuracy": "we thought"},
        )
    )
    assert "### The adapter itself" in text
    came = "tanh answered with a list of 8466 arrays of shape (); an array of shape (8466,)"
    assert f"    tanh in float32: {came} was needed" in text
    assert "Conforms, though the adapter expects it to fail: relu/accuracy" in text


def test_a_badge_says_how_many_cases_conform_and_in_what_color(broken: Record) -> None:
    assert (
        json.loads(badge.text(run("relu/accuracy", relu=rounded("relu"))))["color"] == "brightgreen"
    )
    assert json.loads(badge.text(broken))["color"] == "red"
    assert json.loads(badge.text(run("relu/accuracy"))) == {
        "schemaVersion": 1,
        "label": f"nnspec 2.0 (draft) {DIGITS}",
        "message": "no verdict",
        "color": "lightgrey",
    }
    must = broken.counts("MUST")
    assert (
        json.loads(badge.text(broken))["message"]
        == f"{must['conforms']} of {must['conforms'] + must['breaks']} MUST cases conform, "
        f"2 of {len(reference.__all__)} operations"
    )


def test_a_draft_is_named_with_eight_digits_of_its_digest_and_a_release_without(
    broken: Record,
) -> None:
    named = f"2.0 (draft) {DIGITS}"
    assert len(DIGITS) == 8
    assert broken.header["specification"]["edition"] == "2.0 (draft)"
    assert f"edition {named} of the specification" in terminal.verdict(broken).plain
    configuration = statement(broken)["predicate"]["configuration"]
    assert configuration[0]["name"] == f"nnspec specification {named}"
    released = {**broken.header["specification"], "edition": "2.0"}
    final = Record({**broken.header, "specification": released}, broken.results)
    assert "edition 2.0 of the specification" in terminal.verdict(final).plain
    assert json.loads(badge.text(final))["label"] == "nnspec 2.0"
    final_configuration = statement(final)["predicate"]["configuration"]
    assert final_configuration[0]["name"] == "nnspec specification 2.0"


def test_a_release_has_another_digest_than_its_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = spec.digest()
    monkeypatch.setattr(spec, "DRAFT", False)
    assert spec.edition() == "2.0"
    assert spec.digest() != draft


def statement(record: Record) -> dict:
    return json.loads(intoto.text(record))


def test_a_statement_has_each_clause_that_was_run_once(broken: Record) -> None:
    predicate = statement(broken)["predicate"]
    assert predicate["result"] == "FAILED"
    assert predicate["passedTests"] == ["tanh/range"]
    assert predicate["failedTests"] == ["relu/accuracy"]
    # A SHOULD that fails denies nothing.
    assert predicate["warnedTests"] == ["relu/signed-zero"]


def test_a_statement_warns_of_expected_failures_and_fails_what_was_expected_and_conforms() -> None:
    known = run("relu/accuracy", relu=leaky, expected_failures={"relu/accuracy": "it leaks"})
    assert statement(known)["predicate"]["result"] == "WARNED"
    assert statement(known)["predicate"]["warnedTests"] == ["relu/accuracy"]
    unexpected = run(
        "relu/accuracy", relu=rounded("relu"), expected_failures={"relu/accuracy": "it leaks"}
    )
    assert statement(unexpected)["predicate"]["failedTests"] == ["relu/accuracy"]
    assert statement(run("relu/accuracy", relu=rounded("relu")))["predicate"]["result"] == "PASSED"


def test_what_has_no_verdict_has_not_passed() -> None:
    predicate = statement(run("relu/accuracy"))["predicate"]
    assert (predicate["result"], predicate["passedTests"], predicate["failedTests"]) == (
        "FAILED",
        [],
        [],
    )


@pytest.mark.parametrize(
    ("digest", "subject"), [("a" * 64, "it"), ("", "report.json"), ("sha-of-mine", "report.json")]
)
def test_the_subject_is_the_adapter_or_the_report_where_that_has_no_digest(
    digest: str, subject: str
) -> None:
    record = run("relu/accuracy", relu=loopback.relu)
    record.header["adapter"]["digest"] = digest
    (found,) = statement(record)["subject"]
    assert found["name"] == subject
    assert len(found["digest"]["sha256"]) == 64
