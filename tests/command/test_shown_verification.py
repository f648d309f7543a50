"""The lines of `conformance verify`: what is checked, and by name what is not."""

import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from nnspec.conformance.adapters import loopback
from nnspec.conformance.command.verified import Verification, show
from nnspec.conformance.command.verify import verify
from nnspec.conformance.reports.html import makers
from nnspec.conformance.run.record import Record
from nnspec.conformance.run.report import ReportError
from tests.command.certificates import adapter, forge, forge_answers, in_process, report, told

CHECKED = (
    "Checked against the recorded answers: 1 cases, 2 recorded calls; all else in report.json."
)
SIGNED = "- whose answers they are, which a signature says: conformance/run/certificate.md"
SMALLER = "- smaller: the smaller cases that fail too, whose calls are not recorded"
SEARCH = "- exploration: the search beyond the plan; its calls are not recorded"
UNJUDGED = (
    "- 1,234 of 56,789 answered numbers. The certificate has a digest of them. Of answers to a "
    "bound it has those near it, the worst ones, and a sample; of random weights, what was measured"
)
ELSEWHERE = (
    "errors are compared as far as the reference's bounds allow, messages, diagnoses and pictures "
    "are not compared"
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Verification:
    folder = tmp_path_factory.mktemp("shown")
    in_process(folder, adapter(relu=loopback.relu), "relu/accuracy")
    return replace(verify(folder), calls=2)


@pytest.fixture
def one(found: Verification) -> Verification:
    """Return a verification of one case."""
    return replace(found, record=replace(found.record, results=found.record.results[:1]))


def printed(verification: Verification) -> list[str]:
    """Return the lines that a narrow terminal gets: a long one is the terminal's to break."""
    file = io.StringIO()
    show(verification, Console(file=file, width=40))
    return file.getvalue().splitlines()


def test_what_is_checked_is_named_and_so_is_what_a_signature_says(one: Verification) -> None:
    verdict, checked, written, heading, *others = printed(one)
    assert verdict.startswith("verified: ")
    assert checked == CHECKED
    assert written.startswith("Written from report.json: report.html, ")
    assert heading == "Not checked:"
    assert others[0] == SIGNED
    assert all(each.startswith("- ") for each in others)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"unjudged": 1234, "answered": 56789}, UNJUDGED),
        ({"record": {"smaller": ("one",)}}, SMALLER),
        ({"record": {"exploration": SimpleNamespace(found=())}}, SEARCH),
    ],
)
def test_what_is_not_judged_again_has_a_line(
    one: Verification, changes: dict[str, Any], line: str
) -> None:
    inner = changes.pop("record", {})
    lines = printed(replace(one, record=replace(one.record, **inner), **changes))
    assert set(lines) - set(printed(one)) == {line}


def test_another_machine_is_named_and_its_letters_are_printable(one: Verification) -> None:
    lines = printed(replace(one, elsewhere=("numpy '1.0', here 2.0", "\x1b[2J")))
    assert "\x1b" not in "".join(lines)
    (line,) = (each for each in lines if each.startswith("- made with numpy '1.0', here 2.0; "))
    assert line.endswith(f"[2J: {ELSEWHERE}")


@pytest.mark.parametrize(("count", "more"), [(1, []), (40, []), (41, ["… and 1 more"])])
def test_forty_inconsistencies_are_shown_and_all_are_counted(
    one: Verification, count: int, more: list[str]
) -> None:
    told = tuple(f"number {place} does not fit into a narrow terminal" for place in range(count))
    lines = printed(replace(one, inconsistencies=told))
    shown = [f"✗ {each}" for each in told[:40]]
    last = f"not verified: 1 cases, 2 recorded calls; inconsistencies: {count}"
    assert lines[: len(shown) + len(more) + 2] == [*shown, *more, "", last]
    assert lines[len(shown) + len(more) + 2] == "Not checked:"


def test_a_page_that_other_versions_have_made_is_not_compared_and_named(tmp_path: Path) -> None:
    in_process(tmp_path, adapter(relu=loopback.relu), "relu/accuracy")
    page = tmp_path / "report.html"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace(makers(), "latex2mathml 3.78.0").replace("<math", "<math x"))
    found = verify(tmp_path)
    assert found.inconsistencies == ()
    lines = printed(found)
    assert f"- report.html, which was made with latex2mathml 3.78.0, here {makers()}" in lines
    assert not any(line.startswith("Written from") and "report.html" in line for line in lines)


def test_a_page_that_the_same_versions_have_made_is_compared(tmp_path: Path) -> None:
    in_process(tmp_path, adapter(relu=loopback.relu), "relu/accuracy")
    page = tmp_path / "report.html"
    page.write_text(page.read_text(encoding="utf-8").replace("<math", "<math x"))
    assert verify(tmp_path).inconsistencies == (
        "report.html is not what is written from report.json",
    )


def test_an_inconsistency_cannot_clear_the_terminal(one: Verification) -> None:
    assert "\x1b" not in "".join(printed(replace(one, inconsistencies=("\x1b[2J",))))


def test_a_verification_counts_nothing_that_it_was_not_told_of() -> None:
    bare = Verification(Record({}, (), ()), (), 0, ())
    assert (bare.elsewhere, bare.unjudged, bare.answered) == ((), 0, 0)


def test_answers_that_are_left_over_are_told(tmp_path: Path) -> None:
    in_process(tmp_path, adapter(relu=loopback.relu), "relu/accuracy")
    forge_answers(tmp_path, lambda lines: lines.append(lines[-1]))
    calls = report(tmp_path)["header"]["answers"]["calls"]
    assert f"{calls} calls are recorded where {calls - 1} are to be asked" in told(tmp_path)


@pytest.mark.parametrize("clauses", [None, 3, ["relu/accuracy"], "relu/accuracy"])
def test_clauses_that_are_no_object_are_refused(clauses: Any, tmp_path: Path) -> None:
    in_process(tmp_path, adapter(relu=loopback.relu), "relu/accuracy")
    forge(tmp_path, lambda document: document["header"]["specification"].update(clauses=clauses))
    with pytest.raises(ReportError, match=r"header\.specification\.clauses is .*; object"):
        verify(tmp_path)


def test_another_number_of_calls_than_the_file_has_is_told_of_the_file(tmp_path: Path) -> None:
    in_process(tmp_path, adapter(relu=loopback.relu), "relu/accuracy")
    calls = report(tmp_path)["header"]["answers"]["calls"]
    forge(tmp_path, lambda document: document["header"]["answers"].update(calls=1))
    assert f"header.answers.calls is 1; the file is {calls}" in told(tmp_path).splitlines()
