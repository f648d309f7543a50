"""Whatever is changed in a report is told, for the recorded answers contradict it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command.certificates import broken, forge, of, swapped, told


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
        (
            "header.adapter.expected_failures.softmax/sum is 'known'; "
            "the answers were recorded with nothing"
        ),
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
        'header."note" is null, where nothing may be',
    ),
    "a part of one's own": (
        lambda document: document.update(note=None),
        '"note" is null, where nothing may be',
    ),
    "another digest of the answers": (
        of("answers", sha256="0" * 64),
        "header.answers.sha256 is '0000",
    ),
    "another number of calls": (of("answers", calls=1), "header.answers.calls is 1; the file is"),
}


@pytest.mark.proof
@pytest.mark.parametrize("name", REPORTS)
def test_what_is_changed_in_a_report_is_told(name: str, certificate: Path) -> None:
    change, says = REPORTS[name]
    forge(certificate, change)
    assert says in told(certificate)
