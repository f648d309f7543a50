"""What no unsigned certificate can prove is accepted, and named among what was not checked."""

import json as json_text
from pathlib import Path
from typing import Any

import pytest

from nnspec.conformance.command.verify import verify
from nnspec.conformance.reports import terminal
from tests.command.certificates import Lines, broken
from tests.command.forgers import (
    ELSEWHERE,
    Forger,
    in_both,
    of_broken,
    of_report,
    replies,
    rewritten,
    said,
    then,
    without,
)

pytestmark = pytest.mark.proof


def declining(lines: Lines) -> None:
    for line in replies(lines, "softmax"):
        line["reply"] = {"ended": "absent", "message": "no softmax"}


def a_search(*, breaks: bool) -> Forger:
    def change(document: dict[str, Any]) -> None:
        found = {
            "result": broken(document),
            "lines": "",
            "place": "x",
            "after": 1,
            "repeated": True,
            "known": False,
        }
        document["exploration"] = {
            "examples": 10**9,
            "seed": 0,
            "hypothesis": "1",
            "searches": 10**9,
            "judged": 10**9,
            "found": [found] if breaks else [],
            "left_out": {},
        }

    return of_report(change)


def a_smaller_case(document: dict[str, Any]) -> None:
    document["smaller"] = [
        {
            "result": broken(document),
            "shrunk": "softmax/sum[x]",
            "seed": None,
            "before": 9,
            "numbers": 1,
            "lengths": {},
            "lines": "",
            "place": "x",
            "judged": 3,
            "repeated": True,
        }
    ]


def a_note(folder: Path) -> None:
    (folder / "CERTIFIED.txt").write_text("by the makers", encoding="utf-8")


SELF = "what the adapter says of itself"

NAMED: dict[str, tuple[Forger, str]] = {
    f"another {name}, and a message": (
        then(forger, of_broken(message="It is nothing.")),
        ".message is 'It is nothing.'",
    )
    for name, forger in ELSEWHERE.items()
} | {
    "another NumPy, and a diagnosis": (
        then(ELSEWHERE["numpy"], of_broken(diagnosis=["is_right"])),
        ".diagnosis is ['is_right']",
    ),
    "another NumPy, and a truth": (
        then(
            ELSEWHERE["numpy"],
            of_report(lambda document: broken(document)["details"].update(truth=0.5)),
        ),
        ".details.truth is 0.5",
    ),
    "another NumPy, and no pictures": (
        then(ELSEWHERE["numpy"], of_report(lambda document: document.update(pictures=[]))),
        "pictures is []",
    ),
    "another NumPy, and no diagnoses": (
        then(ELSEWHERE["numpy"], of_report(lambda document: document.update(diagnoses=[]))),
        "diagnoses is []",
    ),
    "another version of this suite": (in_both("suite", version="9.9"), "the version '9.9'"),
    "failures that become absent": (rewritten(declining), "13 are absent|are absent"),
    "failures that become expected": (
        rewritten(
            lambda lines: lines[0]["adapter"].update(
                expected_failures={"softmax/shift-invariance": "known", "softmax/sum": "known"}
            )
        ),
        "expected failures",
    ),
    "a failing operation that is taken out": (
        rewritten(
            lambda lines: (
                lines[0]["adapter"].update(operations=["gradient_descent"])
                or without("softmax")(lines)
            )
        ),
        SELF,
    ),
    "an adapter that compiles": (
        rewritten(lambda lines: lines[0]["adapter"].update(compiles_shapes=True)),
        SELF,
    ),
    "an adapter that may differ": (
        rewritten(lambda lines: lines[0]["adapter"].update(deterministic=False)),
        SELF,
    ),
    "coarser factors": (
        rewritten(lambda lines: lines[0]["adapter"].update(multiplies_in={"float32": "tf32"})),
        "declared arithmetic",
    ),
    "another name": (in_both("adapter", name="torch", version="99"), SELF),
    "another digest": (in_both("adapter", digest="0" * 64), SELF),
    "another date": (
        of_report(lambda document: document["header"].update(started="1999-01-01T00:00:00+00:00")),
        "started",
    ),
    "another command": (
        rewritten(lambda lines: lines[0].update(command="conformance certify torch")),
        "command, started, seconds",
    ),
    "a seed without drawn inputs": (in_both("", seed=7), "the seed itself"),
    "a search that found nothing": (a_search(breaks=False), "exploration: the search beyond"),
    "a search that denies": (a_search(breaks=True), "says that 1 cases more break a MUST"),
    "a smaller case": (of_report(a_smaller_case), "smaller: the smaller cases"),
    "a file of one's own": (a_note, "no files of a certificate: CERTIFIED.txt"),
    "no badge": (lambda folder: (folder / "badge.json").unlink(), "not in the folder: badge.json"),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_no_unsigned_certificate_proves_is_named(name: str, certificate: Path) -> None:
    forger, says = NAMED[name]
    forger(certificate)
    found = verify(certificate)
    assert found.inconsistencies == ()
    told = "\n".join([terminal.verdict(found.record).plain, *found.unchecked()])
    assert said(says, told), told


def test_failures_that_become_absent_stand_in_badge_and_statement(certificate: Path) -> None:
    rewritten(declining)(certificate)
    badge = json_text.loads((certificate / "badge.json").read_text(encoding="utf-8"))
    assert " absent" in badge["message"]
    assert badge["color"] not in ("brightgreen", "green")
    statement = json_text.loads((certificate / "statement.intoto.json").read_text("utf-8"))
    assert statement["predicate"]["result"] == "WARNED"
    assert "softmax/range" in statement["predicate"]["warnedTests"]
    whole = next(each for each in statement["predicate"]["configuration"] if "annotations" in each)
    assert set(whole["annotations"]["absent"]) == {"softmax"}
