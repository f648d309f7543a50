"""No edit of a certificate switches a check off: what is forged in report or answers is told."""

from pathlib import Path
from typing import Any

import pytest

from tests.command.certificates import Lines, broken, told
from tests.command.forgers import (
    ELSEWHERE,
    Forger,
    in_both,
    in_file,
    of_answers,
    of_broken,
    of_report,
    replies,
    said,
    summing,
    then,
)

pytestmark = pytest.mark.proof


def all_right(document: dict[str, Any]) -> None:
    for each in document["results"]:
        each.update(worst_ulp=0.0, worst_ratio=0.0)


def first_call(lines: Lines) -> dict[str, Any]:
    return replies(lines, "softmax")[0]


def asking(lines: Lines) -> dict[str, Any]:
    return next(line["reply"] for line in lines[1:] if "asked" in line.get("reply", {}))


def recounted(document: dict[str, Any]) -> None:
    document["diagnoses"][0]["explained"] += 1


TOLD: dict[str, tuple[Forger, str]] = {
    "whole, where a part was asked": (summing(complete=True), "summary.complete is True"),
    "a selection that is left out": (
        summing(selection={"dtypes": [], "only": []}),
        "summary.selection.only is []",
    ),
    "absent cases of an operation that is not offered": (
        summing(unanswered={"relu": 3}),
        "summary.unanswered.relu is 3",
    ),
    "a run of more": (summing(run=10**6), "summary.run is 1000000"),
    "more values": (summing(compared=10**9), "summary.compared is 1000000000"),
    "expected failures in the summary": (summing(expected_failures=3), "summary.expected_failures"),
    "an objection": (summing(objections=["none"]), "summary.objections is ['none']"),
    "a verdict in the summary alone": (summing(verdict="conforms"), "summary.verdict is"),
    "a whole plan in both files": (
        in_both("selection", only=[]),
        "the answers end after call|asked .* where|something else",
    ),
    "a smaller plan in both files": (
        in_both("selection", only=["softmax/range"]),
        "calls are recorded where|something else|asked .* where",
    ),
    "a dtype that nobody planned, in both": (in_both("adapter", dtypes=["float64"]), "cannot be"),
    "a dtype that stands twice": (
        in_both("adapter", dtypes=["float32", "float32"]),
        "names that each stand once; got 'float32' more than once",
    ),
    "an operation that stands twice": (
        in_both("adapter", operations=["softmax", "softmax", "gradient_descent"]),
        "header.adapter.operations names something twice",
    ),
    "an operation that is taken out, and its calls are not": (
        in_both("adapter", operations=["gradient_descent"]),
        "asked softmax where gradient_descent is to be asked|calls are recorded where",
    ),
    "a fixed axis": (
        in_both("adapter", fixed={"softmax": {"axis": 0}}),
        "asked softmax something else than is to be asked|calls are recorded",
    ),
    "the arithmetic of products": (
        of_report(lambda document: document["header"].update(arithmetic={"float32": {}})),
        "header.arithmetic",
    ),
    "no clause was judged": (
        of_report(lambda document: document["header"]["specification"].update(clauses={})),
        "header.specification.clauses",
    ),
    "one clause was not judged": (
        of_report(lambda document: document["header"]["specification"]["clauses"].popitem()),
        "header.specification.clauses",
    ),
    "a size": (of_broken(size=1), ".size is 1;"),
    "a measurement": (of_broken(measured={"order": 2}), ".measured is|.measured.order"),
    "a dtype of a case": (of_broken(dtype="float64"), "stands 1 times|stands 0 times"),
    "an operation of a case": (of_broken(operation="relu"), ".operation is 'relu'"),
    "a share of the bound": (of_broken(worst_ratio=0.5), ".worst_ratio is 0.5"),
    "an answer that is the truth": (
        of_report(
            lambda document: broken(document)["details"].update(
                answer=broken(document)["details"]["truth"]
            )
        ),
        ".details.answer is",
    ),
    "an outcome of an absent case": (
        of_report(
            lambda document: next(
                each for each in document["results"] if each["outcome"] == "absent"
            ).update(outcome="conforms", message="")
        ),
        ".outcome is 'conforms'; from the recorded answers follows 'absent'",
    ),
    "no pictures": (of_report(lambda document: document.update(pictures=[])), "pictures is []"),
    "a picture of another clause": (
        of_report(lambda document: document["pictures"][0].update(clause="softmax/sum")),
        "pictures is",
    ),
    "no diagnoses": (of_report(lambda document: document.update(diagnoses=[])), "diagnoses is []"),
    "a diagnosis of more cases": (of_report(recounted), "diagnoses is"),
    "a green badge": (in_file("badge.json", '"red"', '"brightgreen"'), "badge.json is not what"),
    "a badge of the whole": (in_file("badge.json", ", asked", " and"), "badge.json is not what"),
    "a passed statement": (
        in_file("statement.intoto.json", '"FAILED"', '"PASSED"'),
        "statement.intoto.json is not what",
    ),
    "a complete statement": (
        in_file("statement.intoto.json", '"complete": false', '"complete": true'),
        "statement.intoto.json is not what",
    ),
    "a test that did not fail": (
        in_file("junit.xml", 'type="breaks"', 'type="none"'),
        "junit.xml is not what",
    ),
    "another title": (in_file("report.html", "does not conform", "conforms"), "report.html is not"),
    "another summary": (in_file("summary.md", "does not conform", "conforms"), "summary.md is not"),
    "a verdict that stands twice": (
        in_file("report.json", '"verdict": "breaks"', '"verdict": "x",\n  "verdict": "breaks"'),
        "report.json is not what is written",
    ),
    "a report in one line more": (
        in_file("report.json", '"summary": {', '"summary": {\n'),
        "report.json is not what is written",
    ),
    "a note in the first line": (
        of_answers(lambda lines: lines[0].update(note="by the makers")),
        "says 'note' of itself, which is no part of it",
    ),
    "a note in a call": (
        of_answers(lambda lines: lines[1].update(note="by the makers")),
        "call 1: an operation, a request and a reply were needed",
    ),
    "a note in a reply": (
        of_answers(lambda lines: first_call(lines)["reply"].update(note=1)),
        "an operation, a request and a reply were needed",
    ),
    "an answer that has ended too": (
        of_answers(lambda lines: first_call(lines)["reply"].update(ended="absent", message="")),
        "an operation, a request and a reply were needed",
    ),
    "a message beside an answer": (
        of_answers(lambda lines: first_call(lines)["reply"].update(message="right")),
        "an operation, a request and a reply were needed",
    ),
    "a question more": (
        of_answers(lambda lines: asking(lines)["asked"].append(asking(lines)["asked"][0])),
        "gradient_descent/",
    ),
    "a question less": (of_answers(lambda lines: asking(lines)["asked"].pop()), "gradient_descent"),
    "questions without an argument": (
        of_answers(lambda lines: asking(lines)["asked"][0].__setitem__(1, [])),
        "gradient_descent/",
    ),
}
TOLD |= {
    f"another {name}, and an outcome": (
        then(forger, of_broken(outcome="conforms")),
        ".outcome is 'conforms'",
    )
    for name, forger in ELSEWHERE.items()
}
TOLD |= {
    "another NumPy, and errors of 0": (
        then(ELSEWHERE["numpy"], of_report(all_right)),
        "follows a number from",
    ),
    "another NumPy, and values compared": (
        then(ELSEWHERE["numpy"], of_broken(compared=1)),
        ".compared is 1;",
    ),
    "another NumPy, and a MUST that is a SHOULD": (
        then(ELSEWHERE["numpy"], of_broken(level="SHOULD")),
        ".level is 'SHOULD'",
    ),
    "another NumPy, and a count": (
        then(ELSEWHERE["numpy"], summing(verdict="conforms")),
        "summary.verdict is",
    ),
    "another NumPy, and a completeness": (
        then(ELSEWHERE["numpy"], summing(complete=True)),
        "summary.complete is True",
    ),
    "another version of this suite, and a message": (
        then(in_both("suite", version="9.9"), of_broken(message="It is nothing.")),
        ".message is 'It is nothing.'",
    ),
    "another version of this suite, and errors of 0": (
        then(in_both("suite", version="9.9"), of_report(all_right)),
        ".worst_ulp is 0.0",
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_forged_is_told(name: str, certificate: Path) -> None:
    forger, says = TOLD[name]
    forger(certificate)
    found = told(certificate)
    assert said(says, found), found
