"""No edit of a certificate switches a check off: what is forged is told, or is named among what was
not checked."""

import json as json_text
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.adapters import loopback
from nnspec.conformance.command.verify import verify
from nnspec.conformance.reports import terminal
from nnspec.conformance.sources.messages import array_of
from nnspec.conformance.sources.recorded import FILE
from nnspec.conformance.sources.thinned import MANY, Kept, key_of_sample, thinned
from tests.command.certificates import Lines, adapter, broken, forge, in_process, report
from tests.command.forgers import (
    Forger,
    in_both,
    in_file,
    of_answers,
    of_broken,
    of_report,
    remade,
    replies,
    rewritten,
    summing,
    then,
    without,
)

pytestmark = pytest.mark.proof


def off(x: Any) -> Any:
    """Return relu with one number of many wrong."""
    answer = np.array(loopback.relu(x))
    if answer.size > MANY:
        answer.flat[answer.size // 2] += np.float32(1)
    return answer


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate of answers of many numbers and of random weights, which conforms."""
    folder = tmp_path_factory.mktemp("large")
    only = ("activations/lengths", "relu/accuracy", "normal/accuracy", "activations/fresh")
    in_process(folder, adapter(relu=loopback.relu, normal=loopback.normal), *only)
    return folder


@pytest.fixture(scope="session")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate of wrong answers of many numbers, and of weights of another law."""
    folder = tmp_path_factory.mktemp("wrong")

    def normal(shape: Any, **given: Any) -> Any:
        return 2 * loopback.normal(shape, **given)

    only = ("activations/lengths", "normal/accuracy")
    in_process(folder, adapter(relu=off, normal=normal), *only)
    return folder


# --- what is told ---

ELSEWHERE = {
    "numpy": in_both("suite", numpy="2.99"),
    "scipy": in_both("suite", scipy="1.99"),
    "ml_dtypes": in_both("suite", ml_dtypes="0.99"),
    "python": in_both("suite", python="3.99"),
    "system": in_both("machine", system="Plan9"),
    "processor": in_both("machine", processor="abacus"),
    "extensions": in_both("machine", extensions=""),
    "arithmetic": in_both("machine", arithmetic="0" * 16),
}


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
        "names that each stand once; got 'softmax' more than once",
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


def _said(says: str, found: str) -> bool:
    return any(part in found or _matches(part, found) for part in says.split("|"))


def _matches(part: str, found: str) -> bool:
    before, _, after = part.partition(" .* ")
    return bool(after) and any(before in line and after in line for line in found.splitlines())


@pytest.mark.parametrize("name", TOLD)
def test_what_is_forged_is_told(name: str, certificate: Path) -> None:
    forger, says = TOLD[name]
    forger(certificate)
    found = verify(certificate).inconsistencies
    assert _said(says, "\n".join(found)), found


# --- parts of answers, and sums of them ---


def in_part(operation: str) -> Callable[[Lines], None]:
    """Hold of an answer its sample alone, whatever the others are."""

    def change(lines: Lines) -> None:
        # The calls of the smoke step come first, and some of them are asked again.
        line = next(x for x in reversed(replies(lines, operation)) if "answer" in x["reply"])
        answer = array_of(line["reply"]["answer"])
        kept = Kept(np.zeros(0, np.int64), answer.size, wrong=False)
        drawn = key_of_sample(lines[0]["seed"], line["request"])
        line["reply"] = {"thinned": thinned(answer, [], drawn, kept)}

    return change


def summed(lines: Lines) -> dict[str, Any]:
    return next(line for line in lines[1:] if "unjudged" in line.get("reply", {}))


def a_sum(**changes: Any) -> Forger:
    return of_answers(lambda lines: summed(lines)["reply"]["unjudged"].update(changes))


def sums_up(case: str, numbers: int = 10**6) -> Callable[[Lines], None]:
    """Let one line stand for the calls of a failing case of weights: all since the smoke step."""

    def change(lines: Lines) -> None:
        told = {"case": case, "calls": 1, "numbers": numbers, "compared": 3}
        line = replies(lines, "normal")[-1]
        line["reply"] = {
            "unjudged": {**told, "worst_ulp": 0.0, "worst_ratio": 0.5, "sha256": "0" * 64}
        }

    return change


PARTS: dict[str, tuple[Forger, str]] = {
    "a part of few numbers": (of_answers(in_part("relu")), "few numbers that is recorded in part"),
    "a sum of other calls": (a_sum(calls=99), "sums up other calls than the case has"),
    "a sum of no calls": (a_sum(calls=0), "sums up other calls than the case has"),
    "a sum of few numbers": (a_sum(numbers=1), "sums up other calls than the case has"),
    "a sum of fewer comparisons": (a_sum(compared=0), "sums up other calls than the case has"),
    "a sum of another case": (a_sum(case="normal/mean[few,float32]"), "is not judged by"),
    "a sum of other questions": (
        of_answers(lambda lines: summed(lines).update(request="0" * 64)),
        "sums up other calls than the case has",
    ),
    "a sum of few weights": (
        of_answers(sums_up("normal/accuracy[example,float32]")),
        "sums up|end after|asked",
    ),
    "a note in a sum's reply": (
        of_answers(lambda lines: summed(lines)["reply"].update(note=1)),
        "an operation, a request and a reply were needed",
    ),
    "another seed, in both files": (in_both("", seed=5), "than is to be asked|of its sample"),
}


@pytest.mark.parametrize("name", PARTS)
def test_what_is_forged_in_parts_and_sums_is_told(name: str, large: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(large, tmp_path / "large"))
    assert verify(folder).inconsistencies == ()
    forger, says = PARTS[name]
    forger(folder)
    found = verify(folder).inconsistencies
    assert _said(says, "\n".join(found)), found


def test_an_answer_that_is_judged_whole_is_not_taken_in_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_process(tmp_path, adapter(relu=loopback.relu), "relu/accuracy")
    monkeypatch.setattr("nnspec.conformance.sources.thinned.MANY", 0)
    of_answers(in_part("relu"))(tmp_path)
    found = verify(tmp_path).inconsistencies
    assert _said("is recorded in part, and each of its numbers is judged", "\n".join(found)), found


# --- what is named ---


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
    assert _said(says, told), told


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


def test_weights_whose_sum_is_forged_are_named(large: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(large, tmp_path / "large"))
    a_sum(worst_ratio=0.125)(folder)
    remade(folder)
    found = verify(folder)
    assert found.inconsistencies == ()
    assert any("cases of random weights" in each for each in found.unchecked())
    forge(folder, lambda document: None)
    assert report(folder)["summary"]["complete"] is False
    assert (folder / FILE).is_file()
