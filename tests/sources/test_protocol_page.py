"""The page of the line protocol is true: its conversation is one, and a program that breaks any of
its rules gets the verdict it says."""

import json
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from nnspec import conformance
from nnspec.conformance.command import cli
from nnspec.conformance.sources.messages import array_of
from tests.sources.programs import HOSTILE, SCHEMAS, validator

PAGE = (Path(conformance.__file__).parent / "sources" / "protocol.md").read_text(encoding="utf-8")
RULES = re.findall(r"^### ([\w-]+)$", PAGE, re.MULTILINE)

# What a program does, the rule it breaks, and what becomes of the case.
BROKEN = [
    ("one-line", "garbage", "breaks"),
    ("one-line", "bytes", "breaks"),
    ("one-line", "nothing", "breaks"),
    ("one-line", "two lines", "breaks"),
    ("one-line", "a line and a half", "breaks"),
    ("sizes", "many values", "breaks"),
    ("sizes", "wide characters", "breaks"),
    ("sizes", "escaped characters", "breaks"),
    ("nothing-else", "speaks unasked", "breaks"),
    ("answer", "neither", "breaks"),
    ("answer", "both", "breaks"),
    ("array", "a number", "breaks"),
    ("array", "too few bytes", "breaks"),
    ("array", "no base 64", "breaks"),
    ("array", "no padding", "breaks"),
    ("array", "an unknown dtype", "breaks"),
    ("array", "a negative length", "breaks"),
    ("error", "absent", "absent"),
    ("error", "raised", "crashes"),
    ("error", "malformed", "breaks"),
    ("error", "an unknown kind", "breaks"),
    ("error", "an error without words", "breaks"),
    ("calls", "answers once too often", "breaks"),
    ("calls", "asks in a queue", "breaks"),
    ("memory", "a place outside", "breaks"),
    ("memory", "a place before the file", "breaks"),
    ("repeats", "others in a word", "breaks"),
    ("callback", "a question nobody answers", "breaks"),
    ("callback", "a question without arguments", "breaks"),
    ("callback", "questions in a word", "breaks"),
    ("time", "never answers", "times out"),
    ("time", "forgets the end", "times out"),
    ("processes", "takes much memory", "crashes"),
    ("ending", "exits", "crashes"),
    ("ending", "closes its output", "crashes"),
    ("ending", "dies of a signal without a name", "crashes"),
]
STARTS = [
    '{"name": "child"}',
    '{"name": 3, "operations": []}',
    '{"error": {"kind": "adapter", "message": "no device"}}',
    "hello",
]


def certify(folder: Path, *behavior: str) -> tuple[int, list[dict[str, object]]]:
    command = shlex.join([sys.executable, str(HOSTILE / "child.py"), *behavior])
    clauses = ["softmax/accuracy", "softmax/range", "softmax/sum"]
    if behavior[0] == "others in a word":
        clauses = ["activations/repeated-calls[softmax.again]"]
    only = [argument for clause in clauses for argument in ("--only", clause)]
    limits = (
        ["--time-limit", "0.5", "--warm-up-limit", "0.5"]
        if behavior[0] in ("never answers", "forgets the end")
        else ["--memory-limit", "0.25"]
        if behavior[0] == "takes much memory"
        else []
    )
    status = cli.main(
        [
            "certify",
            "--command",
            command,
            *only,
            "--dtype",
            "float64",
            *limits,
            "--report",
            str(folder),
        ]
    )
    report = folder / "report.json"
    return status, json.loads(report.read_text(encoding="utf-8"))[
        "results"
    ] if report.exists() else []


@pytest.mark.proof
@pytest.mark.parametrize(("rule", "behavior", "outcome"), BROKEN)
def test_a_program_that_breaks_a_rule_gets_the_verdict_that_the_page_says(
    rule: str, behavior: str, outcome: str, tmp_path: Path
) -> None:
    status, results = certify(tmp_path, behavior)
    assert rule in RULES
    # What it answers besides is wrong too, a number where a row was asked for, but that is said
    # in other words.
    assert outcome in {
        result["outcome"]
        for result in results
        if "softmax answered with an array of shape" not in result["message"]
    }, results[0]["message"]
    assert status == (2 if outcome == "absent" else 1)


@pytest.mark.proof
@pytest.mark.parametrize("reply", STARTS)
def test_a_start_that_is_none_ends_the_run_without_a_verdict(reply: str, tmp_path: Path) -> None:
    assert certify(tmp_path, "starts with", reply) == (2, [])


def test_every_rule_of_the_page_is_broken_by_some_program() -> None:
    assert len(set(RULES)) == len(RULES)
    # Where arrays lie in a program, nobody sees.
    assert {rule for rule, _, _ in BROKEN} | {"start", "aliases"} == set(RULES)


def test_the_conversation_on_the_page_is_one() -> None:
    (talk,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    lines = re.split(r"^(?=[<>])", talk, flags=re.MULTILINE)
    spoken = [(line[0], json.loads(line[1:])) for line in lines if line.strip()]
    for direction, message in spoken:
        validator("request.json" if direction == ">" else "reply.json").validate(message)
    kinds = [message.get("request", next(iter(message))) for _, message in spoken]
    assert kinds == [
        "start",
        "name",
        "call",
        "answer",
        "call",
        "callback",
        "callback",
        "answer",
        "stop",
    ]
    numbers = [[float(array_of(array)[0]) for array in _arrays(message)] for _, message in spoken]
    assert numbers == [[], [], [1.0], [1.0], [1.0], [1.0], [2.0], [0.0], []]


def test_the_defaults_and_keys_on_the_page_are_those_of_the_schema() -> None:
    described = SCHEMAS["reply.json"]["$defs"]["description"]
    Draft202012Validator.check_schema(described)
    optional = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert {*optional, "name", "operations"} == set(described["properties"])
    assert all(
        f"`{kind}`" in PAGE
        for kind in SCHEMAS["reply.json"]["$defs"]["error"]["properties"]["error"]["properties"][
            "kind"
        ]["enum"][:3]
    )


def _arrays(message: object) -> list[dict[str, object]]:
    if isinstance(message, dict):
        return (
            [message]
            if "data" in message
            else [array for value in message.values() for array in _arrays(value)]
        )
    return (
        [array for item in message for array in _arrays(item)] if isinstance(message, list) else []
    )


def test_the_page_shows_real_bytes() -> None:
    assert array_of(
        {"dtype": "float64", "shape": [2], "data": "AAAAAAAA8D8AAAAAAADwvw=="}
    ).tolist() == [1.0, -1.0]
    assert np.signbit(
        array_of({"dtype": "float64", "shape": [2], "data": "AAAAAAAA8D8AAAAAAADwvw=="})[1]
    )
